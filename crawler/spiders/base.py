"""Spiders of question-and-answer sites: they ask for what is new, changed, or due."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urljoin

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, IgnoreRequest, ResponseDataLossError
from scrapy.http import Response

from crawler.frontier.frontier import FrontierEntry
from crawler.frontier.outage import UNREACHABLE
from crawler.frontier.revisit import Bounds, Mode, Visit, next_interval
from crawler.frontier.scope import Scope
from crawler.frontier.seeds import seed
from crawler.frontier.sitemaps import read_sitemaps
from crawler.frontier.traps import TrapGuard
from crawler.net.addresses import PrivateAddressError
from crawler.net.handler import REPEATS, VALIDATORS
from crawler.net.pace import PASSING, Postponed
from crawler.net.redaction import without_credentials
from crawler.net.robots import RobotsTxt
from crawler.session.frontier_spider import ENTRY, FrontierSpider
from crawler.session.outcomes import ArchiveStopped
from crawler.session.recorded_captures import RecalledCapture
from parsers import canonical_url, is_question_url
from parsers.records import Capture, Reading
from pipelines.db.models import Validators
from pipelines.db.rules import GONE_STATUS, PARTIAL
from pipelines.items import ReadCapture
from pipelines.warc.exchange import Original

PRIVATE = "private_address"
"""How a run is left whose site is on a private network; PRIVATE_ADDRESSES allows that."""
MOST_HOPS = 5
"""Redirects in a row from one form of a page's address to another."""
_HOPS = "housecall_hops"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def _is_conclusive(status: int) -> bool:
    """Return whether an answer says what there is to know of a page for now."""
    return (status < 400 and status not in (PARTIAL, 304)) or status in GONE_STATUS


