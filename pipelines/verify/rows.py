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

from pipelines.capture.interpret import InterpretedRecord
from pipelines.db.connection import open_read_only
from pipelines.db.models import CaptureRow, Unanswered
from pipelines.db.rules import GONE_STATUS
from pipelines.files.timestamps import parse_stamp, stamp
from pipelines.verify.findings import Finding, finding_at
from pipelines.warc.damage import FindingKind

_COLUMNS = tuple(field.name for field in dataclasses.fields(CaptureRow))
_SELECT = ", ".join("crawls.uid" if name == "crawl" else f'c."{name}"' for name in _COLUMNS)
_ROWS = (
    f"SELECT {_SELECT}, c.gone FROM places p JOIN captures c ON c.id = p.capture "
    "LEFT JOIN crawls ON crawls.id = c.crawl_id WHERE p.warc_file = ? ORDER BY p.offset"
)
_OFFSET, _ID, _AT, _REVISIT_OF, _ROBOTS = (
    _COLUMNS.index(name) for name in ("offset", "record_id", "captured_at", "revisit_of", "robots")
)
_values = attrgetter(*_COLUMNS)
_FETCHED = ("fetched_at", "fetched_from")


class ArchiveRows:
    """The rows of an archive, by WARC file. Opens the archive for reading only.

    :param files: the names of all WARC files that there are
    :raises sqlite3.DatabaseError: the archive is damaged; from any method
    """

    def __init__(self, path: Path, files: Collection[str]) -> None:
        self.files = frozenset(files)
        self._connection = open_read_only(path)
        # In files of its own, which SQLite removes: there may be millions of rows.
        self._connection.execute("PRAGMA temp_store = FILE")
        self._connection.execute(
            "CREATE TEMP TABLE places AS SELECT warc_file, offset, id AS capture FROM captures"
        )
        self._connection.execute("CREATE INDEX temp.places_order ON places(warc_file, offset)")

    def in_file(self, name: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows that name a file, by offset."""
        return self._connection.execute(_ROWS, (name,))

    def place_of(self, record_id: str) -> tuple[Any, ...] | None:
        """Return the file and the offset at which the row of a record says that it is."""
        return self._first("SELECT warc_file, offset FROM captures WHERE record_id = ?", record_id)

    def failure(self, record_id: str) -> tuple[Any, ...] | None:
        """Return the url, canonical_url, occurred_at and reason of a failure to fetch."""
        query = (
            "SELECT url, canonical_url, occurred_at, reason FROM failures "
            "WHERE record_id = ? AND stage = 'fetch'"
        )
        return self._first(query, record_id)

    def fetched(self, record_id: str) -> tuple[Any, ...] | None:
        """Return when and from where the capture of a record was fetched."""
        query = "SELECT fetched_at, fetched_from FROM captures WHERE record_id = ?"
        return self._first(query, record_id)

    def crawl(self, uid: str) -> tuple[Any, ...] | None:
        """Return the spider, started and finished of a row of ``crawls``."""
        return self._first("SELECT spider, started, finished FROM crawls WHERE uid = ?", uid)

    def close(self) -> None:
        """Close the archive."""
        self._connection.close()

    def _first(self, query: str, key: str) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(query, (key,)).fetchone()
        return row


class FileRows:
    """Compares the records of one WARC file with its rows, both in the order of the file.

    :param growing: the file has no final name yet, so that its last records may wait for
        their rows
    """

    def __init__(self, rows: ArchiveRows, name: str, *, growing: bool = False) -> None:
        self.name = name
        self.compared = 0
        self._rows = rows
        self._growing = growing
        self._cursor = rows.in_file(name)
        self._ahead = next(self._cursor, None)
        # the offset of the next rows, and those by record id
        self._next = self._advance()

    def compare(self, interpreted: InterpretedRecord) -> Iterator[Finding]:
        """Yield what is wrong between a record and its row."""
        kind = interpreted.record.record_type
        if kind == "request":
            return
        if kind == "warcinfo":
            yield from self._compare_crawl(interpreted)
            return
        if kind == "metadata":
            yield from self._compare_metadata(interpreted)
        else:
            yield from self._pass_to(interpreted.record.offset)
        if interpreted.unanswered is not None:
            yield from self._compare_unanswered(interpreted, interpreted.unanswered)
        elif kind != "metadata" and interpreted.row is not None:
            yield from self._compare_capture(interpreted, interpreted.row)

    def finish(self, damaged: set[int]) -> Iterator[Finding]:
        """Yield the rows that have no record.

        :param damaged: offsets at which damage has been found, which explains it
        """
        yield from (finding for finding in self._pass_to(None) if finding.offset not in damaged)

    def _advance(self) -> tuple[int, dict[str, tuple[Any, ...]]] | None:
        row = self._ahead
        if row is None:
            return None
        offset, group = row[_OFFSET], {}
        while row is not None and row[_OFFSET] == offset:  # several where records share a member
            group[row[_ID]] = row
            row = next(self._cursor, None)
        self._ahead = row
        return offset, group

    def _pass_to(self, offset: int | None) -> Iterator[Finding]:
        """Go past the rows before an offset; yield those that no record took."""
        while self._next is not None and (offset is None or self._next[0] < offset):
            for record_id in self._next[1]:
                reason = f"the row of {record_id} names a record here, and there is none"
                yield Finding(self.name, self._next[0], FindingKind.NO_RECORD, reason, record_id)
            self._next = self._advance()

    def _compare_capture(
        self, interpreted: InterpretedRecord, expected: CaptureRow
    ) -> Iterator[Finding]:
        record = interpreted.record
        row = None
        if self._next is not None and self._next[0] == record.offset:
            row = self._next[1].pop(record.record_id, None)
        if row is None:
            yield from self._look_elsewhere(interpreted)
            return
        self.compared += 1
        values = list(_values(expected))
        values[_AT] = stamp(expected.captured_at)
        if " " in (expected.revisit_of or ""):  # the original by another name: the row has its id
            values[_REVISIT_OF] = row[_REVISIT_OF]
        if row[_ROBOTS]:  # most pages ask nothing, and are not decoded to see that
            values[_ROBOTS] = interpreted.robots
        if list(row[:-1]) != values:
            for name, actual, value in zip(_COLUMNS, row, values, strict=False):
                # When another archive's record was fetched stands in a record of its own.
                if actual != value and not (value is None and name in _FETCHED):
                    reason = f"the row's {name} is {actual!r}, by the record it is {value!r}"
                    yield self._finding(interpreted, FindingKind.ROW, reason)
        if expected.status in GONE_STATUS and not row[-1]:
            reason = f"the row's gone is 0, its status is {expected.status}"
            yield self._finding(interpreted, FindingKind.ROW, reason)
        if interpreted.fetch_failure is not None:
            at, reason = values[_AT], interpreted.fetch_failure
            failure = (expected.url, expected.canonical_url, at, reason)
            yield from self._compare_failure(interpreted, failure)

    def _look_elsewhere(self, interpreted: InterpretedRecord) -> Iterator[Finding]:
        record = interpreted.record
        place = self._rows.place_of(record.record_id)
        if place is None:
            if not self._may_wait():
                reason = f"no row of captures for {record.url}"
                yield self._finding(interpreted, FindingKind.NO_ROW, reason)
        elif place >= (self.name, record.offset) or place[0] not in self._rows.files:
            # Of a record that is there twice, the first place is its evidence.
            reason = f"its row says that it is in {place[0]} at byte {place[1]}"
            yield self._finding(interpreted, FindingKind.ROW, reason)

    def _compare_failure(
        self, interpreted: InterpretedRecord, expected: tuple[str, ...]
    ) -> Iterator[Finding]:
        row = self._rows.failure(interpreted.record.record_id)
        if row is None:
            if not self._may_wait():
                reason = f"no row of failures for {expected[3]!r}"
                yield self._finding(interpreted, FindingKind.NO_ROW, reason)
        elif row != expected:
            reason = f"the row of failures says {row!r}, by the record it is {expected!r}"
            yield self._finding(interpreted, FindingKind.ROW, reason)

    def _compare_unanswered(
        self, interpreted: InterpretedRecord, unanswered: Unanswered
    ) -> Iterator[Finding]:
        at = stamp(unanswered.occurred_at)
        expected = (unanswered.url, unanswered.canonical_url, at, unanswered.reason)
        return self._compare_failure(interpreted, expected)

    def _compare_crawl(self, interpreted: InterpretedRecord) -> Iterator[Finding]:
        crawl = interpreted.crawl
        if not interpreted.names_crawl:
            return
        row = self._rows.crawl(crawl.uid)
        expected = (crawl.spider, stamp(crawl.started) if crawl.started else None)
        if row is None:
            if not self._growing:
                reason = f"no row of crawls for {crawl.uid}"
                yield self._finding(interpreted, FindingKind.NO_ROW, reason)
        elif row[:2] != expected:
            reason = f"the row of crawls says {row[:2]!r}, not {expected!r}"
            yield self._finding(interpreted, FindingKind.ROW, reason)

    def _compare_metadata(self, interpreted: InterpretedRecord) -> Iterator[Finding]:
        if interpreted.crawl_end is not None:
            uid, end = interpreted.crawl_end
            row = self._rows.crawl(uid)
            finished = parse_stamp(row[2]) if row and row[2] else None
            if not self._growing and (finished is None or finished < end.finished):
                reason = f"the row of crawls does not say that {uid} has finished"
                yield self._finding(interpreted, FindingKind.ROW, reason)
        fetched = interpreted.fetched
        if fetched is not None:
            row = self._rows.fetched(fetched.record_id)
            expected = (stamp(fetched.at), fetched.place)
            if row is not None and row != expected:
                reason = (
                    f"the row of {fetched.record_id} was fetched {row!r}, "
                    f"by the record {expected!r}"
                )
                yield self._finding(interpreted, FindingKind.ROW, reason)

    def _may_wait(self) -> bool:
        """Whether the file grows, and the row of its last records may still come."""
        return self._growing and self._next is None

    def _finding(self, interpreted: InterpretedRecord, kind: FindingKind, reason: str) -> Finding:
        return finding_at(self.name, interpreted.record, kind, reason)
