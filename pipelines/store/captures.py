"""The rows of ``captures``: those of a batch are loaded, linked to what they repeat, written.

A revisit is linked to the capture that it repeats, its original, by the original's record id.
One that names its original in another way ("URL date", or "URL digest", see
:func:`pipelines.db.rules.names_of`) has that name in its row until the original is
there, and then its id; of several that fit, the earliest that is there. Either may come
first, in this batch or in one of years ago. Once both are there, the revisit's row has what
was read in the original: the texts, how sure those readings were, and whether the page said
that it is gone. A revisit whose original never comes has none of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from pipelines.db.changeset import ChangeSet
from pipelines.db.connection import insert_many, select_in
from pipelines.db.models import CaptureRow
from pipelines.db.rules import GONE_STATUS, can_be_gone, is_readable, names_of
from pipelines.files.timestamps import stamp
from pipelines.store.history import EvidenceRank, Sighting, is_html

CAPTURE_COLUMNS = (
    "id", "record_id", "url", "canonical_url", "captured_at", "status", "content_type", "digest",
    "warc_file", "offset", "length", "source", "crawl_id", "revisit_of", "truncated", "gone",
    "etag", "last_modified", "robots", "fetched_at", "fetched_from",
)  # fmt: skip

_STORED = (
    "SELECT id, record_id, canonical_url, captured_at, status, content_type, revisit_of, "
    "truncated, gone, source, (SELECT uid FROM crawls WHERE crawls.id = crawl_id), warc_file, "
    "offset, digest FROM captures WHERE "
)
_NOT_MODIFIED = 304

_SIGHTING_COLUMNS = ("capture_id", "version_id", "parser", "confidence", "warnings")

#: How a text was read in a capture: parser, confidence, and warnings as JSON; None where that is
#: not on record.
CaptureReading = tuple[str | None, float | None, str | None]


class UnknownCapture(Exception):
    """A page, a failure, or news that a page is gone, without the capture that it is about."""


@dataclass(slots=True)
class BatchCapture:
    """A capture of the batch, or a stored one that the batch changes.

    ``url`` is the canonical one. ``row`` is what the batch has of it, if anything,
    ``stored`` whether it had a row before, ``changed`` whether that row is out of date.
    ``original`` is what a revisit repeats, as soon as that is known. ``source`` and ``crawl``
    (a uid) are those of the file that is its evidence, whose name and offset are ``place``;
    ``source_changed`` says that the batch brings others than are stored. ``readings`` are how
    its texts were read, by the ids of their versions; ``new_versions`` are those of them that
    are not stored.
    """

    id: int
    record_id: str
    url: str
    captured_at: str
    status: int
    content_type: str
    revisit_of: str | None
    truncated: str | None
    source: str
    crawl: str
    place: tuple[str, int]
    gone: bool = False
    readings: dict[int, CaptureReading] = field(default_factory=dict)
    new_versions: list[int] = field(default_factory=list)
    row: CaptureRow | None = None
    stored: bool = False
    changed: bool = False
    source_changed: bool = False
    original: BatchCapture | None = None
    digest: str = ""

    def names(self) -> tuple[str, str, str]:
        """What a revisit may call it, besides its id."""
        return names_of(self.url, self.captured_at, self.digest)

    def holds_page(self) -> bool:
        """Whether what a parser reads in it counts: it has its bytes, whole, of a success."""
        return self.revisit_of is None and is_readable(self.status, self.truncated)

    def merge_duplicate(self, row: CaptureRow) -> None:
        """Take in the same record from the batch: from the file that is stored, or another."""
        self.row = row
        place = (row.warc_file, row.offset)
        if place < self.place:
            self.source_changed = (row.source, row.crawl) != (self.source, self.crawl)
            self.place, self.source, self.crawl = place, row.source, row.crawl

    def rank(self) -> EvidenceRank:
        """How it compares; a 304 says nothing of its type, so that is the original's."""
        content_type = (self.original or self).content_type
        return EvidenceRank(is_html(content_type), self.captured_at, self.record_id)

    def attach_version(self, version_id: int, part: int, reading: CaptureReading) -> Sighting:
        """Add a text that it has.

        :returns: what it attests of the question whose text that is
        """
        self.readings[version_id] = reading
        self.new_versions.append(version_id)
        holder = self.original or self
        return Sighting(
            self.rank(), self.id, version_id, holder.id, holder.rank(), self.source, self.crawl,
            self.url, part,
        )  # fmt: skip

    def replace_version(self, old: int, new: int) -> bool:
        """Replace one of its texts by another that says the same; False if it is stored."""
        if old not in self.new_versions:
            return False
        self.readings[new] = self.readings.pop(old)
        self.new_versions[self.new_versions.index(old)] = new
        return True

    def can_be_gone(self) -> bool:
        """Whether it can itself be the news that its page is gone."""
        if self.revisit_of is not None:  # what its body says is for the original to say
            return self.status in GONE_STATUS
        return can_be_gone(self.status, self.truncated)

    def repeats(self, other: BatchCapture) -> bool:
        """Whether what was read in ``other`` holds for this one, which names it."""
        # WARC lets a revisit leave out the head that came: then it has no status of its own.
        success = self.status in (0, _NOT_MODIFIED) or is_readable(self.status, None)
        return success and not self.truncated and other.holds_page() and other.url == self.url


