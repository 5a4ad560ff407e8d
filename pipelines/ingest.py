"""Imports files: WARC and WET are copied whole, pages and texts go into a WARC of their own.

Either way the WARC directory has it first, durably, and the rows are made from there by the
same code as in a rebuild.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from isal import igzip_lib

from pipelines.files import FileError, Kind, PageFile, kind_of, page_file
from pipelines.intake import Portion, intake, source_in
from pipelines.member_stream import GZIP_MAGIC
from pipelines.notes import Notes
from pipelines.rows import Crawl, CrawlEnd
from pipelines.runs import close_crawl, warcinfo
from pipelines.store import Store
from pipelines.warc_read import DamagedWarc, read_warc
from pipelines.warc_write import OPEN_SUFFIX, WarcWriter, sync_directory

_CHUNK = 1 << 20


@dataclass
class Ingested:
    """What became of one file.

    ``records`` and ``pages`` were found in it; ``new`` questions were not in the archive
    before. ``failures`` are pages that could not be parsed. ``error`` says why nothing was
    imported, ``skipped`` why a file in a folder was passed over; ``damaged`` lists what in
    it could not be read.
    """

    path: Path
    kind: str = ""
    records: int = 0
    pages: int = 0
    new: int = 0
    failures: list[str] = field(default_factory=list)
    damaged: list[DamagedWarc] = field(default_factory=list)
    error: str | None = None
    skipped: str | None = None
    note: str | None = None

    @property
    def sound(self) -> bool:
        """Whether all of it was read."""
        return not (self.error or self.damaged or self.failures)


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    root: Path
    named: bool  # by the user, and not found in a folder


#: Called with each file before it is read.
IngestProgress = Callable[[Path], object]


def ingest(
    paths: Iterable[str | os.PathLike[str]],
    warc_dir: str | os.PathLike[str],
    store: Store,
    *,
    url: str | None = None,
    base: str | None = None,
    date: datetime | None = None,
    software: Mapping[str, str] | None = None,
    progress: IngestProgress | None = None,
) -> list[Ingested]:
    """Import files, and all files in folders.

    :param url: the address of the page, where one page or text file is given
    :param base: the address of the folder that pages without an address lie in
    :param date: when pages and texts were captured; by default their time of change
    :returns: a result for each file, in order
    :raises FileError: if ``url`` is given for several files, or a path is not there
    :raises ArchiveError: if rows cannot be written
    """
    sources = list(_sources(Path(path) for path in paths))
    if url is not None and len(sources) != 1:
        raise FileError(f"--url is for one file, and there are {len(sources)}; see --base")
    directory = Path(warc_dir)
    directory.mkdir(parents=True, exist_ok=True)
    pages = _PageImport(directory, store, software or {})
    results = []
    try:
        for source in sources:
            if progress is not None:
                progress(source.path)
            result = Ingested(source.path)
            results.append(result)
            try:
                kind = kind_of(source.path)
                result.kind = str(kind)
                if kind is Kind.WARC:
                    _ingest_warc(result, directory, store)
                else:
                    place = {"url": url, "base": base, "date": date, "root": source.root}
                    pages.add(result, page_file(source.path, kind, **place))  # type: ignore[arg-type]
            except (FileError, OSError) as error:
                _refuse(result, str(error), named=source.named)
        pages.finish()
    except BaseException:
        pages.abandon()
        raise
    return results


def _refuse(result: Ingested, why: str, *, named: bool) -> None:
    # In a folder of saved pages there are pictures and style sheets: said, but no error.
    if named or result.kind:
        result.error = why
    else:
        result.skipped = why


def _sources(paths: Iterable[Path]) -> Iterator[_Source]:
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if file.is_file() and not hidden:
                    yield _Source(file, path, named=False)
        elif path.exists():
            yield _Source(path, path.parent, named=True)
        else:
            raise FileError(f"there is no {path}")


# -- web archives ----------------------------------------------------------------------


def _ingest_warc(result: Ingested, directory: Path, store: Store) -> None:
    if result.path.name.endswith(OPEN_SUFFIX):
        raise FileError(
            f"{result.path} is still being written, or its writer was killed; "
            f"if that is long gone, rename it without {OPEN_SUFFIX}"
        )
    inside = result.path.resolve().is_relative_to(directory.resolve())
    path = result.path.resolve() if inside else _adopt(result, directory)
    source = source_in(directory.resolve() if inside else directory, path)
    before = store.counts["new"]

    def observe(portion: Portion) -> None:
        result.failures += [why for _, why in _parse_failures(portion.notes)]

    (found,) = intake(store, [source], observe=observe)
    result.records, result.pages = found.records, found.pages
    result.damaged = result.damaged or found.damaged
    result.new = store.counts["new"] - before


def _parse_failures(notes: Notes) -> Iterator[tuple[str, str]]:
    """(record id, what is wrong) of the pages that could not be parsed."""
    for one in notes.failures.values():
        if one.stage == "parse":
            place = f"{one.field}: " if one.field else ""
            yield one.record_id, f"{notes.rows[one.record_id].url}: {place}{one.reason}"


def _adopt(result: Ingested, directory: Path) -> Path:
    """Bring a WARC into the directory, under a name made of its content."""
    digest, compressed = _fingerprint(result.path)
    suffix = ".warc.gz" if compressed else ".warc"
    target = directory / f"import-{digest[:32]}{suffix}"
    rewritten = directory / f"import-{digest[:32]}-members.warc.gz"
    for known in (target, rewritten):
        if known.exists():
            result.note = f"already imported as {known.name}"
            return known
    damaged: list[DamagedWarc] = []
    records = read_warc(result.path, damaged.append)
    if compressed and not all(record.addressable for record in records):
        result.note = "one gzip member held several records; each has its own in the copy"
        result.damaged = damaged  # the copy has only what is sound
        _write_durably(rewritten, lambda out: _recompress(result.path, out))
        return rewritten
    _write_durably(target, lambda out: _copy(result.path, out))
    return target


def _fingerprint(path: Path) -> tuple[str, bool]:
    digest = sha256()
    with path.open("rb") as file:
        compressed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest(), compressed


def _copy(path: Path, out: BinaryIO) -> None:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            out.write(chunk)


def _recompress(path: Path, out: BinaryIO) -> None:
    for record in read_warc(path, lambda damage: None):
        data = record.head + record.block + b"\r\n\r\n"
        out.write(igzip_lib.compress(data, 1, igzip_lib.COMP_GZIP))


def _write_durably(target: Path, write: Callable[[BinaryIO], None]) -> None:
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as out:
            write(out)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_directory(target.parent)


# -- pages and texts -------------------------------------------------------------------


class _PageImport:
    """The pages of one import: first all into a WARC, then from there into rows."""

    def __init__(self, directory: Path, store: Store, software: Mapping[str, str]) -> None:
        self._directory = directory
        self._store = store
        self._software = software
        self._crawl: Crawl | None = None
        self._writer: WarcWriter | None = None
        self._results: dict[str, Ingested] = {}

    def add(self, result: Ingested, page: PageFile) -> None:
        """Write a page into the WARC of this import, unless the archive has it."""
        result.records = 1
        if page.record_id in self._results or self._store.has_capture(page.record_id):
            result.note = "already imported"
            return
        self._results[page.record_id] = result
        self._open_writer().write_resource(
            page.url,
            page.date,
            page.content_type,
            page.body,
            record_id=page.record_id,
            extra=(("Housecall-File-Name", " ".join(page.name.split())),),
        )

    def finish(self) -> None:
        """Close the WARC, and make the rows."""
        if self._writer is None or self._crawl is None:
            return
        end = CrawlEnd(datetime.now(UTC), "finished", {"files": len(self._results)})
        self._store.add_crawl(self._crawl)
        close_crawl(self._store, self._writer, self._crawl.uid, end)
        sources = [source_in(self._directory, path) for path in self._writer.finished_files]
        intake(self._store, sources, observe=self._observe)

    def abandon(self) -> None:
        """After an error: what was written stays, as the WARC of an interrupted run."""
        if self._writer is not None:
            self._writer.close()

    def _observe(self, portion: Portion) -> None:
        for record_id, why in _parse_failures(portion.notes):
            self._results[record_id].failures.append(why)
        for record_id, text in portion.notes.pages.items():
            result = self._results[record_id]
            result.pages = 1
            result.new = int(not self._store.has_question(text.page.site, text.page.source_id))

    def _open_writer(self) -> WarcWriter:
        if self._writer is None:
            now = datetime.now(UTC)
            self._crawl = Crawl(str(uuid4()), "ingest", {}, now, self._software, source="file")
            self._writer = WarcWriter(self._directory, "ingest", warcinfo(self._crawl))
        return self._writer
