"""What spiders of question-and-answer sites share: asking for what is new, changed, or due."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, IgnoreRequest, ResponseDataLossError
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.frontier.frontier import FrontierEntry
from crawler.frontier.outage import UNREACHABLE, Outage
from crawler.frontier.revisit import Bounds, Mode, Visit, next_interval
from crawler.frontier.scope import Scope
from crawler.frontier.seeds import Seeding, seed
from crawler.frontier.sitemaps import read_sitemaps
from crawler.frontier.traps import TrapGuard
from crawler.net.addresses import PrivateAddressError
from crawler.net.handler import CAPTURE, KNOWN, REPEATS
from crawler.net.pace import PASSING, Postponed
from crawler.net.redaction import without_credentials
from crawler.session.parse_pool import ParsePool
from crawler.session.recorder import ArchiveStopped, CaptureRecorder
from crawler.session.scheduler import ENTRY, WAKE
from parsers import canonical_url, is_question_url
from parsers.records import Capture, Reading
from pipelines.db.capture_rules import GONE_STATUS, PARTIAL
from pipelines.db.models import Known
from pipelines.items import ReadCapture
from pipelines.warc.exchange import Original

PRIVATE = "private_address"
"""How a run is left whose site is on a private network; PRIVATE_ADDRESSES allows that."""
MOST_HOPS = 5
"""Redirects in a row from one form of a page's address to another."""
_HOPS = "housecall_hops"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def _is_good(status: int) -> bool:
    """Whether an answer says what there is to know of a page for now."""
    return (status < 400 and status not in (PARTIAL, 304)) or status in GONE_STATUS


