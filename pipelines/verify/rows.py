"""Whether the rows of archive.db and the records of the WARC files say the same.

The rows that a file should have are made from its records by the same code as in a rebuild
and compared column by column, in the order of the file, so that each is read once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

from pipelines.capture.collect import keep_record
from pipelines.capture.crawl_records import crawl_of, end_of, foreign_crawl
from pipelines.capture.interpret import Provenance, interpret, refusal_in, row_of_record
from pipelines.db.capture_rules import GONE_STATUS
from pipelines.db.changeset import ChangeSet
from pipelines.db.connection import open_read_only
from pipelines.db.models import CaptureRow, Fetched, Unanswered
from pipelines.files.timestamps import parse_stamp, stamp
from pipelines.verify.findings import Finding
from pipelines.warc.damage import FindingKind
from pipelines.warc.reader import Record

_COLUMNS = tuple(field.name for field in dataclasses.fields(CaptureRow))
_SELECT = ", ".join("crawls.uid" if name == "crawl" else f'c."{name}"' for name in _COLUMNS)
_ROWS = (
    f"SELECT {_SELECT}, c.gone FROM places p JOIN captures c ON c.id = p.capture "
    "LEFT JOIN crawls ON crawls.id = c.crawl_id WHERE p.warc_file = ? ORDER BY p.offset"
)
_OFFSET, _ID, _AT, _REVISIT_OF = (
    _COLUMNS.index(name) for name in ("offset", "record_id", "captured_at", "revisit_of")
)
_values = attrgetter(*_COLUMNS)
_FETCHED = ("fetched_at", "fetched_from")


class ArchiveRows:
    """The rows of an archive, by file. Opened for reading only.

    :param files: the names of the WARC files that there are
    :raises sqlite3.DatabaseError: if the file is damaged, from any method
    """

    def __init__(self, path: Path, files: Collection[str]) -> None:
        self.files = frozenset(files)
        self.connection = open_read_only(path)
        # In files of its own, which SQLite removes: there may be millions of rows.
        self.connection.execute("PRAGMA temp_store = FILE")
        self.connection.execute(
            "CREATE TEMP TABLE places AS SELECT warc_file, offset, id AS capture FROM captures"
        )
        self.connection.execute("CREATE INDEX temp.places_order ON places(warc_file, offset)")

    def of_file(self, name: str) -> Iterator[tuple[Any, ...]]:
        """The rows that name a file, by offset."""
        return self.connection.execute(_ROWS, (name,))

    def by_record(self, record_id: str) -> tuple[str, int] | None:
        """The file and offset at which the row of a record says that it is."""
        query = "SELECT warc_file, offset FROM captures WHERE record_id = ?"
        row: tuple[str, int] | None = self.connection.execute(query, (record_id,)).fetchone()
        return row

    def failure(self, record_id: str, stage: str = "fetch") -> tuple[Any, ...] | None:
        """The url, canonical_url, occurred_at and reason of a row of ``failures``."""
        query = (
            "SELECT url, canonical_url, occurred_at, reason FROM failures "
            "WHERE record_id = ? AND stage = ?"
        )
        row: tuple[Any, ...] | None = self.connection.execute(query, (record_id, stage)).fetchone()
        return row

    def fetched(self, record_id: str) -> tuple[str | None, str | None] | None:
        """When and from where the capture of a record was fetched, by its row."""
        query = "SELECT fetched_at, fetched_from FROM captures WHERE record_id = ?"
        row: tuple[str | None, str | None] | None
        row = self.connection.execute(query, (record_id,)).fetchone()
        return row

    def crawl(self, uid: str) -> tuple[Any, ...] | None:
        """The spider, started and finished of a row of ``crawls``."""
        query = "SELECT spider, started, finished FROM crawls WHERE uid = ?"
        row: tuple[Any, ...] | None = self.connection.execute(query, (uid,)).fetchone()
        return row

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


class FileRows:
    """Follows the records of one file, in order, and its rows beside them.

    :param growing: the file has no final name yet, so that its last records may wait for
        their rows
    """

    def __init__(self, rows: ArchiveRows, name: str, *, growing: bool = False) -> None:
        self.name = name
        self.compared = 0
        self._rows = rows
        self._growing = growing
        self._cursor = rows.of_file(name)
        self._ahead = next(self._cursor, None)
        self._next = self._advance()
        self._origin: Provenance | None = None

    def follow(self, record: Record) -> Iterator[Finding]:
        """What is wrong between a record and its row."""
        kind = record.record_type
        if kind == "request":
            return
        if kind == "warcinfo":
            yield from self._begin(record)
            return
        if self._origin is None:
            crawl = foreign_crawl(self.name, record.date)
            self._origin = Provenance(crawl.uid, crawl.source)
        if kind == "metadata":
            yield from self._metadata(record)
            return
        yield from self._skipped(record.offset)
        if (refused := refusal_in(record, self._origin)) is not None:
            yield from self._check_unanswered(record, refused)
            return
        wanted = row_of_record(record, self.name, self._origin)
        if wanted is not None:
            yield from self._compare(record, wanted)

    def finish(self, damaged: set[int]) -> Iterator[Finding]:
        """The rows that no record stands for.

        :param damaged: offsets at which damage has been found, which explains it
        """
        yield from (one for one in self._skipped(None) if one.offset not in damaged)

    def _advance(self) -> tuple[int, dict[str, tuple[Any, ...]]] | None:
        row = self._ahead
        if row is None:
            return None
        offset = row[_OFFSET]
        group = {row[_ID]: row}
        self._ahead = row = next(self._cursor, None)
        while row is not None and row[_OFFSET] == offset:  # where records share a member
            group[row[_ID]] = row
            self._ahead = row = next(self._cursor, None)
        return offset, group

    def _skipped(self, offset: int | None) -> Iterator[Finding]:
        """Rows before an offset that no record took."""
        while self._next is not None and (offset is None or self._next[0] < offset):
            for record_id in self._next[1]:
                reason = f"the row of {record_id} names a record here, and there is none"
                yield Finding(self.name, self._next[0], FindingKind.NO_RECORD, reason, record_id)
            self._next = self._advance()

    def _compare(self, record: Record, wanted: CaptureRow) -> Iterator[Finding]:
        row = None
        if self._next is not None and self._next[0] == record.offset:
            row = self._next[1].pop(record.record_id, None)
        if row is None:
            yield from self._elsewhere(record)
            return
        self.compared += 1
        values = list(_values(wanted))
        said = record.get("WARC-Date")
        values[_AT] = said if said == row[_AT] else stamp(wanted.captured_at)
        if " " in (wanted.revisit_of or ""):  # the original by another name: the row has its id
            values[_REVISIT_OF] = row[_REVISIT_OF]
        if list(row[:-1]) != values:
            for name, is_, should in zip(_COLUMNS, row, values, strict=False):
                # When another archive's record was fetched stands in a record of its own.
                if is_ != should and not (should is None and name in _FETCHED):
                    reason = f"the row's {name} is {is_!r}, by the record it is {should!r}"
                    yield self._found(record, FindingKind.ROW, reason)
        if not 200 <= wanted.status < 400 or wanted.truncated:
            yield from self._check_failure(record, wanted, gone=row[-1])

    def _elsewhere(self, record: Record) -> Iterator[Finding]:
        place = self._rows.by_record(record.record_id)
        if place is None:
            if not (self._growing and self._next is None):
                yield self._found(
                    record, FindingKind.NO_ROW, f"no row of captures for {record.url}"
                )
        elif place[0] >= self.name or place[0] not in self._rows.files:
            # Of a record that is in two files, the file that sorts first is its evidence.
            reason = f"its row says that it is in {place[0]} at byte {place[1]}"
            yield self._found(record, FindingKind.ROW, reason)

    def _check_failure(self, record: Record, row: CaptureRow, *, gone: int) -> Iterator[Finding]:
        if row.status in GONE_STATUS and not gone:
            yield self._found(
                record, FindingKind.ROW, f"the row's gone is 0, its status is {row.status}"
            )
        reason = interpret(record, self.name).fetch_failure
        if reason is not None:
            wanted = (row.url, row.canonical_url, stamp(row.captured_at), reason)
            yield from self._compare_failure(record, wanted)

    def _compare_failure(self, record: Record, wanted: tuple[str, ...]) -> Iterator[Finding]:
        found = self._rows.failure(record.record_id)
        if found is None:
            if not (self._growing and self._next is None):
                yield self._found(
                    record, FindingKind.NO_ROW, f"no row of failures for {wanted[3]!r}"
                )
        elif found != wanted:
            reason = f"the row of failures says {found!r}, by the record it is {wanted!r}"
            yield self._found(record, FindingKind.ROW, reason)

    # -- what a run says of itself -----------------------------------------------------

    def _begin(self, record: Record) -> Iterator[Finding]:
        crawl = crawl_of(record)
        if crawl is None:
            if self._origin is None:
                foreign = foreign_crawl(self.name, record.date)
                self._origin = Provenance(foreign.uid, foreign.source)
            return
        self._origin = Provenance(crawl.uid, crawl.source)
        row = self._rows.crawl(crawl.uid)
        started = stamp(crawl.started) if crawl.started else None
        if row is None:
            if not self._growing:
                yield self._found(record, FindingKind.NO_ROW, f"no row of crawls for {crawl.uid}")
        elif row[:2] != (crawl.spider, started):
            reason = f"the row of crawls says {row[:2]!r}, not {(crawl.spider, started)!r}"
            yield self._found(record, FindingKind.ROW, reason)

    def _metadata(self, record: Record) -> Iterator[Finding]:
        assert self._origin is not None
        end = end_of(record)
        if end is not None:
            row = self._rows.crawl(end[0])
            finished = parse_stamp(row[2]) if row and row[2] else None
            if not self._growing and (finished is None or finished < end[1].finished):
                reason = f"the row of crawls does not say that {end[0]} has finished"
                yield self._found(record, FindingKind.ROW, reason)
            return
        notes = ChangeSet()
        keep_record(notes, record, self.name, self._origin)
        for one in notes.unanswered.values():
            yield from self._check_unanswered(record, one)
        for fetched in notes.fetched.values():
            yield from self._check_fetched(record, fetched)

    def _check_unanswered(self, record: Record, one: Unanswered) -> Iterator[Finding]:
        wanted = (one.url, one.canonical_url, stamp(one.occurred_at), one.reason)
        yield from self._compare_failure(record, wanted)

    def _check_fetched(self, record: Record, one: Fetched) -> Iterator[Finding]:
        row = self._rows.fetched(one.record_id)
        wanted = (stamp(one.at), one.place)
        if row is not None and row != wanted:
            reason = f"the row of {one.record_id} was fetched {row!r}, by the record {wanted!r}"
            yield self._found(record, FindingKind.ROW, reason)

    def _found(self, record: Record, kind: FindingKind, reason: str) -> Finding:
        return Finding(self.name, record.offset, kind, reason, record.record_id)
