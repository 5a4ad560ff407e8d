"""What spiders of web archives share: first the index, then the captures that are chosen.

The index's answers and what they list are kept like everything else: WARC, then rows, then
the frontier. When all of the index is read, the captures to fetch are chosen from the table
``listings``. So a process can be killed at any instant, and the same command goes on.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.frontier.frontier import FrontierEntry
from crawler.frontier.outage import UNREACHABLE, Outage
from crawler.frontier.revisit import Visit
from crawler.net.handler import CAPTURE, KEEP, PURPOSE
from crawler.net.pace import ASKED_TO_WAIT, PATIENCE, WAIT_STATUS, Postponed
from crawler.net.redaction import without_credentials
from crawler.session.parse_pool import ParsePool
from crawler.session.recorder import ArchiveStopped, CaptureRecorder, RecalledBody
from crawler.session.scheduler import ENTRY, WAKE
from crawler.text_format import span
from crawler.web_archives.capture_selection import ListedCapture, Pick
from crawler.web_archives.held_captures import index_answers, listed
from crawler.web_archives.missing_captures import MissingCaptures
from crawler.web_archives.plan import Plan
from crawler.web_archives.target import target_of
from parsers.records import Capture, Reading
from pipelines.capture.cdx import CdxError
from pipelines.items import ReadCapture
from pipelines.warc import Exchange
from pipelines.warc.purpose import CapturePurpose

INDEX_INCOMPLETE = "index_incomplete"
"""How a run is left that could not read all of an archive's index."""
PLANNED = "planned"
"""How a run is left that was asked for a plan only."""
INDEX, PAGES = "index", "pages"


class IndexRefused(CdxError):
    """The index will not list what was asked for, or is none; the message says what it said."""


