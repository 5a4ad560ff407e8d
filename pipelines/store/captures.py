"""The captures of one batch: found again where they are stored, tied together, written.

A revisit is tied to the capture that it repeats, its original, by the original's record id.
One that names its original in another way ("URL date", or "URL digest", see
:func:`pipelines.db.capture_rules.names_of`) has that name in its row until the original is there,
and then its id; of several that fit, the earliest that is there. Either may come first, in
this batch or in one of years ago; once both are there, the revisit's row has what was read
in the original: the text, how sure that reading was, and whether the page said that it is
gone. A revisit whose original never comes has none of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pipelines.db.capture_rules import GONE_STATUS, can_be_gone, is_readable, names_of
from pipelines.db.changeset import ChangeSet
from pipelines.db.models import CaptureRow
from pipelines.db.sql import insert_many, select_in
from pipelines.files.timestamps import stamp
from pipelines.store.history import EvidenceRank, Sighting, is_html

CAPTURE_COLUMNS = (
    "id", "record_id", "url", "canonical_url", "captured_at", "status", "content_type", "digest",
    "warc_file", "offset", "length", "source", "crawl_id", "revisit_of", "truncated", "gone",
    "version_id", "etag", "last_modified", "parser", "confidence", "warnings", "fetched_at",
    "fetched_from",
)  # fmt: skip

_STORED = (
    "SELECT id, record_id, canonical_url, captured_at, status, content_type, revisit_of, "
    "truncated, gone, version_id, parser, confidence, warnings, source, warc_file, offset, "
    "digest FROM captures WHERE "
)
_NOT_MODIFIED = 304

#: How a capture was read: parser, confidence, and warnings as JSON; None if it was not.
CaptureReading = tuple[str | None, float | None, str | None]
_NOT_READ: CaptureReading = (None, None, None)


class UnknownCapture(Exception):
    """A page, a failure, or news that a page is gone, without the capture that it is about."""


@dataclass(slots=True)
class BatchCapture:
    """A capture of the batch, or a stored one that the batch says more about.

    ``url`` is the canonical one. ``row`` is what the batch tells of it, if anything,
    ``stored`` whether it had a row before. ``original`` is what a revisit repeats, as soon
    as that is known. ``source`` is that of the file that is its evidence, whose name and
    offset are ``place``; ``resourced`` says that the batch brings another than is stored.
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
    place: tuple[str, int]
    gone: bool = False
    version_id: int | None = None
    reading: CaptureReading = _NOT_READ
    row: CaptureRow | None = None
    stored: bool = False
    said_more: bool = False
    resourced: bool = False
    original: BatchCapture | None = None
    digest: str = ""

    def names(self) -> tuple[str, str, str]:
        """What a revisit of it may call it, besides its id."""
        return names_of(self.url, self.captured_at, self.digest)

    def holds_page(self) -> bool:
        """Whether what a parser reads in it may count: it has its bytes, whole, of a success."""
        return self.revisit_of is None and is_readable(self.status, self.truncated)

    def tell_again(self, row: CaptureRow) -> None:
        """The batch tells of a stored capture: the same record, in the same file or another."""
        self.row = row
        place = (row.warc_file, row.offset)
        if place < self.place:
            self.resourced = row.source != self.source
            self.place, self.source = place, row.source

    def rank(self) -> EvidenceRank:
        """How it compares; a 304 says nothing of its type, so that is the original's."""
        kind = (self.original or self).content_type
        return EvidenceRank(is_html(kind), self.captured_at, self.record_id)

    def sighting(self) -> Sighting:
        """What it says of the question whose text it has."""
        assert self.version_id is not None
        rank, holder = self.rank(), self.original or self
        held = rank if holder is self else holder.rank()
        return Sighting(rank, self.id, self.version_id, holder.id, held, self.source)

    def may_be_gone(self) -> bool:
        """Whether news that its page is gone may be this capture's own."""
        if self.revisit_of is not None:  # what its body says is for the original to say
            return self.status in GONE_STATUS
        return can_be_gone(self.status, self.truncated)

    def repeats(self, other: BatchCapture) -> bool:
        """Whether what was read in ``other`` holds for this one, which names it."""
        success = self.status == _NOT_MODIFIED or is_readable(self.status, None)
        return success and not self.truncated and other.holds_page() and other.url == self.url


def captures_of(
    connection: sqlite3.Connection, notes: ChangeSet, next_id: int
) -> list[BatchCapture]:
    """All captures that some notes are about, with the originals and the revisits of these.

    :raises UnknownCapture: see there
    """
    wanted = {*notes.rows, *notes.pages, *notes.gone, *(id_ for id_, _ in notes.failures)}
    wanted |= notes.mentions.keys()
    query = f"{_STORED} record_id IN ({{}})"
    found = {one.record_id: one for one in _stored(connection, query, wanted)}
    for record_id, row in notes.rows.items():
        known = found.get(record_id)
        if known is None:
            found[record_id] = _new(next_id, row)
            next_id += 1
        else:
            known.tell_again(row)
    if missing := wanted - set(found):
        raise UnknownCapture(f"there is no capture {min(missing)}")
    for one in (found[record_id] for record_id in notes.gone):
        if not one.gone and one.may_be_gone():
            one.gone = one.said_more = True
    _tie(connection, notes, found)
    return list(found.values())


