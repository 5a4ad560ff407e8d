"""The item pipeline: a reading that a spider yields becomes rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

from parsers.records import ParseError, Reading
from pipelines.items import ArchivePipeline, ReadCapture
from pipelines.store.store import Store
from tests.pipelines.archive_makers import capture_row, empty_store, qa_page


@dataclass
class Archive:
    """As the crawl's: a store, and what was acknowledged."""

    store: Store
    done: list[str] = field(default_factory=list)

    def acknowledge(self, item: ReadCapture) -> None:
        self.done.append(item.url)


def test_what_was_read_is_kept_and_other_items_pass() -> None:
    store = empty_store()
    archive = Archive(store)
    pipeline = ArchivePipeline.from_crawler(SimpleNamespace(housecall=archive))
    for number in range(3):
        store.pending.add_capture(capture_row(f"urn:{number}", seconds=number))
    page = ReadCapture("urn:0", Reading((qa_page("set by the pipeline"),)), "http://a/0")
    assert pipeline.process_item(page) is page
    error = ParseError("answer", "none")
    pipeline.process_item(ReadCapture("urn:1", Reading(error=error), "http://a/1"))
    pipeline.process_item(ReadCapture("urn:2", Reading(gone=True), "http://a/2"))
    other = {"some": "item"}
    assert pipeline.process_item(other) is other
    assert archive.done == ["http://a/0", "http://a/1", "http://a/2"]
    store.commit()
    row = next(iter(store.db["questions"].rows))
    assert row["gone_at"] == "2020-01-01T00:00:02.000000Z"
    (failure,) = store.db["failures"].rows
    assert (failure["stage"], failure["field"], failure["reason"]) == ("parse", "answer", "none")


def test_text_that_cannot_be_stored_is_a_failure_and_not_the_end() -> None:
    store = empty_store()
    pipeline = ArchivePipeline(Archive(store))
    store.pending.add_capture(capture_row("urn:0"))
    pipeline.process_item(ReadCapture("urn:0", Reading((qa_page("", answer="\udfff"),))))
    store.commit()
    (failure,) = store.db["failures"].rows
    assert failure["stage"] == "parse"
    assert store.db["questions"].count == 0
