"""What a run asks for at its beginning: the home page, and what is known or listed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from crawler.frontier.frontier import Frontier, FrontierEntry
from crawler.frontier.revisit import Decision, Mode, SitemapListing, decide
from crawler.frontier.scope import Scope
from crawler.frontier.traps import TrapGuard
from parsers import canonical_url, is_question_url
from pipelines.store.store import Store


@dataclass
class Seeding:
    """How many known questions were left alone, and why.

    ``listed``: the sitemap says that they have not changed. ``early``: their interval has
    not run out.
    """

    listed: int = 0
    early: int = 0
    wanted: list[FrontierEntry] = field(default_factory=list)
    skipped: list[FrontierEntry] = field(default_factory=list)


def seed(
    frontier: Frontier,
    store: Store,
    scope: Scope,
    listing: SitemapListing,
    mode: Mode,
    traps: TrapGuard,
    now: datetime,
) -> Seeding:
    """Put into the frontier what a run asks for before it has followed a link.

    A list page is asked for in every run unless the sitemap says that it is unchanged:
    lists lead to what is new. A question page is asked for when it is due.
    """
    home = canonical_url(scope.base)
    questions = _questions(store, scope)
    result = Seeding()
    known = set(_captured(store, scope))
    failed = set(_failed(store, scope))
    for url in dict.fromkeys((home, *sorted(known | failed), *listing.lastmods)):
        is_question = is_question_url(url)
        if not traps.allows(url):
            continue
        if url in known and url not in failed and mode is Mode.DUE:
            decision = decide(url, frontier.visit(url), listing, now)
            if decision is Decision.LISTED or (decision is Decision.EARLY and is_question):
                result.listed += decision is Decision.LISTED and url in questions
                result.early += decision is Decision.EARLY and url in questions
                result.skipped.append(FrontierEntry(url, is_question))
                continue
        result.wanted.append(FrontierEntry(url, is_question, 0, listing.lastmods.get(url)))
    frontier.add(result.wanted)
    frontier.add(result.skipped, skip=True)
    frontier.listed = result.listed
    frontier.seeded = True
    return result


def _captured(store: Store, scope: Scope) -> Iterable[str]:
    """The pages of the site that were ever answered, and question addresses that were asked."""
    query = (
        "SELECT DISTINCT canonical_url FROM captures "
        "WHERE canonical_url >= ? AND canonical_url < ? AND (status IN (200, 304) OR gone = 1)"
    )
    for (url,) in store.db.conn.execute(query, scope.bounds):
        if scope.resolve(url, url) == url and not url.endswith("/robots.txt"):
            yield url


def _failed(store: Store, scope: Scope) -> Iterable[str]:
    """The pages of the site that could not be had, and were not since; not those that are gone."""
    query = (
        "SELECT DISTINCT canonical_url FROM failures f WHERE stage = 'fetch' "
        "AND resolved_by IS NULL AND canonical_url >= ? AND canonical_url < ? AND NOT EXISTS "
        "(SELECT 1 FROM captures c WHERE c.id = f.capture_id AND c.gone = 1)"
    )
    for (url,) in store.db.conn.execute(query, scope.bounds):
        if scope.resolve(url, url) == url and not url.endswith("/robots.txt"):
            yield url


def _questions(store: Store, scope: Scope) -> set[str]:
    query = "SELECT url FROM questions WHERE url >= ? AND url < ? AND gone_at IS NULL"
    return {url for (url,) in store.db.conn.execute(query, scope.bounds)}
