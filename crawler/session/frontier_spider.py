"""What all spiders share: requests are leased from the frontier, and every URL comes to an end.

A URL is acknowledged when all that came of it is recorded, or when it is given up; it is
released, to be fetched later, when the crawl is stopped before that.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar, Self, cast

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.frontier.frontier import FrontierEntry
from crawler.frontier.outage import UNREACHABLE, Outage
from crawler.frontier.seeds import Seeding
from crawler.net.handler import CAPTURE
from crawler.net.pace import Pace, Postponed
from crawler.redaction import without_secrets
from crawler.session.outcomes import ArchiveStopped
from crawler.session.parse_pool import ParsePool, workers_of
from crawler.session.recorded_captures import RecalledCapture
from crawler.session.recorder import CaptureRecorder, recorder_of
from parsers.records import Capture
from pipelines.items import ReadCapture

ENTRY = "housecall_entry"
"""The ``request.meta`` key of the frontier's entry that a request was leased for."""
WAKE = "housecall_wake"
"""The ``request.meta`` key of a request that only tells the engine to look at the frontier."""


class FrontierSpider(Spider):
    """The base of all spiders.

    ``source`` and ``arguments`` are those of the run, as ``captures.source`` and
    ``crawls.arguments`` have them (without secrets); ``seeding`` says what the run left alone
    on purpose (None: unknown). Only one process at a time may crawl the same ``lock_scope``
    (letters, digits, ``.-_``), within which ``frontier_name`` names the run's frontier.
    ``host_urls`` has one URL on each host that is asked, ``slots`` are the download slots
    that requests go through. ``hosts_are_independent`` says that a host which may not be asked
    is no reason to leave the others.
    """

    source: ClassVar[str] = "live"
    arguments: dict[str, str]
    lock_scope: str
    frontier_name = "frontier"
    hosts_are_independent: ClassVar[bool] = False
    host_urls: tuple[str, ...]
    slots: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__()
        self.seeding: Seeding | None = None
        self.parse_pool = ParsePool(workers=0)
        self.outage = Outage(after=1)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's constructor; takes what else it needs from the settings."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.parse_pool = ParsePool(workers_of(crawler.settings["PARSE_WORKERS"]))
        spider.outage = Outage(crawler.settings.getint("OUTAGE_AFTER"))
        crawler.signals.connect(spider.idle, signals.spider_idle)
        crawler.signals.connect(spider.misread, signals.spider_error)
        crawler.signals.connect(spider.parse_pool.close, signals.spider_closed)
        return spider

    def set_arguments(self, arguments: Mapping[str, str]) -> None:
        """Set what is on record of the run's arguments: those that are given, without secrets."""
        self.arguments = {
            name: without_secrets(value, userinfo="") for name, value in arguments.items() if value
        }

    # -- what each kind of spider defines ---------------------------------------------------

    async def seed(self) -> None:
        """Put into the frontier what a new run begins with.

        :raises ArchiveStopped, Postponed: it cannot be done, and the crawl is being closed
        """
        raise NotImplementedError

    def request_for(self, entry: FrontierEntry) -> Request:
        """Return the request for a URL of the frontier; its meta has ENTRY."""
        raise NotImplementedError

    def wants(self, entry: FrontierEntry) -> bool:
        """Whether a URL of the frontier is still to be asked for."""
        return True

    async def read_response(
        self, response: Response, entry: FrontierEntry, capture: Capture
    ) -> ReadCapture | Request | None:
        """Read what was fetched; a request is sent instead, None leaves the URL leased.

        :raises ArchiveStopped, Postponed: the crawl is being closed
        """
        raise NotImplementedError

    async def read_recalled(self, recalled: RecalledCapture) -> ReadCapture | None:
        """Read a capture that a killed process left unread; None if it is to be fetched again."""
        raise NotImplementedError

    def handle_error(self, request: Request, entry: FrontierEntry, error: BaseException) -> None:
        """Record what could not be fetched after all tries; the crawl goes on."""
        raise NotImplementedError

    def idle(self) -> None:
        """Nothing waits any more.

        :raises DontCloseSpider: but there is more to come
        """

    def lost_entry(self, url: str) -> FrontierEntry | None:
        """The entry for a captured URL that is not in the frontier; None for what is no page."""
        return None

    def note_failure(self, entry: FrontierEntry, error: BaseException) -> None:
        """Note that an entry failed before it is given up."""

    def give_up(self, url: str) -> None:
        """Acknowledge a URL that cannot be fetched or read, which is on record."""
        self.recorder.frontier.acknowledge(url)

    # -- the course of a run ---------------------------------------------------------------

    @cached_property
    def recorder(self) -> CaptureRecorder:
        """What records the run."""
        return recorder_of(self.crawler)

    async def start(self) -> AsyncIterator[ReadCapture | Request]:
        """Seed a new run; then read what a killed process had fetched and not finished."""
        recorder = self.recorder
        try:
            if not recorder.frontier.seeded:
                await self.seed()
            with recorder.stopping_on_errors():
                captures = recorder.captures
                recalled = list(captures.lease_unacknowledged(recorder.frontier, self.lost_entry))
            for page in recalled:
                item = await self.read_recalled(page)
                if item is None:
                    recorder.frontier.release(page.entry.url)
                else:
                    yield item
        except (ArchiveStopped, Postponed):
            return  # the log says why, and the crawl is being closed
        yield self.wake_request()

    async def parse(self, response: Response) -> AsyncIterator[ReadCapture | Request]:
        """Read one capture: the record in it, and the pages that it leads to."""
        entry: FrontierEntry = response.meta[ENTRY]
        capture: Capture = response.meta[CAPTURE]
        waiting = len(self.recorder.frontier)
        for url in self.outage.answered(capture.captured_at):
            self.give_up(url)
        try:
            item = await self.read_response(response, entry, capture)
        except (ArchiveStopped, Postponed):
            return  # if it is leased still, the next process takes it up
        if item is not None:
            yield item
        if len(self.recorder.frontier) > waiting:
            yield self.wake_request()

    def unfetched(self, failure: Failure) -> None:
        """Release what was stopped, and handle what could not be fetched after all tries."""
        request: Request = cast("Any", failure).request
        entry: FrontierEntry = request.meta[ENTRY]
        error = failure.value
        assert error is not None
        if isinstance(error, (ArchiveStopped, Postponed)):
            self.recorder.frontier.release(entry.url)
        else:
            self.handle_error(request, entry, error)

    def misread(self, failure: Failure, response: Response | None) -> None:
        """Record that our own code failed on a page: a failure of the page, and no loss."""
        entry: FrontierEntry | None = response.meta.get(ENTRY) if response is not None else None
        if response is None or entry is None:
            return  # it failed before the first page; Scrapy says how
        error = failure.value
        assert error is not None
        self.recorder.record_misreading(response.meta[CAPTURE], f"the crawler failed: {error!r}")
        self.note_failure(entry, error)
        self.give_up(entry.url)

    def no_answer_from(self, url: str) -> None:
        """Hold a URL that got no answer; close the crawl after too many in a row."""
        if self.outage.failed(url, datetime.now(UTC)):
            self.close_run(UNREACHABLE, f"{len(self.outage.held)} requests in a row got no answer")

    def close_run(self, outcome: str, reason: str, *, level: int = logging.ERROR) -> None:
        """Close the crawl with an outcome; what is on its way is finished."""
        Pace.of(self.crawler).close(outcome, reason, level=level)

    def wake_request(self) -> Request:
        """A request that only makes the engine look at the frontier."""
        return Request(self.host_urls[0], meta={WAKE: True})
