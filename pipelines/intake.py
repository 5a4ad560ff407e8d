"""The one way from WARC files to rows: rebuild and import both go through it.

Reading and parsing is most of the work and needs no database, so it gives notes, which the
store takes. Where there is much to read, several processes each read the same files and
parse their share of the captures; in what order notes come makes no difference to the rows.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple

from parsers import is_question_url, read
from pipelines.evidence import CAPTURE_TYPES, Provenance, is_readable
from pipelines.faults import Ids, fault_of, flag_of, unkept
from pipelines.keep import keep_reading, keep_record
from pipelines.notes import Notes
from pipelines.rows import Failure
from pipelines.runs import crawl_of, end_of, foreign_crawl
from pipelines.store import Store
from pipelines.warc_read import DamagedWarc, Record, read_warc
from pipelines.warc_write import OPEN_SUFFIX

#: How many captures a transaction takes.
BATCH = 200
#: Below this many bytes of WARC, starting processes costs more than they save.
MUCH = 4_000_000


class Source(NamedTuple):
    """A WARC file, and how rows name it: relative to the WARC directory, in its final form."""

    path: Path
    name: str


@dataclass
class Intake:
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

    def add(self, other: Intake) -> None:
        """Count what was found in another part of the file too."""
        self.records += other.records
        self.captures += other.captures
        self.pages += other.pages
        self.errors += other.errors
        self.size += other.size
        self.damaged += other.damaged
        self.flagged += other.flagged


class Portion(NamedTuple):
    """Some of a file: what it says, and what was found in it."""

    notes: Notes
    found: Intake


#: Called with each portion as it is stored.
Observer = Callable[[Portion], object]


def intake(
    store: Store,
    sources: Sequence[Source],
    *,
    observe: Observer | None = None,
    workers: int | None = 1,
) -> list[Intake]:
    """Read every capture of some WARC files into the store, and commit.

    :param workers: processes that read and parse; None for as many as there are processors,
        if there is much to read
    :returns: what was found, file by file, in the order given
    :raises OSError: if a file cannot be read
    :raises ArchiveError: if rows cannot be written
    """
    found = {source.name: Intake(source.name) for source in sources}
    count = _workers_for(sources) if workers is None else workers
    portions = portions_of(sources) if count <= 1 else _in_parallel(sources, count)
    for portion in portions:
        found[portion.found.file].add(portion.found)
        if observe is not None:
            observe(portion)
        store.take(portion.notes)
        if store.pending >= BATCH:
            store.commit()
    store.commit()
    return list(found.values())


def portions_of(sources: Sequence[Source], share: int = 0, shares: int = 1) -> Iterator[Portion]:
    """Read files, a portion at a time.

    :param share: which captures to take: of every ``shares``, the one with this number
    """
    for source in sources:
        yield from _portions_of_file(source, share, shares)


def _portions_of_file(source: Source, share: int, shares: int) -> Iterator[Portion]:
    origin: Provenance | None = None
    portion = Portion(Notes(), Intake(source.name))
    damaged: list[DamagedWarc] = []
    first = share == 0  # one share counts what all of them pass
    turn = 0
    ids = Ids()
    for record in read_warc(source.path, damaged.append):
        portion.found.records += first
        portion.found.size += record.length * first
        if record.record_type == "warcinfo":
            origin = _begin(portion.notes, record, source.name, origin)
            continue
        origin = origin or _foreign(portion.notes, source.name, record)
        turn += record.record_type in CAPTURE_TYPES
        if record.record_type in CAPTURE_TYPES and turn % shares != share:
            continue
        if not first and record.record_type not in CAPTURE_TYPES:
            continue
        twice = ids.used_twice(record, source.name)
        portion.found.flagged += [twice] if twice else []
        take_record(portion, record, source.name, origin)
        if portion.notes.pending >= BATCH // shares:
            yield portion
            portion = Portion(Notes(), Intake(source.name))
    portion.found.damaged.extend(damaged if first else ())
    yield portion


def take_record(portion: Portion, record: Record, name: str, origin: Provenance) -> None:
    """Add what a record says to a portion; a page in it is parsed.

    :param name: the file's, as rows have it
    """
    notes, found = portion
    fault = fault_of(record, name)
    if fault is not None:
        found.flagged.append(flag_of(record, fault, name))
    end = end_of(record) if record.record_type == "metadata" else None
    if end is not None:
        notes.finish_crawl(*end)
        return
    capture = keep_record(notes, record, name, origin)
    if capture is None:
        lost = unkept(record, name)
        found.flagged += [lost] if lost else []
        return
    found.captures += 1
    if fault is not None:
        notes.add_failure(Failure(capture.record_id, "read", fault.reason))
        if not fault.may_count:
            return
    if is_readable(capture.status, record.get("WARC-Truncated")):
        # Question pages lead to menus and lists: their links would cost, and say nothing.
        reading = read(capture, outlinks=not is_question_url(capture.url))
        found.pages += reading.page is not None
        found.errors += reading.error is not None
        keep_reading(notes, capture.record_id, reading, capture.url)


def _begin(notes: Notes, record: Record, name: str, origin: Provenance | None) -> Provenance:
    crawl = crawl_of(record)
    if crawl is not None:
        return Provenance(notes.add_crawl(crawl), crawl.source)
    return origin or _foreign(notes, name, record)


def _foreign(notes: Notes, name: str, record: Record) -> Provenance:
    crawl = foreign_crawl(name, record.date)
    return Provenance(notes.add_crawl(crawl), crawl.source)


# -- several processes ---------------------------------------------------------------------


def _workers_for(sources: Sequence[Source]) -> int:
    size = sum(source.path.stat().st_size for source in sources)
    return len(os.sched_getaffinity(0)) if size >= MUCH else 1


def _in_parallel(sources: Sequence[Source], count: int) -> Iterator[Portion]:
    # Not forked: a child must never hold a copy of the parent's open database.
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        pipes: list[Connection] = []
        for share in range(count):
            mine, theirs = context.Pipe(duplex=False)
            process = context.Process(
                target=_work, args=(theirs, sources, share, count), daemon=True
            )
            process.start()
            theirs.close()
            stack.callback(process.join)
            stack.callback(process.terminate)
            stack.callback(mine.close)
            pipes.append(mine)
        while pipes:
            for pipe in wait(pipes):
                assert isinstance(pipe, Connection)
                portion = _received(pipe)
                if portion is None:
                    pipes.remove(pipe)
                else:
                    yield portion


def _received(pipe: Connection) -> Portion | None:
    try:
        message = pipe.recv()
    except EOFError:
        raise ChildProcessError("a process that was reading WARC files has died") from None
    if isinstance(message, BaseException):
        raise message
    assert message is None or isinstance(message, Portion)
    return message


def _work(pipe: Connection, sources: Sequence[Source], share: int, shares: int) -> None:
    try:
        for portion in portions_of(sources, share, shares):
            pipe.send(portion)
        pipe.send(None)
    except (BrokenPipeError, KeyboardInterrupt):
        pass  # the parent has given up, or is about to
    except Exception as error:
        pipe.send(error)


# -- the WARC directory --------------------------------------------------------------------


def warc_files(directory: Path) -> list[Source]:
    """The WARC and ARC files of a directory and its folders, in order of their names.

    Unfinished ones (``.open``, of a run that goes on or was killed) are among them.
    """
    paths = (path for path in directory.rglob("*") if _is_warc_name(path.name) and path.is_file())
    return sorted((source_in(directory, path) for path in paths), key=lambda one: one.name)


def source_in(directory: Path, path: Path) -> Source:
    """A file of the WARC directory, by its name there."""
    return Source(path, path.relative_to(directory).as_posix().removesuffix(OPEN_SUFFIX))


def _is_warc_name(name: str) -> bool:
    return name.removesuffix(OPEN_SUFFIX).endswith((".warc.gz", ".warc", ".arc.gz", ".arc"))
