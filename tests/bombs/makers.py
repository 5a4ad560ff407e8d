"""Writes bombs, in pieces: nothing of them is kept, and none is large on the disk."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.warc.content_encoding import first_library

GB = 1 << 30
SIZE = 2 * GB
PIECE = bytes(1 << 20)
MILLION = 1_000_000
URL = "http://www.netwellness.org/question.cfm/5.htm"
START = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def head(length: int, kind: str = "response", more: str = "") -> bytes:
    """The header of a WARC record of a question page."""
    return (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {URL}\r\n{more}"
        "WARC-Date: 2004-05-06T07:08:09Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"Content-Type: application/http;msgtype=response\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def record(block: bytes) -> bytes:
    """A whole record."""
    return head(len(block)) + block + b"\r\n\r\n"


def pieces(size: int, fill: bytes = PIECE) -> Iterator[bytes]:
    """So many bytes, a piece at a time."""
    for _ in range(size // len(fill)):
        yield fill


def packed(packer: Any, parts: Iterator[bytes]) -> bytes:
    """What a compressor makes of some parts."""
    compress = getattr(packer, "compress", None) or packer.process
    end = getattr(packer, "flush", None) or packer.finish
    return b"".join([*(compress(part) for part in parts), end()])


def compressor(coding: str) -> Any:
    """A compressor of a content coding."""
    if coding == "br":
        return first_library("brotli").Compressor(quality=1, lgwin=24)
    if coding == "zstd":
        return first_library("compression.zstd", "backports.zstd").ZstdCompressor()
    return zlib.compressobj(1, wbits={"gzip": 31, "deflate": 15}[coding])


@cache
def zeros(coding: str) -> bytes:
    """Two gigabytes, packed."""
    return packed(compressor(coding), pieces(SIZE))


def body(coding: str, depth: int = 1) -> bytes:
    """A WARC file with a page that unpacks to two gigabytes."""
    data = zeros(coding)
    for _ in range(depth - 1):
        data = packed(compressor(coding), iter([data]))
    codings = ", ".join([coding] * depth).encode()
    return record(START + b"Content-Encoding: " + codings + b"\r\n\r\n" + data)


def member(coding: str) -> bytes:
    """A compressed WARC file with one record of two gigabytes."""
    start = START + b"\r\n"
    parts = (head(SIZE + len(start)), start, *pieces(SIZE), b"\r\n\r\n")
    return packed(compressor(coding), iter(parts))


def zipped(name: str, parts: Iterator[bytes]) -> bytes:
    """A ZIP file with one entry."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(name, "w", force_zip64=True) as entry,
    ):
        for part in parts:
            entry.write(part)
    return out.getvalue()


def nested_zip() -> bytes:
    """A WARC file of two gigabytes in a WACZ file in a WACZ file."""
    start = START + b"\r\n"
    parts = (head(SIZE + len(start)), start, *pieces(SIZE), b"\r\n\r\n")
    return zipped("inner.wacz", iter([zipped("archive/a.warc", iter(parts))]))


def deep_zip() -> bytes:
    """A WACZ file in twelve others, more than are read."""
    inner = zipped("archive/a.warc", iter([record(START + b"\r\n"), *pieces(SIZE // 8)]))
    for depth in range(12):
        inner = zipped(f"{depth}.wacz", iter([inner]))
    return inner


def long_head(size: int) -> bytes:
    """A gzip file with a WARC header that has one line of so many bytes."""
    line = pieces(size, b"x" * len(PIECE))
    parts = (head(5)[:-2], b"X-Line: ", *line, b"\r\n\r\nhello\r\n\r\n")
    return packed(compressor("gzip"), iter(parts))


def long_line(size: int) -> bytes:
    """A response whose HTTP head has one line of so many bytes."""
    block = START + b"X-Line: " + b"x" * size + b"\r\n\r\n<html>"
    return gzip.compress(record(block), 1)


def many_chunks(count: int) -> bytes:
    """A response in chunks of one byte."""
    chunks = b"1\r\nx\r\n" * count + b"0\r\n\r\n"
    return gzip.compress(record(START + b"Transfer-Encoding: chunked\r\n\r\n" + chunks), 1)


def jsonl(packer: str) -> bytes:
    """A corpus with one line of two gigabytes, and a sound one."""
    start = b'{"url": "%s", "text": "' % URL.encode()
    line = pieces(SIZE, b"x" * len(PIECE))
    return packed(compressor(packer), iter((start, *line, b'"}\n', start, b'words"}\n')))


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a gzip body of 2 GB": ("a.warc", lambda: body("gzip")),
    "a Brotli body of 2 GB": ("a.warc", lambda: body("br")),
    "a Zstandard body of 2 GB": ("a.warc", lambda: body("zstd")),
    "a deflate body of 2 GB": ("a.warc", lambda: body("deflate")),
    "gzip in gzip in gzip, a body": ("a.warc", lambda: body("gzip", 3)),
    "gzip in gzip, a file": ("a.warc.gz", lambda: gzip.compress(member("gzip"))),
    "a gzip member of 2 GB": ("a.warc.gz", lambda: member("gzip")),
    "a Zstandard frame of 2 GB": ("a.warc.zst", lambda: member("zstd")),
    "2 GB in a WACZ in a WACZ": ("a.wacz", nested_zip),
    "a WACZ in twelve others": ("a.wacz", deep_zip),
    "a million HTTP headers": (
        "a.warc.gz",
        lambda: gzip.compress(
            record(START + b"".join(b"X%d: y\r\n" % n for n in range(MILLION)) + b"\r\n<html>"), 1
        ),
    ),
    "a million WARC headers": (
        "a.warc.gz",
        lambda: gzip.compress(head(0)[:-2] + b"X: y\r\n" * MILLION + b"\r\n\r\n\r\n", 1),
    ),
    "a million gzip members": ("a.warc.gz", lambda: gzip.compress(b"", 1) * MILLION),
    "a WARC header of 1 GB": ("a.warc.gz", lambda: long_head(GB)),
    "an HTTP header of 90 MB": ("a.warc.gz", lambda: long_line(90_000_000)),
    "a million chunks": ("a.warc.gz", lambda: many_chunks(MILLION)),
    "five million chunks": ("a.warc.gz", lambda: many_chunks(5 * MILLION)),
    "a JSONL line of 2 GB": ("a.jsonl.gz", lambda: jsonl("gzip")),
    "a JSONL line of 2 GB, Zstandard": ("a.jsonl.zst", lambda: jsonl("zstd")),
    "Content-Length 2^63": ("a.warc", lambda: head(1 << 63) + b"hello\r\n\r\n"),
    "Content-Length 2^63, gzip": (
        "a.warc.gz", lambda: gzip.compress(head(1 << 63) + b"hello\r\n\r\n"),
    ),
}  # fmt: skip


def write(kind: str, folder: Path) -> Path:
    """Write a bomb of a kind into a folder."""
    name, make = BOMBS[kind]
    path = folder / name
    path.write_bytes(make())
    return path