class WebArchiveSpider(Spider):
    """Recovers what an archive holds of a site.

    :param url: what is wanted, one or several with spaces between; see
        :func:`crawler.web_archives.target.target_of`
    :param pick: which captures of each page; see :class:`crawler.web_archives.capture_selection.Pick`
    :param plan: "1": read the index only, and say what would be fetched
    :param only: "missing": only pages of which no question has been read yet
    :raises ValueError: an argument is wrong; the message says how
    """

    source: ClassVar[str]
    pages_setting: ClassVar[str]
    #: how people call what is asked
    archive_name: str
    #: a condition on ``listings.archive``: the names of what is asked
    names: str

    def __init__(
        self, url: str = "", pick: str = "changes", plan: str = "", only: str = "", **more: str
    ) -> None:
        super().__init__()
        since, until = more.pop("from", ""), more.pop("to", "")
        self.targets = tuple(target_of(one, since, until) for one in url.split() or [url])
        if pick not in set(Pick):
            raise ValueError(f"pick={pick!r}: it is one of {', '.join(Pick)}")
        if only not in ("", "missing"):
            raise ValueError(f"only={only!r}: it can be: missing")
        self.pick, self.only = Pick(pick), only
        self.plan_only = plan not in ("", "0")
        self.plan: Plan | None = None
        given = {"url": url, "pick": pick, "only": only, "from": since, "to": until, **more}
        self.arguments = {
            name: without_credentials(value) for name, value in given.items() if value
        }
        self.take_arguments(more)
        self.seeding = None
        self.reader = ParsePool(workers=0)
        self.outage = Outage(after=1)
        self._answered = False
        self._failed_index: dict[str, str] = {}
        self._unthrottled: frozenset[str] = frozenset()
        self._patience = 0.0

    @abstractmethod
    def take_arguments(self, more: dict[str, str]) -> None:
        """Take the spider's own arguments.

        :raises ValueError: one is wrong, or is none of its own
        """

    @property
    @abstractmethod
    def asked(self) -> tuple[str, ...]:
        """Addresses on the hosts that are asked: the index's first."""

    @abstractmethod
    def questions(self) -> Iterable[FrontierEntry]:
        """What the index is asked first.

        :raises CdxError: that cannot be told
        """

    @abstractmethod
    def index_purpose(self, entry: FrontierEntry) -> CapturePurpose:
        """For the record of an index's answer."""

    @abstractmethod
    def answered(self, entry: FrontierEntry, status: int, body: bytes) -> Iterable[FrontierEntry]:
        """What the index is asked next.

        :raises CdxError: it is no answer that can be used; the run stays open
        """

    @abstractmethod
    def keep(self, place: str, archive: CaptureRecorder, exchange: Exchange) -> Capture:
        """Keep the exchange that was to bring a capture, listed at ``place``."""

    def remembered(self, entry: FrontierEntry, status: int) -> Visit | None:
        """What later runs are to know of an index's answer."""
        return None

    # -- set-up ----------------------------------------------------------------------------

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Scrapy's hook: the slots that keep within an archive's limits."""
        super().update_settings(settings)
        slots = settings.getdict("DOWNLOAD_SLOTS")
        for slot, name in ((INDEX, "ARCHIVE_INDEX_PER_MINUTE"), (PAGES, cls.pages_setting)):
            gap = 60.0 / max(settings.getfloat(name), 0.001)
            slots[f"{cls.name}-{slot}"] = {"delay": gap, "jitter": 0.0, "concurrency": 1}
        settings.set("DOWNLOAD_SLOTS", slots, priority="cmdline")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> WebArchiveSpider:
        """Scrapy's constructor; takes what else it needs from the settings."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        spider.reader = ParsePool(settings.getint("PARSE_WORKERS"))
        spider.outage = Outage(settings.getint("OUTAGE_AFTER"))
        slots = settings.getdict("DOWNLOAD_SLOTS")
        spider._unthrottled = frozenset(
            host for host, slot in slots.items() if not slot.get("throttle", True)
        )
        spider._patience = settings.getfloat("ARCHIVE_PATIENCE")
        crawler.signals.connect(spider.idle, signals.spider_idle)
        crawler.signals.connect(spider.misread, signals.spider_error)
        crawler.signals.connect(spider.reader.close, signals.spider_closed)
        return spider

    @property
    def archive(self) -> CaptureRecorder:
        """What the run keeps."""
        archive: CaptureRecorder = self.crawler.archive  # type: ignore[attr-defined]
        return archive

    @property
    def lane(self) -> str:
        """An archive is asked by one process at a time, or its limits would not be kept."""
        host = urlsplit(self.asked[0]).netloc.lower()
        return f"{self.name}-{''.join(c if c.isalnum() or c in '.-' else '_' for c in host)}"

    @property
    def frontier_name(self) -> str:
        """Each thing that is wanted has a run of its own, which can be gone on with."""
        digest = hashlib.sha256(json.dumps(self.arguments, sort_keys=True).encode()).hexdigest()
        return f"{self.targets[0].host.replace(':', '_')}-{digest[:8]}"

    @property
    def slots(self) -> tuple[str, ...]:
        """The download slots that requests go through."""
        hosts = (urlsplit(url).hostname or "" for url in self.asked)
        return (f"{self.name}-{INDEX}", f"{self.name}-{PAGES}", *hosts)

    # -- the course of a run ---------------------------------------------------------------

    async def start(self) -> AsyncIterator[ReadCapture | Request]:
        """What the index is asked; what a killed process had fetched and not finished."""
        frontier = self.archive.frontier
        try:
            if not frontier.seeded:
                frontier.add(self.questions())
                self.archive.commit_now()
            with self.archive.stopping_on_errors():
                found = list(self.archive.unacknowledged(lambda url: None))
            for one in found:
                if not one.entry.late and not self._is_usable(one):
                    self.archive.frontier.release(one.entry.url)  # to be asked again
                    continue
                async for item in self._take(one.entry, one.capture.status, one.capture):
                    yield item
        except ArchiveStopped:
            return
        except CdxError as error:
            self._fail_index(self.asked[0], error)
            self._close(INDEX_INCOMPLETE, str(error))
            return
        yield self._wake()

    def request_for(self, entry: FrontierEntry) -> Request:
        """The request for a URL of the frontier: an index's (early), or a capture's (late)."""
        kind = PAGES if entry.late else INDEX
        meta: dict[str, Any] = {ENTRY: entry, "dont_obey_robotstxt": True}
        host = urlsplit(entry.url).hostname or ""
        if host not in self._unthrottled:  # such as this machine
            meta |= {"download_slot": f"{self.name}-{kind}", PATIENCE: self._patience}
        if entry.late:
            listed = self._listed(entry.url)
            wanted = (listed.url, listed.digest) if listed else ("", "")
            meta |= {
                PURPOSE: CapturePurpose(wanted[0], digest=wanted[1]),
                KEEP: partial(self.keep, entry.url),
            }
        else:
            meta[PURPOSE] = self.index_purpose(entry)
        request = Request(entry.url.partition("#")[0], errback=self.unfetched, meta=meta)
        return self.prepared(request, entry)

    def prepared(self, request: Request, entry: FrontierEntry) -> Request:
        """The request with what else it needs."""
        return request

    async def parse(self, response: Response) -> AsyncIterator[ReadCapture | Request]:
        """Take what the archive gave."""
        entry: FrontierEntry = response.meta[ENTRY]
        capture: Capture = response.meta[CAPTURE]
        self._answered = True
        for url in self.outage.answered(capture.captured_at):
            self._give_up(url)
        if self._is_asked_to_wait(response):
            self.archive.frontier.release(entry.url)
            self._close(ASKED_TO_WAIT, f"{self.archive_name} says HTTP {response.status}")
            return
        before = len(self.archive.frontier)
        try:
            async for item in self._take(entry, response.status, capture):
                yield item
        except ArchiveStopped:
            return
        if len(self.archive.frontier) > before:
            yield self._wake()

    async def _take(
        self, entry: FrontierEntry, status: int, capture: Capture
    ) -> AsyncIterator[ReadCapture | Request]:
        if not entry.late:
            if self._take_index(entry, status, capture):
                visit = self.remembered(entry, status)
                yield ReadCapture(capture.record_id, Reading(), entry.url, visit)
            return
        reading = await self.reader.read(capture)
        yield ReadCapture(capture.record_id, reading, entry.url, page=capture.url)

    def _is_usable(self, kept: RecalledBody) -> bool:
        try:
            list(self.answered(kept.entry, kept.capture.status, kept.capture.body))
        except CdxError:
            return False
        return True

    def _take_index(self, entry: FrontierEntry, status: int, capture: Capture) -> bool:
        try:
            with self.archive.stopping_on_errors():
                self.archive.frontier.add(self.answered(entry, status, capture.body))
            return True
        except CdxError as error:
            self._fail_index(entry.url, error)
            if isinstance(error, IndexRefused):
                self._close(INDEX_INCOMPLETE, str(error))
            return False

    def _fail_index(self, url: str, error: CdxError) -> None:
        self._failed_index[url] = str(error)
        self.logger.error("%s: %s", url, error)

    def idle(self) -> None:
        """Nothing waits any more: choose what to fetch, or see why nothing comes."""
        if self.archive.stopped is not None:
            return
        if self.outage.held:
            if not self._answered:
                self._close(UNREACHABLE, f"{self.archive_name} does not answer")
                raise DontCloseSpider
            for url in self.outage.answered(datetime.now(UTC)):
                self._give_up(url)
        if not self.archive.frontier.seeded and self._choose():
            raise DontCloseSpider
        if not self.plan_only and self._choose_others():
            raise DontCloseSpider
        if self._failed_index:
            left = f"{len(self._failed_index)} parts of the index could not be read"
            self._close(INDEX_INCOMPLETE, f"{left}; the same command asks for them again")
            raise DontCloseSpider  # until it is closed for that reason

    def _choose(self) -> bool:
        """Put what is to be fetched into the frontier; returns whether there is anything to do."""
        try:
            self.archive.commit_now()
            chosen = self._chosen()
            if self.plan_only:
                why = "nothing was fetched but the index"
                self._close(INDEX_INCOMPLETE if self._failed_index else PLANNED, why)
                return True
            entries = [FrontierEntry(one.place, late=True, depth=1) for one in chosen]
            new = self.archive.frontier.add(entries)
            self.archive.frontier.seeded = not self._failed_index
            self.archive.commit_now()
        except ArchiveStopped:
            return False
        if new:
            self._go_on()
        return bool(new)

    def _go_on(self) -> None:
        assert self.crawler.engine is not None
        self.crawler.engine.crawl(self._wake())

    def _choose_others(self) -> bool:
        """Where no question could be read in what was chosen, choose another capture; returns
        whether there is any.

        Done when all else is, so that it does not depend on what came first.
        """
        frontier = self.archive.frontier
        try:
            self.archive.commit_now()
            others = self._wanted().others(frontier.__contains__)
            new = frontier.add(FrontierEntry(one.place, late=True, depth=1) for one in others)
            self.archive.commit_now()
        except ArchiveStopped:
            return False
        if new:
            self._go_on()
        return bool(new)

    def _chosen(self) -> list[ListedCapture]:
        wanted = self._wanted()
        known, new, have = wanted.chosen(self.pick)
        rate = self.settings.getfloat(self.pages_setting)
        asked = len(wanted.answers)
        self.plan = Plan(self.archive_name, asked, len(known), tuple(new), have, rate)
        return new

    def _wanted(self) -> MissingCaptures:
        answers = frozenset(index_answers(self._rows, self.archive.crawl.uid))
        missing = self.only == "missing"
        return MissingCaptures(self._rows, self.names, self.targets, answers, only_missing=missing)

    def outlook(self, waiting: int) -> str:
        """How long what waits will take, in words; "" while that is not known."""
        rate = self.settings.getfloat(self.pages_setting)
        if not self.archive.frontier.seeded or not rate:
            return "the index is being read"
        if any((urlsplit(url).hostname or "") in self._unthrottled for url in self.asked):
            return ""
        return f"about {span(waiting * 60.0 / rate)} left"

    # -- what goes wrong -------------------------------------------------------------------

    def unfetched(self, failure: Failure) -> None:
        """What could not be fetched, after all tries."""
        request: Request = failure.request  # type: ignore[attr-defined]
        entry: FrontierEntry = request.meta[ENTRY]
        error = failure.value
        if isinstance(error, (ArchiveStopped, Postponed)):
            self.archive.frontier.release(entry.url)
            return
        self.logger.warning("not fetched: %s: %s", entry.url, error)
        if not entry.late:
            self._failed_index[entry.url] = str(error)
        if self.outage.failed(entry.url, datetime.now(UTC)):
            self._close(UNREACHABLE, f"{len(self.outage.held)} requests in a row got no answer")

    def misread(self, failure: Failure, response: Response | None) -> None:
        """Our own code failed on an answer: that is a failure of the page too, and no loss."""
        if response is None or ENTRY not in response.meta:
            return
        self.archive.cannot_read(response.meta[CAPTURE], f"the crawler failed: {failure.value!r}")
        if response.meta[ENTRY].late:
            self.archive.frontier.acknowledge(response.meta[ENTRY].url)
        else:
            self._failed_index[response.meta[ENTRY].url] = repr(failure.value)

    def _give_up(self, url: str) -> None:
        """A capture cannot be had, which is on record. The index must be had."""
        if url not in self._failed_index:
            self.archive.frontier.acknowledge(url)

    def _is_asked_to_wait(self, response: Response) -> bool:
        return response.status in WAIT_STATUS and b"Memento-Datetime" not in response.headers

    def _close(self, reason: str, why: str) -> None:
        level = logging.INFO if reason == PLANNED else logging.ERROR
        self.crawler.pace.close(reason, why, level=level)  # type: ignore[attr-defined]

    def _wake(self) -> Request:
        return Request(self.asked[0], meta={WAKE: True})

    # -- the table ---------------------------------------------------------------------------

    def _listed(self, place: str) -> ListedCapture | None:
        return next(listed(self._rows, "place = ?", place), None)

    @property
    def _rows(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = self.archive.store.db.conn
        return connection
