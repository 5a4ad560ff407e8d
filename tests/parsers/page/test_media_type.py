"""What kind of thing a body is, by what its header says and by its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.page.media_type import Kind, MediaType, is_binary, kind_of, media_type

PAGE = b"<html><body><p>A page"
NOISE = bytes(place * 7919 % 251 for place in range(2000))


@pytest.mark.parametrize(
    ("header", "essence", "charset"),
    [
        ("text/html", "text/html", ""),
        ("TEXT/HTML;Charset=UTF-8", "text/html", "UTF-8"),
        ('text/html; charset="utf-8"', "text/html", "utf-8"),
        ("text/html; charset = 'utf-8' ", "text/html", "utf-8"),
        ("text/html; x-charset=a; charset=b; charset=c", "text/html", "b"),
        ("text/html; charset=a, text/html", "text/html", "a"),
        ("text/html; charset=a, text/html; charset=b", "text/html", "b"),
        ("text/html; charset=a, text/plain", "text/plain", ""),
        ("image/gif, text/html, */*", "text/html", ""),
        ('text/plain; title="a, text/html"', "text/plain", ""),
        ("text/html charset=utf-8", "", "utf-8"),
        ("charset=utf-8", "", "utf-8"),
        ("html", "", ""),
        ("*/*", "", ""),
        ("", "", ""),
    ],
)
def test_a_type_is_read_as_by_browsers(header: str, essence: str, charset: str) -> None:
    assert media_type(header) == MediaType(essence, charset)


@pytest.mark.parametrize(
    "header",
    ["", "*/*", "text", "html", "none", "unknown/unknown", "application/unknown", "text/html;",
     "content/unknown", "text/x-html", "application/octet-stream", "httpd/unix-directory",
     "application/x-httpd-php", "application/xhtml+xml", "text/xml"],
)  # fmt: skip
def test_html_whatever_it_is_called(header: str) -> None:
    assert kind_of(header, PAGE) is Kind.HTML
    assert kind_of(header, b"\xef\xbb\xbf\n<!-- c --><!DOCTYPE html>") is Kind.HTML
    assert kind_of(header, b"%PDF-1.4\n" + NOISE + PAGE) is Kind.OTHER


@pytest.mark.parametrize(
    "header",
    ["application/pdf", "image/gif", "application/json", "text/css", "application/rss+xml"],
)
def test_what_is_declared_as_something_else_is_no_page(header: str) -> None:
    assert kind_of(header, PAGE) is Kind.OTHER


@pytest.mark.parametrize(
    "start",
    [b"%PDF-1.4", b"\n%PDF-1.4", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0",
     b"PK\x03\x04", b"RIFF1234WEBPVP8 ", b"\0\0\1\0", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
     b"OggS\0", b"wOF2",
     b"{\\rtf1", b"<rss version='2.0'>", b"<?xml version='1.0'?><!-- x --><feed xmlns='x'>",
     b"<?xml version='1.0'?>\n<urlset>", b"\xef\xbb\xbf<rdf:RDF>"],
)  # fmt: skip
@pytest.mark.parametrize("header", ["text/html", "", "unknown/unknown"])
def test_files_and_feeds_that_are_sent_as_pages(start: bytes, header: str) -> None:
    assert kind_of(header, start + PAGE) is Kind.OTHER


def test_texts() -> None:
    assert kind_of("text/plain; charset=x", b"Question:") is Kind.TEXT
    assert kind_of("text/plain", b"a\0" + b"long text " * 30) is Kind.TEXT
    assert kind_of("text/plain", NOISE) is Kind.OTHER
    assert kind_of("", NOISE + PAGE) is Kind.OTHER
    assert kind_of("", b"Question:") is Kind.HTML  # unless it has no tag at all
    assert kind_of("application/octet-stream", b"Question:") is Kind.OTHER


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_text(codec: str) -> None:
    assert not is_binary("Vraag: é".encode(codec))
    assert kind_of("", "<p>Vraag: é".encode(codec)) is Kind.HTML


@given(st.text(max_size=80), st.binary(max_size=80))
def test_nothing_fails(header: str, body: bytes) -> None:
    assert kind_of(header, body) in Kind
