"""Opens a crawl's archive before the spider's first request, and ends the run after its last.

Everything else of Scrapy's finds it as ``crawler.archive``.
"""

from __future__ import annotations

from typing import Any

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from crawler.net.pace import Pace
from crawler.paths import ArchivePaths
from crawler.session.close import end_run
from crawler.session.open import new_crawl, open_archive_of
from crawler.session.recorder import CaptureRecorder, RecorderLimits, software_line


def open_for(settings: BaseSettings, spider: Any) -> CaptureRecorder:
    """The archive for a spider's run, by the settings.

    :param spider: has ``name``, ``source``, ``arguments``, ``lane`` and ``frontier_name``
    :raises LockHeld, ArchiveError, FrontierError, OSError: see
        :func:`crawler.session.open.open_archive_of`
    """
    return open_archive_of(
        ArchivePaths.of(settings),
        new_crawl(spider.name, spider.arguments, spider.source),
        spider.lane,
        {
            "software": software_line(),
            "http_header_user_agent": settings["USER_AGENT"],
            "robots": "obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
            **({"operator": settings["CONTACT"]} if settings["CONTACT"] else {}),
        },
        RecorderLimits(
            settings.getint("COMMIT_EVERY"),
            settings.getfloat("COMMIT_SECONDS"),
            settings.getint("MIN_FREE_BYTES"),
            settings.getint("WARC_MAX_BYTES"),
        ),
        spider.frontier_name,
    )


class ArchiveExtension:
    """Ends the run of ``crawler.archive`` when the spider is closed."""

    def __init__(self, crawler: Crawler, archive: CaptureRecorder) -> None:
        self._crawler = crawler
        self._archive = archive
        archive.on_stop = self._stop

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchiveExtension:
        """Take the archive that the command has opened, or open it."""
        archive = getattr(crawler, "archive", None)
        if archive is None:
            archive = open_for(crawler.settings, crawler.spider)
            crawler.archive = archive  # type: ignore[attr-defined]
        extension = cls(crawler, archive)
        crawler.signals.connect(extension.closed, signals.spider_closed)
        return extension

    def closed(self, spider: Spider, reason: str) -> None:
        """End the run; how it ended is found as ``crawler.ending``."""
        ending = end_run(self._archive, self._crawler.settings, spider, reason)
        self._crawler.ending = ending  # type: ignore[attr-defined]

    def _stop(self, reason: str) -> None:
        pace: Pace = self._crawler.pace  # type: ignore[attr-defined]
        pace.close(reason, "nothing more can be kept")