def _new(id_: int, row: CaptureRow) -> BatchCapture:
    return BatchCapture(
        id_, row.record_id, row.canonical_url, stamp(row.captured_at), row.status,
        row.content_type, row.revisit_of, row.truncated, row.source,
        (row.warc_file, row.offset), row=row, digest=row.digest,
    )  # fmt: skip


def _stored(
    connection: sqlite3.Connection, query: str, keys: Iterable[str]
) -> Iterator[BatchCapture]:
    for row in select_in(connection, query, keys):
        id_, record_id, url, at, status, kind, revisit_of, truncated, gone, version, *more = row
        parser, confidence, warnings, source, file, offset, digest = more
        yield BatchCapture(
            id_, record_id, url, at, status, kind, revisit_of, truncated, source, (file, offset),
            bool(gone), version, (parser, confidence, warnings), stored=True, digest=digest,
        )  # fmt: skip


def _tie(connection: sqlite3.Connection, notes: ChangeSet, found: dict[str, BatchCapture]) -> None:
    """Bring in what revisits repeat, and the revisits of what has news; tie them together."""
    news = [
        one
        for record_id, one in found.items()
        if one.revisit_of is None
        and (not one.stored or record_id in notes.pages or record_id in notes.gone)
    ]
    called = {one.record_id for one in news} | {name for one in news for name in one.names()}
    for one in list(_stored(connection, f"{_STORED} revisit_of IN ({{}})", called)):
        found.setdefault(one.record_id, one)
    revisits = [one for one in found.values() if one.revisit_of is not None]
    _call_by_id(connection, revisits, found)
    named = {one.revisit_of for one in revisits if one.revisit_of} - set(found)
    for one in list(_stored(connection, f"{_STORED} record_id IN ({{}})", named)):
        found[one.record_id] = one
    for one in revisits:
        original = found.get(one.revisit_of or "")
        if original is not None and one.repeats(original):
            one.original = original


def _call_by_id(
    connection: sqlite3.Connection, revisits: list[BatchCapture], found: dict[str, BatchCapture]
) -> None:
    """Replace other names of originals by their ids, where they are there."""
    unsure = [one for one in revisits if " " in (one.revisit_of or "")]
    if not unsure:
        return
    urls = {(one.revisit_of or "").rpartition(" ")[0] for one in unsure}
    candidates = {one.record_id: one for one in found.values() if one.revisit_of is None}
    query = f"{_STORED} revisit_of IS NULL AND canonical_url IN ({{}})"
    for one in list(_stored(connection, query, urls)):
        candidates.setdefault(one.record_id, one)
    by_name: dict[str, BatchCapture] = {}
    for one in sorted(candidates.values(), key=lambda one: (one.captured_at, one.record_id)):
        if one.holds_page():
            for name in one.names():
                by_name.setdefault(name, one)
    for one in unsure:
        original = by_name.get(one.revisit_of or "")
        if original is not None:
            one.revisit_of, one.said_more = original.record_id, True
            found.setdefault(original.record_id, original)


def inherit(captures: Iterable[BatchCapture]) -> list[BatchCapture]:
    """Give revisits what their originals have by now; returns those that got a text."""
    heirs = []
    for one in captures:
        original = one.original
        if original is None:
            continue
        if original.gone and not one.gone:
            one.gone = one.said_more = True
        if original.version_id is not None and one.version_id is None:
            one.version_id, one.reading = original.version_id, original.reading
            one.said_more = True
            heirs.append(one)
    return heirs


def write_captures(
    connection: sqlite3.Connection,
    captures: Iterable[BatchCapture],
    crawl_id: Callable[[str], int],
) -> None:
    """Write the rows of captures.

    :param crawl_id: gives the id of a crawl by its uid
    """
    rows, more = [], []
    for one in captures:
        if (row := one.row) is not None:
            rows.append((
                one.id, row.record_id, row.url, row.canonical_url, one.captured_at, row.status,
                row.content_type, row.digest, row.warc_file, row.offset, row.length, row.source,
                crawl_id(row.crawl), one.revisit_of, row.truncated, one.gone, one.version_id,
                row.etag, row.last_modified, *one.reading, row.fetched_at, row.fetched_from,
            ))  # fmt: skip
        if one.stored and one.said_more:
            more.append((one.gone, one.version_id, *one.reading, one.revisit_of, one.id))
    # The same record in two files: the file that sorts first is its evidence, whichever
    # was read first.
    place = ("warc_file", "offset", "length", "source", "crawl_id")
    tail = (
        f"ON CONFLICT (record_id) DO UPDATE SET "
        f"{', '.join(f'{name} = excluded.{name}' for name in place)} "
        "WHERE (excluded.warc_file, excluded.offset) < (warc_file, offset)"
    )
    insert_many(connection, "captures", CAPTURE_COLUMNS, rows, tail)
    connection.executemany(
        "UPDATE captures SET gone = ?, version_id = ?, parser = ?, confidence = ?, warnings = ?, "
        "revisit_of = ? WHERE id = ?",
        more,
    )
