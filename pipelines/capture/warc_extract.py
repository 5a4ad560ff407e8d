"""From WARC files to changes: reading and parsing, which needs no database.

It imports neither Scrapy nor sqlite-utils nor Datasette, so that workers anywhere can do it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from parsers import is_question_url
from pipelines.capture.collect import collect, collect_reading
from pipelines.capture.interpret import FIRST_YEAR, InterpretedRecord, interpret
from pipelines.capture.page_deadline import read
from pipelines.db.changeset import ChangeSet
from pipelines.db.models import Crawl, Failure
from pipelines.db.rules import is_readable
from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.reader import read_open_warc
from pipelines.warc.record import Record
from pipelines.warc.resync import next_start
from pipelines.warc.writer import OPEN_SUFFIX

#: How many captures a batch, and a transaction, takes.
BATCH = 200
#: What is odd about a file: bytes that are none of a record, and no damage either.
FILLING = "bytes between or behind records (zeros, line ends, empty members)"
_USUAL_TAILS = frozenset({b"\r\n\r\n", b"\n\n"})
_USUAL_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?)?)?")
_ODD_IN_URL = re.compile(r"[\x00-\x20\x7f]")


class WarcSource(NamedTuple):
    """A WARC file, and how rows name it: relative to the WARC directory, in its final form."""

    path: Path
    name: str


@dataclass
class FileStats:
    """What was found in one file.

    ``damaged`` lists what could not be read, by offset, ``flagged`` what was read and is not
    what its digests say. ``records`` counts whole ones. ``odd`` is how many of them are odd
    without being damaged, by what is odd about them.
    """

    file: str
    records: int = 0
    captures: int = 0
    pages: int = 0
    errors: int = 0
    size: int = 0
    damaged: list[DamagedWarc] = field(default_factory=list)
    flagged: list[DamagedWarc] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)

    def add(self, other: FileStats) -> None:
        """Count what was found in another part of the file too."""
        for name in ("records", "captures", "pages", "errors", "size", "damaged", "flagged", "odd"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_json(self, *, flagged: bool = True) -> dict[str, Any]:
        """For ``--json``: counts, and where the damage is."""
        names = ("file", "records", "captures", "pages", "errors")
        damaged = [*self.damaged, *(self.flagged if flagged else ())]
        return {
            **{name: getattr(self, name) for name in names},
            "damaged": [{"offset": each.offset, "reason": each.why} for each in damaged],
        }


class Batch(NamedTuple):
    """A part of a file: what it says, and what was found in it."""

    changes: ChangeSet
    stats: FileStats


@dataclass(frozen=True, slots=True)
class Span:
    """A file to read, or a part of one: the records that begin from ``begin`` on, before ``end``.

    ``file`` is a path or an address, ``name`` what rows call it. ``end`` is None for the end
    of the file. If not ``exact``, the first record is looked for from ``begin`` on. ``crawl``
    is the run that records belong to, where a record before them says it; None: what the
    first record of the file says.
    """

    file: str
    name: str
    begin: int = 0
    end: int | None = None
    exact: bool = True
    crawl: Crawl | None = None


class CaptureIds:
    """Notes the id of each capture.

    A row is known by its record's id, so that of two captures with one id only the first has a
    row. The same capture may be there twice, and records that are no captures share ids as they
    like (wget gives its log the id of its arguments): nothing is lost by that.
    """

    def __init__(self) -> None:
        self._captures: dict[int, int] = {}  # hashes: a file may hold a million records

    def fault(self, interpreted: InterpretedRecord) -> str | None:
        """Note a record; return why it has no row of its own, None if it has, or needs none."""
        if not interpreted.is_capture:
            return None
        record = interpreted.record
        capture = hash((record.url, record.get("WARC-Date"), record.payload_digest))
        if self._captures.setdefault(hash(record.record_id), capture) == capture:
            return None
        return f"its id is that of another capture: no row of its own ({record.record_id})"


def oddities_of(interpreted: InterpretedRecord, now: datetime) -> Iterator[str]:
    """Yield what is odd about a record and puts nothing in doubt, in the plural: to be counted.

    :param now: what is dated after it is of the future
    """
    record = interpreted.record
    is_warc = record.head[:5].upper() == b"WARC/"
    if is_warc and record.tail not in _USUAL_TAILS:
        yield "records without two line ends behind them"
    if is_warc and not record.get("WARC-Record-ID"):
        yield "records without an id, which is made of their bytes"
    if record.date is None and interpreted.captured_at is not None:
        yield "records dated by the server's clock, or roughly: their own date is none"
    elif is_warc and not _USUAL_DATE.fullmatch(record.get("WARC-Date")):
        yield "records with a date in another form than WARC's"
    moment = interpreted.captured_at
    if moment is not None and moment > now:
        yield "records dated in the future"
    elif moment is not None and moment.year < FIRST_YEAR:
        yield "records dated before there was a Web"
    if _ODD_IN_URL.search(record.url):
        yield "records with blanks or control characters in their address"
    if interpreted.is_bare:
        yield "responses without an HTTP head, as of HTTP/0.9"


class SpanReader:
    """Reads a span, a batch at a time.

    What is known at the end: ``began`` is the offset of the first record (None: there was
    none), ``ended`` that of the first record that is no more in the span (None: the file's
    end), ``assumed`` and ``crawl`` the runs that the first and the next records belong to.
    """

    def __init__(self, span: Span) -> None:
        self.span = span
        self.began: int | None = None
        self.ended: int | None = None
        self.assumed = self.crawl = span.crawl
        self._damaged: list[DamagedWarc] = []
        self._ids = CaptureIds()
        self._end = 0  # of the last record
        self._now = datetime.now(UTC)

    def __iter__(self) -> Iterator[Batch]:
        span = self.span
        batch = self._batch()
        with open_file(span.file) as file:
            start = self._start(file)
            if start is not None:
                for record in self._records(file, start):
                    self._add(batch, record)
                    if batch.changes.size >= BATCH:
                        yield batch
                        batch = self._batch()
                if self.ended is None and self._end:
                    self._note_filling(batch, file.seek(0, 2))
        if self.began is None and not self._damaged and self._is_whole_file:
            why = "the file holds no record"
            self._damaged.append(DamagedWarc(span.name, 0, why, FindingKind.CUT))
        batch.stats.damaged += self._own_damage()
        yield batch

    @property
    def _is_whole_file(self) -> bool:
        """Whether it is all of a file whose writer has ended."""
        span = self.span
        is_open = span.file.endswith(OPEN_SUFFIX)
        return span.exact and span.begin == 0 and span.end is None and not is_open

    def _batch(self) -> Batch:
        return Batch(ChangeSet(), FileStats(self.span.name))

    def _start(self, file: BinaryIO) -> int | None:
        span = self.span
        if span.exact:
            return span.begin
        size = None if span.end is None else span.end - span.begin
        start = next_start(file, span.begin, size)
        if start is None or (span.end is not None and start >= span.end):
            return None
        if self.crawl is None:
            self.assumed = self.crawl = self._run_at_head(file)
        return start

    def _run_at_head(self, file: BinaryIO) -> Crawl | None:
        name = self.span.name
        for record in read_open_warc(file, name, lambda damage: None):
            return interpret(record, name).crawl
        return None

    def _records(self, file: BinaryIO, start: int) -> Iterator[Record]:
        end = self.span.end
        for record in read_open_warc(file, self.span.name, self._damaged.append, start=start):
            if end is not None and record.offset >= end:
                self.ended = record.offset
                return
            if self.began is None:
                self.began = record.offset
            yield record

    def _own_damage(self) -> Iterator[DamagedWarc]:
        """Yield the damage that this span reports.

        What lies behind its last record is reported by the next span, what lies before its
        first record by the span before.
        """
        for damage in self._damaged:
            offset = damage.offset
            before_end = self.ended is None or offset < self.ended
            if before_end and (self.span.exact or self.began is None or offset >= self.began):
                yield damage

    def _note_filling(self, batch: Batch, offset: int) -> None:
        """Note what is between the last record and an offset, unless there is damage."""
        if self._end and offset > self._end and not self._damaged:
            batch.stats.odd[FILLING] += offset - self._end

    def _add(self, batch: Batch, record: Record) -> None:
        batch.stats.records += 1
        batch.stats.size += record.length
        self._note_filling(batch, record.offset)
        self._end = max(self._end, record.offset + record.length)
        interpreted = interpret(record, self.span.name, self.crawl)
        self.crawl = interpreted.crawl
        batch.changes.add_crawl(self.crawl)
        if record.record_type == "warcinfo":
            return
        for oddity in oddities_of(interpreted, self._now):
            batch.stats.odd[oddity] += 1
        why = self._ids.fault(interpreted)
        if why is not None:
            damage = DamagedWarc(self.span.name, record.offset, why, FindingKind.DUPLICATE)
            batch.stats.flagged.append(damage)
        add_record(batch, interpreted)


def batches_of(sources: Sequence[WarcSource]) -> Iterator[Batch]:
    """Read files, a batch at a time.

    :raises OSError: if one cannot be read
    """
    for source in sources:
        yield from SpanReader(Span(str(source.path), source.name))


def open_file(file: str) -> BinaryIO:
    """A file by its path, or by an address that fsspec knows (``s3://``, ``https://``).

    :raises OSError: it cannot be opened
    """
    if "://" not in file:
        return Path(file).open("rb")
    import fsspec

    opened: BinaryIO = fsspec.open(file, "rb").open()
    return opened


def add_record(batch: Batch, interpreted: InterpretedRecord) -> None:
    """Add what a record says to a batch; a page in it is parsed."""
    changes, stats = batch
    stats.flagged += interpreted.flags
    if interpreted.crawl_end is not None:
        changes.finish_crawl(*interpreted.crawl_end)
        return
    capture = collect(changes, interpreted)
    if capture is None:
        return
    stats.captures += 1
    fault = interpreted.fault
    if fault is not None:
        changes.add_failure(Failure(capture.record_id, "read", fault.reason))
        if not fault.proven:
            return
    row = interpreted.row
    if row is not None and is_readable(row.status, row.truncated):
        # Question pages lead to menus and lists: their links would cost, and say nothing.
        reading = read(capture, outlinks=not is_question_url(capture.url))
        stats.pages += bool(reading.pages)
        stats.errors += reading.error is not None
        collect_reading(changes, capture.record_id, reading, capture.url)


def warc_files(directory: Path) -> list[WarcSource]:
    """The WARC and ARC files of a directory and its folders, in order of their names.

    Unfinished ones (``.open``, of a run that goes on or was killed) are among them.
    """
    paths = (path for path in directory.rglob("*") if is_warc_name(path.name) and path.is_file())
    return sorted((source_in(directory, path) for path in paths), key=lambda source: source.name)


def source_in(directory: Path, path: Path) -> WarcSource:
    """A file of the WARC directory, by its name there."""
    return WarcSource(path, path.relative_to(directory).as_posix().removesuffix(OPEN_SUFFIX))


def is_warc_name(name: str) -> bool:
    """Whether a file is called as WARC and ARC files are."""
    return name.removesuffix(OPEN_SUFFIX).endswith((".warc.gz", ".warc", ".arc.gz", ".arc"))
