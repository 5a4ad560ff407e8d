"""When a page is asked for again. Pure.

A page that was found changed is looked at twice as often as before, one that was not is
left alone for half as long again, within bounds: the rule of Cho and Garcia-Molina's
incremental crawler ("Effective page refresh policies for web crawlers", 2003) in its
simplest form. A sitemap that says when each page changed saves asking at all, for as long
as the interval has not run out: its word is taken, but not for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Bounds:
    """The interval of a page that was seen once, and the shortest and longest of any page."""

    first: timedelta
    shortest: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Visit:
    """What the last look at a page left: when, what the sitemap said of it then, and how
    long to wait (all of it under the URL that the frontier keeps it by).

    ``checked_at`` is aware; ``lastmod`` the sitemap's own text, None if it was not in it.
    """

    checked_at: datetime
    interval: timedelta
    lastmod: str | None


class Mode(StrEnum):
    """What a run asks for."""

    DUE = "due"  #: what is new, what is said or likely to have changed, and what is due
    ALL = "all"  #: every known page, conditionally
    FULL = "full"  #: every known page, as if it had never been seen


class Decision(StrEnum):
    """Whether to ask for a known page, and why."""

    ASK = "ask"
    LISTED = "listed"  #: the sitemap says that it has not changed
    EARLY = "early"  #: its interval has not run out


@dataclass(frozen=True, slots=True)
class SitemapListing:
    """What the sitemaps of a site say: the ``lastmod`` of each URL, None where they give none.

    ``complete`` is False where there is no sitemap, or part of it could not be read: then
    a URL that is not in it may still be there.
    """

    lastmods: dict[str, str | None]
    complete: bool


def decide(url: str, visit: Visit | None, listing: SitemapListing, now: datetime) -> Decision:
    """Decide whether a run in the mode ``due`` asks for a page that the archive knows."""
    if visit is None or visit.checked_at > now:  # never looked at, or the clock was wrong
        return Decision.ASK
    if now - visit.checked_at >= visit.interval:
        return Decision.ASK
    lastmod = listing.lastmods.get(url)
    if lastmod is not None:
        return Decision.LISTED if lastmod == visit.lastmod else Decision.ASK
    vanished = listing.complete and url not in listing.lastmods and visit.lastmod is not None
    return Decision.ASK if vanished else Decision.EARLY


def next_interval(visit: Visit | None, *, changed: bool, bounds: Bounds) -> timedelta:
    """Return how long to leave a page alone after a look at it.

    :param visit: the look before, None if this was the first
    :param changed: whether it was found changed since then
    """
    if visit is None:
        return bounds.first
    interval = visit.interval / 2 if changed else visit.interval * 3 / 2
    return min(max(interval, bounds.shortest), bounds.longest)
