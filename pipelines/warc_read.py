"""Reads WARC 0.17 to 1.1, WET included: plain, or gzip in any division into members.

A record is either whole or an error that names file and offset; a short one is never
handed out as good. After damage, reading can go on at the next record.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from isal import igzip_lib

from pipelines.http_message import HttpMessage, parse_response
from pipelines.rows import parse_stamp
from pipelines.warc_stream import (
    BAD_GZIP,
    GZIP_MAGIC,
    DamagedWarc,
    Harm,
    PlainStream,
    open_stream,
)
from pipelines.warc_write import OPEN_SUFFIX, sha1_digest

__all__ = ["DamagedWarc", "Record", "read_at", "read_warc"]

_VERSION = re.compile(rb"WARC/(?:0\.1[78]|1\.[01])\r?\n")
_HEAD_ENDS = (b"\r\n\r\n", b"\n\n")
_TAIL = b"\r\n\r\n"
_MAX_HEAD = 1 << 20
_SCAN = 1 << 20
_MARK = re.compile(rb"(\n(?=WARC/)|(?=\x1f\x8b\x08))")
_LONGEST_MARK = 6
_LENGTH = re.compile(r"\d{1,18}")

OnDamage = Callable[[DamagedWarc], None]


@dataclass(frozen=True)
class Record:
    """One WARC record.

    ``record_id`` is without angle brackets. ``head`` and ``block`` are its bytes.
    ``offset`` and ``length`` (bytes in the file) name its gzip member, or its place in a
    plain file; ``addressable`` is False where it shares a member with others, so that
    ``read_at`` could not find it. ``tail`` is what ended it: fewer than two line ends where
    the file ends early.
    """

    headers: tuple[tuple[str, str], ...]
    head: bytes
    block: bytes
    offset: int
    length: int
    addressable: bool
    tail: bytes = _TAIL

    def get(self, name: str, default: str = "") -> str:
        """The first value of a WARC header field, by any case of its name."""
        return self._first_values.get(name.lower(), default)

    @cached_property
    def _first_values(self) -> dict[str, str]:
        return {name.lower(): value for name, value in reversed(self.headers)}

    @cached_property
    def record_type(self) -> str:
        """response, request, resource, conversion, revisit, metadata, warcinfo ..."""
        return self.get("WARC-Type").lower()

    @cached_property
    def record_id(self) -> str:
        """WARC-Record-ID."""
        return self.get("WARC-Record-ID").strip("<>")

    @cached_property
    def url(self) -> str:
        """WARC-Target-URI; an old wget put angle brackets around it."""
        return self.get("WARC-Target-URI").strip("<>")

    @cached_property
    def date(self) -> datetime | None:
        """WARC-Date, aware; None where it is missing or is no date."""
        return parse_stamp(self.get("WARC-Date"))

    @cached_property
    def http(self) -> HttpMessage | None:
        """The HTTP response in the block; None in other records, or if it is not HTTP."""
        if self.record_type not in ("response", "revisit"):
            return None
        return parse_response(self.block)

    @property
    def payload(self) -> bytes:
        """The block, or the body of its HTTP response without chunk framing."""
        return self.http.payload if self.http else self.block

    def content(self) -> bytes:
        """The payload with content encodings undone.

        :raises UndecodableBody: see :meth:`HttpMessage.content`
        """
        return self.http.content() if self.http else self.block

    @cached_property
    def payload_digest(self) -> str:
        """The payload's sha1, computed. What the record says may be over other bytes."""
        return sha1_digest(self.payload)


def read_warc(path: Path, on_damage: OnDamage | None = None, *, start: int = 0) -> Iterator[Record]:
    """The records of a WARC file, in order, in bounded memory (one record at a time).

    :param start: the offset of the record to begin with
    :param on_damage: called with each damage found; reading goes on at the next record.
        Without it the first damage is raised
    :raises DamagedWarc: see above
    :raises OSError: if the file cannot be read
    """
    with path.open("rb") as file:
        place: int | None = start
        while place is not None:
            file.seek(place)
            try:
                yield from _records(open_stream(file, path.name))
                return
            except DamagedWarc as damage:
                if on_damage is None:
                    raise
                on_damage(damage)
                place = _next_start(file, damage.offset + 1)


