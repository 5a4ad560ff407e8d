"""Opens a crawl's archive before the spider's first request, and ends the run after its last."""

from __future__ import annotations

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.net.crawl_session import CrawlSession, attach_session, session_of
from crawler.net.pace import Pace
from crawler.session.close import end_run
from crawler.session.frontier_spider import FrontierSpider
from crawler.session.open import open_recorder
from crawler.session.recorder import CaptureRecorder, recorder_of


def open_session(crawler: Crawler, spider: FrontierSpider) -> CaptureRecorder:
    """Open the session of a crawler; see :func:`crawler.session.open.open_recorder`."""
    recorder = open_recorder(crawler.settings, spider)
    attach_session(crawler, CrawlSession(recorder))
    return recorder


class ArchiveExtension:
    """Ends the run of a crawler's session when the spider is closed."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        recorder_of(crawler).on_stop = self._stop

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchiveExtension:
        """Take the session that the command has opened, or open it."""
        if not hasattr(crawler, "housecall"):
            assert isinstance(crawler.spider, FrontierSpider)
            open_session(crawler, crawler.spider)
        extension = cls(crawler)
        crawler.signals.connect(extension.closed, signals.spider_closed)
        return extension

    def closed(self, spider: FrontierSpider, reason: str) -> None:
        """End the run; the session says how it ended."""
        recorder, settings = recorder_of(self._crawler), self._crawler.settings
        session_of(self._crawler).run_end = end_run(recorder, settings, spider, reason)

    def _stop(self, reason: str) -> None:
        Pace.of(self._crawler).close(reason, "nothing more can be kept")
