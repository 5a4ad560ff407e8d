"""HTTP bytes: framing and encodings, as written by servers of every kind."""

from __future__ import annotations

import gzip
import zlib

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.framing import dechunk
from pipelines.warc.http import parse_response


def message(headers: str, body: bytes) -> bytes:
    return f"HTTP/1.1 200 OK\r\n{headers}\r\n\r\n".encode("latin-1") + body


def chunked(body: bytes, sizes: list[int]) -> bytes:
    parts, at = [], 0
    for size in sizes:
        piece = body[at : at + size]
        if piece:
            parts.append(b"%x;ext=1\r\n%b\r\n" % (len(piece), piece))
        at += size
    if body[at:]:
        parts.append(b"%X\r\n%b\r\n" % (len(body[at:]), body[at:]))
    return b"".join(parts) + b"0\r\nTrailer: x\r\n\r\n"


@given(st.binary(max_size=500), st.lists(st.integers(1, 60), max_size=8))
def test_chunks_come_off(body: bytes, sizes: list[int]) -> None:
    framed = chunked(body, sizes)
    assert dechunk(framed) == body
    response = parse_response(message("Transfer-Encoding: chunked", framed))
    assert response is not None
    assert response.payload == body


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_cut_chunked_body_gives_a_beginning(body: bytes, data: st.DataObject) -> None:
    framed = chunked(body, [7, 20])
    cut = data.draw(st.integers(0, len(framed)))
    assert body.startswith(dechunk(framed[:cut]))


@given(st.binary(max_size=400))
def test_nothing_makes_the_reader_fail(block: bytes) -> None:
    status = b"HTTP/1.1 200 OK\r\n"
    for start in (b"", status, status + b"Transfer-Encoding: chunked\r\n\r\n"):
        response = parse_response(start + block)
        assert response is None or isinstance(response.payload, bytes)


def test_a_body_that_was_dechunked_already_is_left_alone() -> None:
    response = parse_response(message("Transfer-Encoding: chunked", b"<html>whole</html>"))
    assert response is not None
    assert response.payload == b"<html>whole</html>"


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body, wbits=-15)),
        ("br", brotli.compress),
        ("identity", lambda body: body),
        ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
        ("gzip", lambda body: gzip.compress(body[:5]) + gzip.compress(body[5:]) + b"\0\0"),
        ("gzip", lambda body: body),
    ],
)
def test_encodings(coding: str, encode: object) -> None:
    body = b"the page " * 50
    response = parse_response(message(f"Content-Encoding: {coding}", encode(body)))  # type: ignore[operator]
    assert response is not None
    assert response.content() == body


@pytest.mark.parametrize(
    ("coding", "body", "why"),
    [
        ("gzip", gzip.compress(b"page" * 99, mtime=0)[:-9], "cut short"),
        ("br", brotli.compress(b"page" * 99)[:-2], "cut short"),
        ("gzip", b"\x1f\x8b\x08" + b"\0" * 40, "gzip"),
        ("compress", b"abc", "unknown"),
    ],
)
def test_what_cannot_be_decoded_says_why(coding: str, body: bytes, why: str) -> None:
    response = parse_response(message(f"Content-Encoding: {coding}", body))
    assert response is not None
    with pytest.raises(UndecodableBody, match=why):
        response.content()


@pytest.mark.parametrize("encode", [gzip.compress, brotli.compress])
def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch, encode: object) -> None:
    monkeypatch.setattr("pipelines.warc.content_encoding.MAX_DECODED", 1000)
    coding = "gzip" if encode is gzip.compress else "br"
    bomb = message(f"Content-Encoding: {coding}", encode(b"\0" * 100_000))  # type: ignore[operator]
    response = parse_response(bomb)
    assert response is not None
    with pytest.raises(UndecodableBody, match="larger"):
        response.content()


def test_interim_responses_repeated_headers_and_bare_newlines() -> None:
    block = (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.0 404 Gone Fishing\nSet-Cookie: a\nset-cookie: b\n folded\n\nbody"
    )
    response = parse_response(block)
    assert response is not None
    assert (response.status, response.reason, response.body) == (404, "Gone Fishing", b"body")
    assert [value for _, value in response.headers] == ["a", "b folded"]
    assert response.get("SET-COOKIE") == "a"


def test_a_head_that_was_cut_is_known_as_such() -> None:
    response = parse_response(b"HTTP/1.1 200 OK\r\nContent-Ty")
    assert response is not None
    assert not response.complete_head
    assert response.body == b""
    assert parse_response(b"<html>") is None
