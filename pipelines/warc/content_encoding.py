"""Content encodings of HTTP bodies, undone with a bound on what they may grow to."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from typing import Any

#: A page is kilobytes. What unpacks to more than this (bytes) is an attack or a film.
MAX_DECODED = 64 * 1024 * 1024

_IDENTITY = frozenset({"", "identity", "none", "binary", "utf-8", "utf8"})


class UndecodableBody(Exception):
    """A body that is not what its Content-Encoding says, in words for a failures row."""


def decode_coding(coding: str, body: bytes) -> bytes:
    """Undo one content encoding.

    A body that is labelled gzip and is none is returned as it is: several archives store
    decoded bodies under the original header.

    :param coding: its token in lower case: gzip, x-gzip, deflate, br, zstd or identity
    :raises UndecodableBody: if it is unknown, cut, damaged, too large, or its library is absent
    """
    if coding in _IDENTITY or not body:
        return body
    decoder = _DECODERS.get(coding)
    if decoder is None:
        raise UndecodableBody(f"unknown Content-Encoding {coding!r}")
    try:
        return decoder(body)
    except ImportError as error:
        raise UndecodableBody(f"Content-Encoding {coding} {error}") from error


def _inflate(body: bytes, wbits: int) -> bytes:
    parts: list[bytes] = []
    room = MAX_DECODED
    rest = body
    while rest:
        stream = zlib.decompressobj(wbits)
        part = stream.decompress(rest, room + 1)  # + 1 since zlib takes 0 for "no limit"
        room -= len(part)
        parts.append(part)
        if room < 0:
            raise UndecodableBody("larger than allowed")
        if not stream.eof:
            raise UndecodableBody("cut short")
        rest = stream.unused_data
        if wbits != 31 or not rest.startswith(b"\x1f\x8b"):
            break  # padding after the last member is common and harmless
    return b"".join(parts)


def _gzip(body: bytes) -> bytes:
    return _inflate(body, 31) if body.startswith(b"\x1f\x8b") else body


def _deflate(body: bytes) -> bytes:
    try:
        return _inflate(body, zlib.MAX_WBITS)
    except zlib.error:
        return _inflate(body, -zlib.MAX_WBITS)  # many servers send it without zlib's header


def _brotli(body: bytes) -> bytes:
    brotli = first_library("brotli", "brotlicffi")
    stream = brotli.Decompressor()
    try:
        content = bytes(stream.process(body, output_buffer_limit=MAX_DECODED))
    except brotli.error as error:
        raise UndecodableBody(f"br: {error}") from error
    return _whole(content, stream.is_finished())


def _zstd(body: bytes) -> bytes:
    zstd = first_library("compression.zstd", "backports.zstd")
    stream = zstd.ZstdDecompressor()
    try:
        content = bytes(stream.decompress(body, MAX_DECODED))
    except zstd.ZstdError as error:
        raise UndecodableBody(f"zstd: {error}") from error
    return _whole(content, stream.eof)


def _whole(content: bytes, ended: bool) -> bytes:
    if not ended:
        full = len(content) >= MAX_DECODED
        raise UndecodableBody("larger than allowed" if full else "cut short")
    return content


def first_library(*names: str) -> Any:
    """Return the first of some modules that is installed.

    :raises ImportError: if none is, saying which package is needed
    """
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise ImportError(f"needs the Python package {names[-1]}")


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
