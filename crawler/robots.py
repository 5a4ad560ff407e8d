"""Crawl-delay of robots.txt, applied to the host that asked for it."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.utils.httpobj import urlparse_cached

logger = logging.getLogger(__name__)


class CrawlDelay:
    """Slows a host's download slot to its Crawl-delay, one request at a time.

    It never speeds a host up: the configured DOWNLOAD_DELAY stays the least.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CrawlDelay:
        """Listen for every robots.txt that is read."""
        extension = cls(crawler)
        crawler.signals.connect(extension.robots_parsed, signals.robots_parsed)
        return extension

    def robots_parsed(self, robotparser: Any, request: Request) -> None:
        """Apply the delay (seconds) that ``robotparser`` gives for our user agent."""
        user_agent = self._crawler.settings["USER_AGENT"]
        delay = robotparser.crawl_delay(user_agent) or 0.0
        rate = robotparser.rp.request_rate(user_agent)  # Protego's; Scrapy passes on delays only
        wanted = max(delay, rate.seconds / rate.requests if rate else 0.0)
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        slot = downloader.slots.get(downloader.get_slot_key(request))
        if slot is not None and wanted > slot.delay:
            slot.delay = float(wanted)
            slot.concurrency = 1
            slot.jitter = 0.0  # Scrapy's variation would undercut what the site asks for
            logger.info(
                "%s asks for %g s between requests: applied",
                urlparse_cached(request).hostname,
                wanted,
            )
