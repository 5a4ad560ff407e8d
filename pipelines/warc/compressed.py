"""The bytes of a compressed file: gzip in any division into members, Zstandard in frames.

"Member" stands for both. Where one is broken, what can be decompressed of it is still
returned before the damage is raised, since whole records may lie there; records that
share a member whose checksum does not hold are suspect (:meth:`MemberStream.suspect`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from typing import Any, BinaryIO

from isal import igzip_lib

from pipelines.warc.content_encoding import first_library
from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.streams import MemberStart, PlainStream

_CHUNK = 1 << 16
_LITTLE = 1 << 12
#: What isal raises for bytes that are not gzip, or whose checksum does not hold.
BAD_GZIP: tuple[type[Exception], ...] = (
    igzip_lib.IsalError,  # type: ignore[assignment]  # its stub calls the class an instance
    EOFError,
    ValueError,
)
GZIP_MAGIC = b"\x1f\x8b"
#: Deflate makes at most this many bytes of one (258 of two bits, and then some).
_DEFLATE_RATIO = 1040
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
#: The frame that a dictionary comes in, by the draft standard for .warc.zst files.
_ZSTD_DICTIONARY = b"\x5d\x2a\x4d\x18"
ZSTD_MAGICS = (_ZSTD_MAGIC, _ZSTD_DICTIONARY)
_MAX_DICTIONARY = 16 << 20
#: What stands before and between members and is passed over: zeros, which fill a block of a tape
#: or disk, and line ends.
_FILLING = b"\0\r\n"
#: What Zstandard may make at once, and what is saved of a broken member (bytes).
_PORTION = 1 << 20
_MOST_SAVED = 64 << 20


class MemberStream(PlainStream):
    """A file of compressed members.

    :raises DamagedWarc: from any reading method, at the offset of the broken member
    """

    kind = FindingKind.GZIP
    unit = "gzip member"
    magic = GZIP_MAGIC
    errors: tuple[type[Exception], ...] = BAD_GZIP

    def __init__(self, file: BinaryIO, name: str) -> None:
        super().__init__(file, name)
        self._pending = b""  # raw bytes that are not yet fed to a decompressor
        self._member: Any = None
        self._begun_at = self._raw
        self._member_start = self._raw
        self._member_filled = 0  # what came before it, uncompressed
        self._taken = 0
        self._filled = 0
        self._failed: DamagedWarc | None = None
        self._faults: tuple[int, str] = (-1, "")
        # of the members begun and not yet passed: (position in the uncompressed stream, border)
        self._borders: deque[tuple[int, MemberStart]] = deque()

    @abstractmethod
    def _new(self) -> Any:
        """A decompressor for one member."""

    def _decode(self, member: Any, data: bytes) -> bytes:
        return bytes(member.decompress(data))

    def _hungry(self, member: Any) -> bool:
        """Return whether a member can give nothing more without more raw bytes."""
        return True

    @property
    def raw_position(self) -> int:
        """The file offset of the member that the next byte is in."""
        self._forget_borders()
        return self._borders[0][1].offset if self._borders else self._member_start

    @property
    def position(self) -> int:
        """How many uncompressed bytes have been taken."""
        return self._taken

    def room(self) -> int:
        """The most bytes that can still come."""
        raw = self._size - self._raw + len(self._pending) + _CHUNK
        return len(self.buffer) + raw * _DEFLATE_RATIO

    def fill(self) -> bool:
        """Decompress the next piece; False at the end of the file."""
        if self._failed is not None:
            raise self._failed
        if not self._pending and (self._member is None or self._hungry(self._member)):
            self._read_on()
            if not self._pending:
                if self._member is None:
                    if not self.members and self._begun_at == 0:
                        # Zeros after a dictionary are a file that was never written, not filling.
                        self._member_start = self._raw
                        raise self._fail(f"the file has no {self.unit}", FindingKind.STRAY)
                    return False
                raise self._fail(f"the {self.unit} is cut short", FindingKind.CUT)
        if self._member is None and not self._start_member():
            return True
        try:
            data = self._decode(self._member, self._pending)
        except self.errors as error:
            self._fail(f"{self.kind}: {error}", self.kind)
            data = self._rescue()
            if not data:
                raise self._failed from error  # type: ignore[misc]  # set by _fail
        self._pending = b""
        self.buffer += data
        self._filled += len(data)
        if self._failed is None and self._member.eof:
            self._pending = self._member.unused_data
            self._member = None
        return True

    def _read_on(self) -> bool:
        more = self._file.read(_CHUNK)
        self._raw += len(more)
        self._pending += more
        return bool(more)

    def _fail(self, why: str, kind: FindingKind) -> DamagedWarc:
        self._failed = DamagedWarc(self.name, self._member_start, why, kind)
        return self._failed

    def _start_member(self) -> bool:
        """Begin the next member; False if the bytes at hand were no member and are passed."""
        self._member_start = self._raw - len(self._pending)
        while len(self._pending) < len(self.magic) and self._read_on():
            pass
        if self._pending[:1] in _FILLING and self._pending:
            self._pending = self._pending.lstrip(_FILLING)
            return False
        if not self._pending.startswith(self.magic):
            why = f"no {self.unit} where a {self.unit} should start"
            raise self._fail(why, FindingKind.STRAY)
        self._member = self._new()
        self._member_filled = self._filled
        self._borders.append((self._filled, MemberStart(self._member_start, self.members)))
        self.members += 1
        return True

    def take(self, size: int) -> bytes:
        """Up to ``size`` bytes: fewer only at the end of the file."""
        data = super().take(size)
        self._taken += len(data)
        return data

    def give_back(self, data: bytes) -> None:
        """Undo the last :meth:`take`."""
        super().give_back(data)
        self._taken -= len(data)

    def drop(self, size: int) -> None:
        """Take what is in the buffer, without a copy."""
        del self.buffer[:size]
        self._taken += size

    def rewind(self, position: int) -> None:
        """Go back to where this many uncompressed bytes have been taken."""
        self._file.seek(self._begun_at)
        self._raw = self._member_start = self._begun_at
        self._pending, self._member, self._failed = b"", None, None
        self._taken = self._filled = self._member_filled = self.members = 0
        self._borders.clear()
        self.buffer.clear()
        while self._taken < position and (self.buffer or self.fill()):
            self.drop(min(len(self.buffer), position - self._taken))

    def border(self) -> MemberStart | None:
        """Where the next member starts, if the one before it ends right here."""
        while not self.buffer and self._member is not None:
            if self._failed is not None:
                return None
            self.fill()  # to its end, where its checksum is
        if not self.buffer:
            return MemberStart(self._raw - len(self._pending), self.members)
        self._forget_borders()
        if self._borders and self._borders[0][0] == self._taken:
            return self._borders[0][1]
        return None

    def _forget_borders(self) -> None:
        while len(self._borders) > 1 and self._borders[1][0] <= self._taken:
            self._borders.popleft()

    # -- broken members ----------------------------------------------------------------

    def suspect(self) -> str:
        """Why what was taken last may be damaged though it looks whole; "" if nothing says so.

        The checksum is at the member's end, which may be far: it is looked at once a member,
        and only where records share one. A member that is cut has none, and makes nothing suspect.
        """
        if self._member is None or (self._borders and self._borders[-1][0] >= self._taken):
            return ""
        if self._failed is not None:
            return "" if self._failed.kind is FindingKind.CUT else self._failed.why
        if self._faults[0] != self._member_start:
            place = self._file.tell()
            self._faults = (self._member_start, self._fault_ahead())
            self._file.seek(place)
        return self._faults[1]

    def _fault_ahead(self) -> str:
        member = self._new()
        self._file.seek(self._member_start)
        try:
            while not member.eof and (data := self._file.read(_LITTLE)):
                self._decode(member, data)
                while not member.eof and not self._hungry(member):
                    self._decode(member, b"")
        except self.errors as error:
            return f"{self.kind}: {error}"
        return ""

    def _rescue(self) -> bytes:
        """What can be decompressed of the broken member and has not been handed out."""
        assert self._failed is not None
        before = self._raw - len(self._pending)
        passed = self._filled - self._member_filled
        member, saved, place = self._new(), bytearray(), self._file.tell()
        at = self._member_start
        try:
            self._file.seek(at)
            while len(saved) < _MOST_SAVED and not member.eof:
                data = self._file.read(max(1, min(_CHUNK, before - at)))
                if not data:
                    break
                at += len(data)
                saved += self._decode(member, data)
                drop = min(passed, len(saved))
                del saved[:drop]
                passed -= drop
        except self.errors:
            pass
        self._file.seek(place)
        return bytes(saved)


class GzipStream(MemberStream):
    """A gzip file of any number of members."""

    def _new(self) -> Any:
        return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)


class ZstdStream(MemberStream):
    """A Zstandard file of any number of frames, with the dictionary that it may begin with."""

    kind = FindingKind.ZSTD
    unit = "Zstandard frame"
    magic = _ZSTD_MAGIC

    def __init__(self, file: BinaryIO, name: str) -> None:
        super().__init__(file, name)
        try:
            self._zstd = first_library("compression.zstd", "backports.zstd")
        except ImportError as error:
            raise OSError(f"{name}: Zstandard {error}") from error
        self.errors = (self._zstd.ZstdError, EOFError, ValueError)
        self._dictionary = _dictionary(self._zstd, file, name)
        self._skip = 0

    def room(self) -> int:
        """The most bytes that can still come: a frame of zeros has no bound worth naming."""
        return super().room() << 10

    def _new(self) -> Any:
        return self._zstd.ZstdDecompressor(zstd_dict=self._dictionary)

    def _decode(self, member: Any, data: bytes) -> bytes:
        return bytes(member.decompress(data, _PORTION))

    def _hungry(self, member: Any) -> bool:
        return bool(member.needs_input)

    def _start_member(self) -> bool:
        while len(self._pending) < 8 and self._read_on():
            pass
        kind = int.from_bytes(self._pending[:4], "little")
        if 0x184D2A50 <= kind <= 0x184D2A5F and len(self._pending) >= 8:
            size = 8 + int.from_bytes(self._pending[4:8], "little")
            while len(self._pending) < size:
                size -= len(self._pending)
                self._pending = b""
                if not self._read_on():
                    raise self._fail("a skippable frame is cut short", FindingKind.CUT)
            self._pending = self._pending[size:]
            return False
        return super()._start_member()


def _dictionary(zstd: Any, file: BinaryIO, name: str) -> Any:
    """The dictionary that a file begins with, if it does."""
    place = file.tell()
    try:
        file.seek(0)
        head = file.read(8)
        if head[:4] != _ZSTD_DICTIONARY:
            return None
        size = int.from_bytes(head[4:], "little")
        data = file.read(min(size, _MAX_DICTIONARY))
        if len(data) < size:
            raise ValueError("it is cut short, or too large")
        if data.startswith(_ZSTD_MAGIC):
            data = zstd.ZstdDecompressor().decompress(data, _MAX_DICTIONARY)
        return zstd.ZstdDict(data, is_raw=not data.startswith(b"\x37\xa4\x30\xec"))
    except (zstd.ZstdError, EOFError, ValueError) as error:
        why = f"the dictionary, without which nothing can be read: {error}"
        raise DamagedWarc(name, 0, why, FindingKind.ZSTD, resume=file.seek(0, 2)) from error
    finally:
        file.seek(place)


def open_stream(file: BinaryIO, name: str) -> PlainStream:
    """The right stream for a file, by its first bytes and not by its name.

    :raises DamagedWarc: if a Zstandard file's dictionary cannot be read
    """
    start = file.tell()
    magic = file.read(64).lstrip(_FILLING)[:4]
    file.seek(start)
    if magic.startswith(GZIP_MAGIC):
        return GzipStream(file, name)
    return ZstdStream(file, name) if magic in ZSTD_MAGICS else PlainStream(file, name)
