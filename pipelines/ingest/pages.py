"""Pages and texts on their way in: into a WARC of their own, then from there into rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from pipelines.capture.crawl_records import warcinfo
from pipelines.capture.warc_extract import Batch, source_in
from pipelines.db.changeset import ChangeSet
from pipelines.db.models import Crawl, CrawlEnd
from pipelines.ingest.result import IngestResult
from pipelines.ingest.saved_pages import PageFile
from pipelines.store.close_crawl import close_crawl
from pipelines.store.intake import intake
from pipelines.store.store import Store
from pipelines.warc.writer import WarcWriter


def parse_failures(notes: ChangeSet) -> Iterator[tuple[str, str]]:
    """(record id, what is wrong) of the pages that could not be parsed."""
    for one in notes.failures.values():
        if one.stage == "parse":
            place = f"{one.field}: " if one.field else ""
            yield one.record_id, f"{notes.rows[one.record_id].url}: {place}{one.reason}"


class PageImport:
    """The pages of one import: first all into a WARC, then from there into rows."""

    def __init__(self, directory: Path, store: Store, software: Mapping[str, str]) -> None:
        self._directory = directory
        self._store = store
        self._software = software
        self._crawl: Crawl | None = None
        self._writer: WarcWriter | None = None
        self._results: dict[str, IngestResult] = {}

    def add(self, result: IngestResult, page: PageFile) -> None:
        """Write a page into the WARC of this import, unless the archive has it."""
        result.records += 1
        if page.record_id in self._results or self._store.has_capture(page.record_id):
            if "already imported" not in result.notes:
                result.notes.append("already imported")
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
        self._store.pending.add_crawl(self._crawl)
        close_crawl(self._store, self._writer, self._crawl.uid, end)
        sources = [source_in(self._directory, path) for path in self._writer.finished_files]
        intake(self._store, sources, observe=self._observe)

    def abandon(self) -> None:
        """After an error: what was written stays, as the WARC of an interrupted run."""
        if self._writer is not None:
            self._writer.close()

    def _observe(self, batch: Batch) -> None:
        for record_id, why in parse_failures(batch.changes):
            self._results[record_id].failures.append(why)
        for record_id, text in batch.changes.pages.items():
            result = self._results[record_id]
            result.pages += 1
            result.new += int(not self._store.has_question(text.page.site, text.page.source_id))

    def _open_writer(self) -> WarcWriter:
        if self._writer is None:
            now = datetime.now(UTC)
            self._crawl = Crawl(str(uuid4()), "ingest", {}, now, self._software, source="file")
            self._writer = WarcWriter(self._directory, "ingest", warcinfo(self._crawl))
        return self._writer
