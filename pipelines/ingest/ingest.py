"""Imports files: web archives are copied whole, pages and texts go into a WARC of their own.

Either way the WARC directory has it first, durably, and the rows are made from there by the
same code as in a rebuild.
"""

from __future__ import annotations

import logging
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from pipelines.capture.crawl_records import warcinfo
from pipelines.capture.warc_extract import Batch, source_in
from pipelines.db.models import Crawl, CrawlEnd
from pipelines.ingest.copy_in import copy_in
from pipelines.ingest.input_files import ImportOptions, InputFile, as_file, files_of
from pipelines.ingest.jsonl import corpus_rows, page_of_row
from pipelines.ingest.result import IngestResult, not_read
from pipelines.ingest.saved_pages import PageFile, page_file
from pipelines.ingest.sniff import FileError, FileKind, format_of
from pipelines.ingest.wacz import unpack
from pipelines.store.store import Store, close_crawl, intake
from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.writer import OPEN_SUFFIX, WarcWriter

logger = logging.getLogger(__name__)

_ARCHIVES = frozenset({FileKind.WARC, FileKind.ARC, FileKind.WACZ})


#: Called with each file before it is read.
IngestProgress = Callable[[Path], object]


def ingest(
    paths: Iterable[str | os.PathLike[str]],
    warc_dir: str | os.PathLike[str],
    store: Store,
    options: ImportOptions | None = None,
    *,
    software: Mapping[str, str] | None = None,
    progress: IngestProgress = lambda path: None,
) -> list[IngestResult]:
    """Import files, and all files in folders.

    :param software: names and versions, for the warcinfo record of pages and texts
    :returns: a result for each file, in order
    :raises FileError: if a URL is given for several files, or a path is not there
    :raises ArchiveError: if rows cannot be written
    """
    directory = Path(warc_dir)
    options = options or ImportOptions()
    files = files_of(paths, options)
    directory.mkdir(parents=True, exist_ok=True)
    importer = _Import(options, directory, store, software or {})
    try:
        results = importer.take_all(files, progress)
        importer.finish()
    except BaseException:
        importer.abandon()
        raise
    return results


def contents_of(result: IngestResult, folder: Path) -> Iterator[tuple[Path, FileKind]]:
    """Unpack what a WACZ or ZIP file holds into a folder; the result says what is wrong.

    Saved pages come only where there is no web archive. The kind of the file itself, in which
    records were found where none should be, is WACZ.

    :raises FileError: if there is nothing that can be imported
    """
    unpacked = unpack(result.path, folder)
    result.damaged += unpacked.damaged
    result.notes += unpacked.notes
    if unpacked.error:
        raise FileError(unpacked.error)
    others = ""
    for name, path in unpacked.warcs:
        before = len(result.damaged)
        try:
            kind = format_of(path).kind if name else FileKind.WACZ
        except FileError as error:
            why = f"{name}: {str(error).removeprefix(f'{path} is ')}"
            result.damaged.append(DamagedWarc(result.path.name, 0, why, FindingKind.ZIP))
            continue
        if kind in _ARCHIVES:
            yield path, kind
        else:
            others += f"{', ' if others else ': '}{name}"
        for damage in result.damaged[before:] if name else ():
            damage.why = f"{name}: {damage.why}"
        if not name:  # between the entries of a ZIP there is much that is no record
            result.damaged[before:] = [
                damage for damage in result.damaged[before:] if damage.kind != FindingKind.STRAY
            ]
    if others and not result.records:
        raise FileError(f"{result.path} is a ZIP file without a WARC file in it{others}")
    for path in unpacked.pages:
        try:
            kind = format_of(path).kind
        except FileError as error:
            result.failures.append(_within(folder, error))
        else:
            yield path, kind


def _within(folder: Path, error: FileError) -> str:
    """What is said of a page of a ZIP file, by its name there."""
    return str(error).replace(f"{folder}/pages/", "")