class SiteSpider(Spider):
    """What the spiders of all such sites share; each has its ``name`` and ``base``.

    :param base: where the site is served, if not at the spider's own ``base``
    :param revisit: which known pages are asked for again; see :class:`crawler.frontier.revisit.Mode`
    :raises ValueError: ``base`` is no web address, or there is no such mode
    """

    base: str
    source = "live"
    frontier_name = "frontier"

    def __init__(self, base: str = "", revisit: str = "due") -> None:
        super().__init__()
        self.scope = Scope(base or self.base)
        if revisit not in set(Mode):
            raise ValueError(f"revisit={revisit!r}: it is one of {', '.join(Mode)}")
        self.mode = Mode(revisit)
        self.arguments = {"base": without_credentials(self.scope.base)}
        if self.mode is not Mode.DUE:
            self.arguments["revisit"] = revisit
        self.seeding: Seeding | None = None
        self.traps = TrapGuard(patience=0, max_depth=0)
        self.reader = ParsePool(workers=0)
        self.outage = Outage(after=1)
        self.bounds = Bounds(timedelta(), timedelta(), timedelta())
        self._probe: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> SiteSpider:
        """Scrapy's constructor; takes what else it needs from the settings."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        spider.traps = TrapGuard(settings.getint("TRAP_PATIENCE"), settings.getint("MAX_DEPTH"))
        spider.reader = ParsePool(settings.getint("PARSE_WORKERS"))
        spider.outage = Outage(settings.getint("OUTAGE_AFTER"))
        spider.bounds = Bounds(
            *(
                timedelta(days=settings.getfloat(name))
                for name in ("REVISIT_FIRST_DAYS", "REVISIT_LEAST_DAYS", "REVISIT_MOST_DAYS")
            )
        )
        crawler.signals.connect(spider.idle, signals.spider_idle)
        crawler.signals.connect(spider.misread, signals.spider_error)
        crawler.signals.connect(spider.reader.close, signals.spider_closed)
        return spider

    @property
    def lane(self) -> str:
        """What only one process at a time may crawl."""
        return f"{self.name}-{self.scope.site}"

    @property
    def asked(self) -> tuple[str, ...]:
        """Addresses on the hosts that are asked."""
        return (self.scope.base,)

    @property
    def slots(self) -> tuple[str, ...]:
        """The download slots that requests go through."""
        return (self.scope.host,)

    @property
    def archive(self) -> CaptureRecorder:
        """What the run keeps."""
        archive: CaptureRecorder = self.crawler.archive  # type: ignore[attr-defined]
        return archive

    # -- the beginning ---------------------------------------------------------------------

    async def start(self) -> AsyncIterator[ReadCapture | Request]:
        """The seeds of a new run; then what a killed process had fetched and not finished."""
        try:
            if not self.archive.frontier.seeded:
                await self._seed()
        except (ArchiveStopped, Postponed):
            return  # it has been said why, and the crawl is being closed
        except PrivateAddressError as error:
            self._close(PRIVATE, str(error))
            return
        try:
            with self.archive.stopping_on_errors():
                found = list(self.archive.unacknowledged(self._entry))
            for one in found:
                if self._moved_within(one.entry, one.capture, one.location):
                    self.archive.frontier.release(one.entry.url)
                else:
                    yield await self._read(
                        one.entry, one.capture, repeats=one.repeats, location=one.location
                    )
        except ArchiveStopped:
            return
        yield self._wake()

    def _entry(self, url: str) -> FrontierEntry | None:
        is_page = self.scope.resolve(url, url) == url and not url.endswith("/robots.txt")
        return FrontierEntry(url, is_question_url(url)) if is_page else None

    async def _seed(self) -> None:
        robots = await self.crawler.robots.of(self.scope.base)  # type: ignore[attr-defined]
        listing = await read_sitemaps(robots.sitemaps, self._sitemap, self.scope.resolve)
        frontier, store = self.archive.frontier, self.archive.store
        now = datetime.now(UTC)
        with self.archive.stopping_on_errors():
            self.seeding = seed(frontier, store, self.scope, listing, self.mode, self.traps, now)
        self.archive.commit_now()

    async def _sitemap(self, url: str) -> bytes | None:
        """The body of a sitemap, from the site or, if it is unchanged, from the archive."""
        if not self.scope.holds(url):
            self.logger.warning("the sitemap %s is not on the site: not read", url)
            return None
        assert self.crawler.engine is not None
        request = Request(url, meta={KNOWN: self._known(canonical_url(url))})
        try:
            response = await self.crawler.engine.download_async(request)
        except (ArchiveStopped, Postponed):
            raise  # the crawl is being closed: the next session reads it
        except Exception as error:
            self.logger.warning("not fetched: %s: %s", url, error)
            return None
        repeats: Original | None = response.meta.get(REPEATS)
        if response.status == 304 and repeats is not None:
            original = self.archive.recall(repeats.record_id)
            return original[0].body if original else None
        return response.body if response.status == 200 else None

    # -- one page --------------------------------------------------------------------------

    def request_for(self, entry: FrontierEntry) -> Request:
        """The request for a URL of the frontier: conditional, if the archive knows the page."""
        return Request(
            self.scope.fetch_url(entry.url),
            errback=self.unfetched,
            meta={ENTRY: entry, KNOWN: self._known(entry.url)},
        )

    async def parse(self, response: Response) -> AsyncIterator[ReadCapture | Request]:
        """Read one capture: the record it holds, and the pages it leads to."""
        before = len(self.archive.frontier)
        entry: FrontierEntry = response.meta[ENTRY]
        capture: Capture = response.meta[CAPTURE]
        for url in self.outage.answered(capture.captured_at):
            self.archive.frontier.acknowledge(url)
        original: Original | None = response.meta.get(REPEATS)
        if original is not None and not capture.body and not is_question_url(entry.url):
            stored = self.archive.recall(original.record_id)
            capture = dataclasses.replace(capture, body=stored[0].body if stored else b"")
        location = (response.headers.get(b"Location") or b"").decode("latin-1")
        target = self._moved_within(entry, capture, location)
        hops = response.meta.get(_HOPS, 0)
        if target and hops < MOST_HOPS:
            # The same page by another form of its address: it is asked for there.
            meta = {ENTRY: entry, KNOWN: self._known(entry.url), _HOPS: hops + 1}
            yield Request(target, errback=self.unfetched, meta=meta)
            return
        if target:
            self.archive.cannot_read(capture, f"redirected to itself {hops + 1} times")
        try:
            read = await self._read(entry, capture, repeats=original is not None, location=location)
        except ArchiveStopped:
            return  # it stays leased, and is taken up again by the next run
        yield read
        if len(self.archive.frontier) > before:
            yield self._wake()

    async def _read(
        self, entry: FrontierEntry, capture: Capture, *, repeats: bool, location: str = ""
    ) -> ReadCapture:
        """Read a capture and put what it leads to into the frontier.

        :raises ArchiveStopped: its last visit cannot be looked up; the crawl is being stopped
        """
        # A question that is as it was is read by now. A list is read again for its links:
        # they were found when it came first, unless that frontier was lost.
        reading = Reading()
        if not (repeats and is_question_url(entry.url)):
            reading = await self.reader.read(capture)
        links = (location,) if capture.status in _REDIRECTS else reading.outlinks
        with self.archive.stopping_on_errors():
            self._follow(entry, capture.url, links)
            visit = self._visit(entry, capture, reading, repeats=repeats)
        kept = Reading() if repeats else reading
        return ReadCapture(capture.record_id, kept, entry.url, visit, capture.url)

    def _moved_within(self, entry: FrontierEntry, capture: Capture, location: str) -> str | None:
        """Where a redirect leads that is to the same page by another form of its address (http
        and https, with and without www); None for any other answer."""
        if capture.status not in _REDIRECTS or not location:
            return None
        try:
            target = urljoin(capture.url, location.strip())
        except ValueError:
            return None
        same = self.scope.resolve(target, capture.url) == entry.url
        return target if same else None

    def _follow(self, entry: FrontierEntry, page: str, hrefs: tuple[str, ...]) -> None:
        resolve, frontier = self.scope.resolve, self.archive.frontier
        links = dict.fromkeys(url for href in hrefs if (url := resolve(href, page)))
        new = [url for url in links if url not in frontier]
        if not is_question_url(entry.url):
            others = [url for url in new if not is_question_url(url)]
            has_questions = any(map(is_question_url, links))
            self.traps.visited(entry.url, others, has_questions=has_questions)
        depth = entry.depth + 1
        frontier.add(
            # Question pages last: lists lead to more, so the frontier fills early.
            FrontierEntry(url, is_question_url(url), depth)
            for url in new
            if self.traps.allows(url, depth)
        )

    def _visit(
        self, entry: FrontierEntry, capture: Capture, reading: Reading, *, repeats: bool
    ) -> Visit | None:
        """What to remember of this look at a page; None if it was no good one."""
        if not repeats and not _is_good(capture.status):
            return None
        before = self.archive.frontier.visit(entry.url)
        changed = not repeats and not (reading.page and self.archive.has_text(reading.page))
        interval = next_interval(before, changed=changed, bounds=self.bounds)
        return Visit(capture.captured_at, interval, entry.lastmod)

    # -- what goes wrong -------------------------------------------------------------------

    def unfetched(self, failure: Failure) -> None:
        """Say in one line what could not be fetched; the archive has it as a failure."""
        request: Request = failure.request  # type: ignore[attr-defined]
        url, frontier = request.meta[ENTRY].url, self.archive.frontier
        error = failure.value
        if isinstance(error, (ArchiveStopped, Postponed)):
            frontier.release(url)
        elif isinstance(error, IgnoreRequest):
            # Nothing went over the wire, so the recorder knows nothing of it yet.
            self.archive.refuse(request.url, str(error))
            frontier.acknowledge(url)
        elif isinstance(error, (ResponseDataLossError, PrivateAddressError)):
            self.logger.warning("not fetched whole: %s: %s", request.url, error)
            frontier.acknowledge(url)
        elif isinstance(error, PASSING):
            self.logger.warning("not fetched: %s: %s", request.url, error)
            if self.outage.failed(url, datetime.now(UTC)):
                self._close(UNREACHABLE, f"{len(self.outage.held)} pages in a row got no answer")
        else:
            self.archive.refuse(request.url, f"the crawler failed: {error!r}")
            frontier.acknowledge(url)

    def misread(self, failure: Failure, response: Response | None) -> None:
        """Our own code failed on a page: that is a failure of the page too, and no loss."""
        if response is None or ENTRY not in response.meta:
            return  # it failed before the first page; Scrapy has said how
        self.archive.cannot_read(response.meta[CAPTURE], f"the crawler failed: {failure.value!r}")
        self.archive.frontier.acknowledge(response.meta[ENTRY].url)

    def idle(self) -> None:
        """Nothing waits any more; but are pages without an answer their own fault?"""
        if self.outage.held:
            if self._probe is None or self._probe.done():
                self._probe = asyncio.ensure_future(self._look_again())
            raise DontCloseSpider

    async def _look_again(self) -> None:
        """Ask for the home page once more: if it answers, the held pages have failed."""
        engine = self.crawler.engine
        assert engine is not None
        asked = datetime.now(UTC)
        try:
            await engine.download_async(Request(self.scope.base))
        except Exception as error:
            self._close(UNREACHABLE, str(error))
            return
        for url in self.outage.answered(asked):
            self.archive.frontier.acknowledge(url)

    def _close(self, reason: str, why: str) -> None:
        self.crawler.pace.close(reason, why)  # type: ignore[attr-defined]

    def _known(self, canonical: str) -> Known | None:
        return None if self.mode is Mode.FULL else self.archive.memory.known(canonical)

    def _wake(self) -> Request:
        return Request(self.scope.base, meta={WAKE: True})
