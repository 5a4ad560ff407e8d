"""Reads WARC files for checking: the regular way fast, everything else the general way.

Our own files, and those of most tools, hold one whole record in each gzip member. Such a
member is decompressed in one call and split; where one is anything else, the general
reader takes over at its offset, for the rest of the file.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from isal import igzip_lib

from pipelines.http_message import parse_response
from pipelines.warc_read import OnDamage, Record, header_fields, read_warc
from pipelines.warc_stream import BAD_GZIP

#: How the members of our writer begin: no name, no time, no flags. A bit that is flipped
#: there changes nothing that a reader sees, so that only this comparison finds it.
MEMBER_HEADS = frozenset(
    {b"\x1f\x8b\x08\0\0\0\0\0\0\xff", igzip_lib.compress(b"", 1, igzip_lib.COMP_GZIP)[:10]}
)
_MAGIC = b"\x1f\x8b\x08"
_MEMBER_HEAD = 10
_LEAST_MEMBER = 18
_CHUNK = 1 << 20
_END = b"\r\n\r\n"
_OUR_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_VERSIONS = (b"WARC/1.1\r\n", b"WARC/1.0\r\n")


class Reader:
    """The records of one WARC file, in order; damage is told and passed over.

    :raises OSError: while it is iterated, if the file cannot be read
    """

    def __init__(self, path: Path, on_damage: OnDamage) -> None:
        self._path = path
        self._on_damage = on_damage
        #: whether the last record's member begins as our writer makes it and holds it alone
        self.exact = False

    def __iter__(self) -> Iterator[Record]:
        with self._path.open("rb") as file:
            rest = yield from self._regular(file)
            self.exact = False
        if rest is not None:
            yield from read_warc(self._path, self._on_damage, start=rest)

    def _regular(self, file: BinaryIO) -> Generator[Record, None, int | None]:
        """One record a member, for as long as that is so.

        :returns: the offset from which it is not, None at the end of the file
        """
        window = _Window(file)
        self.exact = window.mark in MEMBER_HEADS
        while window.more():
            member = window.member()
            record = _record(*member) if member is not None else None
            if record is None:
                return window.offset
            window.pass_by()
            yield record
        return None


class _Window:
    """A piece of a gzip file that has at least one whole member in it, from ``_at`` on."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._base = self._at = self._done = 0
        self._buffer = file.read(_CHUNK)
        head = self._buffer[:_MEMBER_HEAD]
        #: what each member begins with
        self.mark = head if head in MEMBER_HEADS else _MAGIC

    @property
    def offset(self) -> int:
        """Where in the file the member begins."""
        return self._base + self._at

    def more(self) -> bool:
        """Whether the file goes on."""
        if self._at == len(self._buffer):
            self._base, self._at, self._buffer = self.offset, 0, self._file.read(_CHUNK)
        return bool(self._buffer)

    def pass_by(self) -> None:
        """Go on behind the member."""
        self._at = self._done

    def member(self) -> tuple[bytes, int, int] | None:
        """Its content, offset and length; None if it is not whole, or something follows it.

        It ends where the next begins. What looks like a beginning may be content: then it
        is fed in two pieces.
        """
        self._done = searched = self._at
        if not self._buffer.startswith(self.mark, self._at):
            if not (len(self._buffer) - self._at < _MEMBER_HEAD and self._extend()):
                return None
            return self.member()
        member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        parts: list[bytes] = []
        while not member.eof:
            end = self._buffer.find(self.mark, max(searched, self._at + _LEAST_MEMBER))
            if end < 0:
                searched = max(searched, len(self._buffer) - len(self.mark)) - self._at
                if self._extend():
                    continue
                end = len(self._buffer)
            try:
                parts.append(member.decompress(memoryview(self._buffer)[self._done : end]))
            except BAD_GZIP:
                return None
            if not member.eof and end == len(self._buffer):
                return None  # cut short
            self._done, searched = end, end + 1
        if member.unused_data:
            return None
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        return data, self.offset, self._done - self._at

    def _extend(self) -> bool:
        """Read on, and drop what is behind."""
        more = self._file.read(max(_CHUNK, len(self._buffer) - self._at))
        if not more:
            return False
        self._buffer = self._buffer[self._at :] + more
        self._base, self._done, self._at = self.offset, self._done - self._at, 0
        return True


def _record(data: bytes, offset: int, length: int) -> Record | None:
    """The one record in a member; None if it is not one, whole and alone."""
    end = data.find(_END) + len(_END)
    if not data.startswith(_VERSIONS) or not data.endswith(_END) or end + len(_END) > len(data):
        return None
    head = data[:end]
    headers = header_fields(head)
    # The first of several values, as Record.get() gives it; repeats are rare.
    values = {name.lower(): value for name, value in headers}
    if len(values) != len(headers):
        values = {name.lower(): value for name, value in reversed(headers)}
    size = len(data) - end - len(_END)
    if values.get("content-length") != str(size):
        return None
    return _ready_record(headers, values, head, data[end : end + size], offset, length)


def _ready_record(
    headers: tuple[tuple[str, str], ...],
    values: dict[str, str],
    head: bytes,
    block: bytes,
    offset: int,
    length: int,
) -> Record:
    """A record whose cached properties that every check asks for are filled in already.

    Working them out one by one, each behind a lock, is half the time of a small record.
    """
    kind = values.get("warc-type", "").lower()
    cached: dict[str, object] = {
        "headers": headers,
        "head": head,
        "block": block,
        "offset": offset,
        "length": length,
        "addressable": True,
        "tail": _END,
        "_first_values": values,
        "record_type": kind,
        "record_id": values.get("warc-record-id", "").strip("<>"),
        "url": values.get("warc-target-uri", "").strip("<>"),
    }
    if kind in ("response", "revisit"):
        cached["http"] = parse_response(block)
    date = values.get("warc-date", "")
    if len(date) == 27 and _OUR_DATE.match(date):
        with suppress(ValueError):  # such as month 13: then Record.date says so
            cached["date"] = datetime.fromisoformat(date)
    record = Record.__new__(Record)
    record.__dict__.update(cached)
    return record