def load_captures(
    connection: sqlite3.Connection, changes: ChangeSet, next_id: int
) -> dict[str, BatchCapture]:
    """Load all captures that some changes are about, with their originals and their revisits.

    :param next_id: the id of the first capture that is new
    :returns: by record id
    :raises UnknownCapture: see there
    """
    record_ids = {*changes.rows, *changes.gone, *changes.mentions}
    record_ids |= {record_id for record_id, _ in changes.pages}
    record_ids |= {record_id for record_id, _ in changes.failures}
    captures = {
        capture.record_id: capture for capture in _select(connection, "record_id", record_ids)
    }
    for record_id, row in changes.rows.items():
        if record_id in captures:
            captures[record_id].merge_duplicate(row)
        else:
            captures[record_id] = _new_capture(next_id, row)
            next_id += 1
    if missing := record_ids - captures.keys():
        raise UnknownCapture(f"there is no capture {min(missing)}")
    for record_id in changes.gone:
        capture = captures[record_id]
        if not capture.gone and capture.can_be_gone():
            capture.gone = capture.changed = True
    _link_revisits(connection, changes, captures)
    return captures


def _new_capture(id_: int, row: CaptureRow) -> BatchCapture:
    return BatchCapture(
        id_, row.record_id, row.canonical_url, stamp(row.captured_at), row.status,
        row.content_type, row.revisit_of, row.truncated, row.source, row.crawl,
        (row.warc_file, row.offset), row=row, digest=row.digest,
    )  # fmt: skip


def _select(
    connection: sqlite3.Connection, column: str, values: Collection[str], *, originals: bool = False
) -> Iterator[BatchCapture]:
    """Yield the stored captures with some values in a column.

    :param originals: leave out revisits
    """
    condition = f"{'revisit_of IS NULL AND ' if originals else ''}{column} IN ({{}})"
    # All rows first: what is done with one may start another query.
    rows = list(select_in(connection, f"{_STORED} {condition}", values))
    query = f"SELECT {', '.join(_SIGHTING_COLUMNS)} FROM sightings WHERE capture_id IN ({{}})"
    readings: dict[int, dict[int, CaptureReading]] = {row[0]: {} for row in rows}
    for capture_id, version_id, *reading in select_in(connection, query, readings):
        readings[capture_id][version_id] = (reading[0], reading[1], reading[2])
    for row in rows:
        id_, record_id, url, at, status, content_type, revisit_of, truncated, gone = row[:9]
        source, crawl, file, offset, digest = row[9:]
        yield BatchCapture(
            id_, record_id, url, at, status, content_type, revisit_of, truncated, source,
            crawl, (file, offset), bool(gone), readings[id_], stored=True, digest=digest,
        )  # fmt: skip


