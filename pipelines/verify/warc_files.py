"""Checks one WARC file, on its own and against its rows."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from isal import igzip_lib

from pipelines.capture.interpret import InterpretedRecord, interpret
from pipelines.capture.warc_extract import FILLING, oddities_of
from pipelines.db.models import Crawl
from pipelines.files.locks import is_locked
from pipelines.verify.findings import Finding, finding_at
from pipelines.verify.pairs import FileOrder
from pipelines.verify.record_index import IndexedRecord, RevisitEntry, entry_of, revisit_of
from pipelines.verify.records import check_record
from pipelines.verify.rows import ArchiveRows, FileRows
from pipelines.warc.compressed import BAD_GZIP, GZIP_MAGIC
from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.reader import read_open_warc
from pipelines.warc.record import Record
from pipelines.warc.writer import OPEN_SUFFIX

#: After how many bytes of the file progress is reported.
_STEP = 4_000_000
#: How the members of our writer begin: no name, no time, no flags. A bit that is flipped
#: there changes nothing that a reader sees, so that only this comparison finds it.
_MEMBER_HEADS = frozenset(
    {b"\x1f\x8b\x08\0\0\0\0\0\0\xff", igzip_lib.compress(b"", 1, igzip_lib.COMP_GZIP)[:10]}
)
_OTHER_FORMATS = {
    b"\x04\x22\x4d\x18": "an LZ4 file",
    b"PK\x03\x04": "a ZIP file, such as WACZ is: unpack it and name the WARC files in it",
}
#: Called with how many bytes of the file are done.
Advance = Callable[[int], object]


class FileTask(NamedTuple):
    """A file to check: where it is, and what findings call it.

    ``in_archive`` is False for one that was named by its path: it is checked by itself.
    """

    path: Path
    name: str
    in_archive: bool


@dataclass
class FileReport:
    """The findings in a file, and what the check of all files together needs of it.

    ``growing``: it has no final name yet (``.open``). ``ours``: Housecall wrote it. ``size``
    is its bytes, ``uncompressed`` those of its records, ``rows`` how many rows were compared.
    ``crawls`` are the uids of runs that begin in it, ``ended`` of those that end.
    """

    name: str
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    records: int = 0
    rows: int = 0
    size: int = 0
    uncompressed: int = 0
    ours: bool = False
    growing: bool = False
    entries: list[IndexedRecord] = field(default_factory=list)
    revisits: list[RevisitEntry] = field(default_factory=list)
    crawls: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)


def verify_file(task: FileTask, rows: ArchiveRows | None, advance: Advance) -> FileReport:
    """Check a file; one that cannot be read is a finding."""
    report = FileReport(task.name)
    path = task.path
    report.growing = path.name.endswith(OPEN_SUFFIX)
    try:
        locked = report.growing and is_locked(path)
        if report.growing and not path.exists():  # it was finished a moment ago
            path = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
        report.size = path.stat().st_size
        other = _other_format(path)
        if other is not None:
            reason = f"no WARC file but {other}"
            report.findings.append(Finding(task.name, 0, FindingKind.FORMAT, reason))
        else:
            _FileCheck(task, report, rows).run(path, advance, locked=locked)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        report.findings.append(Finding(task.name, None, FindingKind.UNREADABLE, reason))
    return report


class _FileCheck:
    """The state of checking one file."""

    def __init__(self, task: FileTask, report: FileReport, rows: ArchiveRows | None) -> None:
        self._task = task
        self._report = report
        self._order = FileOrder(task.name)
        self._crawl: Crawl | None = None  # of the records that were read last
        self._damage: list[DamagedWarc] = []
        self._rows: FileRows | None = None
        self._odd: Counter[str] = Counter()  # records of other tools, by what is odd about them
        self._now = datetime.now(UTC)
        self._shared = 0  # records that share a gzip member with others
        self._end = 0  # of the last whole record
        if rows is not None:
            try:
                self._rows = FileRows(rows, task.name, growing=report.growing)
            except sqlite3.Error as error:
                self._stop_rows(error)

    def run(self, path: Path, advance: Advance, *, locked: bool) -> None:
        """Read the file from its beginning to its end."""
        reported = 0
        with path.open("rb") as file:
            for record in read_open_warc(file, path.name, self._damage.append):
                self._check(record, file)
                if self._end - reported >= _STEP:
                    reported = self._end
                    advance(reported)
        self._report.ours = self._order.ours
        self._finish(locked=locked)
        advance(self._report.size)

    def _check(self, record: Record, file: BinaryIO) -> None:
        report, order = self._report, self._order
        interpreted = interpret(record, self._task.name, self._crawl)
        self._crawl = interpreted.crawl
        report.records += 1
        report.uncompressed += len(record.head) + len(record.block) + len(record.tail)
        report.findings += order.check(interpreted)
        if not order.ours:
            self._odd.update(oddities_of(interpreted, self._now))
        for kind, reason in check_record(record, ours=order.is_made(record)):
            group = report.notes if kind is FindingKind.DIGEST_UNKNOWN else report.findings
            group.append(finding_at(self._task.name, record, kind, reason))
        report.findings += self._check_place(record, file)
        if not order.ours:
            self._note_filling(record.offset)
        self._end = max(self._end, record.offset + record.length)
        if record.record_type == "request":
            return
        if self._rows is not None:
            try:
                report.findings += self._rows.compare(interpreted)
            except sqlite3.Error as error:
                self._stop_rows(error)
        self._note_for_all(interpreted)

    def _note_for_all(self, interpreted: InterpretedRecord) -> None:
        """Note what is needed when all files are read."""
        report, record = self._report, interpreted.record
        report.entries.append(entry_of(interpreted, ours=self._order.ours))
        if record.record_type == "revisit":
            report.revisits.append(revisit_of(record))
        if interpreted.names_crawl:
            report.crawls.add(interpreted.crawl.uid)
        if interpreted.crawl_end is not None:
            report.ended.add(interpreted.crawl_end[0])

    def _note_filling(self, offset: int) -> None:
        """Note what is between the last record and an offset, unless there is damage."""
        if self._end and offset > self._end and not self._damage:
            self._odd[FILLING] += offset - self._end

    def _check_place(self, record: Record, file: BinaryIO) -> Iterator[Finding]:
        self._shared += not record.addressable
        if not self._order.ours:
            return
        if record.offset > self._end and not any(
            self._end <= damage.offset <= record.offset for damage in self._damage
        ):
            reason = f"{record.offset - self._end} bytes that are no record"
            yield Finding(self._task.name, self._end, FindingKind.STRAY, reason)
        fault = _member_fault(record, file.fileno(), is_made=self._order.is_made(record))
        if fault is not None:
            yield finding_at(self._task.name, record, FindingKind.MEMBER, fault)

    def _finish(self, *, locked: bool) -> None:
        report, ours = self._report, self._order.ours
        strict = ours or self._task.in_archive
        torn = any(damage.offset >= self._end for damage in self._damage)
        if report.growing and strict:
            self._damage = [damage for damage in self._damage if damage.offset < self._end]
        else:
            report.findings += self._order.finish()
        for damage in self._damage:
            why = damage.why.removeprefix("gzip: ")
            self._add(report.findings, damage.offset, damage.kind, why)
        if report.growing:
            self._finish_growing(locked=locked, strict=strict, torn=torn)
        elif not report.records and not self._damage:
            empty = report.size == 0
            reason = "the file is empty" if empty else "the file holds no record"
            group = report.findings if strict or empty else report.notes
            self._add(group, 0, FindingKind.CUT, reason)
        elif not torn and self._end < report.size:
            if ours:
                reason = f"{report.size - self._end} bytes after the last record"
                self._add(report.findings, self._end, FindingKind.STRAY, reason)
            else:
                self._note_filling(report.size)
        if self._shared and not ours:
            reason = f"{self._shared} records share a gzip member: none can be read by its offset"
            group = report.findings if self._task.in_archive else report.notes
            self._add(group, None, FindingKind.MEMBER, reason)
        for what, count in self._odd.items():
            self._add(report.notes, None, FindingKind.ODD, f"{what}: {count}")
        if self._rows is not None:
            report.rows = self._rows.compared
            try:
                report.findings += self._rows.finish({damage.offset for damage in self._damage})
            except sqlite3.Error as error:
                self._stop_rows(error)

    def _finish_growing(self, *, locked: bool, strict: bool, torn: bool) -> None:
        group, place = self._report.notes, None
        if locked:
            reason = "it is being written now; what is there was checked"
        elif not strict:
            reason = f"its name ends in {OPEN_SUFFIX}: whoever writes it has not finished it"
        else:
            group, place = self._report.findings, self._end
            reason = "its writer was killed: the next crawl or 'scrapy rebuild' finishes the file"
            if torn:
                size = self._report.size - self._end
                reason += f" and cuts off the {size} bytes of a torn record"
        self._add(group, place, FindingKind.UNFINISHED, reason)

    def _stop_rows(self, error: sqlite3.Error) -> None:
        """Compare no more rows: the archive cannot be read any further."""
        self._rows = None
        reason = f"its rows cannot be read: {error}"
        self._add(self._report.findings, None, FindingKind.DATABASE, reason)

    def _add(
        self, group: list[Finding], offset: int | None, kind: FindingKind, reason: str
    ) -> None:
        group.append(Finding(self._task.name, offset, kind, reason))


def _member_fault(record: Record, fd: int, *, is_made: bool) -> str | None:
    """Return what of the gzip member of a record in our files is not as it was written.

    :param is_made: our writer made it, so that its header is known
    """
    if not record.addressable:
        return "the record is not alone in its gzip member"
    if is_made and os.pread(fd, 10, record.offset) not in _MEMBER_HEADS:
        return "the header of the gzip member is not as it was written"
    size = len(record.head) + len(record.block) + len(record.tail)
    trailer = os.pread(fd, 4, record.offset + record.length - 4)
    if int.from_bytes(trailer, "little") != size & 0xFFFFFFFF:
        return "the gzip member holds more than the record"
    return None


def _other_format(path: Path) -> str | None:
    """Return what a file is if it is certainly no WARC; None if it may be one."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(GZIP_MAGIC):
        try:
            member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
            start = member.decompress(start, 64)
        except BAD_GZIP:
            return None
    return next((name for magic, name in _OTHER_FORMATS.items() if start.startswith(magic)), None)
