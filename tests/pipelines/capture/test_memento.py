"""What an archive's answer is a memento of, or why it is none."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.capture.memento import Memento, memento_of, original_in, refusal
from pipelines.warc.http import HttpMessage

URL = "http://example.org/a?b=c"
PLACE = f"https://web.archive.org/web/20040601080001id_/{URL}"
DATE = "Tue, 01 Jun 2004 08:00:01 GMT"
WHEN = datetime(2004, 6, 1, 8, 0, 1, tzinfo=UTC)


def message(status: int = 200, body: bytes = b"", **fields: str) -> HttpMessage:
    headers = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    return HttpMessage(status, "", headers, body)


@pytest.mark.parametrize(
    "link",
    [
        f'<{URL}>; rel="original"',
        f"<{URL}>; rel=original",
        f'<http://other/>; rel="timegate", <{URL}>; rel="first original"; type="text/html"',
        f'<{URL}>;rel="original timegate"',
        "",
        "<<<>>>; rel",
    ],
)
def test_the_original_is_that_of_the_link_or_of_the_address(link: str) -> None:
    http = message(404, Memento_Datetime=DATE, Link=link)
    assert memento_of(http, PLACE) == Memento(URL, WHEN)


def test_what_does_not_say_so_is_no_memento() -> None:
    assert memento_of(None, PLACE) is None
    assert memento_of(message(), PLACE) is None
    assert memento_of(message(Memento_Datetime="yesterday"), PLACE) is None
    assert memento_of(message(Memento_Datetime=DATE), URL) is None


@pytest.mark.parametrize(
    ("address", "original"),
    [
        (PLACE, URL),
        ("http://127.0.0.1:8080/coll/20040601id_/http:/example.org/", "http://example.org/"),
        ("/web/2004/https%3A%2F%2Fexample.org%2Fa%20b", "https://example.org/a b"),
        ("http://example.org/2004/page", ""),
        ("", ""),
    ],
)
def test_originals_in_addresses(address: str, original: str) -> None:
    assert original_in(address) == original


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.binary(max_size=200))
def test_no_answer_is_too_odd(date: str, link: str, address: str, body: bytes) -> None:
    http = message(200, body, Memento_Datetime=date, Link=link)
    found = memento_of(http, address)
    assert found is None or found.captured_at.tzinfo is not None
    assert refusal(http)
    original_in(address)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"URL has been excluded from the Wayback Machine", "excludes this page (HTTP 200"),
        (404, b"not archived", "has no such capture"),
        (200, b"Got an HTTP 302 response at crawl time", "a redirect (HTTP 302"),
        (
            200,
            b'Got an HTTP 301 response at crawl time <a href="/web/2004/http://b.org/">',
            "to http://b.org/",
        ),
        (500, b"", "HTTP 500 without Memento-Datetime"),
    ],
)
def test_refusals_are_said_in_words(status: int, body: bytes, words: str) -> None:
    assert words in refusal(message(status, body))
    assert "not HTTP" in refusal(None)


@pytest.mark.parametrize(
    "piece",
    ["<", "<a>", "<a>; a=b", "<a>;;", "<a> ; ", '<a>; rel="', '<a>; rel="a ', " ", "a", '"',
     "; a=b", '<a>; rel="original ', "/2004", "id_", "/2004/http:", "/", 'href="',
     "Got an HTTP 302"],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "<a>", '<a>; rel="', "/2004", "at crawl time"])
def test_no_answer_takes_long(piece: str, before: str) -> None:
    hostile = before + piece * (1_000_000 // len(piece))
    http = message(200, hostile.encode(), Memento_Datetime=DATE, Link=hostile)
    started = time.process_time()
    memento_of(http, PLACE)
    original_in(hostile)
    refusal(http)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("coding", ["", "gzip"])
@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_a_body_that_is_coded_as_at_capture(coding: str, pack: Callable[[bytes], bytes]) -> None:
    http = message(
        body=pack(b"<p>Hello"),
        Memento_Datetime=DATE,
        Content_Type="text/html",
        X_Archive_Orig_Content_Encoding=coding,
    )
    assert http.decoded().content == b"<p>Hello"


@pytest.mark.parametrize("coding", ["br", "deflate", "8bit", "x-unknown"])
def test_what_an_archive_has_decoded_is_left(coding: str) -> None:
    http = message(body=b"<p>Hello", Memento_Datetime=DATE, X_Archive_Orig_Content_Encoding=coding)
    assert http.decoded().content == b"<p>Hello"