class SiteSpider(FrontierSpider):
    """The base of the spiders of all such sites; each has its ``name`` and ``base``.

    :param base: where the site is served, if not at the spider's own ``base``
    :param revisit: which known pages are asked for again; see
        :class:`crawler.frontier.revisit.Mode`
    :raises ValueError: ``base`` is no web address, or there is no such mode
    """

    base: str

    def __init__(self, base: str = "", revisit: str = "due") -> None:
        super().__init__()
        self.scope = Scope(base or self.base)
        self.lock_scope = f"{self.name}-{self.scope.site}"
        self.host_urls = (self.scope.base,)
        self.slots = (self.scope.host,)
        if revisit not in set(Mode):
            raise ValueError(f"revisit={revisit!r}: it is one of {', '.join(Mode)}")
        self.mode = Mode(revisit)
        self.arguments = {"base": without_credentials(self.scope.base)}
        if self.mode is not Mode.DUE:
            self.arguments["revisit"] = revisit
        self.traps = TrapGuard(patience=0, max_depth=0)
        self.bounds = Bounds(timedelta(), timedelta(), timedelta())
        self._probe: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's constructor; takes what else it needs from the settings."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        spider.traps = TrapGuard(settings.getint("TRAP_PATIENCE"), settings.getint("MAX_DEPTH"))
        names = ("REVISIT_FIRST_DAYS", "REVISIT_LEAST_DAYS", "REVISIT_MOST_DAYS")
        spider.bounds = Bounds(*(timedelta(days=settings.getfloat(name)) for name in names))
        return spider

    # -- the beginning ---------------------------------------------------------------------

    async def seed(self) -> None:
        """Put the home page, what is known and what sitemaps list into the frontier."""
        recorder = self.recorder
        try:
            robots = await RobotsTxt.of_crawl(self.crawler).of(self.scope.base)
        except PrivateAddressError as error:
            self.close_run(PRIVATE, str(error))
            raise Postponed(str(error)) from error
        listing = await read_sitemaps(robots.sitemaps, self._sitemap, self.scope.resolve)
        now = datetime.now(UTC)
        with recorder.stopping_on_errors():
            self.seeding = seed(
                recorder.frontier, recorder.store, self.scope, listing, self.mode, self.traps, now
            )
        recorder.commit()

    def lost_entry(self, url: str) -> FrontierEntry | None:
        """The entry of a page of the site; None for robots.txt and other sites."""
        return FrontierEntry(url, is_question_url(url)) if self.scope.is_page(url) else None

    async def _sitemap(self, url: str) -> bytes | None:
        """The body of a sitemap, from the site or, if it is unchanged, from the archive."""
        if not self.scope.holds(url):
            self.logger.warning("the sitemap %s is not on the site: not read", url)
            return None
        assert self.crawler.engine is not None
        request = Request(url, meta={VALIDATORS: self._validators(canonical_url(url))})
        try:
            response = await self.crawler.engine.download_async(request)
        except (ArchiveStopped, Postponed):
            raise  # the crawl is being closed: the next session reads it
        except Exception as error:
            self.logger.warning("not fetched: %s: %s", url, error)
            return None
        repeats: Original | None = response.meta.get(REPEATS)
        if response.status == 304 and repeats is not None:
            recalled = self.recorder.captures.recall(repeats.record_id)
            return recalled[0].body if recalled else None
        return response.body if response.status == 200 else None

    # -- one page --------------------------------------------------------------------------

    def request_for(self, entry: FrontierEntry) -> Request:
        """The request for a URL of the frontier: conditional, if the archive has the page."""
        return self._request(self.scope.fetch_url(entry.url), entry)

    def _request(self, url: str, entry: FrontierEntry, hops: int = 0) -> Request:
        meta = {ENTRY: entry, VALIDATORS: self._validators(entry.url), _HOPS: hops}
        return Request(url, errback=self.unfetched, meta=meta)

    async def read_response(
        self, response: Response, entry: FrontierEntry, capture: Capture
    ) -> ReadCapture | Request | None:
        """Read a page, or follow its redirect to another form of its address."""
        original: Original | None = response.meta.get(REPEATS)
        if original is not None and not capture.body and not is_question_url(entry.url):
            recalled = self.recorder.captures.recall(original.record_id)
            capture = dataclasses.replace(capture, body=recalled[0].body if recalled else b"")
        location = (response.headers.get(b"Location") or b"").decode("latin-1")
        target = self._moved_within(entry, capture, location)
        hops = response.meta[_HOPS] + 1
        if target and hops <= MOST_HOPS:
            return self._request(target, entry, hops)
        if target:
            self.recorder.record_misreading(capture, f"redirected to itself {hops} times")
        return await self._read(entry, capture, repeats=original is not None, location=location)

    async def read_recalled(self, recalled: RecalledCapture) -> ReadCapture | None:
        """Read a page; None for a redirect to another form of its address."""
        entry, capture, location = recalled.entry, recalled.capture, recalled.location
        if self._moved_within(entry, capture, location):
            return None
        return await self._read(entry, capture, repeats=recalled.repeats, location=location)

    async def _read(
        self, entry: FrontierEntry, capture: Capture, *, repeats: bool, location: str
    ) -> ReadCapture:
        """Read a capture and put what it leads to into the frontier.

        :raises ArchiveStopped: its last visit cannot be looked up; the crawl is being stopped
        """
        # A question that is as it was is read by now. A list is read again for its links:
        # they were found when it came first, unless that frontier was lost.
        reading = Reading()
        if not (repeats and is_question_url(entry.url)):
            reading = await self.parse_pool.read(capture)
        links = (location,) if capture.status in _REDIRECTS else reading.outlinks
        with self.recorder.stopping_on_errors():
            self._follow(entry, capture.url, links)
            visit = self._visit(entry, capture, reading, repeats=repeats)
        reading = Reading() if repeats else reading
        return ReadCapture(capture.record_id, reading, entry.url, visit, capture.url)

    def _moved_within(self, entry: FrontierEntry, capture: Capture, location: str) -> str | None:
        """The target of a redirect to the same page by another form of its address (http and
        https, with and without www); None for any other answer."""
        if capture.status not in _REDIRECTS or not location:
            return None
        try:
            target = urljoin(capture.url, location.strip())
        except ValueError:
            return None
        same = self.scope.resolve(target, capture.url) == entry.url
        return target if same else None

    def _follow(self, entry: FrontierEntry, page: str, hrefs: tuple[str, ...]) -> None:
        resolve, frontier = self.scope.resolve, self.recorder.frontier
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
        """The visit to remember of this look at a page; None if the answer was inconclusive."""
        if not repeats and not _is_conclusive(capture.status):
            return None
        before = self.recorder.frontier.visit(entry.url)
        changed = before is not None and not repeats  # the first look changes nothing
        if changed and reading.pages:
            changed = not all(map(self.recorder.captures.has_text, reading.pages))
        interval = next_interval(before, changed=changed, bounds=self.bounds)
        return Visit(capture.captured_at, interval, entry.lastmod)

    # -- what goes wrong -------------------------------------------------------------------

    def handle_error(self, request: Request, entry: FrontierEntry, error: BaseException) -> None:
        """Log in one line what could not be fetched; the archive has it as a failure."""
        if isinstance(error, IgnoreRequest):
            # Nothing went over the wire, so that no exchange is on record.
            self.recorder.record_refusal(request.url, str(error))
        elif isinstance(error, (ResponseDataLossError, PrivateAddressError)):
            self.logger.warning("not fetched whole: %s: %s", request.url, error)
        elif isinstance(error, PASSING):
            self.logger.warning("not fetched: %s: %s", request.url, error)
            self.no_answer_from(entry.url)
            return
        else:
            self.recorder.record_refusal(request.url, f"the crawler failed: {error!r}")
        self.give_up(entry.url)

    def idle(self) -> None:
        """Nothing waits any more; find out whether pages without an answer are at fault."""
        if self.outage.held:
            if self._probe is None or self._probe.done():
                self._probe = asyncio.ensure_future(self._look_again())
            raise DontCloseSpider

    async def _look_again(self) -> None:
        """Fetch the home page once more: if it answers, the held pages have failed."""
        assert self.crawler.engine is not None
        moment = datetime.now(UTC)
        try:
            await self.crawler.engine.download_async(Request(self.scope.base))
        except Exception as error:
            self.close_run(UNREACHABLE, str(error))
            return
        for url in self.outage.answered(moment):
            self.give_up(url)

    def _validators(self, canonical: str) -> Validators | None:
        return None if self.mode is Mode.FULL else self.recorder.revisit_lookup.known(canonical)
