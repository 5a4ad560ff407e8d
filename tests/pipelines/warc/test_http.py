"""HTTP bytes: framing and encodings, as written by servers of every kind."""

from __future__ import annotations

import gzip
import importlib
import random
import sys
import zlib
from contextlib import suppress

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.warc.content_encoding import DecodedBody, UndecodableBody
from pipelines.warc.framing import dechunk
from pipelines.warc.http import parse_response

zstd = importlib.import_module(
    "backports.zstd" if sys.version_info < (3, 14) else "compression.zstd"
)


def gzipped(data: bytes) -> bytes:
    """The same bytes in every process: they are in the names of the tests."""
    return gzip.compress(data, mtime=0)


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
    assert response.decoded().content == body


PAGE = b"<html><body>" + bytes(range(32, 127)) * 40 + b"</body></html>"
NOISE = random.Random(1).randbytes(20_000)
CODED = {
    "gzip": gzipped,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


def decoded(fields: str, body: bytes) -> DecodedBody:
    response = parse_response(message(fields, body))
    assert response is not None
    return response.decoded()


@pytest.mark.parametrize(
    "label",
    ["ISO-8859-1", "8bit", "none", "utf-8", "binary", "text/html", "*", "compress", "x-compress",
     "br", "BR", "zstd", "deflate", "x-gzip", "gzip, gzip", "br, gzip", "dcb"],
)  # fmt: skip
def test_a_body_that_is_not_encoded_is_read_as_it_is_and_undone(label: str) -> None:
    for body in (PAGE, "<p>é".encode("latin-1") * 50, "<p>é".encode("utf-16"), b"<p>a\0b" + PAGE):
        undone = decoded(f"Content-Encoding: {label}", body)
        assert (undone.content, undone.damage) == (body, "")
        assert any("is not encoded" in warning for warning in undone.warnings)


@pytest.mark.parametrize("label", ["", "identity", ","])
def test_identity_is_nothing_odd(label: str) -> None:
    assert decoded(f"Content-Encoding: {label}", PAGE) == DecodedBody(PAGE)


@pytest.mark.parametrize("label", ["gzip", "br", "zstd", "deflate", "compress", "8bit"])
@pytest.mark.parametrize("coding", CODED)
def test_what_the_body_is_counts_more_than_the_label(label: str, coding: str) -> None:
    undone = decoded(f"Content-Encoding: {label}", CODED[coding](PAGE))
    assert (undone.content, undone.damage) == (PAGE, "")
    assert bool(undone.warnings) == (label != coding)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_page_that_is_compressed_though_no_header_says_so(coding: str) -> None:
    body = CODED[coding](PAGE)
    for kind in ("Content-Type: text/html", "X: no type"):
        undone = decoded(kind, body)
        assert undone.content == PAGE
        assert "no header says" in undone.warnings[0]
    twice = decoded("Content-Type: text/html\r\nContent-Encoding: gzip", gzip.compress(body))
    assert twice.content == PAGE
    assert decoded("Content-Type: application/gzip", body) == DecodedBody(body)


def flipped(body: bytes, place: int) -> bytes:
    changed = bytearray(body)
    changed[place] ^= 0xFF
    return bytes(changed)


@pytest.mark.parametrize(
    ("coding", "body", "why"),
    [
        ("gzip", gzipped(PAGE)[:-8], "without its checksum"),
        ("gzip", gzipped(PAGE)[:-1], "without its checksum"),
        ("gzip", flipped(gzipped(PAGE), -6), "checksum does not hold"),
        ("gzip", flipped(gzipped(PAGE), -1), "checksum does not hold"),
        ("gzip", gzipped(PAGE) + b"garbage", "7 bytes behind"),
        ("deflate", zlib.compress(PAGE)[:-4], "without its checksum"),
        ("deflate", flipped(zlib.compress(PAGE), -1), "checksum does not hold"),
        ("br", brotli.compress(PAGE) + b"garbage", "7 bytes behind"),
        ("zstd", zstd.compress(PAGE) + b"garbage", "7 bytes behind"),
    ],
)
def test_what_is_odd_around_a_body_costs_nothing_and_is_undone(
    coding: str, body: bytes, why: str
) -> None:
    undone = decoded(f"Content-Encoding: {coding}", body)
    assert (undone.content, undone.damage) == (PAGE, "")
    assert why in undone.warnings[0]


@pytest.mark.parametrize("coding", CODED)
def test_a_body_that_was_cut_is_read_as_far_as_it_goes(coding: str) -> None:
    # More than a block of Zstandard's, of which nothing can be read before all is there.
    numbers = b"x%d" * 9999 % tuple(range(9999))
    whole = PAGE + numbers + random.Random(2).randbytes(400_000)
    body = CODED[coding](whole)
    undone = decoded(f"Content-Encoding: {coding}", body[: len(body) * 3 // 4])
    assert undone.content.startswith(PAGE)
    assert whole.startswith(undone.content)
    assert "cut short" in undone.damage


def test_the_bytes_before_damage_are_kept_to_the_last() -> None:
    body = flipped(gzip.compress(NOISE + PAGE * 9, mtime=0), 15_000)
    undone = decoded("Content-Encoding: gzip", body)
    assert undone.content[:14_000] == NOISE[:14_000]


@pytest.mark.parametrize(
    ("coding", "body", "why"),
    [
        ("gzip", gzipped(PAGE)[:12], "cut short"),
        ("gzip", b"\x1f\x8b\x08" + b"\0" * 40, "gzip"),
        ("compress", b"\x1f\x9d\x90" + NOISE[:99], "unknown"),
        ("br", NOISE[:200], "br"),
        (",".join(["gzip"] * 9), PAGE, "9 content encodings"),
    ],
)
def test_what_cannot_be_decoded_says_why(coding: str, body: bytes, why: str) -> None:
    with pytest.raises(UndecodableBody, match=why):
        decoded(f"Content-Encoding: {coding}", body)


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd", "x", "gzip,br"]))
def test_any_body_is_decoded_or_refused(body: bytes, coding: str) -> None:
    for start in (b"", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"\x78\x9c"):
        with suppress(UndecodableBody):
            decoded(f"Content-Type: text/html\r\nContent-Encoding: {coding}", start + body)


def test_several_headers_of_a_type_are_read_as_one() -> None:
    response = parse_response(message("Content-Type: a/b\r\ncontent-type: text/html", b""))
    assert response is not None
    assert response.content_type == "a/b, text/html"


@pytest.mark.parametrize("encode", [gzip.compress, brotli.compress])
def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch, encode: object) -> None:
    monkeypatch.setattr("pipelines.warc.content_encoding.MAX_DECODED", 1000)
    coding = "gzip" if encode is gzip.compress else "br"
    bomb = message(f"Content-Encoding: {coding}", encode(b"\0" * 100_000))  # type: ignore[operator]
    response = parse_response(bomb)
    assert response is not None
    with pytest.raises(UndecodableBody, match="larger"):
        response.decoded()


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


@pytest.mark.parametrize(
    ("field", "status"),
    [
        ("Content-Range: bytes 0-4/5", 200),
        ("Content-Range: Bytes=0-4/5", 200),
        ("X-Archive-Orig-Content-Range: bytes 0-4 / 5", 200),
        ("Content-Range: bytes 0-4/5\r\nTransfer-Encoding: chunked", 206),  # a chunk of 3 follows
        ("Content-Range: bytes 0-4/*", 206),
        ("Content-Range: bytes 0-4/9", 206),
        ("Content-Range: bytes 1-5/5", 206),
        ("Content-Range: bytes 0-5/6", 206),
        ("Content-Range: lines 0-4/5", 206),
        ("X: y", 206),
    ],
)
def test_a_part_that_is_all_there_is_is_the_page(field: str, status: int) -> None:
    body = b"3\r\nabc\r\n0\r\n\r\n" if "chunked" in field else b"hello"
    response = parse_response(b"HTTP/1.1 206 Partial\r\n" + field.encode() + b"\r\n\r\n" + body)
    assert response is not None
    assert (response.status, response.outcome) == (206, status)
