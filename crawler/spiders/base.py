"""Spiders of question-and-answer sites: they ask for what is new, changed, or due."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any, Self, cast
from urllib.parse import urljoin

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import ResponseDataLossError

from crawler.frontier.frontier import FrontierEntry
from crawler.frontier.list_entries import entries, unchanged
from crawler.frontier.revisit import Bounds, Decision, Mode, decide
from crawler.frontier.scope import Scope
from crawler.frontier.seeds import LEADS_NOWHERE, captured_pages, redirects, seed
from crawler.frontier.sitemaps import read_sitemaps
from crawler.frontier.threads import UNLISTED, Threads, bounds_of
from crawler.frontier.traps import TrapGuard, glob_of
from crawler.net.addresses import PrivateAddressError
from crawler.net.handler import CAPTURE, REPEATS, VALIDATORS
from crawler.net.pace import Postponed
from crawler.net.robots import RobotsTxt
from crawler.session.outcomes import ArchiveStopped
from crawler.spiders.live import LiveSpider
from parsers import canonical_url, is_question_url
from parsers.page.opened import OpenPage
from parsers.qa.labels import LABEL_TESTS
from parsers.records import Capture, Reading
from parsers.sites.site import Site
from parsers.urls import declared_sites, site_named
from pipelines.warc.exchange import Original

_SCRIPT_OR_FORM = re.compile(rb"<(?:script|form)\b", re.I)

PRIVATE = "private_address"
"""How a run is left whose site is on a private network; PRIVATE_ADDRESSES allows that."""


def declared(name: str) -> Site:
    """The declared site of a name.

    :raises ValueError: nobody declares it; the message names those that are declared
    """
    site = site_named(name)
    if site is None:
        names = ", ".join(sorted(each.name for each in declared_sites()))
        raise ValueError(
            f"site={name!r}: no such site is declared; there are {names}. "
            '"scrapy newsite URL" declares one'
        )
    return site


class SiteSpider(LiveSpider):
    """The base of the spiders of such sites.

    :param site: the declared site that is crawled
    :param base: where it is served, if not where its declaration begins
    :param revisit: which known pages are asked for again; see
        :class:`crawler.frontier.revisit.Mode`
    :raises ValueError: ``base`` is no web address, or there is no such mode
    """

    scope: Scope

    def __init__(self, site: Site, base: str = "", revisit: str = "due") -> None:
        super().__init__(Scope(site, base), revisit)
        self.site = site
        self.lock_scope = f"{site.name}-{self.scope.name}"
        self.host_urls = (self.scope.base,)
        self.slots = (self.scope.host,)
        asked = revisit if self.mode is not Mode.DUE else ""
        self.set_arguments({"base": self.scope.base, "revisit": asked})
        self.traps = TrapGuard(patience=0, max_depth=0)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's constructor; takes what else it needs from the settings."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        spider.traps = TrapGuard(
            settings.getint("TRAP_PATIENCE"), settings.getint("MAX_DEPTH"), spider.site.allow
        )
        return spider

    # -- the beginning ---------------------------------------------------------------------

    async def seed(self) -> None:
        """Put the start pages, what is known and what sitemaps list into the frontier."""
        recorder = self.recorder
        try:
            robots = await RobotsTxt.of_crawl(self.crawler).of(self.scope.base)
        except PrivateAddressError as error:
            self.close_run(PRIVATE, str(error))
            raise Postponed(str(error)) from error
        places = self._listing_places(robots.sitemaps)
        listing = await read_sitemaps(places, self._sitemap, self.scope.resolve)
        now = datetime.now(UTC)
        with recorder.stopping_on_errors():
            self.seeding = seed(
                recorder.frontier, recorder.store, self.scope, listing, self.mode, self.traps,
                self._threads, now,
            )  # fmt: skip
        recorder.commit()

    @cached_property
    def _threads(self) -> Threads:
        """The question pages that the archive had, if questions of the site grow."""
        if not self.scope.grows:
            return Threads()
        return Threads(captured_pages(self.recorder.store, self.scope))

    @cached_property
    def _redirects(self) -> frozenset[str]:
        """What only led on to other pages before this run, if the run asks for what is due."""
        if self.mode is not Mode.DUE:
            return frozenset()
        return redirects(self.recorder.store, self.scope)

    def _listing_places(self, of_robots: tuple[str, ...]) -> tuple[str, ...]:
        """Where sitemaps and feeds are: by robots.txt, by the declaration, failing both by
        custom."""
        site, scope = self.site, self.scope
        declared = (*(site.sitemaps or ()), *site.feeds)
        places = (*of_robots, *(scope.fetch_url(canonical_url(place)) for place in declared))
        if not of_robots and site.sitemaps is None:
            places = (urljoin(scope.base, "/sitemap.xml"), *places)
        return places

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
        except ResponseDataLossError as error:
            self.logger.warning("not fetched whole: %s: %s", url, error)
            return cast("Capture", request.meta[CAPTURE]).body  # it is read as far as it goes
        except Exception as error:
            self.logger.warning("not fetched: %s: %s", url, error)
            return None
        repeats: Original | None = response.meta.get(REPEATS)
        if response.status == 304 and repeats is not None:
            recalled = self.recorder.captures.recall(repeats.record_id)
            return recalled[0].body if recalled else None
        if response.status != 200:
            self.logger.info("no sitemap: %s answered %d", url, response.status)
            return None
        return response.body

    # -- what a page leads to ------------------------------------------------------------------

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
        """Put what a page leads to into the frontier, unless it leads into a trap."""
        frontier = self.recorder.frontier
        wanted = self._threads.wanted(links, from_changed_list=is_changed_list, unchanged=unchanged)
        new = [url for url in frontier.unknown(wanted) if not self._leads_on(url)]
        brings_news = has_record
        if not is_question_url(entry.url):
            brings_news = self.traps.visited(entry.url, new, body)
        depth = 1 if brings_news else entry.depth + 1
        frontier.add(
            # Question pages last: lists lead to more, so the frontier fills early.
            FrontierEntry(url, is_question_url(url), depth)
            for url in new
            if self._may_follow(url, depth)
        )

    def wants(self, entry: FrontierEntry) -> bool:
        """Whether an entry is still to be asked for: not if it turned out to lead into a trap."""
        return entry.late or self._may_follow(entry.url, entry.depth)

    def _may_follow(self, url: str, depth: int) -> bool:
        known = len(self.traps.cut)
        allowed = self.traps.allows(url, depth)
        if len(self.traps.cut) > known:
            self.logger.warning(
                'a crawler trap is not followed: addresses like %s. If it is none, write '
                'allow = ["%s"] into the declaration of %s', url, glob_of(url), self.site.name,
            )  # fmt: skip
        return allowed

    def start_leads_nowhere(
        self, capture: Capture, reading: Reading, links: tuple[str, ...]
    ) -> None:
        """Record it, unless the page is what the crawl is about."""
        others = ", ".join(dict.fromkeys(links[:3]))
        if not others and _SCRIPT_OR_FORM.search(capture.body):
            others = "no link but in scripts and forms"
        if others and not (reading.pages or reading.error):
            self.logger.warning("%s: %s (it has %s)", capture.url, LEADS_NOWHERE, others)
            self.recorder.record_misreading(capture, f"{LEADS_NOWHERE} (it has {others})")

    def _leads_on(self, url: str) -> bool:
        """Whether an address only led on to another page, not long ago."""
        if url not in self._redirects:
            return False
        visit = self.recorder.frontier.visit(url)
        return decide(url, visit, UNLISTED, datetime.now(UTC)) is Decision.EARLY

    def unchanged_entries(self, before: Capture, now: Capture) -> frozenset[str]:
        """The questions of which a list says what it said before, where questions grow."""
        if not self.scope.grows:
            return frozenset()
        was, said = (
            entries(
                OpenPage(capture, LABEL_TESTS).document.lines,
                partial(self.scope.resolve, page=capture.url),
            )
            for capture in (before, now)
        )
        return unchanged(was, said)

    def bounds_of(self, entry: FrontierEntry, links: tuple[str, ...]) -> Bounds:
        """Between which intervals a page is left alone: a thread's newest page may grow."""
        if not self.scope.grows:
            return self.bounds
        return bounds_of(entry.url, (*links, self._threads.newest(entry.url)), self.bounds)
