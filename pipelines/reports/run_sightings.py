"""What one run saw of each question, beside what the archive knew of it before."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from typing import NamedTuple
from urllib.parse import urlsplit

from pipelines.db.connection import select_in

#: The fields of a record whose presence is counted.
FIELDS = ("answer", "responder", "topic", "date", "links")

# The captures of a run and the questions that their addresses are of: of one, or of several.
_ASKED = """
SELECT c.id AS capture_id, q.id AS question_id
    FROM captures c JOIN questions q ON q.url = c.canonical_url WHERE c.crawl_id = :crawl
UNION ALL
SELECT c.id, q.id FROM captures c JOIN questions q
    ON q.url > c.canonical_url || '#' AND q.url < c.canonical_url || '$'
    WHERE c.crawl_id = :crawl"""
_IS_READ = """EXISTS (SELECT 1 FROM sightings s JOIN versions v ON v.id = s.version_id
    WHERE s.capture_id = a.capture_id AND v.question_id = a.question_id)"""
# For each question that the run saw or asked for: when first in the run.
_TOUCHED = f"""
WITH asked AS ({_ASKED}),
touched AS MATERIALIZED (
    SELECT question_id, min(at) AS first_at FROM (
        SELECT v.question_id, c.captured_at AS at
            FROM captures c JOIN sightings s ON s.capture_id = c.id
            JOIN versions v ON v.id = s.version_id WHERE c.crawl_id = :crawl
        UNION ALL
        SELECT a.question_id, c.captured_at FROM asked a JOIN captures c ON c.id = a.capture_id
            WHERE NOT {_IS_READ}
        UNION ALL
        SELECT q.id, f.occurred_at FROM failures f JOIN questions q ON q.url = f.canonical_url
            WHERE f.crawl_id = :crawl AND f.capture_id IS NULL)
    GROUP BY question_id)
"""
_VISITED = f"""{_TOUCHED}
SELECT t.question_id, q.site, q.url, t.first_at FROM touched t
JOIN questions q ON q.id = t.question_id ORDER BY t.question_id
"""
# The last sighting of each of its pages before that, and whether the page was known to be gone.
_BEFORE = f"""{_TOUCHED}
SELECT b.question_id, b.part, b.version_id, b.parser, EXISTS (
        SELECT 1 FROM captures g WHERE g.canonical_url = b.page AND g.gone = 1
            AND g.captured_at > b.at AND g.captured_at < b.first_at)
FROM (SELECT t.question_id, t.first_at, v.part, s.version_id, s.parser, c.canonical_url AS page,
        c.captured_at AS at, max(c.captured_at || c.record_id)
    FROM touched t JOIN versions v ON v.question_id = t.question_id
    JOIN sightings s ON s.version_id = v.id JOIN captures c ON c.id = s.capture_id
    WHERE c.crawl_id <> :crawl AND c.captured_at < t.first_at GROUP BY t.question_id, v.part) b
ORDER BY b.question_id, b.part
"""

_SIGHTINGS = """
SELECT v.question_id, s.version_id, v.part, c.captured_at, c.revisit_of IS NOT NULL, s.confidence,
    s.parser
FROM captures c JOIN sightings s ON s.capture_id = c.id JOIN versions v ON v.id = s.version_id
WHERE c.crawl_id = ? ORDER BY c.captured_at, c.record_id
"""

# Captures of a question's address in which it was not read, and what they lack. A page that was
# read and has others of its questions has it no more.
_UNREAD = f"""
SELECT a.question_id, c.captured_at, c.gone OR (c.content_type NOT LIKE 'text/plain%' AND EXISTS (
        SELECT 1 FROM sightings s WHERE s.capture_id = c.id)), coalesce(
    (SELECT coalesce(f.field, 'page') FROM failures f
        WHERE f.record_id = c.record_id AND f.stage = 'parse'),
    CASE WHEN c.status = 200 AND c.truncated IS NULL AND c.revisit_of IS NULL AND NOT EXISTS (
        SELECT 1 FROM failures f WHERE f.record_id = c.record_id AND f.stage <> 'parse')
    THEN 'page' END)
FROM ({_ASKED}) a JOIN captures c ON c.id = a.capture_id
WHERE NOT {_IS_READ} ORDER BY c.captured_at, c.record_id
"""

# JSON as the archive writes it has no spaces, and quotation marks in texts are escaped.
_FIELDS = """
SELECT id, answer <> '', instr(record, '"responders":[{') > 0, instr(record, '"topics":[]') = 0,
    instr(record, '"answered_on":"') > 0, instr(record, '"links":[]') = 0
