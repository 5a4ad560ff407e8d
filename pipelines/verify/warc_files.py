"""Checks one WARC file, on its own and against its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from isal import igzip_lib

from pipelines.capture.crawl_records import crawl_of, end_of
from pipelines.files.locks import is_locked
from pipelines.verify.findings import Finding
from pipelines.verify.pairs import FileOrder
from pipelines.verify.record_index import (
    IndexedRecord,
    RevisitEntry,
    entry_of,
    revisit_of,
)
from pipelines.verify.records import check_record
from pipelines.verify.rows import ArchiveRows, FileRows
from pipelines.warc.compressed import BAD_GZIP, GZIP_MAGIC
from pipelines.warc.damage import FindingKind
from pipelines.warc.reader import Record, read_warc
from pipelines.warc.streams import DamagedWarc
from pipelines.warc.writer import OPEN_SUFFIX

_SAY_EVERY = 4_000_000
_OTHERS = {
    b"\x04\x22\x4d\x18": "an LZ4 file",
    b"PK\x03\x04": "a ZIP file, such as WACZ is: unpack it and name the WARC files in it",
}


class FileTask(NamedTuple):
    """A file to check: where it is, and what findings call it.

    ``in_archive`` is False for one that was named by its path: it is checked by itself.
    """

    path: Path
    name: str
    in_archive: bool


@dataclass
class FileReport:
    """What was found in a file. ``growing`` if it has no final name yet (``.open``)."""

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


#: How the members of our writer begin: no name, no time, no flags. A bit that is flipped
#: there changes nothing that a reader sees, so that only this comparison finds it.
MEMBER_HEADS = frozenset(
    {b"\x1f\x8b\x08\0\0\0\0\0\0\xff", igzip_lib.compress(b"", 1, igzip_lib.COMP_GZIP)[:10]}
)
#: Called with how many bytes of the file are done.
Advance = Callable[[int], object]


def verify_file(task: FileTask, rows: ArchiveRows | None, advance: Advance) -> FileReport:
    """Check a file; what cannot be read is a finding."""
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
            report.findings.append(
                Finding(task.name, 0, FindingKind.FORMAT, f"no WARC file but {other}")
            )
        else:
            _FileCheck(task, path, report, rows).run(advance, locked=locked)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        report.findings.append(Finding(task.name, None, FindingKind.UNREADABLE, reason))
    return report


class _FileCheck:
    """The state of checking one file."""

    def __init__(
        self, task: FileTask, path: Path, report: FileReport, rows: ArchiveRows | None
    ) -> None:
        self._task = task
        self._path = path
        self._report = report
        self._order = FileOrder(task.name)
        self._damage: list[DamagedWarc] = []
        self._rows: FileRows | None = None
        self._shared = 0  # records that share a gzip member with others
        self._end = 0  # of the last whole record
        self._said = 0
        self._advance: Advance = lambda at: None
        if rows is not None:
            try:
                self._rows = FileRows(rows, task.name, growing=report.growing)
            except sqlite3.Error as error:
                self._stop_rows(error)

    def run(self, advance: Advance, *, locked: bool) -> None:
        """Read it from the beginning to the end."""
        report = self._report
        self._advance = advance
        with self._path.open("rb") as file:
            for record in read_warc(self._path, self._damage.append):
                self._follow(record, file)
        report.ours = self._order.ours
        self._finish(locked=locked)
        advance(report.size)

    def _reached(self, end: int) -> None:
        self._end = max(self._end, end)
        if end - self._said >= _SAY_EVERY:
            self._said = end
            self._advance(end)

    def _follow(self, record: Record, file: BinaryIO) -> None:
        report, order = self._report, self._order
        report.records += 1
        report.uncompressed += len(record.head) + len(record.block) + len(record.tail)
        report.findings += order.follow(record)
        for kind, reason in check_record(record, ours=order.made(record)):
            to = report.notes if kind is FindingKind.DIGEST_UNKNOWN else report.findings
            to.append(Finding(self._task.name, record.offset, kind, reason, record.record_id))
        report.findings += self._check_place(record, file)
        self._reached(record.offset + record.length)
        if self._rows is not None and record.record_type != "request":
            try:
                report.findings += self._rows.follow(record)
            except sqlite3.Error as error:
                self._stop_rows(error)
        self._keep(record)

    def _keep(self, record: Record) -> None:
        """What is needed when all files are read."""
        report, kind = self._report, record.record_type
        if kind == "request":
            return
        report.entries.append(entry_of(record))
        if kind == "revisit":
            report.revisits.append(revisit_of(record))
        elif kind == "warcinfo" and (crawl := crawl_of(record)) is not None:
            report.crawls.add(crawl.uid)
        elif kind == "metadata" and (end := end_of(record)) is not None:
            report.ended.add(end[0])

    def _check_place(self, record: Record, file: BinaryIO) -> Iterator[Finding]:
        """Where a record lies, for those that the fast way did not vouch for."""
        self._shared += not record.addressable
        if not self._order.ours:
            return
        damaged = any(self._end <= one.offset <= record.offset for one in self._damage)
        if record.offset > self._end and not damaged:
            reason = f"{record.offset - self._end} bytes that are no record"
            yield Finding(self._task.name, self._end, FindingKind.STRAY, reason)
        fault = _member_fault(record, file, made=self._order.made(record))
        if fault is not None:
            place = record.offset
            yield Finding(self._task.name, place, FindingKind.MEMBER, fault, record.record_id)

    def _finish(self, *, locked: bool) -> None:
        report, name = self._report, self._task.name
        strict = self._order.ours or self._task.in_archive
        torn = [one for one in self._damage if one.offset >= self._end]
        if report.growing and strict:
            self._damage = [one for one in self._damage if one.offset < self._end]
        else:
            report.findings += self._order.finish()
        report.findings += (
            Finding(name, one.offset, FindingKind(one.kind.value), one.why.removeprefix("gzip: "))
            for one in self._damage
        )
        if report.growing:
            self._unfinished(locked=locked, strict=strict, torn=bool(torn))
        elif not report.records and not self._damage:
            self._empty(strict=strict)
        elif self._order.ours and not torn and self._end < report.size:
            reason = f"{report.size - self._end} bytes after the last record"
            report.findings.append(Finding(name, self._end, FindingKind.STRAY, reason))
        if self._shared and not self._order.ours:
            reason = f"{self._shared} records share a gzip member: none can be read by its offset"
            to = report.findings if self._task.in_archive else report.notes
            to.append(Finding(name, None, FindingKind.MEMBER, reason))
        if self._rows is not None:
            report.rows = self._rows.compared
            try:
                report.findings += self._rows.finish({one.offset for one in self._damage})
            except sqlite3.Error as error:
                self._stop_rows(error)

    def _unfinished(self, *, locked: bool, strict: bool, torn: bool) -> None:
        report = self._report
        if locked:
            said = "it is being written now; what is there was checked"
            report.notes.append(Finding(report.name, None, FindingKind.UNFINISHED, said))
            return
        if not strict:
            reason = f"its name ends in {OPEN_SUFFIX}: whoever writes it has not finished it"
            report.notes.append(Finding(report.name, None, FindingKind.UNFINISHED, reason))
            return
        reason = "its writer was killed: the next crawl or 'scrapy rebuild' finishes the file"
        if torn:
            reason += f" and cuts off the {report.size - self._end} bytes of a torn record"
        report.findings.append(Finding(report.name, self._end, FindingKind.UNFINISHED, reason))

    def _empty(self, *, strict: bool) -> None:
        report = self._report
        if report.size == 0:
            report.findings.append(Finding(report.name, 0, FindingKind.CUT, "the file is empty"))
        else:
            to = report.findings if strict else report.notes
            to.append(Finding(report.name, 0, FindingKind.CUT, "the file holds no record"))

    def _stop_rows(self, error: sqlite3.Error) -> None:
        """The archive cannot be read any further."""
        self._rows = None
        reason = f"its rows cannot be read: {error}"
        self._report.findings.append(Finding(self._task.name, None, FindingKind.DATABASE, reason))


def _member_fault(record: Record, file: BinaryIO, *, made: bool) -> str | None:
    """What of the gzip member of a record in our files is not as it was written.

    :param made: whether our writer made it, so that its header is known
    """
    if not record.addressable:
        return "the record is not alone in its gzip member"
    file.seek(record.offset)
    if made and file.read(10) not in MEMBER_HEADS:
        return "the header of the gzip member is not as it was written"
    file.seek(record.offset + record.length - 4)
    size = len(record.head) + len(record.block) + len(record.tail)
    if int.from_bytes(file.read(4), "little") != size & 0xFFFFFFFF:
        return "the gzip member holds more than the record"
    return None


def _other_format(path: Path) -> str | None:
    """What a file is if it is certainly no WARC; None if it may be one."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(GZIP_MAGIC):
        try:
            member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
            start = member.decompress(start, 64)
        except BAD_GZIP:
            return None
    return next((name for magic, name in _OTHERS.items() if start.startswith(magic)), None)
