"""Content encodings of HTTP bodies, undone with a bound on what they may grow to."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from parsers.page.media_type import is_binary

#: A page is kilobytes. What unpacks to more than this (bytes) is an attack or a film.
MAX_DECODED = 64 * 1024 * 1024

_IDENTITY = frozenset({"", "identity"})
#: Whoever applies more codings than these to a page is an attacker.
_MOST_CODINGS = 8
_GZIP, _ZSTD, _SKIPPED = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x2a\x4d\x18"
_PIECE = 4096
_ADLER = 4  # bytes


class UndecodableBody(Exception):
    """A body that is not what its Content-Encoding says, in words for a failures row."""


class DecodedBody(NamedTuple):
    """A body without its content encodings.

    ``warnings`` say what was odd and cost nothing, ``damage`` what could not be read ("" if all
    could).
    """

    content: bytes
    warnings: tuple[str, ...] = ()
    damage: str = ""


class _Undone(NamedTuple):
    """What a decoder made of a body: ``whole`` says that it came to an end."""

    content: bytes
    whole: bool = True
    note: str = ""


def decode_body(codings: Sequence[str], body: bytes, *, is_page: bool = False) -> DecodedBody:
    """Undo content encodings, as far as there are any.

    Labels are often wrong: several archives store decoded bodies under the original header, and
    servers write charsets there. What is no such coding is read as another one if it begins as
    that, and as it is if it can be text.

    :param codings: the tokens of Content-Encoding, in the order of the headers
    :param is_page: the body is declared as a page or a text, which is never compressed: it is
        unpacked though no header says so
    :raises UndecodableBody: if nothing can be read, it is too large, or a library is absent
    """
    codings = [name for name in (coding.strip().lower() for coding in codings) if name]
    if len(codings) > _MOST_CODINGS:
        raise UndecodableBody(f"{len(codings)} content encodings")
    warnings: list[str] = []
    damage = ""
    for coding in reversed(codings):
        decoded = decode_coding(coding, body)
        body = decoded.content
        warnings += decoded.warnings
        damage = damage or decoded.damage
    for _ in range(2):
        coding = _by_magic(body) if is_page else ""
        if not coding:
            break
        part = _tried(coding, body)
        if part is None or not part.content:
            break
        body = part.content
        warnings.append(f"the body is {coding}, which no header says")
        damage = damage or ("" if part.whole else f"{coding}: {part.note}")
    return DecodedBody(body, tuple(dict.fromkeys(warnings)), damage)


def decode_coding(label: str, body: bytes) -> DecodedBody:
    """Undo one content encoding.

    :param label: its token in lower case: gzip, x-gzip, deflate, br, zstd or identity
    :raises UndecodableBody: see :func:`decode_body`
    """
    if label in _IDENTITY or not body:
        return DecodedBody(body)
    coding = label.partition(";")[0].strip(" \t\"'").removeprefix("x-")
    magic = _by_magic(body)
    first = _tried(coding, body) if coding in _DECODERS and magic in ("", coding) else None
    if first is not None and first.whole:
        return DecodedBody(first.content, (f"{coding}: {first.note}",) if first.note else ())
    if not magic and not is_binary(body):
        return DecodedBody(body, (f"Content-Encoding says {label!r}, but the body is not encoded",))
    for other in (magic,) if magic else ("deflate", "br"):
        part = _tried(other, body) if other and other != coding else None
        if part is not None and part.content and (part.whole or magic):
            warning = f"Content-Encoding says {label!r}, but the body is {other}"
            return DecodedBody(part.content, (warning,), "" if part.whole else part.note)
    if first is not None and first.content:
        damage = f"{coding}: {first.note}; read as far as it goes"
        return DecodedBody(first.content, damage=damage)
    if coding not in _DECODERS:
        raise UndecodableBody(f"unknown Content-Encoding {label!r}")
    if first is not None and (magic or coding != "gzip"):
        raise UndecodableBody(f"{coding}: {first.note}")
    # A file that is stored decoded under the header of its transfer: an image, an archive.
    return DecodedBody(body, (f"Content-Encoding says {label!r}, but the body is not encoded",))


def _by_magic(body: bytes) -> str:
    """The coding that a body's first bytes name; "" if they name none."""
    if body.startswith(_GZIP):
        return "gzip"
    if body.startswith(_ZSTD) or (body[1:4] == _SKIPPED and body[0] & 0xF0 == 0x50):
        return "zstd"
    return ""


def _tried(coding: str, body: bytes) -> _Undone | None:
    try:
        return _DECODERS[coding](body)
    except ImportError as error:
        raise UndecodableBody(f"Content-Encoding {coding} {error}") from error


def _gzip(body: bytes) -> _Undone:
    """Members one after another; padding after the last is common and harmless."""
    parts: list[bytes] = []
    room, rest, part = MAX_DECODED, body, _Undone(b"")
    while rest:
        part, rest = _inflate(rest, 31, room)
        room -= len(part.content)
        parts.append(part.content)
        if not part.whole or part.note:
            break
        if not rest.lstrip(b"\0").startswith(_GZIP):
            return _Undone(b"".join(parts), note=_behind(rest))
        rest = rest.lstrip(b"\0")
    return part._replace(content=b"".join(parts))