class FileReader(ABC):
    """Reads files of all kinds; what becomes of the web archives and pages is a subclass's.

    :param scratch: where WACZ files are unpacked; None for the system's folder
    """

    def __init__(self, options: ImportOptions, scratch: Path | None = None) -> None:
        self._options = options
        self._scratch = scratch

    @abstractmethod
    def take_warc(self, result: IngestResult, path: Path, kind: FileKind) -> None:
        """Take a WARC or ARC file, or (kind WACZ) the records that lie about in a ZIP file."""

    @abstractmethod
    def take_page(self, result: IngestResult, page: PageFile) -> None:
        """Take a page or text."""

    @abstractmethod
    def take_open_file(self, result: IngestResult) -> None:
        """Take note of a web archive that may still be being written.

        :raises FileError: if it cannot be read for that
        """

    def take_all(self, files: Iterable[InputFile], progress: IngestProgress) -> list[IngestResult]:
        """Take files; where one cannot be taken, its result says why."""
        results = []
        for file in files:
            progress(file.path)
            result = IngestResult(file.path)
            results.append(result)
            try:
                with as_file(file, self._scratch) as here:
                    result.path = here.path
                    self._take(result, here)
            except (FileError, OSError) as error:
                why = str(error).replace(str(result.path), str(file.path))
                # In a folder of saved pages there are pictures and style sheets: no error.
                if file.named or result.kind:
                    result.error = why
                else:
                    logger.info("skipped: %s", why)
                    result.skipped = why
            result.path = file.path
            result.records += sum(damage.record for damage in result.damaged)
            result.notes += [f"{what}: {count}" for what, count in result.odd.items()]
        return results

    def _take(self, result: IngestResult, file: InputFile) -> None:
        file_format = format_of(file.path)
        kind, result.kind = file_format.kind, str(file_format)
        if kind in _ARCHIVES and file.path.name.endswith(OPEN_SUFFIX):
            self.take_open_file(result)
        if kind is FileKind.WACZ:
            with tempfile.TemporaryDirectory(prefix=".wacz-", dir=self._scratch) as folder:
                self._take_contents(result, Path(folder))
        elif kind in _ARCHIVES:
            self.take_warc(result, file.path, kind)
        elif kind is FileKind.JSONL:
            self._take_corpus(result)
        else:
            self._take_page(result, file, kind)

    def _take_contents(self, result: IngestResult, folder: Path) -> None:
        for path, kind in contents_of(result, folder):
            if kind in _ARCHIVES:
                self.take_warc(result, path, kind)
                continue
            try:
                self._take_page(result, InputFile(path, folder / "pages", named=False), kind)
            except FileError as error:
                result.failures.append(_within(folder, error))
        if result.failures and not result.records:
            why = "; ".join(result.failures[:3])
            raise FileError(
                f"{result.path} is a ZIP file without a WARC file in it, or a page: {why}"
            )

    def _take_page(self, result: IngestResult, file: InputFile, kind: FileKind) -> None:
        options = self._options
        page = page_file(
            file.path, kind, url=options.url, base=options.base, date=options.date, root=file.root
        )
        self.take_page(result, page)

    def _take_corpus(self, result: IngestResult) -> None:
        options, others = self._options, 0
        date = datetime.fromtimestamp(result.path.stat().st_mtime, UTC)
        for row in corpus_rows(
            result.path,
            result.damaged.append,
            url_field=options.url_field,
            text_field=options.text_field,
        ):
            page = page_of_row(row, result.path.name, options.date or row.date or date)
            if page is None:
                others += 1
            else:
                self.take_page(result, page)
        if others:
            result.notes.append(f"{others} rows are no question pages: not kept")


