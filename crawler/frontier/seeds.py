"""What a run asks for at its beginning: the start pages, and what is known or listed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from crawler.frontier.frontier import Frontier, FrontierEntry
from crawler.frontier.revisit import Decision, Mode, SitemapListing, decide
from crawler.frontier.scope import Scope
from crawler.frontier.threads import UNLISTED, Threads
from crawler.frontier.traps import TrapGuard
from parsers import is_question_url
from pipelines.store.store import Store

LEADS_NOWHERE = "the start page leads to no other page of the site"
LOOPS = "redirected to itself"
"""How the reasons of failures begin that end a crawl before it has begun."""
#: Pages of the site that were ever answered, and question addresses that were asked.
_CAPTURED = (
    "SELECT DISTINCT canonical_url FROM captures "
    "WHERE canonical_url >= ? AND canonical_url < ? AND (status IN (200, 304) OR gone = 1)"
)
#: Addresses of the site that only ever led on to others.
_REDIRECTS = (
    "SELECT canonical_url FROM captures WHERE canonical_url >= ? AND canonical_url < ? "
    "GROUP BY canonical_url HAVING min(status) >= 300 AND max(status) < 400"
)
#: Pages of the site that could not be fetched, and were not since; not those gone.
_FAILED = (
    "SELECT DISTINCT canonical_url FROM failures f WHERE stage = 'fetch' "
    "AND resolved_by IS NULL AND canonical_url >= ? AND canonical_url < ? AND NOT EXISTS "
    "(SELECT 1 FROM captures c WHERE c.id = f.capture_id AND c.gone = 1)"
)
_QUESTIONS = "SELECT url FROM questions WHERE url >= ? AND url < ? AND gone_at IS NULL"


@dataclass
class Seeding:
    """How many known questions were left alone, and why.

    ``listed``: the sitemap says that they have not changed. ``early``: their interval has
    not run out.
    """

    listed: int = 0
    early: int = 0


def seed(
    frontier: Frontier,
    store: Store,
    scope: Scope,
    listing: SitemapListing,
    mode: Mode,
    traps: TrapGuard,
    threads: Threads,
    now: datetime,
) -> Seeding:
    """Put into the frontier what a run asks for before it has followed a link.

    A list page is asked for in every run unless the sitemap says that it is unchanged:
    lists lead to what is new. A question page is asked for when it is due.

    :param threads: the question pages that are known, if questions of the site grow
    """
    listing = replace(listing, lastmods=threads.of_newest(listing.lastmods))
    questions = _urls(store, scope, _QUESTIONS)
    captured = captured_pages(store, scope)
    failed = set(filter(scope.is_page, _urls(store, scope, _FAILED)))
    seeding = Seeding()
    for url in dict.fromkeys((*scope.starts, *sorted(captured | failed), *listing.lastmods)):
        if not traps.allows(url):
            continue
        entry = FrontierEntry(url, is_question_url(url), 0, listing.lastmods.get(url))
        decision = Decision.ASK
        if url in captured and url not in failed and mode is Mode.DUE:
            listed = UNLISTED if threads.is_full(url) else listing
            decision = decide(url, frontier.visit(url), listed, now)
        skip = decision is Decision.LISTED or (decision is Decision.EARLY and entry.late)
        seeding.listed += skip and decision is Decision.LISTED and url in questions
        seeding.early += skip and decision is Decision.EARLY and url in questions
        if not (url in threads and decision is Decision.EARLY):  # a changed list may want it
            frontier.add((entry,), skip=skip)
    frontier.listed = seeding.listed
    frontier.seeded = True
    return seeding


def captured_pages(store: Store, scope: Scope) -> set[str]:
    """The canonical URLs of the site's pages that the archive has, and of those gone."""
    return set(filter(scope.is_page, _urls(store, scope, _CAPTURED)))


def redirects(store: Store, scope: Scope) -> frozenset[str]:
    """The canonical URLs of the site that only led on to others, such as those of single posts."""
    return frozenset(_urls(store, scope, _REDIRECTS))


def _urls(store: Store, scope: Scope, query: str) -> set[str]:
    return {url for (url,) in store.db.conn.execute(query, scope.bounds)}