def _deflate(body: bytes) -> _Undone:
    """With zlib's header or, as many servers send it, without."""
    wrapped, rest = _inflate(body, zlib.MAX_WBITS, MAX_DECODED)
    if wrapped.content or wrapped.whole:
        return wrapped._replace(note=wrapped.note or _behind(rest))
    raw, rest = _inflate(body, -zlib.MAX_WBITS, MAX_DECODED)
    # What is no deflate may begin as a short stream of it. Zlib's checksum may be behind it.
    note = raw.note or (_behind(rest) if len(rest) > _ADLER else "")
    return raw._replace(whole=raw.whole and len(rest) <= len(body) // 2, note=note)


def _behind(rest: bytes) -> str:
    rest = rest.strip(b"\0\r\n")
    return f"{len(rest)} bytes behind its end" if rest else ""


def _inflate(body: bytes, wbits: int, room: int) -> tuple[_Undone, bytes]:
    """Undo one stream of zlib's, and return what follows it."""
    stream = zlib.decompressobj(wbits)
    try:
        content = stream.decompress(body, room + 1)  # + 1 since zlib takes 0 for "no limit"
    except zlib.error:
        return _salvaged(body, wbits, room), b""
    if len(content) > room:
        raise UndecodableBody("larger than allowed")
    if stream.eof:
        return _Undone(content), stream.unused_data
    if all(_ends_with(stream, filler) for filler in (b"\0" * 8, b"\xff" * 8)):
        return _Undone(content, note="without its checksum"), b""
    return _Undone(content, whole=False, note="cut short"), b""


def _ends_with(stream: Any, filler: bytes) -> bool:
    """Whether a stream of zlib's takes what follows for its checksum, right or wrong."""
    rest = stream.copy()
    try:
        return not rest.decompress(filler, 1) and bool(rest.eof)
    except zlib.error as error:
        return "check" in str(error)


def _salvaged(body: bytes, wbits: int, room: int) -> _Undone:
    """What can be read of a stream that is not sound, to the byte."""
    stream = zlib.decompressobj(wbits)
    parts: list[bytes] = []
    size = _PIECE
    at = 0
    while at < len(body):
        before = stream.copy() if size > 1 else stream
        try:
            parts.append(stream.decompress(body[at : at + size], room + 1))
        except zlib.error as error:
            if size == 1:
                checksum = "check" in str(error) and bool(parts)
                note = "its checksum does not hold" if checksum else f"damaged ({error})"
                checksum = checksum and "header" not in str(error)
                return _Undone(b"".join(parts), whole=checksum, note=note)
            stream, size = before, 1
            continue
        room -= len(parts[-1])
        if room < 0:
            raise UndecodableBody("larger than allowed")
        at += size
    return _Undone(b"".join(parts), whole=False, note="damaged")


def _brotli(body: bytes) -> _Undone:
    brotli = first_library("brotli", "brotlicffi")
    part, sound = _Undone(b""), len(body)
    for _ in range(2):  # what fails gives nothing of its last piece, which is read by the byte then
        stream = brotli.Decompressor()
        parts: list[bytes] = []
        room, at = MAX_DECODED, 0
        try:
            while at < len(body) and not stream.is_finished():
                size = _PIECE if at < sound else 1
                piece = body[at : at + size] if stream.can_accept_more_data() else b""
                parts.append(bytes(stream.process(piece, output_buffer_limit=room + 1)))
                at += len(piece)
                room -= len(parts[-1])
                if room < 0:
                    raise UndecodableBody("larger than allowed")
            # What is no Brotli may begin as a short stream of it.
            whole = stream.is_finished() and len(body) <= 2 * at
            note = _behind(body[at:]) if whole else "cut short"
            return _Undone(b"".join(parts), whole, note)
        except brotli.error as error:
            part = _Undone(b"".join(parts), whole=False, note=f"damaged ({error})")
            sound = at
    return part


def _zstd(body: bytes) -> _Undone:
    zstd = first_library("compression.zstd", "backports.zstd")
    parts: list[bytes] = []
    room, rest = MAX_DECODED, body
    while _by_magic(rest) == "zstd":
        stream = zstd.ZstdDecompressor()
        for at in range(0, len(rest), _PIECE):
            try:
                parts.append(bytes(stream.decompress(rest[at : at + _PIECE], room + 1)))
            except zstd.ZstdError as error:
                return _Undone(b"".join(parts), whole=False, note=f"damaged ({error})")
            room -= len(parts[-1])
            if room < 0:
                raise UndecodableBody("larger than allowed")
            if stream.eof:
                rest = stream.unused_data + rest[at + _PIECE :]
                break
        else:
            return _Undone(b"".join(parts), whole=False, note="cut short")
    whole = rest is not body
    return _Undone(b"".join(parts), whole, _behind(rest) if whole else "not Zstandard")


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


_DECODERS: dict[str, Callable[[bytes], _Undone]] = {
    "gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
