"""The bytes of a WARC file, uncompressed, with the borders of gzip members kept in sight.

Here are the values, and the stream of an uncompressed file; compressed ones are in
:mod:`pipelines.warc.compressed`.

The reader must know three things that general readers hide: at which offset of the file a
record starts and how long it is there, whether each gzip member is whole (its checksum
included), and where the damage is if not. FastWARC 2.0 hands out a cut record as if it
were whole and reports the end of the file as the offset of records that share a member,
which is why this is not built on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class MemberStart:
    """A place where reading can start: its file offset, and which one in order it is.

    ``ordinal`` is None in plain files, where every place is one.
    """

    offset: int
    ordinal: int | None = None

    def next_is(self, other: MemberStart) -> bool:
        """Whether there is no border between this and the later one."""
        if self.ordinal is None or other.ordinal is None:
            return True
        return other.ordinal == self.ordinal + 1


class PlainStream:
    """An uncompressed file: every offset is a place to read from."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self.name = name
        self._raw = file.tell()
        self._size = file.seek(0, 2)
        file.seek(self._raw)
        self.buffer = bytearray()
        #: how many gzip members have been begun
        self.members = 0

    @property
    def raw_position(self) -> int:
        """The file offset of the next byte (for gzip: at or before it)."""
        return self._raw - len(self.buffer)

    @property
    def position(self) -> int:
        """How many bytes have been taken, uncompressed."""
        return self.raw_position

    def room(self) -> int:
        """The most bytes that can still come."""
        return self._size - self.raw_position

    def suspect(self) -> str:
        """Why what was taken last may be damaged though it looks whole; "" if nothing says so."""
        return ""

    def fill(self) -> bool:
        """Read more into the buffer; False at the end of the file."""
        data = self._file.read(_CHUNK)
        self._raw += len(data)
        self.buffer += data
        return bool(data)

    def border(self) -> MemberStart | None:
        """The place right here, if reading can start at it."""
        return MemberStart(self.raw_position)

    def take(self, size: int) -> bytes:
        """Up to ``size`` bytes: fewer only at the end of the file."""
        while len(self.buffer) < size and self.fill():
            pass
        with memoryview(self.buffer) as view:
            data = bytes(view[:size])
        del self.buffer[:size]
        return data

    def give_back(self, data: bytes) -> None:
        """Undo the last :meth:`take`."""
        self.buffer[:0] = data

    def peek(self, size: int) -> bytes:
        """As :meth:`take`, but the bytes stay."""
        while len(self.buffer) < size and self.fill():
            pass
        return bytes(self.buffer[:size])

    def find(self, separators: tuple[bytes, ...], limit: int) -> int:
        """Return the end of the first separator within ``limit`` bytes, or -1."""
        searched = 0
        while True:
            first, last = -1, limit
            for mark in separators:
                at = self.buffer.find(mark, searched, last)
                if at >= 0:
                    first = last = at + len(mark)
            if first >= 0:
                return first
            searched = max(0, len(self.buffer) - 4)
            if len(self.buffer) >= limit or not self.fill():
                return -1
