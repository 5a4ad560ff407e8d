"""Two archives of the same captures, compared: what another parser reads in them otherwise.

The unit is the capture: a parser reads captures, and what it does to an earlier version of a
question counts as much as what it does to the one that is shown. Both files are only read.
SQLite compares digests; only where they differ are texts brought in, one capture at a time,
so that memory does not grow with the archives.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from parsers.template import template_of
from parsers.urls import site_of
from pipelines.capture.interpret import interpret
from pipelines.db.blanks import WARNING
from pipelines.db.connection import named_errors, open_archive, read_only_uri
from pipelines.db.rules import FAILURE_REASON, Key, key_of
from pipelines.reports.field_diff import UNREAD, CapturePlace, ReadAs, Tally, band, changes
from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.reader import read_at

#: How the name of an era begins that is no template but the year of capture.
BY_YEAR = "captured in "


class EraEvidence(NamedTuple):
    """Where the bytes of a capture are: a file of the WARC directory, and bytes in it."""

    warc_file: str
    offset: int
    length: int


#: Gives a capture's template, "" where its bytes cannot be had.
EraOf = Callable[[EraEvidence], str]


class LoneCaptures(NamedTuple):
    """Captures that only one of the archives has, and in how many of them a record was read."""

    captures: int
    read: int


class OnlyInOne(NamedTuple):
    """Questions that only one of the archives has.

    ``by_parser`` counts those that are shown from a capture which both have, ``urls`` are
    some of their addresses; ``by_captures`` counts those from a capture that only one has.
    """

    by_parser: int
    by_captures: int
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it.

    ``parsers`` are the names of those that the two archives were read with. ``common`` counts
    the captures that both hold, ``pages`` those of them that were compared: with a record, or
    a failure to parse, in either. ``totals`` are these by site, year and confidence, as a
    :class:`Tally` splits them. ``withheld`` counts captures that differ and were not compared,
    because one archive withholds their question. ``changed`` counts the questions that both
    show, from captures that both have, and of which they show different records.
    """

    parsers: tuple[tuple[str, ...], tuple[str, ...]]
    common: int
    pages: int
    totals: dict[str, Counter[str]]
    lone: tuple[LoneCaptures, LoneCaptures]
    withheld: int
    appeared: OnlyInOne
    disappeared: OnlyInOne
    changed: int
    tally: Tally = field(default_factory=Tally)

    @property
    def differs(self) -> bool:
        """Whether any capture that both hold is read otherwise, or shown otherwise."""
        shown = self.changed + self.appeared.by_parser + self.disappeared.by_parser
        return bool(self.tally.captures or shown)


def compare_archives(
    old: str | os.PathLike[str], new: str | os.PathLike[str], era_of: EraOf, *, keep: int = 3
) -> Compared:
    """Compare two archives.

    :param era_of: gives the template of a capture that differs
    :param keep: how many examples of each change are kept, in each era
    :raises ArchiveError: one of them cannot be opened or read
    """
    old, new = Path(old), Path(new)
    open_archive(new, readonly=True).close()  # its own faults are said with its own name
    with closing(open_archive(old, readonly=True)) as db, named_errors(old):
        db.conn.execute("ATTACH ? AS newer", (read_only_uri(new),))
        db.conn.create_function("site_of", 1, site_of, deterministic=True)
        db.conn.execute("BEGIN")  # of one moment, while a crawl commits
        try:
            return compare(db.conn, era_of, keep=keep)
        finally:
            db.conn.execute("ROLLBACK")


def compare(connection: sqlite3.Connection, era_of: EraOf, *, keep: int) -> Compared:
    """Compare the archives that a connection has as main (the old one) and newer."""
    tally, skipped = _tally(connection, era_of, keep)
    totals = _totals(connection)
    return Compared(
        parsers=(_parsers(connection, "main"), _parsers(connection, "newer")),
        common=_count(connection, _COMMON),
        pages=totals["site"].total(),
        totals=totals,
        lone=(_lone(connection, "main", "newer"), _lone(connection, "newer", "main")),
        withheld=skipped,
        appeared=_only_in(connection, "newer", "main", keep),
        disappeared=_only_in(connection, "main", "newer", keep),
        changed=_count(connection, _CHANGED),
        tally=tally,
    )


def eras_in(warc_dir: Path) -> EraOf:
    """Return what reads templates in a WARC directory, which may be incomplete or missing."""

    def era_of(evidence: EraEvidence) -> str:
        try:
            record = read_at(warc_dir / evidence.warc_file, evidence.offset, evidence.length)
            capture = interpret(record, evidence.warc_file).capture()
        except (DamagedWarc, UndecodableBody, OSError):
            return ""
        return template_of(capture) if capture is not None else ""

    return era_of


