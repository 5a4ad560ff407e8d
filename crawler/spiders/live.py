"""What spiders of live sites share: a page is asked for, followed to where it moved, and read."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, IgnoreRequest, ResponseDataLossError
from scrapy.http import Response

from crawler.frontier.frontier import FrontierEntry
from crawler.frontier.nofollow import without_nofollow
from crawler.frontier.outage import UNREACHABLE
from crawler.frontier.page_list import PageList
from crawler.frontier.revisit import Bounds, Mode, Visit, next_interval
from crawler.frontier.scope import Scope
from crawler.frontier.seeds import LOOPS
from crawler.net.addresses import PrivateAddressError
from crawler.net.handler import LEADS_TO, REPEATS, VALIDATORS
from crawler.net.pace import PASSING
from crawler.session.frontier_spider import ENTRY, FrontierSpider
from crawler.session.recorded_captures import RecalledCapture
from parsers import is_question_url
from parsers.links import REDIRECTS, absolute, as_sent
from parsers.records import Capture, Reading
from pipelines.db.models import Validators
from pipelines.db.rules import GONE_STATUS, PARTIAL
from pipelines.items import ReadCapture
from pipelines.warc.exchange import Original

MOST_HOPS = 5
"""Redirects in a row from one form of a page's address to another."""
_HOPS = "housecall_hops"


def cookies_of(response: Response) -> bytes:
    """The Cookie header that a redirect to the same page asks for: what it was sent with, and
    what it sets. Such pages are behind a test whether cookies come back."""
    sent = response.request.headers.get(b"Cookie", b"") if response.request else b""
    pairs = [*(sent or b"").split(b"; "), *(
        each.partition(b";")[0].strip() for each in response.headers.getlist(b"Set-Cookie")
    )]  # fmt: skip
    by_name = {pair.partition(b"=")[0]: pair for pair in pairs if b"=" in pair}
    return b"; ".join(by_name.values())


def _is_conclusive(status: int) -> bool:
    """Return whether an answer says what there is to know of a page for now."""
    return (status < 400 and status not in (PARTIAL, 304)) or status in GONE_STATUS


