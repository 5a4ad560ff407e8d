"""When a host may be asked again: Retry-After, backoff with jitter, and the gap that it asks for.

Scrapy's download slots keep the ordinary gap between two requests to a host. What is here
comes on top: a host that says 429 or 503 is left alone altogether for a while, a request
that failed is tried again after a wait that grows, and AutoThrottle never goes below what
robots.txt asks for. Trying again happens inside the download, so that a URL stays one
request for Scrapy and for the frontier, and a killed process has nothing more to find.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from scrapy import Request, signals
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from pipelines.files.timestamps import parse_http_date

logger = logging.getLogger(__name__)

ASKED_TO_WAIT = "asked_to_wait"
"""How a crawl ends that a server told to come back later than MAX_RETRY_AFTER."""
WAIT_STATUS = frozenset({429, 503})
PATIENCE = "housecall_patience"
"""The ``request.meta`` key of the seconds that its host is left alone, at least, when it says
that it is asked too often or refuses the connection; doubled each time in a row."""
#: Trouble that may pass. An address that is refused is not: it will be refused again.
PASSING = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
LONGEST = 10.0 * 365 * 86_400
"""Seconds. No server means more; beyond it, all waits are the same."""
_SECONDS = re.compile(r"[0-9]+")
_TRANSIT = 0.02  # seconds by which the way to the server varies: it counts gaps by its own clock
_CHECK_EVERY = 0.25  # seconds after which a wait looks whether the crawl is being closed


def backoff(
    nth: int, base: float, longest: float, dice: Callable[[], float] = random.random
) -> float:
    """Seconds before the next try, after the ``nth`` (from 1) that failed in a row.

    Exponential with full jitter: anything up to ``base`` seconds, doubled each time, up to
    ``longest``. Many clients that failed together do not come back together.
    """
    return dice() * min(longest, base * 2.0 ** min(nth - 1, 60))


def retry_after_seconds(retry_after: str, date: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3); None if it asks for nothing.

    That is so where it is missing, zero, negative, in the past or unreadable.

    :param date: the response's Date header: a moment is read by the server's own clock,
        where it says what that shows, so that neither clock need be right
    :param now: aware; by our clock
    """
    value = retry_after.strip()
    if _SECONDS.fullmatch(value):
        seconds = min(float(value), LONGEST)
    else:
        moment = parse_http_date(value)
        if moment is None:
            return None
        seconds = min((moment - (parse_http_date(date) or now)).total_seconds(), LONGEST)
    return seconds if seconds > 0 else None


class Postponed(IgnoreRequest):
    """A URL that was not settled in this run, through no fault of its own: ask in a later one."""


@dataclass(slots=True)
class _Host:
    """``until`` (monotonic seconds) nothing is sent; ``refusals`` came one after another."""

    until: float = 0.0
    refusals: int = 0


