"""What a page asks of robots, however it says so, is on record with its capture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.capture.robots_meta import asks_not_to, robots_of


@pytest.mark.parametrize(
    ("headers", "page", "robots"),
    [
        ((), b"<html><head><title>x</title>", ""),
        ((), b"<p>Our robots bot", ""),
        (("noarchive",), b"", "noarchive"),
        (("NoIndex , NOFOLLOW",), b"", "noindex, nofollow"),
        (("noindex", "noarchive", "noindex"), b"", "noindex, noarchive"),
        (("googlebot: noindex, nofollow",), b"", "googlebot: noindex, googlebot: nofollow"),
        (("noindex, otherbot: none",), b"", "noindex, otherbot: none"),
        (
            ("unavailable_after: Fri, 25 Jun 2010 15:00:00 PST, noarchive",),
            b"",
            "unavailable_after: fri 25 jun 2010 15:00:00 pst, noarchive",
        ),
        (("max-snippet:-1, max-image-preview: large",), b"",
         "max-snippet: -1, max-image-preview: large"),
        (("", " , ,"), b"", ""),
        ((), b'<meta name="robots" content="noindex,nofollow">', "noindex, nofollow"),
        ((), b"<META CONTENT='NOARCHIVE' NAME='ROBOTS' />", "noarchive"),
        ((), b"<meta name=robots content=none>", "none"),
        ((), b'<meta name="robots" content="noindex"><meta name="robots" content="noarchive">',
         "noindex, noarchive"),
        ((), b'<meta name="Googlebot" content="noindex">', "googlebot: noindex"),
        ((), b'<meta http-equiv="X-Robots-Tag" content="noarchive">', "noarchive"),
        ((), b'<meta\n name = "robots"\n content="noindex&#44; noarchive">', "noindex, noarchive"),
        ((), b'<!-- <meta name="robots" content="noindex"> --><p>x', ""),
        ((), b'<script>"<meta name=\\"robots\\" content=\\"none\\">"</script><p>x', ""),
        ((), '<meta name="robots" content="noindex">'.encode("utf-16"), "noindex"),
        (("noarchive",), b'<meta name="robots" content="noindex">', "noarchive, noindex"),
    ],
)  # fmt: skip
def test_directives(headers: tuple[str, ...], page: bytes, robots: str) -> None:
    assert robots_of(headers, page) == robots


@given(st.lists(st.text()), st.binary())
def test_anything_is_read(headers: list[str], page: bytes) -> None:
    robots_of(headers, page)
    robots_of(headers, b'<meta name="robots" content="' + page)


def test_whom_a_directive_is_for() -> None:
    assert asks_not_to("noarchive, none", "nofollow")
    assert asks_not_to("housecall: noindex", "noindex")
    assert not asks_not_to("none", "noarchive")
    assert not asks_not_to("googlebot: nofollow", "nofollow")
