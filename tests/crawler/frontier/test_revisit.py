"""When a page is asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.frontier.revisit import Bounds, Decision, SitemapListing, Visit, decide, next_interval

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
URL = "http://www.netwellness.org/question.cfm/1.htm"
OTHER = "http://www.netwellness.org/question.cfm/2.htm"
NOTHING = SitemapListing({}, complete=False)


def visit(days_ago: float = 1, interval: float = 7, lastmod: str | None = None) -> Visit:
    return Visit(NOW - days_ago * DAY, interval * DAY, lastmod)


@pytest.mark.parametrize(
    ("before", "listing", "expected"),
    [
        (None, NOTHING, Decision.ASK),
        (visit(days_ago=7), NOTHING, Decision.ASK),
        (visit(days_ago=6.9), NOTHING, Decision.EARLY),
        # the clock was wrong at the last look
        (visit(days_ago=-1), NOTHING, Decision.ASK),
        (visit(lastmod="a"), SitemapListing({URL: "a"}, True), Decision.LISTED),
        (visit(lastmod="a"), SitemapListing({URL: "b"}, True), Decision.ASK),
        (visit(lastmod=None), SitemapListing({URL: "b"}, True), Decision.ASK),
        # its word is not taken for ever
        (visit(days_ago=8, lastmod="a"), SitemapListing({URL: "a"}, True), Decision.ASK),
        # it was listed, and is not any more
        (visit(lastmod="a"), SitemapListing({OTHER: "a"}, True), Decision.ASK),
        (visit(lastmod="a"), SitemapListing({OTHER: "a"}, False), Decision.EARLY),
        # it never was
        (visit(lastmod=None), SitemapListing({OTHER: "a"}, True), Decision.EARLY),
        # listed without a date
        (visit(lastmod=None), SitemapListing({URL: None}, True), Decision.EARLY),
    ],
)
def test_decide(before: Visit | None, listing: SitemapListing, expected: Decision) -> None:
    assert decide(URL, before, listing, NOW) is expected


BOUNDS = Bounds(first=7 * DAY, shortest=DAY, longest=180 * DAY)


def test_a_first_look_is_followed_by_the_first_interval() -> None:
    assert next_interval(None, changed=True, bounds=BOUNDS) == 7 * DAY


@given(st.lists(st.booleans(), max_size=60))
def test_intervals_stay_within_their_bounds(changes: list[bool]) -> None:
    last: Visit | None = None
    for changed in changes:
        interval = next_interval(last, changed=changed, bounds=BOUNDS)
        assert BOUNDS.shortest <= interval <= BOUNDS.longest
        if last is not None and BOUNDS.shortest < interval < BOUNDS.longest:
            assert (interval < last.interval) == changed
        last = Visit(NOW, interval, None)