# -- captures ------------------------------------------------------------------------------

# A revisit has no bytes that a parser could read: what it holds is its original's reading.
_PAIRS = """
FROM main.captures o CROSS JOIN newer.captures n ON n.record_id = o.record_id
LEFT JOIN main.failures f ON f.record_id = o.record_id AND f.stage = 'parse'
LEFT JOIN newer.failures g ON g.record_id = n.record_id AND g.stage = 'parse'"""
_BOTH_READ = "WHERE o.revisit_of IS NULL AND n.revisit_of IS NULL"
# All that was read in a capture, in one text.
_ALL_READ = """(SELECT group_concat(json_array(site, source_id, part, digest, confidence, warnings))
    FROM (SELECT q.site, q.source_id, v.part, v.digest, s.confidence, s.warnings
        FROM {schema}.sightings s JOIN {schema}.versions v ON v.id = s.version_id
        JOIN {schema}.questions q ON q.id = v.question_id
        WHERE s.capture_id = {capture}.id ORDER BY 1, 2))"""
_DIFFERING = f"""
SELECT o.record_id, o.canonical_url, o.captured_at, n.warc_file, n.offset, n.length,
    o.id, f.field, f.reason, o.gone, n.id, g.field, g.reason, n.gone
{_PAIRS} {_BOTH_READ}
AND (o.gone <> n.gone OR f.field IS NOT g.field OR f.reason IS NOT g.reason
    OR {_ALL_READ.format(schema="main", capture="o")}
        IS NOT {_ALL_READ.format(schema="newer", capture="n")})"""
_READINGS = """
SELECT q.site, q.source_id, v.record, s.confidence, s.warnings
FROM {schema}.sightings s JOIN {schema}.versions v ON v.id = s.version_id
JOIN {schema}.questions q ON q.id = v.question_id WHERE s.capture_id = ? ORDER BY 1, 2"""
# Of a page with several questions, one stands for all.
_FIRST_READ = """LEFT JOIN {schema}.sightings {prefix}s ON {prefix}s.capture_id = {prefix}.id
    AND {prefix}s.version_id = (SELECT min(version_id) FROM {schema}.sightings
        WHERE capture_id = {prefix}.id)
LEFT JOIN {schema}.versions {prefix}v ON {prefix}v.id = {prefix}s.version_id
LEFT JOIN {schema}.questions {prefix}q ON {prefix}q.id = {prefix}v.question_id"""
_TOTALS = f"""
SELECT coalesce(oq.site, nq.site, site_of(o.canonical_url)), substr(o.captured_at, 1, 4),
    os.version_id IS NOT NULL, os.confidence
{_PAIRS}
{_FIRST_READ.format(schema="main", prefix="o")}
{_FIRST_READ.format(schema="newer", prefix="n")}
{_BOTH_READ} AND coalesce(os.version_id, ns.version_id, f.id, g.id) IS NOT NULL"""
_WITHHELD = """
SELECT site, source_id FROM main.withheld UNION SELECT site, source_id FROM newer.withheld"""
_COMMON = "SELECT count(*) FROM main.captures o JOIN newer.captures n ON n.record_id = o.record_id"
_LONE = """
SELECT count(*), coalesce(sum(EXISTS (
    SELECT 1 FROM {schema}.sightings s WHERE s.capture_id = o.id)), 0) FROM {schema}.captures o
WHERE NOT EXISTS (SELECT 1 FROM {other}.captures n WHERE n.record_id = o.record_id)"""


def _tally(connection: sqlite3.Connection, era_of: EraOf, keep: int) -> tuple[Tally, int]:
    """The changes in captures that both hold, and how many were skipped as withheld.

    Of what the bytes of a capture do not tell, the year of capture is the era.
    """
    withheld: set[Key | None] = set(connection.execute(_WITHHELD))
    tally = Tally(keep)
    skipped = 0
    for row in connection.execute(_DIFFERING).fetchall():
        record_id, url, captured_at = row[:3]
        old, new = _capture_as(*row[7:10]), _capture_as(*row[11:])
        every = _pairs(
            _readings(connection, "main", row[6]), _readings(connection, "newer", row[10])
        )
        pairs = [
            pair
            for pair in every
            if not {key_of(url), pair[0].key, pair[1].key} & withheld
            and not any(WARNING in (each.warnings or "") for each in pair)
        ]
        if len(pairs) < len(every) or (not every and key_of(url) in withheld):
            skipped += 1
            if not pairs:
                continue
        first, then = next(iter(pairs), (old, new))
        site, _ = first.key or then.key or key_of(url)
        era = era_of(EraEvidence(*row[3:6])) or f"{BY_YEAR}{captured_at[:4]}"
        confidence = band(first.confidence) if first.key else UNREAD
        place = CapturePlace(record_id, url, captured_at, site, era, confidence)
        # What is wrong with the capture as a whole comes after its questions.
        tally.add(place, (change for pair in (*pairs, (old, new)) for change in changes(*pair)))
    return tally, skipped


