"""What a crawl keeps: every exchange as WARC, then its rows, in that order.

The WARC is made durable before the rows that point into it are committed, in batches: a
kill costs at most the last few seconds, and never leaves a row without its evidence.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from uuid import uuid4

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from crawler.command import ArchivePaths
from parsers.records import Capture
from pipelines.evidence import Provenance
from pipelines.keep import keep_exchange
from pipelines.rows import Crawl, CrawlEnd
from pipelines.runs import close_crawl, warcinfo
from pipelines.store import Store
from pipelines.warc import Exchange, WarcWriter

logger = logging.getLogger(__name__)

VERSION = "0.1.0"
_SOFTWARE = ("scrapy", "httptools", "beautifulsoup4", "lxml", "sqlite-utils", "isal")


def software_versions() -> dict[str, str]:
    """Which software made a record: names and versions, ours first."""
    return {"housecall": VERSION, **{name: version(name) for name in _SOFTWARE}}


class CrawlArchive:
    """One run's WARC writer and store.

    :param crawl: the run; its uid is in the WARC and in the rows
    :param about: further warcinfo fields, such as ``operator``
    :param commit_every: captures after which all is made durable
    :param commit_seconds: seconds after which it is, however few they are
    :raises ArchiveError: the database cannot be used; it says why
    """

    def __init__(
        self,
        paths: ArchivePaths,
        crawl: Crawl,
        about: Mapping[str, str],
        *,
        commit_every: int,
        commit_seconds: float,
    ) -> None:
        self.crawl = crawl
        self.statuses: Counter[int] = Counter()
        self.failures = 0
        self.store = Store.open(paths.database)
        self.writer = WarcWriter(paths.warcs, crawl.spider, warcinfo(crawl, **about))
        self.writer.open()
        self.store.add_crawl(crawl)
        self._origin = Provenance(crawl.uid, crawl.source)
        self._commit_every = commit_every
        self._commit_seconds = commit_seconds
        self._committed_at = time.monotonic()

    def record(self, exchange: Exchange) -> Capture:
        """Keep an exchange; returns what a parser may read of it.

        :raises OSError: the WARC cannot be written; the exchange waits and is not lost
        """
        location = self.writer.write_exchange(exchange)
        if exchange.response:
            self.statuses[exchange.status] += 1
        self.failures += bool(exchange.error or exchange.truncated)
        self.commit_if_due()
        return keep_exchange(self.store, exchange, location, self._origin)

    def refuse(self, url: str, why: str) -> None:
        """Keep that a URL was not asked for, and why: a failure like any other."""
        exchange = Exchange(url, "GET", datetime.now(UTC), error=why)
        keep_exchange(self.store, exchange, self.writer.write_exchange(exchange), self._origin)

    def commit_if_due(self) -> None:
        """Commit if enough waits, or has waited long enough."""
        waited = time.monotonic() - self._committed_at
        if self.store.pending >= self._commit_every or waited >= self._commit_seconds:
            self.commit()

    def commit(self) -> None:
        """First the evidence onto the disk, then the rows that point to it."""
        self.writer.flush(sync=True)
        self.store.commit()
        self._committed_at = time.monotonic()

    def finish(self, outcome: str) -> None:
        """Close the run: how it ended goes into the WARC too, so that a rebuild knows it."""
        self.commit()
        counts = {"captures": self.statuses.total(), **self.store.counts}
        end = CrawlEnd(datetime.now(UTC), outcome, counts)
        close_crawl(self.store, self.writer, self.crawl.uid, end)
        self.store.close()


class ArchiveExtension:
    """Opens the archive before a spider's first request, and closes it after its last.

    Everything else finds it as ``crawler.archive``.
    """

    def __init__(self, archive: CrawlArchive) -> None:
        self._archive = archive

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchiveExtension:
        """Open the archive that the settings name, for the spider of ``crawler``."""
        spider = crawler.spider
        assert spider is not None
        settings = crawler.settings
        archive = CrawlArchive(
            ArchivePaths.of(settings),
            Crawl(
                uid=str(uuid4()),
                spider=spider.name,
                arguments=getattr(spider, "arguments", {}),
                started=datetime.now(UTC),
                software=software_versions(),
            ),
            {
                "http_header_user_agent": settings["USER_AGENT"],
                "robots": "obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
                **({"operator": settings["CONTACT"]} if settings["CONTACT"] else {}),
            },
            commit_every=settings.getint("COMMIT_EVERY"),
            commit_seconds=settings.getfloat("COMMIT_SECONDS"),
        )
        crawler.archive = archive  # type: ignore[attr-defined]
        extension = cls(archive)
        crawler.signals.connect(extension.closed, signals.spider_closed)
        return extension

    def closed(self, spider: Spider, reason: str) -> None:
        """Scrapy's word for how a spider ended is the run's outcome."""
        self._archive.finish(reason)
