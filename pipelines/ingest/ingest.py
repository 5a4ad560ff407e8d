"""Imports files: web archives are copied whole, pages and texts go into a WARC of their own.

Either way the WARC directory has it first, durably, and the rows are made from there by the
same code as in a rebuild.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from parsers import is_question_url
from pipelines.capture.warc_extract import Batch, source_in
from pipelines.ingest.copy_in import adopt
from pipelines.ingest.jsonl import CorpusRow, corpus_rows
from pipelines.ingest.pages import PageImport, parse_failures
from pipelines.ingest.result import IngestResult
from pipelines.ingest.saved_pages import KEPT, PageFile, page_file
from pipelines.ingest.sniff import FileError, FileKind, format_of, is_html
from pipelines.ingest.wacz import unpack
from pipelines.store.intake import intake
from pipelines.store.store import Store
from pipelines.warc.streams import DamagedWarc, DamageKind
from pipelines.warc.writer import OPEN_SUFFIX

__all__ = ["ImportOptions", "IngestProgress", "IngestResult", "ingest"]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the user says of files that do not say it themselves.

    :param url: the address of the page, where one page or text file is given
    :param base: the address of the folder that pages without an address lie in
    :param date: when pages and texts were captured; by default their time of change
    :param url_field: of a corpus in JSONL, the field with the address
    :param text_field: of a corpus in JSONL, the field with the text or HTML
    """

    url: str | None = None
    base: str | None = None
    date: datetime | None = None
    url_field: str | None = None
    text_field: str | None = None


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to import, and the folder of the user's that it was found in.

    ``named`` by the user, and not found in a folder.
    """

    path: Path
    root: Path
    named: bool


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
    url_field: str | None = None,
    text_field: str | None = None,
    software: Mapping[str, str] | None = None,
    progress: IngestProgress | None = None,
) -> list[IngestResult]:
    """Import files, and all files in folders. For ``url`` to ``text_field`` see :class:`ImportOptions`.

    :returns: a result for each file, in order
    :raises FileError: if ``url`` is given for several files, or a path is not there
    :raises ArchiveError: if rows cannot be written
    """
    told = ImportOptions(url, base, date, url_field, text_field)
    given = files_of(paths, told)
    directory = Path(warc_dir)
    directory.mkdir(parents=True, exist_ok=True)
    run = _Import(directory, store, told, PageImport(directory, store, software or {}))
    results = []
    try:
        for one in given:
            if progress is not None:
                progress(one.path)
            result = IngestResult(one.path)
            results.append(result)
            refusing(result, one, run.take)
        run.pages.finish()
    except BaseException:
        run.pages.abandon()
        raise
    run.count_unresolved()
    return results


def refusing(
    result: IngestResult, given: InputFile, take: Callable[[IngestResult, InputFile], None]
) -> None:
    """Take a file; where that cannot be, the result says why."""
    try:
        take(result, given)
    except (FileError, OSError) as error:
        # In a folder of saved pages there are pictures and style sheets: said, but no error.
        if given.named or result.kind:
            result.error = str(error)
        else:
            result.skipped = str(error)


def files_of(paths: Iterable[str | os.PathLike[str]], told: ImportOptions) -> list[InputFile]:
    """The files that paths name, and all files in those that are folders.

    :raises FileError: see :func:`ingest`
    """
    found = list(_files(Path(path) for path in paths))
    if told.url is not None and len(found) != 1:
        raise FileError(f"--url is for one file, and there are {len(found)}; see --base")
    return found


def _files(paths: Iterable[Path]) -> Iterator[InputFile]:
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if file.is_file() and not hidden:
                    yield InputFile(file, path, named=False)
        elif path.exists():
            yield InputFile(path, path.parent, named=True)
        else:
            raise FileError(f"there is no {path}")


def page_of_row(row: CorpusRow, result: IngestResult, told: ImportOptions) -> PageFile | None:
    """The page of a line of a corpus; None if it is no question page."""
    if not is_question_url(row.url):
        return None
    date = told.date or row.date or datetime.fromtimestamp(result.path.stat().st_mtime, UTC)
    body = row.text.encode("utf-8", "surrogatepass")
    kind = "text/html" if is_html(body[:65_536]) else "text/plain"
    name = f"{result.path.name} line {row.line}"
    return PageFile(quote(row.url, safe=KEPT), date, f"{kind}; charset=utf-8", body, name)


def pages_of_corpus(result: IngestResult, told: ImportOptions) -> Iterator[PageFile]:
    """The question pages of a corpus; the result says what else is in it."""
    others = 0
    rows = corpus_rows(
        result.path,
        result.damaged.append,
        url_field=told.url_field,
        text_field=told.text_field,
    )
    for row in rows:
        page = page_of_row(row, result, told)
        if page is None:
            others += 1
        else:
            yield page
    if others:
        result.notes.append(f"{others} rows are no question pages: not kept")


def warcs_of(result: IngestResult, folder: Path) -> Iterator[tuple[Path, FileKind]]:
    """The web archives in a WACZ, unpacked into a folder; the result says what is wrong.

    :raises FileError: if there is none
    """
    found = unpack(result.path, folder)
    result.damaged += found.damaged
    result.notes += found.notes
    if found.error:
        raise FileError(found.error)
    for name, path in found.warcs:
        told = len(result.damaged)
        try:
            kind = format_of(path).kind if name else FileKind.WARC
        except FileError as error:
            why = f"{name}: {str(error).removeprefix(f'{path} is ')}"
            result.damaged.append(DamagedWarc(result.path.name, 0, why, DamageKind.ZIP))
            continue
        if kind in (FileKind.WARC, FileKind.ARC):
            yield path, kind
        for one in result.damaged[told:] if name else ():
            one.why = f"{name}: {one.why}"


class _Import:
    """The state of one import: where things go, and which files hold revisits."""

    def __init__(
        self, directory: Path, store: Store, told: ImportOptions, pages: PageImport
    ) -> None:
        self._directory = directory
        self._store = store
        self._told = told
        self.pages = pages
        self._files: list[tuple[IngestResult, str]] = []

    def take(self, result: IngestResult, given: InputFile) -> None:
        """Bring one file in."""
        kind = format_of(given.path)
        result.kind = str(kind)
        told = self._told
        if kind.kind in (FileKind.WARC, FileKind.ARC, FileKind.WACZ):
            self._take_archive(result, kind.kind)
        elif kind.kind is FileKind.JSONL:
            for page in pages_of_corpus(result, told):
                self.pages.add(result, page)
        else:
            page = page_file(
                given.path, kind.kind, url=told.url, base=told.base, date=told.date,
                root=given.root,
            )  # fmt: skip
            self.pages.add(result, page)

    def _take_archive(self, result: IngestResult, kind: FileKind) -> None:
        path = result.path
        if path.name.endswith(OPEN_SUFFIX):
            raise FileError(
                f"{path} is still being written, or its writer was killed; "
                f"if that is long gone, rename it without {OPEN_SUFFIX}"
            )
        if kind is not FileKind.WACZ:
            inside = path.resolve().is_relative_to(self._directory.resolve())
            self._read(result, [path.resolve()] if inside else self._adopt(result, path, kind))
        else:
            with tempfile.TemporaryDirectory(prefix=".wacz-", dir=self._directory) as folder:
                for warc, inner in warcs_of(result, Path(folder)):
                    self._read(result, self._adopt(result, warc, inner))
        result.count_damaged_records()

    def _adopt(self, result: IngestResult, path: Path, kind: FileKind) -> list[Path]:
        return adopt(result, path, self._directory, is_arc=kind is FileKind.ARC)

    def _read(self, result: IngestResult, paths: list[Path]) -> None:
        before = self._store.counts["new"]

        def observe(batch: Batch) -> None:
            result.failures += [why for _, why in parse_failures(batch.changes)]

        directory = self._directory
        if not all(path.is_relative_to(directory) for path in paths):
            directory = directory.resolve()
        sources = [source_in(directory, path) for path in paths]
        for found in intake(self._store, sources, observe=observe):
            result.damaged += found.damaged + found.flagged
            result.pages += found.pages
            result.records += found.records
            self._files.append((result, found.file))
        result.new += self._store.counts["new"] - before

    def count_unresolved(self) -> None:
        """Say of each file how many of its revisits repeat what is not there."""
        query = (
            "SELECT count(*) FROM captures c WHERE c.warc_file = ? AND c.revisit_of IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM captures o WHERE o.record_id = c.revisit_of)"
        )
        for result, file in self._files:
            result.unresolved += self._store.db.execute(query, (file,)).fetchone()[0]