def _capture_as(field: str | None, reason: str | None, gone: int) -> ReadAs:
    """What is said of a capture as a whole."""
    failure = (field, reason) if reason is not None and reason != FAILURE_REASON else None
    return ReadAs(failure=failure, gone=bool(gone))


def _readings(connection: sqlite3.Connection, schema: str, capture_id: int) -> dict[Key, ReadAs]:
    """What was read in a capture, by question."""
    rows = connection.execute(_READINGS.format(schema=schema), (capture_id,))
    return {(row[0], row[1]): ReadAs((row[0], row[1]), *row[2:]) for row in rows}


def _pairs(old: Mapping[Key, ReadAs], new: Mapping[Key, ReadAs]) -> list[tuple[ReadAs, ReadAs]]:
    """Readings of one capture side by side: those of the same question, and what is left."""
    lost = [each for key, each in old.items() if key not in new]
    gained = [each for key, each in new.items() if key not in old]
    left = [(each, ReadAs()) for each in lost] + [(ReadAs(), each) for each in gained]
    if len(lost) == len(gained) == 1:
        left = [(lost[0], gained[0])]
    return [*left, *((old[key], new[key]) for key in old if key in new)]


def _totals(connection: sqlite3.Connection) -> dict[str, Counter[str]]:
    totals: dict[str, Counter[str]] = {name: Counter() for name in ("site", "year", "confidence")}
    # Counted here: SQLite would sort all rows to group them, in memory.
    rows = Counter(connection.execute(_TOTALS))
    for (site, year, read, confidence), count in rows.items():
        totals["site"][site] += count
        totals["year"][year] += count
        totals["confidence"][band(confidence) if read else UNREAD] += count
    return totals


def _lone(connection: sqlite3.Connection, schema: str, other: str) -> LoneCaptures:
    query = _LONE.format(schema=schema, other=other)
    return LoneCaptures(*connection.execute(query).fetchone())


def _parsers(connection: sqlite3.Connection, schema: str) -> tuple[str, ...]:
    query = f"SELECT DISTINCT parser FROM {schema}.sightings WHERE parser IS NOT NULL ORDER BY 1"
    return tuple(name for (name,) in connection.execute(query))


# -- questions -----------------------------------------------------------------------------

_ONLY_IN = """
FROM {schema}.questions q JOIN {schema}.captures c ON c.id = q.capture_id
WHERE NOT EXISTS (SELECT 1 FROM {other}.questions o
        WHERE o.site = q.site AND o.source_id = q.source_id)
    AND NOT EXISTS (SELECT 1 FROM {other}.withheld w
        WHERE w.site = q.site AND w.source_id = q.source_id)
    AND {by_parser} EXISTS (SELECT 1 FROM {other}.captures d WHERE d.record_id = c.record_id)"""
_CHANGED = """
SELECT count(*) FROM main.questions o
CROSS JOIN newer.questions n ON n.site = o.site AND n.source_id = o.source_id
JOIN main.captures oc ON oc.id = o.capture_id JOIN newer.captures nc ON nc.id = n.capture_id
JOIN main.sightings os ON os.capture_id = oc.id
JOIN main.versions ov ON ov.id = os.version_id AND ov.question_id = o.id
JOIN newer.sightings ns ON ns.capture_id = nc.id
JOIN newer.versions nv ON nv.id = ns.version_id AND nv.question_id = n.id
WHERE (ov.digest <> nv.digest OR o.answer <> n.answer OR o.confidence <> n.confidence
    OR o.warnings <> n.warnings)
    AND EXISTS (SELECT 1 FROM newer.captures c WHERE c.record_id = oc.record_id)
    AND EXISTS (SELECT 1 FROM main.captures c WHERE c.record_id = nc.record_id)"""


def _only_in(connection: sqlite3.Connection, schema: str, other: str, keep: int) -> OnlyInOne:
    by_parser = _ONLY_IN.format(schema=schema, other=other, by_parser="")
    by_captures = _ONLY_IN.format(schema=schema, other=other, by_parser="NOT")
    urls = connection.execute(f"SELECT q.url {by_parser} ORDER BY q.id LIMIT ?", (keep,))
    return OnlyInOne(
        _count(connection, f"SELECT count(*) {by_parser}"),
        _count(connection, f"SELECT count(*) {by_captures}"),
        tuple(url for (url,) in urls),
    )


def _count(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])
