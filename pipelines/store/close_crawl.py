"""The end of a run, in its WARC and in the archive."""

from __future__ import annotations

from pipelines.capture.crawl_records import crawl_end_record
from pipelines.db.models import CrawlEnd
from pipelines.store.store import Store
from pipelines.warc.writer import WarcWriter


def close_crawl(store: Store, writer: WarcWriter, uid: str, end: CrawlEnd) -> None:
    """End a run, in its WARC and in the archive; the WARC is durable first.

    :raises OSError: the WARC cannot be written
    :raises pipelines.db.connection.ArchiveError: the rows cannot be written
    """
    writer.write_metadata(crawl_end_record(uid, end), end.finished)
    writer.close()
    store.pending.finish_crawl(uid, end)
    store.commit()
