"""The links of a page, as a crawl follows them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from parsers import read
from parsers.records import Capture

URL = "http://clinic.example/forum/list/"


def outlinks(head: str, body: str) -> tuple[str, ...]:
    text = f"<html><head>{head}</head><body>{body}</body></html>"
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    capture = Capture(URL, moment, text.encode(), "text/html", 200, "live", "urn:uuid:0")
    return read(capture, outlinks=True).outlinks


def test_links_are_given_as_written() -> None:
    assert outlinks("", "<a href='a'>a</a><a href=' /b#c '>b</a>") == ("a", " /b#c ")


@pytest.mark.parametrize("base", ["http://clinic.example/forum/", "/forum/", "../"])
def test_links_of_a_page_with_a_base_are_meant_from_there(base: str) -> None:
    links = outlinks(f"<base href='{base}'>", "<a href='threads/7/'>a</a><a href='http://['>b</a>")
    assert links == ("http://clinic.example/forum/threads/7/", "http://[")


def test_the_next_page_is_a_link() -> None:
    head = "<link rel='next' href='?page=2'><link rel='stylesheet' href='a.css'>"
    assert outlinks(head, "") == ("?page=2",)


@pytest.mark.parametrize(
    ("body", "links"),
    [
        ("<map><area href=a></map><svg><a xlink:href=b></a></svg>", ("a", "b")),
        ("<iframe src=a></iframe><iframe src=b srcdoc='&lt;a href=c>'></iframe>", ("a", "c")),
        ("<object data=a></object><object type=image/gif data=b></object>", ("a",)),
        ("<noscript><a href=a>a</a></noscript><!-- <a href=b> -->", ("a",)),
        ("<template><a href=a>a</a><p><a href=b></p></template><a href=c>c</a>", ("c",)),
        ("<template shadowrootmode=open><a href=a>a</a></template>", ("a",)),
        ("<meta http-equiv=Refresh content='0;a'><link rel='prev x' href=b>", ("a", "b")),
        ("<link rel=alternate href=a><form action=b></form>", ()),
        ("<a href=a>a</a><base target=x><base href=/b/><base href=/c/>",
         ("http://clinic.example/b/a",)),
    ],
)  # fmt: skip
def test_what_a_browser_goes_to(body: str, links: tuple[str, ...]) -> None:
    assert outlinks("", body) == links
