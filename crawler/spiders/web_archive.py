"""What spiders of web archives share: first the index, then the captures that are chosen.

The index's answers and what they list are kept like everything else: WARC, then rows, then
the frontier. When all of the index is read, the captures to fetch are chosen from the table
``listings``. So a process can be killed at any instant, and the same command goes on.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, ResponseDataLossError
from scrapy.http import Response
from scrapy.settings import BaseSettings

from crawler.frontier.frontier import FrontierEntry
from crawler.frontier.outage import UNREACHABLE
from crawler.frontier.revisit import Visit
from crawler.net.handler import PURPOSE, RECORD
from crawler.net.pace import ASKED_TO_WAIT, PATIENCE, WAIT_STATUS, Postponed
from crawler.session.frontier_spider import ENTRY, FrontierSpider
from crawler.session.outcomes import ArchiveStopped
from crawler.session.recorded_captures import RecalledCapture
from crawler.spiders.base import declared
from crawler.text_format import span
from crawler.web_archives.capture_selection import CaptureSelection, ListedCapture
from crawler.web_archives.missing_captures import (
    MissingCaptures,
    count_listed,
    failure_of,
    index_answers,
    listed_captures,
)
from crawler.web_archives.plan import Plan
from crawler.web_archives.target import target_of, targets_of
from parsers.records import Capture, Reading
from pipelines.capture.cdx import CdxError, IndexRefused
from pipelines.capture.memento import original_in
from pipelines.items import ReadCapture
from pipelines.reports.coverage import index_failures
from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.exchange import Exchange
from pipelines.warc.record import CapturePurpose

INDEX_INCOMPLETE = "index_incomplete"
"""How a run is left that could not read all of an archive's index."""
EMPTIED = "the index lists nothing"  # how the doubt about an emptied index begins
PLANNED = "planned"
"""How a run is left that was asked for a plan only."""
INDEX, PAGES = "index", "pages"