def _link_revisits(
    connection: sqlite3.Connection, changes: ChangeSet, captures: dict[str, BatchCapture]
) -> None:
    """Bring in what revisits repeat, and the revisits of what has news; link them."""
    names: set[str] = set()
    read = {record_id for record_id, _ in changes.pages}
    for record_id, capture in captures.items():
        has_news = not capture.stored or record_id in read or record_id in changes.gone
        if capture.revisit_of is None and has_news:
            names.update((record_id, *capture.names()))
    for capture in _select(connection, "revisit_of", names):
        captures.setdefault(capture.record_id, capture)
    revisits = [capture for capture in captures.values() if capture.revisit_of is not None]
    _replace_names(connection, revisits, captures)
    missing = {revisit.revisit_of for revisit in revisits if revisit.revisit_of} - captures.keys()
    for capture in _select(connection, "record_id", missing):
        captures[capture.record_id] = capture
    for revisit in revisits:
        original = captures.get(revisit.revisit_of or "")
        if original is not None and revisit.repeats(original):
            revisit.original = original


def _replace_names(
    connection: sqlite3.Connection, revisits: list[BatchCapture], captures: dict[str, BatchCapture]
) -> None:
    """Replace other names of originals by their ids, where they are there."""
    unresolved = [revisit for revisit in revisits if " " in (revisit.revisit_of or "")]
    if not unresolved:
        return
    urls = {(revisit.revisit_of or "").rpartition(" ")[0] for revisit in unresolved}
    candidates = {
        record_id: capture for record_id, capture in captures.items() if capture.revisit_of is None
    }
    for capture in _select(connection, "canonical_url", urls, originals=True):
        candidates.setdefault(capture.record_id, capture)
    by_name: dict[str, BatchCapture] = {}
    for capture in sorted(candidates.values(), key=attrgetter("captured_at", "record_id")):
        if capture.holds_page():
            for name in capture.names():
                by_name.setdefault(name, capture)
    for revisit in unresolved:
        original = by_name.get(revisit.revisit_of or "")
        if original is not None:
            revisit.revisit_of, revisit.changed = original.record_id, True
            captures.setdefault(original.record_id, original)


def inherit_readings(captures: Iterable[BatchCapture]) -> list[BatchCapture]:
    """Give revisits what their originals have by now.

    :returns: those that are to get the texts of their originals
    """
    heirs = []
    for capture in captures:
        original = capture.original
        if original is None:
            continue
        if original.gone and not capture.gone:
            capture.gone = capture.changed = True
        if original.readings and not capture.readings:
            heirs.append(capture)
    return heirs


def write_captures(
    connection: sqlite3.Connection,
    captures: Iterable[BatchCapture],
    crawl_id: Callable[[str], int],
) -> None:
    """Write the rows of captures, and which texts were read in them.

    :param crawl_id: gives the id of a crawl by its uid
    """
    rows, updates = [], []
    sightings: list[tuple[Any, ...]] = []
    for capture in captures:
        if (row := capture.row) is not None:
            rows.append((
                capture.id, row.record_id, row.url, row.canonical_url, capture.captured_at,
                row.status, row.content_type, row.digest, row.warc_file, row.offset, row.length,
                row.source, crawl_id(row.crawl), capture.revisit_of, row.truncated, capture.gone,
                row.etag, row.last_modified, row.robots, row.fetched_at, row.fetched_from,
            ))  # fmt: skip
        if capture.stored and capture.changed:
            updates.append((capture.gone, capture.revisit_of, capture.id))
        sightings += [(capture.id, id_, *capture.readings[id_]) for id_ in capture.new_versions]
    # The same record in two files: the file that sorts first is its evidence, whichever
    # was read first.
    place = ("warc_file", "offset", "length", "source", "crawl_id")
    tail = (
        f"ON CONFLICT (record_id) DO UPDATE SET "
        f"{', '.join(f'{name} = excluded.{name}' for name in place)} "
        "WHERE (excluded.warc_file, excluded.offset) < (warc_file, offset)"
    )
    insert_many(connection, "captures", CAPTURE_COLUMNS, rows, tail)
    connection.executemany("UPDATE captures SET gone = ?, revisit_of = ? WHERE id = ?", updates)
    insert_many(connection, "sightings", _SIGHTING_COLUMNS, sightings)
