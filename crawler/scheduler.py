"""Scrapy's view of the frontier: a scheduler that leases URLs from it."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Any, Protocol

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from crawler.archive import ArchiveStopped, CrawlArchive
from crawler.frontier import Entry

ENTRY = "housecall_entry"
"""The ``request.meta`` key of the frontier's entry that a request was leased for."""
WAKE = "housecall_wake"
"""The ``request.meta`` key of a request that only tells the engine to look at the frontier."""


class LeasingSpider(Protocol):
    """What the scheduler asks of a spider."""

    def request_for(self, entry: Entry) -> Request:
        """The request for a URL of the frontier; its meta has ENTRY."""


class FrontierScheduler(BaseScheduler):
    """Hands out what the frontier leases, no more at a time than can be sent.

    What waits in Scrapy's own queues cannot be recalled, so that a crawl that is told to
    stop would have to send it all, at the pace that the site asks for.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._again: deque[Request] = deque()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> FrontierScheduler:
        """Scrapy's constructor."""
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        """Take the archive that the extension opened, and the spider that makes requests."""
        self._archive: CrawlArchive = self._crawler.archive  # type: ignore[attr-defined]
        self._spider: Any = spider
        self._most = _concurrency(self._crawler, spider) + 1

    def __len__(self) -> int:
        """How many URLs wait."""
        return len(self._archive.frontier) + len(self._again)

    def has_pending_requests(self) -> bool:
        """Whether any URL waits."""
        return bool(self._again or len(self._archive.frontier))

    def enqueue_request(self, request: Request) -> bool:
        """Take back a request that is to be sent again; URLs go into the frontier directly."""
        if not request.meta.get(WAKE):
            self._again.append(request)
        return True

    def next_request(self) -> Request | None:
        """The next request that may be sent now; None if none may."""
        assert self._crawler.engine is not None
        if len(self._crawler.engine.downloader.active) >= self._most:
            return None
        if self._again:
            return self._again.popleft()
        entry = self._archive.frontier.lease()
        if entry is None:
            with suppress(ArchiveStopped):  # it has said why, and the crawl is being closed
                self._archive.commit_if_due()
            return None
        request: Request = self._spider.request_for(entry)
        return request


def _concurrency(crawler: Crawler, spider: Any) -> int:
    settings = crawler.settings
    slots: dict[str, Any] = settings.getdict("DOWNLOAD_SLOTS")
    default = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
    return int(slots.get(spider.scope.host, {}).get("concurrency", default))
