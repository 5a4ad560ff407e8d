"""Crawls NetWellness, or a copy of it served elsewhere, by following its links."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.handler import CAPTURE
from crawler.reading import Reader
from crawler.scope import Scope
from crawler.traps import TrapGuard
from parsers import canonical_url, is_question_url
from parsers.records import Capture
from pipelines.items import ReadCapture

BASE = "http://www.netwellness.org/"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class NetWellnessSpider(Spider):
    """``scrapy crawl netwellness [-a base=URL]``."""

    name = "netwellness"
    base = BASE

    def __init__(self, base: str = BASE) -> None:
        super().__init__()
        self.scope = Scope(base)
        self.arguments = {"base": base}
        self.traps = TrapGuard(patience=0)
        self.reader = Reader(workers=0)
        self._seen: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NetWellnessSpider:
        """Scrapy's constructor; takes what else it needs from the settings."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.traps = TrapGuard(crawler.settings.getint("TRAP_PATIENCE"))
        spider.reader = Reader(crawler.settings.getint("PARSE_WORKERS"))
        crawler.signals.connect(spider.reader.close, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """The seed: the site's home page."""
        for request in self._requests([canonical_url(self.scope.base)]):
            yield request

    async def parse(self, response: Response) -> AsyncIterator[ReadCapture | Request]:
        """Read one capture: the record it holds, and the pages it leads to."""
        capture: Capture = response.meta[CAPTURE]
        reading = await self.reader.read(capture)
        yield ReadCapture(capture.record_id, reading)
        hrefs: tuple[str, ...] = reading.outlinks
        if response.status in _REDIRECTS:
            hrefs = ((response.headers.get(b"Location") or b"").decode("latin-1"),)
        for request in self._requests(self._new_links(capture.url, hrefs)):
            yield request

    def unfetched(self, failure: Failure) -> None:
        """Say in one line what could not be fetched; the archive has it as a failure."""
        url: str = failure.request.url  # type: ignore[attr-defined]
        if isinstance(failure.value, IgnoreRequest):
            # Nothing went over the wire, so the recorder knows nothing of it yet.
            self.crawler.archive.refuse(url, str(failure.value))  # type: ignore[attr-defined]
        else:
            self.logger.warning("not fetched: %s: %s", url, failure.value)

    def _new_links(self, page: str, hrefs: tuple[str, ...]) -> list[str]:
        resolve = self.scope.resolve
        links = dict.fromkeys(url for href in hrefs if (url := resolve(href, page)))
        new = [url for url in links if url not in self._seen]
        others = [url for url in new if not is_question_url(url)]
        if not is_question_url(page):
            has_questions = any(map(is_question_url, links))
            self.traps.visited(canonical_url(page), others, has_questions=has_questions)
        return [url for url in new if is_question_url(url) or self.traps.allows(url)]

    def _requests(self, urls: list[str]) -> Iterator[Request]:
        # All of them now: other pages are read before the last of these is asked for.
        self._seen.update(urls)
        for url in urls:
            # Question pages last: lists lead to more, so the frontier fills early.
            yield Request(
                self.scope.fetch_url(url), errback=self.unfetched, priority=-is_question_url(url)
            )
