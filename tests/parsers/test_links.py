"""References as the URL and HTML Standards read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.links import absolute, base_of, head_target, in_charset, refresh_target
from parsers.page.charset import decode

PAGE = "http://clinic.example/dir/page.htm"


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0;url=x", "x"), (" 0 ; URL = 'x y' z", "x y"), ("5 x", "x"), ("0,x", "x"),
        ("0.5;url=x", "x"), (".5;url=x", "x"), ("0;url x", "url x"), ('0;url="x', "x"),
        ("0;url=", ""), ("3;\nurl=\t\"a'b\"", "a'b"),
        ("0", None), ("0; ", None), (";url=x", None), ("-1;url=x", None), ("x;url=y", None),
    ],
)  # fmt: skip
def test_a_refresh(content: str, target: str | None) -> None:
    assert refresh_target(content) == target


def test_a_head_leads_by_bytes_and_by_status() -> None:
    assert head_target(300, "/caf\xe9", "") == "/caf%E9"
    assert head_target(304, "/a", "") == ""
    assert head_target(404, "/a", "1;/b") == "/b"


@pytest.mark.parametrize(
    ("href", "base"),
    [("", PAGE), ("/a/", "http://clinic.example/a/"), ("..", "http://clinic.example/"),
     ("data:,x", PAGE), ("javascript:x", PAGE), ("http://[", PAGE)],
)  # fmt: skip
def test_the_base_of_a_page(href: str, base: str) -> None:
    assert base_of(PAGE, href) == base


def test_only_queries_are_in_the_charset_of_the_page() -> None:
    hrefs = ("/\xe9?\xe9\u4e2d#\xe9", "#?\xe9", "mailto:a?\xe9", "/a")
    expected = ("/\xe9?%E9%26%2320013%3B#\xe9", "#?\xe9", "mailto:a?\xe9", "/a")
    assert in_charset(hrefs, "cp1252") == expected
    assert in_charset(hrefs, "utf-8") == hrefs


@pytest.mark.parametrize(
    ("label", "query"),
    [
        ("iso-2022-jp", "%1B$BI=%1B(B%26%23233%3B"),
        ("euc-jp", "%C9%BD%26%23233%3B"),
        ("shift_jis", "%95\\%26%23233%3B"),
        ("gb2312", "%B1%ED%A8%A6"),
        ("gb18030", "%B1%ED%A8%A6"),
        ("iso-8859-1", "%26%2334920%3B%E9"),
        ("utf-8", "\u8868\xe9"),
    ],
)
def test_queries_go_out_as_the_label_of_the_page_has_it(label: str, query: str) -> None:
    """By the codec that pages of that label are decoded with, which may know more letters."""
    codec = decode(b"<p>a", f"text/html; charset={label}").encoding
    assert in_charset(("/?\u8868\xe9",), codec) == (f"/?{query}",)


@given(st.text(), st.sampled_from(["cp1252", "cp932", "euc_jp", "iso2022_jp", "gb18030"]))
def test_any_text_is_an_address_or_none(text: str, codec: str) -> None:
    (reference,) = in_charset((text,), codec)
    target = absolute(PAGE, reference)
    assert target is None or (target.isascii() and absolute(PAGE, target) == target)
    refresh_target(text)
