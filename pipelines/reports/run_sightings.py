"""What one run saw of each question, beside what the archive knew of it before."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from typing import NamedTuple
from urllib.parse import urlsplit

from pipelines.db.connection import select_in

#: The fields of a record whose presence is counted.
FIELDS = ("answer", "responder", "topic", "date", "links")

# For each question that the run saw or asked for: when first in the run, its sighting before
# that, and whether it was known to be gone.
_VISITED = """
WITH touched AS (
    SELECT question_id, min(at) AS first_at FROM (
        SELECT v.question_id, c.captured_at AS at
            FROM captures c JOIN versions v ON v.id = c.version_id WHERE c.crawl_id = :crawl
        UNION ALL
        SELECT q.id, c.captured_at FROM captures c JOIN questions q ON q.url = c.canonical_url
            WHERE c.crawl_id = :crawl AND c.version_id IS NULL
        UNION ALL
        SELECT q.id, f.occurred_at FROM failures f JOIN questions q ON q.url = f.canonical_url
            WHERE f.crawl_id = :crawl AND f.capture_id IS NULL)
    GROUP BY question_id)
SELECT t.question_id, q.site, q.url, t.first_at, p.version_id, p.parser,
    p.id IS NOT NULL AND EXISTS (
        SELECT 1 FROM captures g WHERE g.canonical_url = q.url AND g.gone = 1
            AND g.captured_at > p.captured_at AND g.captured_at < t.first_at)
FROM touched t JOIN questions q ON q.id = t.question_id
LEFT JOIN captures p ON p.id = (
    SELECT c.id FROM versions v JOIN captures c ON c.version_id = v.id
    WHERE v.question_id = t.question_id AND c.crawl_id <> :crawl AND c.captured_at < t.first_at
    ORDER BY c.captured_at DESC, c.record_id DESC LIMIT 1)
ORDER BY t.question_id
"""

_SIGHTINGS = """
SELECT v.question_id, c.version_id, c.captured_at, c.revisit_of IS NOT NULL, c.confidence, c.parser
FROM captures c JOIN versions v ON v.id = c.version_id WHERE c.crawl_id = ?
ORDER BY c.captured_at, c.record_id
"""

# Captures of a question's address in which no question was read, and what they lack.
_UNREAD = """
SELECT q.id, c.captured_at, c.gone, coalesce(
    (SELECT coalesce(f.field, 'page') FROM failures f
        WHERE f.record_id = c.record_id AND f.stage = 'parse'),
    CASE WHEN c.status = 200 AND c.truncated IS NULL AND c.revisit_of IS NULL AND NOT EXISTS (
        SELECT 1 FROM failures f WHERE f.record_id = c.record_id AND f.stage <> 'parse')
    THEN 'page' END)
FROM captures c JOIN questions q ON q.url = c.canonical_url
WHERE c.crawl_id = ? AND c.version_id IS NULL ORDER BY c.captured_at, c.record_id
"""

# JSON as the archive writes it has no spaces, and quotation marks in texts are escaped.
_FIELDS = """
SELECT id, answer <> '', instr(record, '"responders":[]') = 0, instr(record, '"topics":[]') = 0,
    instr(record, '"answered_on":null') = 0, instr(record, '"links":[]') = 0
FROM versions WHERE id IN ({})
"""


class Observation(NamedTuple):
    """One capture of the run in which the question was read, or which repeats such a one."""

    version: int
    captured_at: str
    is_revisit: bool
    confidence: float | None
    parser: str | None


@dataclass(slots=True)
class VisitedQuestion:
    """One question that the run saw, or asked for and did not see.

    ``previous`` is the version that it had when it was last seen before. ``lacks`` is the
    field of the ParseError of its last capture; ``page`` where nothing was read in it.
    """

    id: int
    site: str
    url: str
    first_at: str
    previous: int | None
    previous_parser: str | None
    was_gone: bool
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
        if self.previous is None:
            return "new"
        return "changed" if any(s.version != self.previous for s in self.sightings) else "unchanged"

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
        return self.previous is not None and (self.outcome == "changed" or self.is_unreadable)

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
    for id_, *observed in connection.execute(_SIGHTINGS, (crawl_id,)):
        by_id[id_].sightings.append(Observation(*observed))
    for id_, at, gone, lacking in connection.execute(_UNREAD, (crawl_id,)):
        page = by_id[id_]
        if gone:
            page.gone_seen = at
        elif lacking:
            page.lacks, page.lacks_at = lacking, at
    visited = tuple(by_id.values())
    versions = {page.sightings[-1].version for page in visited if page.sightings}
    versions |= {page.previous for page in visited if page.previous is not None}
    for id_, *bits in select_in(connection, _FIELDS, versions - known.keys()):
        known[id_] = _fields(tuple(bits))
    for page in visited:
        if page.sightings:
            page.fields = known[page.sightings[-1].version]
        if page.previous is not None:
            page.previous_fields = known[page.previous]
    return visited


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
