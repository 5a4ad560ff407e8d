"""Recovers a site from the Wayback Machine, or any archive with a CDX server and replay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from scrapy.http import Response

from crawler.frontier.frontier import FrontierEntry
from crawler.frontier.seeds import LOOPS
from crawler.spiders.web_archive import WebArchiveSpider
from crawler.web_archives.archives import CDX, check_web_addresses, name_of
from crawler.web_archives.missing_captures import fetched_places
from parsers.links import as_sent
from parsers.records import Capture
from pipelines.capture.cdx import CdxError, IndexRefused, as_asked_for, parse_cdx
from pipelines.capture.memento import WAYBACK, memento_of, parse_replay, refusal
from pipelines.items import ReadCapture
from pipelines.warc.exchange import Exchange
from pipelines.warc.record import AccessMethod, ArchiveIndex, CapturePurpose

_HOPS = 5  # from one capture to the next, at most
ROWS = 10_000
"""Captures that one answer of the index lists at most."""


class WaybackSpider(WebArchiveSpider):
    """``scrapy crawl wayback -a url=PREFIX [-a pick=...] [-a cdx=URL] [-a replay=URL]``.

    Further arguments: ``from``, ``to``, ``filter`` (several with spaces between), ``collapse``,
    ``limit`` (rows an answer), ``plan=1``, ``only=missing``.
    """

    name = "wayback"
    source = "wayback"
    pages_setting = "WAYBACK_PAGES_PER_MINUTE"
    own_arguments = ("cdx", "replay", "filter", "collapse", "limit")

    def take_arguments(self, more: dict[str, str]) -> None:
        """Take the archive's addresses, and the parameters of its index.

        :raises ValueError: one is wrong
        """
        self.cdx = more.get("cdx", CDX)
        self.replay = more.get("replay", WAYBACK).rstrip("/") + "/"
        self.host_urls = (self.cdx, self.replay)
        check_web_addresses(cdx=self.cdx, replay=self.replay)
        limit = more.get("limit", str(ROWS))
        if not limit.isdigit() or int(limit) < 1:
            raise ValueError(f"limit={limit!r}: it is a number of rows")
        self.limit = int(limit)
        self._query = [
            *parse_qsl(urlsplit(self.cdx).query),
            *([("from", since)] if (since := self.targets[0].since).strip("0") else []),
            *([("to", until)] if (until := self.targets[0].until).strip("9") else []),
            *(("filter", word) for word in more.get("filter", "").split()),
            *([("collapse", more["collapse"])] if more.get("collapse") else []),
        ]
        self.archive_name = name_of(self.replay)
        self.names = f"archive = '{self.archive_name.replace(chr(39), '')}'"

    # -- the index -------------------------------------------------------------------------

    def index_entries(self) -> Iterable[FrontierEntry]:
        """The first part of the list."""
        paged = ("limit", str(self.limit)), ("showResumeKey", "true")
        return tuple(self._entry([*target.query, *self._query, *paged]) for target in self.targets)

    def index_purpose(self, entry: FrontierEntry) -> CapturePurpose:
        """An answer lists captures that are replayed."""
        return CapturePurpose(
            index=ArchiveIndex(self.archive_name, AccessMethod.REPLAY, self.replay)
        )

    def next_entries(
        self, entry: FrontierEntry, status: int, body: bytes
    ) -> Iterable[FrontierEntry]:
        """The next part of the list, by the key that this one ends with.

        :raises CdxError: it is no list
        """
        if status == 403:
            raise IndexRefused(f"the archive will not list this: {_line(body)!r} (HTTP 403)")
        if 400 <= status < 500:
            raise IndexRefused(f"HTTP {status} from {self.cdx}: is that a CDX server?")
        if status != 200:
            raise CdxError(f"HTTP {status} from the index")
        page = parse_cdx(body)
        if page.doubts:
            self.logger.warning("%s", page.doubts)
        if page.fault:
            raise CdxError(page.doubts)
        query = parse_qsl(urlsplit(entry.url).query)
        before, limit = dict(query).get("resumeKey"), dict(query).get("limit")
        if page.resume_key:
            if page.resume_key == before:
                raise CdxError(f"the index goes round in a circle at {before!r}")
            query = [(name, value) for name, value in query if name != "resumeKey"]
            return (self._entry([*query, ("resumeKey", page.resume_key)]),)
        if limit is not None and page.listed >= int(limit) and before is None:
            # A server that knows no resume keys: all of it at once, then.
            paging = ("limit", "showResumeKey")
            return (self._entry([(name, value) for name, value in query if name not in paging]),)
        return ()

    def lists_nothing(self, entry: FrontierEntry, status: int, body: bytes) -> bool:
        """Whether the first part of a list is empty; it is filtered by no argument of ours."""
        query = dict(parse_qsl(urlsplit(entry.url).query))
        if status != 200 or {"resumeKey", "filter", "collapse"} & query.keys():
            return False
        page = parse_cdx(body)
        return not page.listed and not page.resume_key

    def _entry(self, query: list[tuple[str, str]]) -> FrontierEntry:
        return FrontierEntry(f"{self.cdx.partition('?')[0]}?{urlencode(query, safe='/:*')}")

    # -- captures --------------------------------------------------------------------------

    def record(self, place: str, exchange: Exchange) -> Capture:
        """Record what replay gave: a memento, or why there is none that says anything."""
        purpose, http = exchange.purpose, exchange.http
        loops = http is not None and _leads_to_itself(place, http.leads_to)
        if exchange.response and memento_of(http, exchange.url) is None:
            purpose = replace(purpose, refused=f"replay is {LOOPS}" if loops else refusal(http))
        elif loops:
            purpose = replace(purpose, doubt=f"the capture is {LOOPS}")
        exchange = replace(exchange, purpose=purpose)
        return self.recorder.record(exchange)

    async def read_response(
        self, response: Response, entry: FrontierEntry, capture: Capture
    ) -> ReadCapture | None:
        """Read an answer; where replay leads to the nearest capture, that is fetched too."""
        if entry.late and b"Memento-Datetime" not in response.headers:
            location = (response.headers.get("Location") or b"").decode("utf-8", "replace")
            place = self._nearest(entry, location)
            if place and not fetched_places(self.recorder.store.db.conn, [place]):
                self.recorder.frontier.add([FrontierEntry(place, late=True, depth=entry.depth + 1)])
        return await super().read_response(response, entry, capture)

    def _nearest(self, entry: FrontierEntry, location: str) -> str:
        """Where the capture is that replay leads to; "" if it leads to none, or too far."""
        replay = parse_replay(urljoin(entry.url, location)) if location else None
        if replay is None or replay.timestamp == "*" or entry.depth > _HOPS:
            return ""
        return as_asked_for(replay._replace(archive=self.replay, flags="id_"))


def _leads_to_itself(place: str, leads_to: str) -> bool:
    """Whether a memento redirects to the capture that it is; other forms of an address, which a
    site redirects to, are others."""
    target = parse_replay(urljoin(place, leads_to)) if leads_to else None
    own = parse_replay(place)
    if target is None or own is None:
        return bool(leads_to) and own is not None and urljoin(place, leads_to) == own.url
    return (target.timestamp, as_sent(target.url)) == (own.timestamp, as_sent(own.url))


def _line(body: bytes) -> str:
    return body.decode("utf-8", "replace").strip().splitlines()[0][-160:] if body.strip() else ""