class Pace:
    """When each host of a crawl may be asked: a Scrapy extension."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._base = settings.getfloat("BACKOFF_BASE")
        self._max_wait = settings.getfloat("BACKOFF_MAX")
        self.most_wait = settings.getfloat("MAX_RETRY_AFTER")
        self._tries = 1 + settings.getint("RETRY_TIMES")
        self._passing_status = {int(code) for code in settings.getlist("RETRY_HTTP_CODES")}
        slots = settings.getdict("DOWNLOAD_SLOTS")
        self._bases = {key: slot["backoff"] for key, slot in slots.items() if "backoff" in slot}
        self._floors = {key: float(slot.get("delay", 0.0)) for key, slot in slots.items()}
        self._unthrottled = {key for key, slot in slots.items() if not slot.get("throttle", True)}
        self._hosts: dict[str, _Host] = {}
        self._closing: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Pace:
        """Scrapy's constructor. It must be listed after AutoThrottle: see :meth:`downloaded`."""
        pace = cls(crawler)
        crawler.signals.connect(pace.downloaded, signals.response_downloaded)
        return pace

    @classmethod
    def of(cls, crawler: Crawler) -> Pace:
        """Return the pace of a running crawl."""
        pace = crawler.get_extension(cls)
        assert pace is not None
        return pace

    # -- one request ---------------------------------------------------------------------

    async def persist(
        self, request: Request, download: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """Download a request, again if need be, when the host may be asked.

        :returns: the last response, be it an error
        :raises Postponed: the host wants to be left alone for longer than we wait, or the
            crawl was closed meanwhile
        :raises Exception: what ``download`` raised the last time
        """
        host = urlparse_cached(request).hostname or ""
        if host in self._unthrottled:
            request.meta["autothrottle_dont_adjust_delay"] = True
        if self.closing:
            raise Postponed("the crawl ended before this was sent")
        attempt = 0
        while True:
            attempt += 1
            await self._turn(request, host, again=attempt > 1)
            try:
                response = await download(request)
            except PASSING as error:
                if attempt >= self._tries:
                    raise
                reason, wait = str(error), self._backoff(host, attempt)
                if isinstance(error, DownloadConnectionRefusedError):
                    wait = max(wait, _patience(request, attempt))
            else:
                if b"Memento-Datetime" in response.headers:
                    return response  # its status is what a site said to an archive, once
                reason = f"HTTP {response.status}"
                wait = self._note_response(host, request, response, attempt)
                if attempt >= self._tries or response.status not in self._passing_status:
                    return response
            logger.debug("%s: %s; to be tried again", request.url, reason)
            assert self._crawler.stats is not None
            self._crawler.stats.inc_value("retry/count")
            await self._sleep(wait)

    def sent(self, request: Request) -> None:
        """Count the gap to the next request from now: connecting may have taken a while."""
        slot = self._slot(request)
        if slot is not None:  # also before robots.txt has said what the gap is
            slot.lastseen = time.monotonic() + _TRANSIT

    async def _turn(self, request: Request, host: str, *, again: bool) -> None:
        """Wait until ``host`` may be asked.

        Scrapy's slot let this request pass before the wait, so its gap has run out by now:
        it is kept here, one request after the other.
        """
        if not again and host not in self._hosts:
            return  # nearly every request
        slot = self._slot(request)
        while True:
            now = time.monotonic()
            state = self._hosts.get(host)
            due = state.until if state else 0.0
            if again and slot is not None:
                due = max(due, slot.lastseen + slot.delay)
            if due <= now:
                break
            again = True
            await self._sleep(min(due - now, _CHECK_EVERY))
        if again and slot is not None:
            slot.lastseen = now

    async def _sleep(self, seconds: float) -> None:
        """Wait, unless the crawl is being closed.

        :raises Postponed: it is
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self.closing:
                raise Postponed("the crawl ended while this was waiting for its turn")
            await asyncio.sleep(min(left, _CHECK_EVERY))

    # -- one host ------------------------------------------------------------------------

    def _note_response(
        self, host: str, request: Request, response: Response, attempt: int
    ) -> float:
        """Note what a host answered; return the seconds before the request is tried again.

        :raises Postponed: see :meth:`_hold`
        """
        if response.status in WAIT_STATUS:
            self._hold(host, response, request)
            return 0.0
        if response.status < 500 and host in self._hosts:
            self._hosts[host].refusals = 0
        return self._backoff(host, attempt)

    def _hold(self, host: str, response: Response, request: Request) -> None:
        """Leave a host alone that answered 429 or 503.

        :raises Postponed: it asks for more than MAX_RETRY_AFTER
        """
        state = self._hosts.setdefault(host, _Host())
        now = time.monotonic()
        wait = retry_after_seconds(
            _text(response, b"Retry-After"), _text(response, b"Date"), datetime.now(UTC)
        )
        if wait is not None and wait > self.most_wait:
            state.until = now + wait
            raise self.asked_to_wait(host, f"says HTTP {response.status}, come back in", wait)
        if now >= state.until:  # the answers to what was on its way already are one refusal
            state.refusals += 1
        if wait is None:
            wait = self._backoff(host, state.refusals)
        else:
            wait += _TRANSIT
        wait = max(wait, _patience(request, state.refusals))
        if now + wait > state.until:
            state.until = now + wait
            logger.info("%s says HTTP %d: no request to it for %.1f s", host, response.status, wait)

    def _backoff(self, host: str, nth: int) -> float:
        return backoff(nth, self._bases.get(host, self._base), self._max_wait)

    def slow_down(self, request: Request, delay: float) -> None:
        """Keep ``delay`` seconds, at least, between two requests to the host of ``request``.

        One at a time, and without jitter, which would undercut what the site asks for.
        Never speeds a host up: the configured DOWNLOAD_DELAY stays the least.
        """
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        key = downloader.get_slot_key(request)
        slot = downloader.slots.get(key)
        if delay <= max(self._floors.get(key, 0.0), slot.delay if slot else 0.0):
            return
        self._floors[key] = delay
        # Scrapy forgets a slot that was idle for a minute, and makes it anew from these.
        settings = downloader.per_slot_settings.get(key, {})
        downloader.per_slot_settings[key] = {
            **settings, "delay": delay, "jitter": 0.0, "concurrency": 1,
        }  # fmt: skip
        if slot is not None:
            slot.delay, slot.jitter, slot.concurrency = delay, 0.0, 1
        logger.info("%s asks for %g s between requests: applied", key, delay)

    def downloaded(self, request: Request) -> None:
        """Undo what AutoThrottle, which hears the same signal first, took too much."""
        floor = self._floors.get(request.meta.get("download_slot", ""))
        if floor:
            slot = self._slot(request)
            if slot is not None and slot.delay < floor:
                slot.delay = floor

    def _slot(self, request: Request) -> Slot | None:
        assert self._crawler.engine is not None
        return self._crawler.engine.downloader.slots.get(request.meta.get("download_slot", ""))

    # -- the crawl -----------------------------------------------------------------------

    @property
    def closing(self) -> bool:
        """Whether the crawl is being closed, by whomever."""
        engine = self._crawler.engine
        if self._closing is not None or engine is None or not engine.running:
            return True
        slot = engine._slot  # private, but nothing public says so before all has been waited for
        return slot is None or slot.closing is not None

    def close(self, outcome: str, reason: str, *, level: int = logging.ERROR) -> None:
        """Close the crawl with an outcome, once; what is on its way is finished.

        :param level: of the line in the log that says so
        """
        if self._closing is None:
            logger.log(level, "%s: %s", outcome, reason)
            assert self._crawler.engine is not None
            self._closing = asyncio.ensure_future(
                self._crawler.engine.close_spider_async(reason=outcome)
            )

    def asked_to_wait(self, host: str, request: str, seconds: float) -> Postponed:
        """Close the crawl because a host asks to wait for longer than one run may take.

        :param request: how it asks, in words
        """
        reason = (
            f"{host} {request} {seconds:.0f} s, which is more than MAX_RETRY_AFTER "
            f"({self.most_wait:g} s): start the crawl again after that"
        )
        self.close(ASKED_TO_WAIT, reason)
        return Postponed(reason)


def _patience(request: Request, nth: int) -> float:
    patience = float(request.meta.get(PATIENCE, 0.0))
    return patience * 2.0 ** min(nth - 1, 6)


def _text(response: Response, header: bytes) -> str:
    return (response.headers.get(header) or b"").decode("latin-1")
