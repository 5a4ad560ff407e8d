"""Scrapy's view of the frontier: a scheduler that leases URLs from it."""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import suppress

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from crawler.session.budget import SPENT
from crawler.session.frontier_spider import WAKE, FrontierSpider
from crawler.session.outcomes import ArchiveStopped
from crawler.session.recorder import recorder_of


class FrontierScheduler(BaseScheduler):
    """Hands out what the frontier leases, no more at a time than can be sent.

    What waits in Scrapy's own queues cannot be recalled, so that a crawl that is told to
    stop would have to send it all, at the pace that the site asks for.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._again: deque[Request] = deque()
        self._asked = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> FrontierScheduler:
        """Scrapy's constructor."""
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        """Take the archive that the extension opened, and the spider that makes requests."""
        self._recorder = recorder_of(self._crawler)
        assert isinstance(spider, FrontierSpider)
        self._spider = spider
        self._concurrency = self._crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")

    def __len__(self) -> int:
        """How many URLs wait."""
        return len(self._recorder.frontier) + len(self._again)

    def has_pending_requests(self) -> bool:
        """Whether any URL waits."""
        return bool(self._again or len(self._recorder.frontier))

    def enqueue_request(self, request: Request) -> bool:
        """Take back a request that is to be sent again; URLs go into the frontier directly."""
        if not request.meta.get(WAKE):
            self._again.append(request)
        return True

    def next_request(self) -> Request | None:
        """The next request that may be sent now; None if none may."""
        assert self._crawler.engine is not None
        with suppress(ArchiveStopped):  # the log says why, and the crawl is being closed
            self._recorder.commit_if_due()
        if len(self._crawler.engine.downloader.active) >= self._capacity():
            return None
        if self._again:
            return self._again.popleft()
        if self._is_spent():
            return None
        while (entry := self._recorder.frontier.lease()) is not None:
            if self._spider.wants(entry):
                self._asked += 1
                return self._spider.request_for(entry)
            self._spider.give_up(entry.url)
        return None

    def _is_spent(self) -> bool:
        """Whether URLs wait that this session's budget is too small for; the crawl is closed then,
        as soon as nothing is on its way. One URL is asked for in any case."""
        recorder, engine = self._recorder, self._crawler.engine
        if not self._asked or not len(recorder.frontier):
            return False
        seconds = time.monotonic() - recorder.began
        spent = recorder.budget.spent(self._asked, recorder.received, seconds)
        if spent and engine is not None and not engine.downloader.active:
            self._spider.close_run(SPENT, spent, level=logging.INFO)
        return bool(spent)

    def _capacity(self) -> int:
        """How many requests may be with the downloader: one more than it may send at once,
        unless it has to wait between two anyway."""
        assert self._crawler.engine is not None
        slots = self._crawler.engine.downloader.slots
        open_slots = [slot for key in self._spider.slots if (slot := slots.get(key)) is not None]
        if not open_slots:
            return 1 + self._concurrency
        return max(slot.concurrency + (not slot.delay) for slot in open_slots)