def read_at(path: Path, offset: int, length: int) -> Record:
    """The one record at a place, as rows of ``captures`` name it.

    A file that is still being written is found under its ``.open`` name.

    :raises DamagedWarc: if there is no whole record of exactly that length
    :raises FileNotFoundError: if there is no such file
    """
    if not path.exists():
        path = path.with_name(path.name + OPEN_SUFFIX)
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(length)
    if len(data) < length:
        raise DamagedWarc(path.name, offset, f"the file ends {length - len(data)} bytes early")
    found = record_in(data, path.name, offset)
    return Record(found.headers, found.head, found.block, offset, length, True)


def record_in(data: bytes, name: str = "a record", offset: int = 0) -> Record:
    """The one record in some bytes: a gzip member, or a piece of a plain file.

    :param name: of what the bytes are from, and ``offset`` where there, for the error
    :raises DamagedWarc: if they are anything but one whole record
    """
    try:
        records = list(_records(open_stream(io.BytesIO(data), name)))
    except DamagedWarc as damage:
        raise DamagedWarc(name, offset, damage.why) from damage
    if len(records) != 1 or records[0].length != len(data):
        raise DamagedWarc(name, offset, f"{len(records)} records where one should be")
    return records[0]


def _records(stream: PlainStream) -> Iterator[Record]:
    while True:
        while stream.peek(1) in (b"\r", b"\n"):  # some writers end a record with more than two
            stream.take(1)
        start = stream.border()
        if not stream.peek(1):
            return
        offset = stream.raw_position
        headers, head, block, tail = _one_record(stream, offset)
        end = stream.border()
        yield Record(
            headers,
            head,
            block,
            offset,
            length=(end.offset if end else stream.raw_position) - offset,
            addressable=start is not None and end is not None and start.next_is(end),
            tail=tail,
        )


def _one_record(
    stream: PlainStream, offset: int
) -> tuple[tuple[tuple[str, str], ...], bytes, bytes, bytes]:
    def damaged(why: str, harm: Harm) -> DamagedWarc:
        return DamagedWarc(stream.name, offset, why, harm)

    if stream.peek(5) != b"WARC/":
        raise damaged("no WARC record where one should start", Harm.STRAY)
    end = stream.find(_HEAD_ENDS, _MAX_HEAD)
    if end < 0:
        raise damaged("a WARC header that does not end", Harm.CUT)
    head = stream.take(end)
    if not _VERSION.match(head):
        raise damaged(f"not a version of WARC that is known: {head[:12]!r}", Harm.HEADER)
    headers = header_fields(head)
    size = next((value for key, value in headers if key.lower() == "content-length"), "")
    if not _LENGTH.fullmatch(size):
        raise damaged(f"Content-Length is {size!r}", Harm.LENGTH)
    block = stream.take(int(size))
    if len(block) < int(size):
        raise damaged(f"the record is cut: {len(block)} of {size} bytes", Harm.CUT)
    tail = stream.peek(4)
    if tail.startswith(b"\n\n"):
        tail = stream.take(2)
    elif tail == _TAIL or (len(tail) < 4 and _TAIL.startswith(tail)):
        stream.take(len(tail))  # at the end of a file a writer may have left the rest out
    else:
        raise damaged(f"Content-Length {size} is not the length of the block", Harm.LENGTH)
    return headers, head, block, tail


def header_fields(head: bytes) -> tuple[tuple[str, str], ...]:
    """The named fields of a WARC header, its version line and the empty line included in it."""
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    fields: list[tuple[str, str]] = []
    for line in text.split("\n")[1:]:
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}")
        elif colon:
            fields.append((name.strip(), value.strip()))
    return tuple(fields)


def _next_start(file: BinaryIO, offset: int) -> int | None:
    """Where the next record starts, at or after an offset; None if there is none.

    Either kind is looked for, since it may be the file's first bytes that are damaged.
    """
    position = max(0, offset - 1)  # the newline before a plain record may be the byte before
    while True:
        file.seek(position)
        data = file.read(_SCAN)
        for mark in _MARK.finditer(data):
            found = position + mark.end(1)
            if found >= offset and _starts_record(file, found):
                return found
        if len(data) < _SCAN:
            return None
        position += len(data) - _LONGEST_MARK


def _starts_record(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    data = file.read(4096)
    if data.startswith(GZIP_MAGIC):
        member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        try:
            data = member.decompress(data, 64)
        except BAD_GZIP:
            return False
    return _VERSION.match(data) is not None
