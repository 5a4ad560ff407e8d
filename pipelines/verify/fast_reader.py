"""Reads WARC files for checking: the regular way fast, everything else the general way.

Our own files, and those of most tools, hold one whole record in each gzip member. Such a
member is decompressed in one call and split; where one is anything else, the general
reader takes over at its offset, for the rest of the file. Sound pairs of ours go by the
lane of :mod:`pipelines.verify.fast_pairs`, which makes no records of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from isal import igzip_lib

from pipelines.verify.fast_pairs import Answer, Pair, sound_answer, sound_pair
from pipelines.warc.compressed import BAD_GZIP
from pipelines.warc.http import parse_response
from pipelines.warc.reader import OnDamage, Record, header_fields, read_warc

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


class Member(NamedTuple):
    """A gzip member: its content, and where it lies in the file (bytes)."""

    data: bytes
    offset: int
    length: int


#: Whether a sound pair is dealt with, so that its records need not be handed out.
Accept = Callable[[Pair], bool]


class Reader:
    """The records of one WARC file, in order; damage is told and passed over.

    :param accept: asked for each pair of ours that is certainly sound
    :raises OSError: while it is iterated, if the file cannot be read
    """

    def __init__(self, path: Path, on_damage: OnDamage, accept: Accept | None = None) -> None:
        self._path = path
        self._on_damage = on_damage
        self._accept = accept
        #: whether the last record's member begins as our writer makes it and holds it alone
        self.exact = False

    def __iter__(self) -> Iterator[Record]:
        with self._path.open("rb") as file:
            rest = yield from self._regular(_Window(file))
            self.exact = False
        if rest is not None:
            yield from read_warc(self._path, self._on_damage, start=rest)

    def _regular(self, window: _Window) -> Generator[Record, None, int | None]:
        """One record a member, for as long as that is so.

        :returns: the offset from which it is not, None at the end of the file
        """
        self.exact = window.mark in MEMBER_HEADS
        members = self._apart(window, self._accept) if self._accept and self.exact else window
        for member in members:
            offset = member.offset
            record = _record(*member)
            if record is None:
                return offset
            del member  # the record has its own copy, and may be large
            yield record
        return window.damaged_at

    def _apart(self, window: _Window, accept: Accept) -> Iterator[Member]:
        """The members that do not belong to a pair that is accepted."""
        held: Member | None = None  # an answer that waits for its request
        answer: Answer | None = None
        for member in window:
            if held is not None and answer is not None:
                pair = sound_pair(answer, *member)
                if pair is not None and accept(pair):
                    held = answer = None
                    continue
                yield held
            answer = sound_answer(*member)
            held = member if answer is not None else None
            if held is None:
                yield member
        if held is not None:
            yield held


class _Window:
    """The members of a gzip file, for as long as each is whole and the next follows it.

    Each ends where the next begins. What looks like a beginning may be content: then the
    member is fed to the decompressor in several pieces, and so is one that is longer than
    what is read at once, so that only its content is ever held whole.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._base = self._at = 0  # the file offset of the buffer, and how much of it is done
        self._buffer = file.read(_CHUNK)
        #: the offset of the first member that is not whole, or not followed by another
        self.damaged_at: int | None = None
        head = self._buffer[:_MEMBER_HEAD]
        #: what each member begins with
        self.mark = head if head in MEMBER_HEADS else _MAGIC

    def __iter__(self) -> Iterator[Member]:
        while self._at < len(self._buffer) or self._slide():
            offset = self._base + self._at
            data = self._content()
            if data is None:
                self.damaged_at = offset
                return
            yield Member(data, offset, self._base + self._at - offset)
            del data

    def _content(self) -> bytes | None:
        """The content of the next member; None if it is not whole, or something follows it."""
        mark = self.mark
        if len(self._buffer) - self._at < _MEMBER_HEAD:
            self._slide()
        if not self._buffer.startswith(mark, self._at):
            return None
        member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        parts: list[bytes] = []
        searched = self._at + _LEAST_MEMBER
        ended = False
        while not member.eof:
            if ended and self._at == len(self._buffer):
                return None  # cut short
            end = self._buffer.find(mark, searched)
            last = end < 0
            if last:  # but the next may begin in the last bytes
                end = max(self._at, len(self._buffer) - (0 if ended else len(mark) - 1))
            try:
                if end > self._at:
                    parts.append(member.decompress(memoryview(self._buffer)[self._at : end]))
            except BAD_GZIP:
                return None
            self._at, searched = end, end + 1
            if last and not member.eof:
                ended, searched = not self._slide(), 0
        if member.unused_data:
            return None
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _slide(self) -> bool:
        """Read on, and drop what is done; False at the end of the file."""
        more = self._file.read(_CHUNK)
        self._base += self._at
        self._buffer = self._buffer[self._at :] + more
        self._at = 0
        return bool(more)


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