class LiveSpider(FrontierSpider):
    """The base of the spiders that ask sites themselves.

    :param scope: which addresses there are, and where they are fetched
    :param revisit: which known pages are asked for again; see
        :class:`crawler.frontier.revisit.Mode`
    :raises ValueError: there is no such mode
    """

    def __init__(self, scope: Scope | PageList, revisit: str) -> None:
        super().__init__()
        self.scope = scope
        if revisit not in set(Mode):
            raise ValueError(f"revisit={revisit!r}: it is one of {', '.join(Mode)}")
        self.mode = Mode(revisit)
        self.bounds = Bounds(timedelta(), timedelta(), timedelta())
        self.obeys_robots_meta = False
        self._probe: asyncio.Future[None] | None = None

    # -- what kinds of spiders differ in ----------------------------------------------------

    def follow(
        self,
        entry: FrontierEntry,
        links: tuple[str, ...],
        *,
        body: bytes,
        has_record: bool,
        is_changed_list: bool,
        unchanged: frozenset[str],
    ) -> None:
        """Put what a page leads to into the frontier.

        :param links: canonical URLs within the scope, each once
        :param body: the page
        :param has_record: a question was read in it, now or before
        :param is_changed_list: it is no question page, and not as it was at the last visit
        :param unchanged: the questions of which a changed list says what it said before
        """

    def start_leads_nowhere(
        self, capture: Capture, reading: Reading, links: tuple[str, ...]
    ) -> None:
        """A start page has been read that leads to no other page.

        :param links: all its links, as written
        """

    def unchanged_entries(self, before: Capture, now: Capture) -> frozenset[str]:
        """The questions of which a list says what it said before."""
        return frozenset()

    def bounds_of(self, entry: FrontierEntry, links: tuple[str, ...]) -> Bounds:
        """Between which intervals a page is left alone."""
        return self.bounds

    # -- the beginning ----------------------------------------------------------------------

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's constructor; takes what else it needs from the settings."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        names = ("REVISIT_FIRST_DAYS", "REVISIT_LEAST_DAYS", "REVISIT_MOST_DAYS")
        spider.obeys_robots_meta = settings.getbool("ROBOTS_META_OBEY")
        spider.bounds = Bounds(*(timedelta(days=settings.getfloat(name)) for name in names))
        return spider

    def lost_entry(self, url: str) -> FrontierEntry | None:
        """The entry of a page of the site; None for robots.txt and other sites."""
        return FrontierEntry(url, is_question_url(url)) if self.scope.is_page(url) else None

    # -- one page --------------------------------------------------------------------------

    def request_for(self, entry: FrontierEntry) -> Request:
        """The request for a URL of the frontier: conditional, if the archive has the page."""
        return self._request(self.scope.fetch_url(entry.url), entry)

    def _request(
        self, url: str, entry: FrontierEntry, hops: int = 0, cookies: bytes = b""
    ) -> Request:
        meta = {
            ENTRY: entry, VALIDATORS: self._validators(entry.url), _HOPS: hops,
            "verbatim_url": True,  # as a browser writes it, which Scrapy would escape further
        }  # fmt: skip
        headers = {b"Cookie": cookies} if cookies else None
        return Request(url, errback=self.unfetched, meta=meta, headers=headers)

    async def read_response(
        self, response: Response, entry: FrontierEntry, capture: Capture
    ) -> ReadCapture | Request | None:
        """Read a page, or follow its redirect to another form of its address."""
        original: Original | None = response.meta.get(REPEATS)
        if original is not None and not capture.body and not is_question_url(entry.url):
            recalled = self.recorder.captures.recall(original.record_id)
            capture = dataclasses.replace(capture, body=recalled[0].body if recalled else b"")
        leads_to: str = response.meta[LEADS_TO]
        target = self._moved_within(entry, capture, leads_to)
        hops = response.meta[_HOPS] + 1
        if target and hops <= MOST_HOPS:
            return self._request(as_sent(target), entry, hops, cookies_of(response))
        if target:
            self.recorder.record_misreading(capture, f"{LOOPS} {hops} times")
        known: Validators | None = response.meta[VALIDATORS]
        return await self._read(
            entry, capture, repeats=original is not None, leads_to=leads_to,
            before=known.original.record_id if known else "",
        )  # fmt: skip

    async def read_recalled(self, recalled: RecalledCapture) -> ReadCapture | None:
        """Read a page; None for a redirect to another form of its address."""
        entry, capture, leads_to = recalled.entry, recalled.capture, recalled.leads_to
        if self._moved_within(entry, capture, leads_to):
            return None
        return await self._read(entry, capture, repeats=recalled.repeats, leads_to=leads_to)

    async def _read(
        self,
        entry: FrontierEntry,
        capture: Capture,
        *,
        repeats: bool,
        leads_to: str,
        before: str = "",
    ) -> ReadCapture:
        """Read a capture and put what it leads to into the frontier.

        :param leads_to: where its head leads, as written
        :param before: the record of what the page held at the last visit
        :raises ArchiveStopped: its last visit cannot be looked up; the crawl is being stopped
        """
        # A question that is as it was is read by now. A list is read again for its links:
        # they were found when it came first, unless that frontier was lost.
        reading = Reading()
        if not (repeats and is_question_url(entry.url)):
            reading = await self.parse_pool.read(capture)
        outlinks = reading.outlinks
        if self.obeys_robots_meta:
            asked = self.recorder.robots_of(capture.record_id)
            outlinks = without_nofollow(outlinks, asked, capture.body)
        # What a redirect shows is read too: its Location may be no address.
        links = (leads_to, *outlinks) if leads_to else outlinks
        urls = self.scope.links_of(capture.url, links)
        if entry.url in self.scope.starts and not {*urls} - {entry.url} and capture.status < 400:
            self.start_leads_nowhere(capture, reading, links)
        is_changed_list = not (repeats or capture.status != 200 or is_question_url(entry.url))
        recalled = self.recorder.captures.recall(before) if is_changed_list and before else None
        unchanged = self.unchanged_entries(recalled[0], capture) if recalled else frozenset()
        with self.recorder.stopping_on_errors():
            self.follow(
                entry, urls, body=capture.body, has_record=repeats or bool(reading.pages),
                is_changed_list=is_changed_list, unchanged=unchanged,
            )  # fmt: skip
            visit = self._visit(entry, capture, reading, urls, repeats=repeats)
        reading = Reading() if repeats else reading
        return ReadCapture(capture.record_id, reading, entry.url, visit, capture.url)

    def _moved_within(self, entry: FrontierEntry, capture: Capture, leads_to: str) -> str | None:
        """The target of a redirect to the same page by another form of its address (http and
        https, with and without www); None for any other answer."""
        target = absolute(capture.url, leads_to) if leads_to else None
        if target is None or capture.status not in REDIRECTS:
            return None
        return target if self.scope.resolve(target, capture.url) == entry.url else None

    def _visit(
        self,
        entry: FrontierEntry,
        capture: Capture,
        reading: Reading,
        links: tuple[str, ...],
        *,
        repeats: bool,
    ) -> Visit | None:
        """The visit to remember of this look at a page; None if the answer was inconclusive."""
        if not repeats and not _is_conclusive(capture.status):
            return None
        before = self.recorder.frontier.visit(entry.url)
        changed = before is not None and not repeats  # the first look changes nothing
        if changed and reading.pages:
            changed = not all(map(self.recorder.captures.has_text, reading.pages))
        interval = next_interval(before, changed=changed, bounds=self.bounds_of(entry, links))
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
