"""Looks at files as an import would, and stores nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from parsers import read
from parsers.records import Capture
from pipelines.capture.warc_extract import WarcSource, batches_of
from pipelines.db.capture_rules import names_of
from pipelines.db.models import CaptureRow
from pipelines.files.timestamps import stamp
from pipelines.ingest.ingest import (
    ImportOptions,
    InputFile,
    files_of,
    pages_of_corpus,
    refusing,
    warcs_of,
)
from pipelines.ingest.pages import parse_failures
from pipelines.ingest.result import IngestResult
from pipelines.ingest.saved_pages import PageFile, page_file
from pipelines.ingest.sniff import FileKind, format_of
from pipelines.warc.reader import read_warc
from pipelines.warc.writer import OPEN_SUFFIX


def look_at(
    paths: Iterable[str | os.PathLike[str]],
    told: ImportOptions,
    *,
    progress: Callable[[Path], object] = lambda path: None,
) -> list[IngestResult]:
    """What an import of files would find; nothing is written but what a WACZ unpacks to.

    Files that are still being written (``.open``) are looked at as far as they go. A revisit
    is unresolved if what it repeats is in none of these files; the archive is not asked.

    :raises FileError: as :func:`pipelines.ingest.ingest.ingest`
    """
    run = _Look(told)
    results = []
    for given in files_of(paths, told):
        progress(given.path)
        result = IngestResult(given.path)
        results.append(result)
        refusing(result, given, run.take)
        result.count_damaged_records()
    run.count_unresolved()
    return results


class _Look:
    """The state of looking at files: which captures and revisits they hold."""

    def __init__(self, told: ImportOptions) -> None:
        self._told = told
        self._originals: set[int] = set()  # hashes of what they may be called
        self._revisits: list[tuple[IngestResult, int]] = []

    def take(self, result: IngestResult, given: InputFile) -> None:
        """Look at one file."""
        found = format_of(given.path)
        result.kind = str(found)
        if result.path.name.endswith(OPEN_SUFFIX):
            result.notes.append("in progress: its writer has not given it its final name")
        told = self._told
        if found.kind in (FileKind.WARC, FileKind.ARC):
            self._look(result, given.path)
        elif found.kind is FileKind.WACZ:
            with tempfile.TemporaryDirectory() as folder:
                for path, _ in warcs_of(result, Path(folder)):
                    self._look(result, path)
        elif found.kind is FileKind.JSONL:
            for page in pages_of_corpus(result, told):
                self._page(result, page)
        else:
            page = page_file(
                given.path, found.kind, url=told.url, base=told.base, date=told.date,
                root=given.root,
            )  # fmt: skip
            self._page(result, page)

    def _look(self, result: IngestResult, path: Path) -> None:
        for batch in batches_of([WarcSource(path, path.name)]):
            found = batch.stats
            result.records += found.records
            result.pages += found.pages
            result.damaged += found.damaged + found.flagged
            result.failures += [why for _, why in parse_failures(batch.changes)]
            for row in batch.changes.rows.values():
                self._remember(result, row)
        if _shares_members(path):
            result.notes.append(
                "several records share a compressed member: none can be read by its offset; "
                "an import gives each its own"
            )

    def _remember(self, result: IngestResult, row: CaptureRow) -> None:
        if row.revisit_of is not None:
            self._revisits.append((result, hash(row.revisit_of)))
            return
        names = names_of(row.canonical_url, stamp(row.captured_at), row.digest)
        self._originals.update(hash(name) for name in (row.record_id, *names))

    def _page(self, result: IngestResult, page: PageFile) -> None:
        result.records += 1
        reading = read(
            Capture(page.url, page.date, page.body, page.content_type, 200, "file", page.record_id)
        )
        result.pages += reading.page is not None
        if reading.error is not None:
            result.failures.append(f"{page.url}: {reading.error.field}: {reading.error.why}")

    def count_unresolved(self) -> None:
        """Say of each file how many of its revisits repeat what is in none."""
        for result, name in self._revisits:
            result.unresolved += name not in self._originals


def _shares_members(path: Path) -> bool:
    """Whether the first whole record of a file shares a compressed member with others."""
    first = next(read_warc(path, lambda damage: None), None)
    return first is not None and not first.addressable