class _Import(FileReader):
    """One import: where things go, which files hold revisits, and the WARC of its pages."""

    def __init__(
        self, options: ImportOptions, directory: Path, store: Store, software: Mapping[str, str]
    ) -> None:
        super().__init__(options, directory)
        self._directory = directory
        self._store = store
        self._crawl = Crawl(
            str(uuid4()), "ingest", {}, datetime.now(UTC), dict(software), source="file"
        )
        self._writer: WarcWriter | None = None
        self._pages: dict[str, IngestResult] = {}
        self._warcs: list[tuple[IngestResult, str]] = []

    def take_open_file(self, result: IngestResult) -> None:
        """Refuse it: only its writer knows where it ends."""
        raise FileError(
            f"{result.path} is still being written, or its writer was killed; "
            f"if that is long gone, rename it without {OPEN_SUFFIX}"
        )

    def take_warc(self, result: IngestResult, path: Path, kind: FileKind) -> None:
        """Copy it into the WARC directory, unless it lies there, and make its rows.

        What begins with a dot there is scratch: a pipe's content, the entries of a WACZ file.
        """
        directory, path = self._directory.resolve(), path.resolve()
        if path.is_relative_to(directory) and path.relative_to(directory).parts[0][0] != ".":
            paths = [path]
        else:
            copied = copy_in(
                path, directory, is_arc=kind is FileKind.ARC, divide=kind is FileKind.WACZ
            )
            result.notes += copied.notes
            result.damaged += copied.damaged
            paths = copied.paths
        before = self._store.counts["new"]
        sources = [source_in(directory, path) for path in paths]

        def observe(batch: Batch) -> None:
            result.add_failures(batch)
            result.damaged += self._of_other_files(batch)

        for stats in intake(self._store, sources, observe=observe):
            result.add(stats)
            result.warc_files.add(stats.file)
            self._warcs.append((result, stats.file))
        result.new += self._store.counts["new"] - before

    def _of_other_files(self, batch: Batch) -> Iterator[DamagedWarc]:
        """Yield the captures that get no row, since another file has one of the same id."""
        for record_id, row in batch.changes.rows.items():
            if self._store.clashes(row):
                why = (
                    f"its id is that of a capture of another file: no row of its own ({record_id})"
                )
                yield DamagedWarc(row.warc_file, row.offset, why, FindingKind.DUPLICATE)

    def take_page(self, result: IngestResult, page: PageFile) -> None:
        """Write it into the WARC of this import, unless the archive has it."""
        result.records += 1
        if page.record_id in self._pages or self._store.has_capture(page.record_id):
            if "already imported" not in result.notes:
                result.notes.append("already imported")
            return
        self._pages[page.record_id] = result
        if self._writer is None:
            self._writer = WarcWriter(self._directory, "ingest", warcinfo(self._crawl))
        self._writer.write_resource(
            page.url,
            page.date,
            page.content_type,
            page.body,
            record_id=page.record_id,
            extra=(("Housecall-File-Name", " ".join(page.name.split())),),
        )

    def finish(self) -> None:
        """Close the WARC of the pages, make their rows, and count unresolved revisits."""
        if self._writer is not None:
            end = CrawlEnd(datetime.now(UTC), "finished", {"files": len(self._pages)})
            self._store.pending.add_crawl(self._crawl)
            close_crawl(self._store, self._writer, self._crawl.uid, end)
            sources = [source_in(self._directory, path) for path in self._writer.finished_files]
            intake(self._store, sources, observe=self._observe_pages)
            for result in self._pages.values():
                result.warc_files.update(source.name for source in sources)
        query = (
            "SELECT count(*) FROM captures c WHERE c.warc_file = ? AND c.revisit_of IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM captures o WHERE o.record_id = c.revisit_of)"
        )
        for result, name in self._warcs:
            result.unresolved += self._store.db.execute(query, (name,)).fetchone()[0]

    def abandon(self) -> None:
        """After an error: what was written stays, as the WARC of an interrupted run."""
        if self._writer is not None:
            self._writer.close()

    def _observe_pages(self, batch: Batch) -> None:
        for record_id, why in not_read(batch).items():
            self._pages[record_id].failures.append(why)
        for record_id, _ in {record_id: None for record_id, _ in batch.changes.pages}.items():
            self._pages[record_id].pages += 1
        for (record_id, _), text in batch.changes.pages.items():
            result = self._pages[record_id]
            result.new += int(not self._store.has_question(text.page.site, text.page.source_id))
