"""The one way from a WARC file to rows: rebuild and import both go through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from parsers import read
from parsers.records import Capture, Reading
from pipelines.evidence import Provenance, is_readable
from pipelines.keep import keep_reading, keep_record
from pipelines.runs import crawl_of, end_of, foreign_crawl
from pipelines.store import Store
from pipelines.warc_read import DamagedWarc, Record, read_warc
from pipelines.warc_write import OPEN_SUFFIX

#: How many captures a transaction takes.
BATCH = 200

#: Called with how many bytes of the file have been read since the last call.
Progress = Callable[[int], object]
#: Called with each capture that was read, and what it gave.
Observer = Callable[[Capture, Reading], object]


@dataclass
class Intake:
    """What was found in one file. ``damaged`` lists what could not be read, by offset."""

    file: str
    records: int = 0
    captures: int = 0
    pages: int = 0
    errors: int = 0
    damaged: list[DamagedWarc] = field(default_factory=list)


def intake(
    store: Store,
    path: Path,
    name: str,
    *,
    progress: Progress | None = None,
    observe: Observer | None = None,
) -> Intake:
    """Read every capture of a WARC file into the store, and commit.

    :param name: the file's path relative to the WARC directory, as rows are to name it;
        without the ``.open`` of a file that was not finished
    :raises OSError: if the file cannot be read
    :raises ArchiveError: if rows cannot be written
    """
    result = Intake(name)
    for record, capture in captures_of(store, path, name, result, progress):
        result.captures += 1
        if is_readable(capture.status, record.get("WARC-Truncated")):
            reading = read(capture)
            _count(result, reading)
            if observe is not None:
                observe(capture, reading)
            keep_reading(store, capture.record_id, reading)
        if store.pending >= BATCH:
            store.commit()
    store.commit()
    return result


def captures_of(
    store: Store, path: Path, name: str, result: Intake, progress: Progress | None = None
) -> Iterator[tuple[Record, Capture]]:
    """Tell the store of runs, captures and failures; give what is there to be parsed."""
    origin: Provenance | None = None
    for record in read_warc(path, result.damaged.append):
        result.records += 1
        if progress is not None:
            progress(record.length)
        if record.record_type == "warcinfo":
            origin = _begin(store, record, name, origin)
            continue
        end = end_of(record) if record.record_type == "metadata" else None
        if end is not None:
            store.finish_crawl(*end)
            continue
        if origin is None:
            origin = _foreign(store, name, record)
        capture = keep_record(store, record, name, origin)
        if capture is not None:
            yield record, capture


def warc_files(directory: Path) -> list[Path]:
    """The WARC files of a directory and its folders, in order of their names.

    Unfinished ones (``.open``, of a run that goes on or was killed) are among them.
    """
    found = (path for path in directory.rglob("*") if _is_warc_name(path.name) and path.is_file())
    return sorted(found, key=lambda path: warc_name(directory, path))


def warc_name(directory: Path, path: Path) -> str:
    """How rows name a WARC file: relative to the directory, in its final form."""
    return path.relative_to(directory).as_posix().removesuffix(OPEN_SUFFIX)


def _is_warc_name(name: str) -> bool:
    return name.removesuffix(OPEN_SUFFIX).endswith((".warc.gz", ".warc"))


def _begin(store: Store, record: Record, name: str, origin: Provenance | None) -> Provenance:
    crawl = crawl_of(record)
    if crawl is not None:
        return Provenance(store.add_crawl(crawl), crawl.source)
    return origin or _foreign(store, name, record)


def _foreign(store: Store, name: str, record: Record) -> Provenance:
    crawl = foreign_crawl(name, record.date)
    return Provenance(store.add_crawl(crawl), crawl.source)


def _count(result: Intake, reading: Reading) -> None:
    result.pages += reading.page is not None
    result.errors += reading.error is not None
