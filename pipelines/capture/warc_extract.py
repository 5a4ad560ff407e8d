"""From WARC files to changes: reading and parsing, which needs no database.

It imports neither Scrapy nor sqlite-utils nor Datasette, so that workers anywhere can do it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from parsers import is_question_url, read
from pipelines.capture.collect import collect, collect_reading
from pipelines.capture.interpret import CAPTURE_TYPES, InterpretedRecord, interpret
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


class WarcSource(NamedTuple):
    """A WARC file, and how rows name it: relative to the WARC directory, in its final form."""

    path: Path
    name: str


@dataclass
class FileStats:
    """What was found in one file.

    ``damaged`` lists what could not be read, by offset, ``flagged`` what was read and is not
    what its digests say. ``records`` counts whole ones.
    """

    file: str
    records: int = 0
    captures: int = 0
    pages: int = 0
    errors: int = 0
    size: int = 0
    damaged: list[DamagedWarc] = field(default_factory=list)
    flagged: list[DamagedWarc] = field(default_factory=list)

    def add(self, other: FileStats) -> None:
        """Count what was found in another part of the file too."""
        for name in ("records", "captures", "pages", "errors", "size", "damaged", "flagged"):
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
        self._ids: dict[int, int] = {}  # hashes: a file may hold a million records

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
        batch.stats.damaged += self._own_damage()
        yield batch

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

    def _add(self, batch: Batch, record: Record) -> None:
        batch.stats.records += 1
        batch.stats.size += record.length
        interpreted = interpret(record, self.span.name, self.crawl)
        self.crawl = interpreted.crawl
        batch.changes.add_crawl(self.crawl)
        if record.record_type == "warcinfo":
            return
        batch.stats.flagged += self._id_used_twice(record)
        add_record(batch, interpreted)

    def _id_used_twice(self, record: Record) -> list[DamagedWarc]:
        """Why a capture has no row of its own, if its id is that of another one."""
        if record.record_type not in CAPTURE_TYPES or not record.record_id:
            return []
        capture = hash((record.url, record.get("WARC-Date")))
        if self._ids.setdefault(hash(record.record_id), capture) == capture:
            return []
        why = f"its id is that of another capture: no row of its own ({record.record_id})"
        return [DamagedWarc(self.span.name, record.offset, why, FindingKind.HEADER)]


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
    if is_readable(capture.status, interpreted.record.get("WARC-Truncated")):
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