FROM versions WHERE id IN ({})
"""


class Observation(NamedTuple):
    """One capture of the run in which the question was read, or which repeats such a one.

    ``part`` is the page of its thread.
    """

    version: int
    part: int
    captured_at: str
    is_revisit: bool
    confidence: float | None
    parser: str | None


@dataclass(slots=True)
class VisitedQuestion:
    """One question that the run saw, or asked for and did not see.

    ``previous`` are the versions that its pages had when they were last seen before, by part.
    ``lacks`` is the field of the ParseError of its last capture; ``page`` where nothing was
    read in it.
    """

    id: int
    site: str
    url: str
    first_at: str
    previous: dict[int, int] = field(default_factory=dict)
    previous_parser: str | None = None
    was_gone: bool = False
    sightings: list[Observation] = field(default_factory=list)
    gone_seen: str = ""
    lacks: str | None = None
    lacks_at: str = ""
    fields: frozenset[str] = frozenset()
    previous_fields: frozenset[str] = frozenset()

    @property
    def outcome(self) -> str:
        """``new``, ``changed``, ``unchanged``, or "" if it was not seen."""
        if not self.sightings:
            return ""
        if not self.previous:
            return "new"
        before = self.previous
        changed = any(s.version != before.get(s.part) for s in self.sightings)
        return "changed" if changed else "unchanged"

    @property
    def is_unreadable(self) -> bool:
        """Whether the run's last whole capture of it holds something, and no question."""
        last = self.sightings[-1].captured_at if self.sightings else ""
        return self.lacks is not None and self.lacks_at > last and not self.is_gone

    @property
    def is_gone(self) -> bool:
        """Whether the run's last news of it is that it is gone."""
        return self.gone_seen > (self.sightings[-1].captured_at if self.sightings else "")

    @property
    def is_newly_gone(self) -> bool:
        """Whether the run brought the news; what went and came back within it is none."""
        return self.is_gone and not self.was_gone

    @property
    def is_back(self) -> bool:
        """Whether it was gone before the run and is there after it."""
        return self.was_gone and bool(self.sightings) and not self.is_gone

    @property
    def is_altered(self) -> bool:
        """Whether it was known and is not as it was, other than gone."""
        return bool(self.previous) and (self.outcome == "changed" or self.is_unreadable)

    @property
    def lost(self) -> frozenset[str]:
        """The fields that it had before and lacks now."""
        if self.is_unreadable:
            return frozenset({self.lacks or "page"})
        return self.previous_fields - self.fields

    @property
    def confidence(self) -> float | None:
        """How sure the last reading in this run was, of bytes that came in it."""
        values = [each.confidence for each in self.sightings if not each.is_revisit]
        return values[-1] if values else None

    @property
    def parser(self) -> str | None:
        """What read it last in this run."""
        last_first = reversed(self.sightings)
        return next((each.parser for each in last_first if not each.is_revisit), None)

    @property
    def place(self) -> str:
        """The shape of its address, and the parser: what a template is known by."""
        parser = self.parser or self.previous_parser
        return shape(self.url) + (f" ({parser})" if parser else "")


def read_visited(
    connection: sqlite3.Connection, crawl_id: int, known: dict[int, frozenset[str]]
) -> tuple[VisitedQuestion, ...]:
    """Read what a run saw of each question.

    :param known: the fields of versions by id; those that are missing are read and added
    """
    rows = connection.execute(_VISITED, {"crawl": crawl_id})
    by_id = {row[0]: VisitedQuestion(*row) for row in rows}
    for id_, part, version, parser, was_gone in connection.execute(_BEFORE, {"crawl": crawl_id}):
        page = by_id[id_]
        if not page.previous:  # its first page has the question
            page.previous_parser, page.was_gone = parser, bool(was_gone)
        page.previous[part] = version
    for id_, *observed in connection.execute(_SIGHTINGS, (crawl_id,)):
        by_id[id_].sightings.append(Observation(*observed))
    for id_, at, gone, lacking in connection.execute(_UNREAD, {"crawl": crawl_id}):
        page = by_id[id_]
        if gone:
            page.gone_seen = at
        elif lacking:
            page.lacks, page.lacks_at = lacking, at
    visited = tuple(by_id.values())
    versions = {each.version for page in visited for each in page.sightings}
    versions |= {version for page in visited for version in page.previous.values()}
    for id_, *bits in select_in(connection, _FIELDS, versions - known.keys()):
        known[id_] = _fields(tuple(bits))
    for page in visited:
        now = {each.part: each.version for each in page.sightings}
        before = [version for part, version in page.previous.items() if part in now or not now]
        page.fields = _union(known[version] for version in now.values())
        page.previous_fields = _union(known[version] for version in before)
    return visited


def _union(fields: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*fields)


@lru_cache(maxsize=32)
def _fields(bits: tuple[int, ...]) -> frozenset[str]:
    return frozenset(compress(FIELDS, bits))


def shape(url: str) -> str:
    """An address with every number as ``#``: pages of one template have one shape."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{re.sub(r'[0-9]+', '#', parts.path)}"


def sorted_counts(counts: Counter[str]) -> dict[str, int]:
    """Counts with the greatest first; equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
