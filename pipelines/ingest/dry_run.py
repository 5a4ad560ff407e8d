"""Reads files as an import would, and stores nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from parsers import is_question_url
from parsers.records import Capture
from pipelines.capture.page_deadline import read
from pipelines.capture.warc_extract import WarcSource, batches_of
from pipelines.db.rules import names_of
from pipelines.files.timestamps import stamp
from pipelines.ingest.ingest import FileReader, IngestProgress
from pipelines.ingest.input_files import ImportOptions, files_of
from pipelines.ingest.result import NO_QUESTION, IngestResult
from pipelines.ingest.saved_pages import PageFile
from pipelines.ingest.sniff import FileKind
from pipelines.warc.reader import read_warc


def dry_run(
    paths: Iterable[str | os.PathLike[str]],
    options: ImportOptions | None = None,
    *,
    progress: IngestProgress = lambda path: None,
) -> list[IngestResult]:
    """What an import of files would find; nothing is written but what a WACZ unpacks to.

    Files that are still being written (``.open``) are read as far as they go. A revisit
    is unresolved if what it repeats is in none of these files; the archive is not asked.

    :raises FileError: as :func:`pipelines.ingest.ingest.ingest`
    """
    options = options or ImportOptions()
    reader = _DryRun(options)
    results = reader.take_all(files_of(paths, options), progress)
    for result, original in reader.revisits:
        result.unresolved += original not in reader.originals
    return results


class _DryRun(FileReader):
    """Which captures and revisits the files hold."""

    def __init__(self, options: ImportOptions) -> None:
        super().__init__(options)
        self.originals: set[int] = set()  # hashes of what they may be called
        self.revisits: list[tuple[IngestResult, int]] = []

    def take_open_file(self, result: IngestResult) -> None:
        """Note it."""
        result.notes.append("in progress: its writer has not given it its final name")

    def take_warc(self, result: IngestResult, path: Path, kind: FileKind) -> None:
        """Read it, and parse its pages."""
        for batch in batches_of([WarcSource(path, path.name)]):
            result.add(batch.stats)
            result.add_failures(batch)
            for row in batch.changes.rows.values():
                if row.revisit_of is not None:
                    self.revisits.append((result, hash(row.revisit_of)))
                    continue
                names = names_of(row.canonical_url, stamp(row.captured_at), row.digest)
                self.originals.update(hash(name) for name in (row.record_id, *names))
        first = next(read_warc(path, lambda damage: None), None)
        if first is not None and not first.addressable:
            result.notes.append(
                "several records share a compressed member: none can be read by its offset; "
                "an import gives each its own"
            )

    def take_page(self, result: IngestResult, page: PageFile) -> None:
        """Parse it."""
        result.records += 1
        reading = read(
            Capture(page.url, page.date, page.body, page.content_type, 200, "file", page.record_id)
        )
        result.pages += bool(reading.pages)
        if reading.error is not None:
            result.failures.append(f"{page.url}: {reading.error.field}: {reading.error.why}")
        elif not reading.pages and not reading.gone and is_question_url(page.url):
            result.failures.append(f"{page.url}: {NO_QUESTION}")
