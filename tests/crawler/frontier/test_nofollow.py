"""Links that a page asks robots not to follow."""

from __future__ import annotations

from crawler.frontier.nofollow import without_nofollow


def test_links_that_are_not_to_be_followed() -> None:
    page = b'<a href="/a" rel="UGC NoFollow">a</a><a href="/b">b</a><a href="/c" rel=nofollow>'
    page += b'<a href="/c">again</a>'
    assert without_nofollow(("/a", "/b", "/c"), "", page) == ("/b", "/c")
    assert without_nofollow(("/a", "/b"), "none", page) == ()
    assert without_nofollow(("/a",), "", b'<meta name="robots" content="nofollow">') == ()
