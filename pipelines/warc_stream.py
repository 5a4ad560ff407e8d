"""The bytes of a WARC file, uncompressed, with the borders of gzip members kept in sight.

The reader must know three things that general readers hide: at which offset of the file a
record starts and how long it is there, whether each gzip member is whole (its checksum
included), and where the damage is if not. FastWARC 2.0 hands out a cut record as if it
were whole and reports the end of the file as the offset of records that share a member,
which is why this is not built on it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from isal import igzip_lib

_CHUNK = 1 << 16
#: What isal raises for bytes that are not gzip, or whose checksum does not hold.
BAD_GZIP: tuple[type[Exception], ...] = (
    igzip_lib.IsalError,  # type: ignore[assignment]  # its stub calls the class an instance
    EOFError,
    ValueError,
)
GZIP_MAGIC = b"\x1f\x8b"


class Harm(StrEnum):
    """What kind of damage it is: of the gzip layer, or of the records in it."""

    GZIP = "gzip"
    CUT = "cut"
    STRAY = "stray"
    HEADER = "header"
    LENGTH = "length"


class DamagedWarc(Exception):
    """A WARC file that is not sound: which file, at which byte offset, and why."""

    def __init__(self, path: str, offset: int, why: str, harm: Harm = Harm.CUT) -> None:
        super().__init__(f"{path}: damaged at byte {offset}: {why}")
        self.path = path
        self.offset = offset
        self.why = why
        self.harm = harm

    def __reduce__(self) -> tuple[type[DamagedWarc], tuple[str, int, str, Harm]]:
        # to cross between processes
        return DamagedWarc, (self.path, self.offset, self.why, self.harm)


@dataclass(frozen=True, slots=True)
class Border:
    """A place where reading can start: its file offset, and which one in order it is.

    ``ordinal`` is None in plain files, where every place is one.
    """

    offset: int
    ordinal: int | None = None

    def next_is(self, other: Border) -> bool:
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
        self.buffer = bytearray()
        #: how many gzip members have been begun
        self.members = 0

    @property
    def raw_position(self) -> int:
        """The file offset of the next byte (for gzip: at or before it)."""
        return self._raw - len(self.buffer)

    def fill(self) -> bool:
        """Read more into the buffer; False at the end of the file."""
        data = self._file.read(_CHUNK)
        self._raw += len(data)
        self.buffer += data
        return bool(data)

    def border(self) -> Border | None:
        """The place right here, if reading can start at it."""
        return Border(self.raw_position)

    def take(self, size: int) -> bytes:
        """Up to ``size`` bytes: fewer only at the end of the file."""
        while len(self.buffer) < size and self.fill():
            pass
        with memoryview(self.buffer) as view:
            data = bytes(view[:size])
        del self.buffer[:size]
        return data

    def peek(self, size: int) -> bytes:
        """As :meth:`take`, but the bytes stay."""
        while len(self.buffer) < size and self.fill():
            pass
        return bytes(self.buffer[:size])

    def find(self, separators: tuple[bytes, ...], limit: int) -> int:
        """The end of the first separator within ``limit`` bytes, or -1."""
        searched = 0
        while True:
            ends = [
                at + len(mark)
                for mark in separators
                if (at := self.buffer.find(mark, searched, limit)) >= 0
            ]
            if ends:
                return min(ends)
            searched = max(0, len(self.buffer) - 4)
            if len(self.buffer) >= limit or not self.fill():
                return -1


class GzipStream(PlainStream):
    """A gzip file of any number of members.

    :raises DamagedWarc: from any reading method, at the offset of the broken member
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        super().__init__(file, name)
        self._pending = b""  # raw bytes that are not yet fed to a decompressor
        self._member: igzip_lib.IgzipDecompressor | None = None
        self._member_start = self._raw
        self._taken = 0
        self._filled = 0
        # of the members begun and not yet passed: (position in the uncompressed stream, border)
        self._borders: deque[tuple[int, Border]] = deque()

    @property
    def raw_position(self) -> int:
        """The file offset of the member that the next byte is in."""
        self._forget_borders()
        return self._borders[0][1].offset if self._borders else self._member_start

    def fill(self) -> bool:
        """Decompress the next piece; False at the end of the file."""
        if not self._pending:
            self._pending = self._file.read(_CHUNK)
            self._raw += len(self._pending)
        if not self._pending:
            if self._member is not None:
                raise DamagedWarc(self.name, self._member_start, "the gzip member is cut short")
            return False
        if self._member is None:
            self._start_member()
        assert self._member is not None
        try:
            data = self._member.decompress(self._pending)
        except BAD_GZIP as error:
            raise DamagedWarc(self.name, self._member_start, f"gzip: {error}", Harm.GZIP) from error
        self._pending = b""
        self.buffer += data
        self._filled += len(data)
        if self._member.eof:
            self._pending = self._member.unused_data
            self._member = None
        return True

    def _start_member(self) -> None:
        self._member_start = self._raw - len(self._pending)
        while len(self._pending) < len(GZIP_MAGIC) and (more := self._file.read(_CHUNK)):
            self._raw += len(more)
            self._pending += more
        if not self._pending.startswith(GZIP_MAGIC):
            what = "zeros" if not self._pending.strip(b"\0") else "no gzip member"
            raise DamagedWarc(
                self.name, self._member_start, f"{what} where a member should start", Harm.STRAY
            )
        self._member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        self._borders.append((self._filled, Border(self._member_start, self.members)))
        self.members += 1

    def take(self, size: int) -> bytes:
        """Up to ``size`` bytes: fewer only at the end of the file."""
        data = super().take(size)
        self._taken += len(data)
        return data

    def border(self) -> Border | None:
        """Where the next member starts, if the one before it ends right here."""
        while not self.buffer and self._member is not None:
            self.fill()  # to its end, where its checksum is
        if not self.buffer:
            return Border(self._raw - len(self._pending), self.members)
        self._forget_borders()
        if self._borders and self._borders[0][0] == self._taken:
            return self._borders[0][1]
        return None

    def _forget_borders(self) -> None:
        while len(self._borders) > 1 and self._borders[1][0] <= self._taken:
            self._borders.popleft()


def open_stream(file: BinaryIO, name: str) -> PlainStream:
    """The right stream for a file, by its first bytes and not by its name."""
    start = file.tell()
    magic = file.read(2)
    file.seek(start)
    return GzipStream(file, name) if magic == GZIP_MAGIC else PlainStream(file, name)