class WebArchiveSpider(FrontierSpider):
    """Recovers what an archive holds of a site.

    An early entry of the frontier is a URL of the archive's index, a late one a capture's.

    :param url: what is wanted, one or several with spaces between; see
        :func:`crawler.web_archives.target.target_of`
    :param pick: which captures of each page; see
        :class:`crawler.web_archives.capture_selection.CaptureSelection`
    :param plan: "1": read the index only, and say what would be fetched
    :param site: the declared site whose question pages are wanted, instead of ``url``
    :param only: "missing": only pages of which no question has been read yet
    :raises ValueError: an argument is wrong; the message says how
    """

    pages_setting: ClassVar[str]
    own_arguments: ClassVar[tuple[str, ...]]
    #: what people call the archive
    archive_name: str
    #: an SQL condition on ``listings.archive``
    names: str

    def __init__(
        self,
        url: str = "",
        pick: str = "changes",
        plan: str = "",
        only: str = "",
        site: str = "",
        **more: str,
    ) -> None:
        super().__init__()
        if url and site:
            raise ValueError("url and site both say what is wanted: give one of them")
        self.site = site
        wanted = url.split() or [url]
        if site:
            wanted = list(targets_of(declared(site)))
        since, until = more.pop("from", ""), more.pop("to", "")
        self.targets = tuple(target_of(word, since, until) for word in wanted)
        if pick not in set(CaptureSelection):
            raise ValueError(f"pick={pick!r}: it is one of {', '.join(CaptureSelection)}")
        if only not in ("", "missing"):
            raise ValueError(f"only={only!r}: it can be: missing")
        self.selection, self.only = CaptureSelection(pick), only
        self.plan_only = plan not in ("", "0")
        self.plan: Plan | None = None
        self.set_arguments({
            "url": url, "site": site, "pick": pick, "only": only, "from": since, "to": until,
            **more,
        })  # fmt: skip
        unknown = set(more) - set(self.own_arguments)
        if unknown:
            raise ValueError(f"-a {min(unknown)}: there is no such argument")
        self.take_arguments(more)
        # Asked by two processes, an archive's limits would not be kept.
        host = urlsplit(self.host_urls[0]).netloc.lower().rpartition("@")[2]
        host = re.sub(r"[^\w.-]", "_", host)
        self.lock_scope = f"{self.name}-{host}"
        # A frontier of its own for each set of arguments, so that it is resumed.
        digest = hashlib.sha256(json.dumps(self.arguments, sort_keys=True).encode()).hexdigest()
        self.frontier_name = f"{self.targets[0].host.replace(':', '_')}-{digest[:8]}"
        self._hosts = tuple(urlsplit(url).hostname or "" for url in self.host_urls)
        # The slots of the index, of the pages, and of the hosts that need no limits.
        self.slots = (f"{self.name}-{INDEX}", f"{self.name}-{PAGES}", *self._hosts)
        self._answered = False
        self._failed_index: dict[str, str] = {}
        self._unthrottled: frozenset[str] = frozenset()
        self._patience = 0.0

    def take_arguments(self, more: dict[str, str]) -> None:
        """Take the spider's own arguments, and set ``host_urls``: the index, and the pages.

        :raises ValueError: one is wrong
        """
        raise NotImplementedError

    def index_entries(self) -> Iterable[FrontierEntry]:
        """The first requests to the index.

        :raises CdxError: the index cannot be used
        """
        raise NotImplementedError

    def index_purpose(self, entry: FrontierEntry) -> CapturePurpose:
        """The purpose of a request to the index, for its record."""
        raise NotImplementedError

    def next_entries(
        self, entry: FrontierEntry, status: int, body: bytes
    ) -> Iterable[FrontierEntry]:
        """The next requests to the index, after an answer of it.

        :raises CdxError: it is no answer that can be used; the run stays open
        """
        raise NotImplementedError

    def record(self, place: str, exchange: Exchange) -> Capture:
        """Record the exchange that was to bring a capture, listed at ``place``."""
        raise NotImplementedError

    def lists_nothing(self, entry: FrontierEntry, status: int, body: bytes) -> bool:
        """Whether an answer of the index says that the archive has nothing of a target.

        :raises CdxError: it is no answer
        """
        raise NotImplementedError

    def index_visit(self, entry: FrontierEntry, status: int) -> Visit | None:
        """What later runs are to know of an index's answer."""
        return None

    def prepare(self, request: Request, entry: FrontierEntry) -> None:
        """Complete the request for a capture."""

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
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's constructor; takes what else it needs from the settings."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        slots = crawler.settings.getdict("DOWNLOAD_SLOTS")
        spider._unthrottled = frozenset(
            host for host, slot in slots.items() if not slot.get("throttle", True)
        )
        spider._patience = crawler.settings.getfloat("ARCHIVE_PATIENCE")
        return spider

    # -- one request -------------------------------------------------------------------------

    async def seed(self) -> None:
        """Put the first requests to the index into the frontier."""
        try:
            self.recorder.frontier.add(self.index_entries())
        except CdxError as error:
            self._fail_index(self.host_urls[0], error)
            self.close_run(INDEX_INCOMPLETE, str(error))
            raise Postponed(str(error)) from error
        self.recorder.commit()

    def request_for(self, entry: FrontierEntry) -> Request:
        """The request for a URL of the frontier: of the index, or of a capture."""
        kind = PAGES if entry.late else INDEX
        meta: dict[str, Any] = {ENTRY: entry, "dont_obey_robotstxt": True}
        host = urlsplit(entry.url).hostname or ""
        if host not in self._unthrottled:  # such as this machine
            meta |= {"download_slot": f"{self.name}-{kind}", PATIENCE: self._patience}
        if entry.late:
            connection = self.recorder.store.db.conn
            listed = next(listed_captures(connection, "place = ?", entry.url), None)
            # Where replay leads on, it may be to a capture that no index lists.
            url, digest = (listed.url, listed.digest) if listed else (original_in(entry.url), "")
            meta |= {
                PURPOSE: CapturePurpose(url, digest=digest),
                RECORD: partial(self.record, entry.url),
            }
        else:
            record = partial(self._record_index, entry)
            meta |= {PURPOSE: self.index_purpose(entry), RECORD: record}
        request = Request(entry.url.partition("#")[0], errback=self.unfetched, meta=meta)
        if entry.late:
            self.prepare(request, entry)
        return request

    def _record_index(self, entry: FrontierEntry, exchange: Exchange) -> Capture:
        """Record an answer of the index, with a doubt if it is empty where others were not."""
        purpose = exchange.purpose
        with suppress(CdxError, UndecodableBody):
            body = exchange.http.decoded().content if exchange.http else b""
            if purpose.index and self.lists_nothing(entry, exchange.status, body):
                wanted = dict(parse_qsl(urlsplit(entry.url).query)).get("url")
                targets = [target for target in self.targets if target.url == wanted]
                archive = purpose.index.archive
                if listed := count_listed(self.recorder.store.db.conn, archive, targets):
                    doubt = f"{EMPTIED}, where it listed {listed} captures before"
                    exchange = replace(exchange, purpose=replace(purpose, doubt=doubt))
        return self.recorder.record(exchange)

    def _doubt(self, record_id: str) -> str:
        """Why a recorded answer of the index cannot be all; "" if nothing speaks against it."""
        reason = failure_of(self.recorder.store, record_id)
        return reason if reason.startswith(EMPTIED) else ""

    async def read_response(
        self, response: Response, entry: FrontierEntry, capture: Capture
    ) -> ReadCapture | None:
        """Read an answer of the index, or a capture."""
        self._answered = True
        if response.status in WAIT_STATUS and b"Memento-Datetime" not in response.headers:
            self.recorder.frontier.release(entry.url)
            reason = f"{self.archive_name} says HTTP {response.status}"
            self.close_run(ASKED_TO_WAIT, reason)
            raise Postponed(reason)
        return await self._read(entry, response.status, capture)

    async def read_recalled(self, recalled: RecalledCapture) -> ReadCapture | None:
        """Read an answer of the index, or a capture; None for an answer that cannot be used."""
        entry, capture = recalled.entry, recalled.capture
        if not entry.late:
            try:
                list(self.next_entries(entry, capture.status, capture.body))
                if self._doubt(capture.record_id):
                    return None
            except CdxError:
                return None
        return await self._read(entry, capture.status, capture)

    async def _read(
        self, entry: FrontierEntry, status: int, capture: Capture
    ) -> ReadCapture | None:
        if entry.late:
            reading = await self.parse_pool.read(capture)
            return ReadCapture(capture.record_id, reading, entry.url, page=capture.url)
        try:
            if doubt := self._doubt(capture.record_id):
                raise CdxError(doubt)
            with self.recorder.stopping_on_errors():
                self.recorder.frontier.add(self.next_entries(entry, status, capture.body))
        except CdxError as error:
            self._fail_index(entry.url, error)
            if isinstance(error, IndexRefused):
                self.close_run(INDEX_INCOMPLETE, str(error))
            return None
        visit = self.index_visit(entry, status)
        return ReadCapture(capture.record_id, Reading(), entry.url, visit)

    # -- the choice of captures --------------------------------------------------------------

    def idle(self) -> None:
        """Nothing waits any more: choose captures to fetch, or find out why nothing comes."""
        if self.recorder.stopped is not None:
            return
        if self.outage.held:
            if not self._answered:
                self.close_run(UNREACHABLE, f"{self.archive_name} does not answer")
                raise DontCloseSpider
            for url in self.outage.answered(datetime.now(UTC)):
                self.give_up(url)
        try:
            self.recorder.commit()
            frontier = self.recorder.frontier
            if not frontier.seeded and self._choose_first():
                raise DontCloseSpider
            # Last of all, so that it does not depend on what came first.
            if not self.plan_only and self._fetch(self._missing().others(frontier.__contains__)):
                raise DontCloseSpider
        except ArchiveStopped:
            return
        if self._failed_index:
            left = f"{len(self._failed_index)} parts of the index could not be read"
            self.close_run(INDEX_INCOMPLETE, f"{left}; the same command asks for them again")
            raise DontCloseSpider  # until it is closed for that reason

    def _choose_first(self) -> bool:
        """Choose the captures to fetch; return whether the run has something left to do."""
        missing = self._missing()
        known, new, stored = missing.chosen(self.selection)
        rate = self.settings.getfloat(self.pages_setting)
        answers = len(missing.answers)
        connection, run = self.recorder.store.db.conn, self.recorder.crawl.uid
        unread = self._failed_index | index_failures(connection, run)
        self.plan = Plan(self.archive_name, answers, len(known), tuple(new), stored, rate, unread)
        if self.plan_only:
            outcome = INDEX_INCOMPLETE if self._failed_index else PLANNED
            level = logging.ERROR if self._failed_index else logging.INFO
            self.close_run(outcome, "nothing was fetched but the index", level=level)
            return True
        self.logger.info(
            "%s: %d captures are listed, %d fetched now", self.archive_name, len(known), len(new)
        )
        self.recorder.frontier.seeded = not self._failed_index
        return self._fetch(new)

    def _fetch(self, captures: Iterable[ListedCapture]) -> bool:
        """Put captures into the frontier; return whether any is new to it."""
        entries = [FrontierEntry(capture.place, late=True, depth=1) for capture in captures]
        new = self.recorder.frontier.add(entries)
        self.recorder.commit()
        if new:
            assert self.crawler.engine is not None
            self.crawler.engine.crawl(self.wake_request())
        return bool(new)

    def _missing(self) -> MissingCaptures:
        connection, only = self.recorder.store.db.conn, self.only == "missing"
        answers = index_answers(connection, self.recorder.crawl.uid)
        return MissingCaptures(connection, self.names, self.targets, answers, only, self.site)

    def outlook(self, waiting: int) -> str:
        """How long what waits will take, in words; "" while that is not known."""
        rate = self.settings.getfloat(self.pages_setting)
        if not self.recorder.frontier.seeded or not rate:
            return "the index is being read"
        if not self._unthrottled.isdisjoint(self._hosts):
            return ""
        return f"about {span(waiting * 60.0 / rate)} left"

    # -- what goes wrong -------------------------------------------------------------------

    def handle_error(self, request: Request, entry: FrontierEntry, error: BaseException) -> None:
        """Hold what could not be fetched until it is clear whether the archive answers.

        An index that breaks off has answered: what it lists before that is fetched.
        """
        if not entry.late and isinstance(error, ResponseDataLossError):
            self._answered = True
            self._fail_index(entry.url, CdxError("the index is not whole: it breaks off"))
            return
        self.logger.warning("not fetched: %s: %s", entry.url, error)
        self.note_failure(entry, error)
        self.no_answer_from(entry.url)

    def note_failure(self, entry: FrontierEntry, error: BaseException) -> None:
        """Note that a part of the index could not be read."""
        if not entry.late:
            self._failed_index[entry.url] = str(error)

    def give_up(self, url: str) -> None:
        """Acknowledge a capture that cannot be fetched. The index must be read whole."""
        if url not in self._failed_index:
            super().give_up(url)

    def _fail_index(self, url: str, error: CdxError) -> None:
        self._failed_index[url] = str(error)
        self.logger.error("%s: %s", url, error)
