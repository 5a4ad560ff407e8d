"""A large archive, made from what the sample site knows, through the real store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path

from parsers.records import QAPage
from pipelines.db.connection import open_archive
from pipelines.db.models import CaptureRow, Crawl, CrawlEnd
from pipelines.store.store import Store
from sample import Site
from sample.options import MOST_PAGES

_START = datetime(2026, 3, 1, tzinfo=UTC)
_RUN = "11111111-1111-4111-8111-111111111111"
_BATCH = 2_000
# Above every id of one sample site, so that the next site's do not meet them.
_APART = 1_000_000


def make_archive(path: Path, questions: int) -> None:
    """Write an archive of so many questions; one that is there already is kept.

    The records are those that a crawl would give; the captures they point to are made up,
    since pages are measured here and not evidence. Memory does not grow with ``questions``.
    """
    if path.exists():
        return
    partial = path.with_suffix(".partial")
    for old in (partial, Path(f"{partial}-wal"), Path(f"{partial}-shm")):
        old.unlink(missing_ok=True)
    store = Store(open_archive(partial), bulk=True)
    store.pending.add_crawl(Crawl(_RUN, "netwellness", {"base": "http://127.0.0.1/"}, _START, {}))
    for number, page in enumerate(pages(questions), 1):
        record_id = f"urn:uuid:{number:08x}-0000-4000-8000-000000000000"
        store.pending.add_capture(capture_of(record_id, page.url, number))
        store.pending.add_page(replace(page, record_id=record_id))
        if number % _BATCH == 0:
            store.commit()
    store.pending.finish_crawl(_RUN, CrawlEnd(_START + timedelta(days=1), "finished", {}))
    store.close()
    partial.rename(path)


def pages(questions: int) -> Iterator[QAPage]:
    """So many records, no two with the same text.

    A sample site has a limit, beyond which its texts would repeat; what is more than that
    comes from sites with other seeds, under ids of their own.
    """
    for part, begin in enumerate(range(0, questions, MOST_PAGES)):
        site = Site(pages=min(MOST_PAGES, questions - begin), seed=part + 1)
        for page in site.questions():
            source_id = str(int(page.source_id) + part * _APART)
            url = page.url.replace(page.source_id, source_id)
            yield replace(page, source_id=source_id, url=url) if part else page


def capture_of(record_id: str, url: str, number: int) -> CaptureRow:
    """A capture that is made up."""
    return CaptureRow(
        record_id=record_id,
        url=url,
        canonical_url=url,
        captured_at=_START + timedelta(seconds=number),
        status=200,
        content_type="text/html; charset=utf-8",
        digest=f"sha1:{sha1(url.encode(), usedforsecurity=False).hexdigest()[:32].upper()}",
        warc_file="netwellness-20260301000000000-00000-00000000.warc.gz",
        offset=number * 9_000,
        length=8_900,
        source="live",
        crawl=_RUN,
    )
