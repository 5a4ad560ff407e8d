"""Recovers a site from Common Crawl (https://commoncrawl.org/get-started): a record at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from scrapy import Request
from scrapy.exceptions import DownloadFailedError

from crawler.frontier.frontier import FrontierEntry
from crawler.frontier.revisit import Visit
from crawler.spiders.web_archive import WebArchiveSpider
from crawler.web_archives.archives import COMMON_CRAWL_DATA, COMMON_CRAWL_INDEX, check_web_addresses
from crawler.web_archives.members import InvalidMember, range_of, read_member
from parsers.records import Capture
from pipelines.capture.cdx import CdxError, IndexRefused, parse_cdx
from pipelines.warc.exchange import Exchange
from pipelines.warc.record import AccessMethod, ArchiveIndex, CapturePurpose

NAME = "Common Crawl"
_LIST = "collinfo.json"
_FOREVER = timedelta(days=36_500)


class CommonCrawlSpider(WebArchiveSpider):
    """``scrapy crawl commoncrawl -a url=PREFIX [-a crawls=all|ID,...] [-a index=URL]``.

    Further arguments: ``data`` (where the WARC files are), ``pick``, ``from``, ``to``,
    ``plan=1``, ``only=missing``, and ``columnar`` (Parquet files of the columnar index, local
    or by address, instead of the index server).
    """

    name = "commoncrawl"
    source = "commoncrawl"
    pages_setting = "COMMONCRAWL_PAGES_PER_MINUTE"
    own_arguments = ("crawls", "index", "data", "columnar")
    archive_name = NAME
    names = "archive LIKE 'CC-%'"

    def take_arguments(self, more: dict[str, str]) -> None:
        """Take the addresses of index and data, and the names of the crawls.

        :raises ValueError: one is wrong
        """
        self.index = more.get("index", COMMON_CRAWL_INDEX).removesuffix(_LIST).rstrip("/") + "/"
        self.data = more.get("data", COMMON_CRAWL_DATA).rstrip("/") + "/"
        self.host_urls = (self.index, self.data)
        check_web_addresses(index=self.index, data=self.data)
        self.crawls = more.get("crawls", "all").replace(",", " ").split()
        self.columnar = more.get("columnar", "").split()

    # -- the index -------------------------------------------------------------------------

    def index_entries(self) -> Iterable[FrontierEntry]:
        """The list of crawls; or the crawls that were named."""
        if self.columnar:
            self._record_columnar()
            return ()
        if self.crawls == ["all"]:
            return (FrontierEntry(f"{self.index}{_LIST}"),)
        return self._page_counts(self.crawls)

    def index_purpose(self, entry: FrontierEntry) -> CapturePurpose:
        """The list of crawls lists no captures; nor does a count of pages."""
        lists = "&page=" not in entry.url
        method = AccessMethod.NONE if lists else AccessMethod.RANGE
        return CapturePurpose(index=ArchiveIndex(_crawl_of(entry.url) or NAME, method, self.data))

    def next_entries(
        self, entry: FrontierEntry, status: int, body: bytes
    ) -> Iterable[FrontierEntry]:
        """The crawls, the count of each one's pages, then the pages.

        :raises CdxError: it is no such answer
        """
        crawl = _crawl_of(entry.url)
        if crawl is None:
            return self._page_counts(self._crawls_in(status, body))
        if status == 404 and not body.lstrip().startswith(b"<"):
            return ()  # the crawl has no captures of it
        is_page = "&page=" in entry.url
        if status == 400 and is_page:
            return ()  # past the last page
        if 400 <= status < 500:
            raise IndexRefused(
                f"HTTP {status} from {self.index}: is that an index of Common Crawl?"
            )
        if status != 200:
            raise CdxError(f"HTTP {status} from the index of {crawl}")
        if is_page:
            page = parse_cdx(body)
            if page.doubts:
                self.logger.warning("%s", page.doubts)
            if page.fault:
                raise CdxError(page.doubts)
            return ()
        first = entry.url.removesuffix("&showNumPages=true")
        return [FrontierEntry(f"{first}&page={number}") for number in range(_pages_in(body))]

    def index_visit(self, entry: FrontierEntry, status: int) -> Visit | None:
        """A crawl that holds nothing: its index does not change any more."""
        if status == 404 and "&page=" not in entry.url:
            return Visit(datetime.now(UTC), _FOREVER, "holds nothing")
        return None

    def lists_nothing(self, entry: FrontierEntry, status: int, body: bytes) -> bool:
        """Whether a crawl has no captures, or no page of them."""
        if "&showNumPages=" not in entry.url:
            return False
        return status == 404 or (status == 200 and not _pages_in(body))

    def _page_counts(self, crawls: Iterable[str]) -> Iterable[FrontierEntry]:
        for crawl in crawls:
            for target in self.targets:
                query = urlencode([*target.query, ("output", "json")], safe="/:*")
                url = f"{self.index}{crawl}-index?{query}&showNumPages=true"
                if self.recorder.frontier.visit(url) is None:
                    yield FrontierEntry(url)

    def _crawls_in(self, status: int, body: bytes) -> list[str]:
        try:
            listed = json.loads(body) if status == 200 else None
            crawls = [(str(crawl["id"]), crawl) for crawl in listed or ()]
        except (ValueError, KeyError, TypeError) as error:
            raise CdxError(f"no list of crawls: {error}") from error
        if not crawls:
            raise CdxError(f"HTTP {status}, and no list of crawls, from {self.index}{_LIST}")
        since, until = self.targets[0].since, self.targets[0].until
        return [
            name
            for name, crawl in crawls
            if _digits(crawl.get("to"), "9") >= since and _digits(crawl.get("from"), "0") <= until
        ]

    def _record_columnar(self) -> None:
        from crawler.web_archives.columnar import ndjson_by_crawl

        for crawl, body in ndjson_by_crawl(self.columnar, self.targets).items():
            index = ArchiveIndex(crawl, AccessMethod.RANGE, self.data)
            self.recorder.record_index(" ".join(self.columnar), body, CapturePurpose(index=index))

    # -- captures --------------------------------------------------------------------------

    def prepare(self, request: Request, entry: FrontierEntry) -> None:
        """Ask for a record as a range of its file (RFC 9110, 14)."""
        first, length = range_of(entry.url)
        request.headers["Range"] = f"bytes={first}-{first + length - 1}"
        request.headers["Accept-Encoding"] = "identity"

    def record(self, place: str, exchange: Exchange) -> Capture:
        """Record the record that came, as it is; or the exchange, if none came.

        :raises DownloadFailedError: what came is not the record: it is asked for again
        """
        if exchange.status not in (200, 206):
            if exchange.response:
                reason = f"{NAME}'s file server answered HTTP {exchange.status}"
                exchange = _refused(exchange, reason)
            return self.recorder.record(exchange)
        try:
            member = read_member(exchange, place)
        except InvalidMember as error:
            self.recorder.record(_refused(exchange, str(error)))
            raise DownloadFailedError(str(error)) from error
        capture = self.recorder.record_member(member, replace(exchange, url=place))
        if capture is None:
            raise DownloadFailedError("the record holds no page")
        return capture


def _refused(exchange: Exchange, reason: str) -> Exchange:
    return replace(exchange, purpose=replace(exchange.purpose, refused=reason))


def _crawl_of(url: str) -> str | None:
    name = urlsplit(url).path.rpartition("/")[2]
    return name.removesuffix("-index") if name.endswith("-index") else None


def _pages_in(body: bytes) -> int:
    try:
        value = json.loads(body)
        return int(value["pages"] if isinstance(value, dict) else value)
    except (ValueError, KeyError, TypeError) as error:
        raise CdxError(f"no count of pages: {body[:60]!r}") from error


def _digits(moment: object, fill: str) -> str:
    return "".join(c for c in str(moment or "") if c.isdigit())[:14].ljust(14, fill)
