"""Which of the captures that an archive lists are fetched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.web_archives.capture_selection import (
    CaptureSelection,
    ListedCapture,
    alternative_capture,
    select_captures,
)


def capture(
    year: int, page: str = "p", status: int | None = 200, digest: str = "", kind: str = "text/html"
) -> ListedCapture:
    url = f"http://a.org/{page}"
    return ListedCapture(
        url, f"{year}-01-01T00:00:00Z", url, status, kind, digest, f"{year}{page}{status}"
    )


_captures = st.lists(
    st.builds(
        capture,
        st.integers(2000, 2009),
        st.sampled_from("pqr"),
        st.sampled_from([200, None, 301, 404, 500]),
        st.sampled_from(["", "x", "y"]),
        st.sampled_from(["text/html", "image/gif", "text/css", ""]),
    ),
    max_size=25,
)


@given(_captures, st.sampled_from(CaptureSelection), st.randoms())
def test_picks(listed: list[ListedCapture], pick: CaptureSelection, dice: object) -> None:
    chosen = list(select_captures(listed, pick))
    pages = {one.canonical_url for one in listed if one.is_page}
    # Each page has one, at least; nothing is chosen that is no page, or twice.
    assert {one.canonical_url for one in chosen} == pages
    assert all(one in listed and one.is_page for one in chosen)
    assert len(
        {(one.canonical_url, one.captured_at, one.status, one.digest) for one in chosen}
    ) == (len(chosen))
    order = [(one.canonical_url, one.captured_at) for one in chosen]
    if pick is not CaptureSelection.CHANGES:
        assert order == sorted(order)
    for page in pages:
        own = [one for one in chosen if one.canonical_url == page]
        good = [one for one in listed if one.canonical_url == page and one.is_page and one.is_good]
        times = [one.captured_at for one in good]
        if pick is CaptureSelection.ALL or not good:
            continue
        ends = [one for one in own if not one.is_good]
        assert all(one.captured_at > max(times) for one in ends)
        assert len(ends) <= (pick is CaptureSelection.CHANGES)
        if pick is CaptureSelection.NEWEST:
            assert [one.captured_at for one in own] == [max(times)]
        elif pick is CaptureSelection.FIRST:
            assert [one.captured_at for one in own] == [min(times)]
        else:
            assert {one.digest for one in own if one.is_good} == {one.digest for one in good}


def test_the_same_texts_come_once() -> None:
    listed = [capture(2000, digest="x"), capture(2001, digest="y"), capture(2002, digest="x")]
    assert [one.captured_at[:4] for one in select_captures(listed, CaptureSelection.CHANGES)] == [
        "2000",
        "2001",
    ]


def test_that_a_page_is_gone_for_good_is_a_change() -> None:
    listed = [
        capture(2000, digest="x"), capture(2001, status=404), capture(2002, digest="x"),
        capture(2003, status=302), capture(2004, status=410), capture(2005, status=404),
    ]  # fmt: skip
    assert [one.captured_at[:4] for one in select_captures(listed, CaptureSelection.CHANGES)] == [
        "2000",
        "2004",
    ]
    assert [
        one.captured_at[:4] for one in select_captures(listed[:3], CaptureSelection.CHANGES)
    ] == ["2000"]


def test_where_a_page_was_never_good_what_was_said_last_is_fetched() -> None:
    listed = [capture(2000, status=301), capture(2001, status=404)]
    for pick in (CaptureSelection.NEWEST, CaptureSelection.FIRST, CaptureSelection.CHANGES):
        assert [one.status for one in select_captures(listed, pick)] == [404]


@given(_captures)
def test_another_is_good_and_was_not_tried(listed: list[ListedCapture]) -> None:
    page = [one for one in listed if one.canonical_url.endswith("p")]
    for first in page[:3]:
        other = alternative_capture(page, {first.place}, {first.place}, 3)
        if other is not None:
            assert other.is_page
            assert other.is_good
            assert other.place != first.place
            assert other.digest != first.digest


def test_another_is_the_newest_of_another_text() -> None:
    first = capture(2005, digest="x")
    page = [capture(year) for year in (2001, 2003)] + [first, capture(2009, digest="x")]
    had = alternative_capture(page, {first.place}, {first.place}, 3)
    assert had is not None
    assert had.captured_at[:4] == "2003"
    # The same text will do where it could not be had.
    lost = alternative_capture(page, {first.place}, set(), 3)
    assert lost is not None
    assert lost.captured_at[:4] == "2009"
    assert alternative_capture(page, {one.place for one in page}, set(), 9) is None
    assert alternative_capture(page, {one.place for one in page[:2]}, set(), 1) is None
    assert (
        alternative_capture(page, set(), set(), 3) is None
    )  # nothing was tried: nothing was wanted
