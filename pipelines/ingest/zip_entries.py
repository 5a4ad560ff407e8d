"""The entries of a ZIP file, sound or not (APPNOTE.TXT 6.3.10).

The directory at its end is read by Python's zipfile. Where that is gone or leads nowhere, the
heads that stand before the entries are looked for instead. Entries are unpacked here, so that
what is before a damaged byte, or under a checksum that does not hold, is not lost. What they
unpack to is bounded, so that no bomb fills the disk.
"""

from __future__ import annotations

import bz2
import mmap
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from pipelines.warc.content_encoding import first_library

_CHUNK = 1 << 16
_PIECE = 1 << 20
_LOCAL, _DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
_HEAD = struct.Struct("<4sHHHHHLLLHH")
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 1, 8, 0x800
_MAX_32 = 0xFFFFFFFF
_METHODS = {6: "imploding", 9: "Deflate64", 14: "LZMA", 95: "xz", 98: "PPMd", 99: "AES"}
#: What Unix calls an entry (its mode) that is no file. ZIP files of other systems have no mode.
_KINDS = {
    stat.S_IFLNK: "a symbolic link", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket",
}  # fmt: skip
#: What zipfile raises for a directory that is none.
_BAD_ZIP: tuple[type[Exception], ...] = (
    zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error, OverflowError,
    RuntimeError, KeyError, OSError,
)  # fmt: skip
#: A ZIP file may unpack to this many times its size, and this many bytes more.
_RATIO, _SPARE = 200, 64 << 20


class ZipDamage(Exception):
    """Why an entry is not whole.

    :param elsewhere: whether its bytes may be at another place than was read
    """

    def __init__(self, why: str, *, elsewhere: bool = False) -> None:
        super().__init__(why)
        self.elsewhere = elsewhere


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """An entry: its name with slashes, without what leads out of the folder; and where it is.

    ``no_file`` says what else than a file it is, such as a symbolic link; "" of a file.
    ``leads_out`` is its name as it stands there, if that leads out of the folder.
    ``head`` is the offset of its head, ``name_size`` how long its name is there (bytes),
    ``packed`` its size; ``size`` and ``crc`` are None where nothing says them.
    """

    name: str
    name_size: int
    head: int
    method: int
    flags: int
    packed: int
    size: int | None
    crc: int | None
    date: datetime
    no_file: str = ""
    leads_out: str = ""

    @property
    def stored(self) -> bool:
        """Whether its bytes lie in the file as they are."""
        return self.method == zipfile.ZIP_STORED


@dataclass
class Room:
    """How many bytes more may be unpacked of one file and all files in it."""

    left: int

    @classmethod
    def of(cls, path: Path) -> Room:
        """What a file may unpack to."""
        return cls(path.stat().st_size * _RATIO + _SPARE)

    def take(self, size: int) -> None:
        """Unpack some bytes.

        :raises ZipDamage: if there is no room for them
        """
        self.left -= size
        if self.left < 0:
            raise ZipDamage("it unpacks to more than a web archive would")


def entries_of(path: Path) -> tuple[list[ZipEntry], str]:
    """The entries of a ZIP file, folders left out; and why its directory was not used, or "".

    :raises OSError: if it cannot be read
    """
    why = ""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [_listed(info) for info in archive.infolist()]
    except _BAD_ZIP as error:
        why = str(error) or type(error).__name__
        entries = list(_entries_by_heads(path))
    return [entry for entry in entries if not entry.name.endswith("/") and entry.name], why


def place_of(name: str) -> str:
    """A name as a place within the ZIP: Windows's backslashes and drive, ``/`` and ``..`` gone."""
    parts = re.sub(r"^[A-Za-z]:", "", name.replace("\\", "/")).split("/")
    place = "/".join(part for part in parts if part not in ("", ".", ".."))
    return f"{place}/" if parts[-1] == "" else place


def _listed(info: zipfile.ZipInfo) -> ZipEntry:
    return ZipEntry(
        place_of(info.filename),
        len(info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437", "replace")),
        info.header_offset, info.compress_type,
        info.flag_bits, info.compress_size, info.file_size, info.CRC, _date(*info.date_time),
        _KINDS.get(stat.S_IFMT(info.external_attr >> 16), ""), _leading_out(info.filename),
    )  # fmt: skip


def _leading_out(name: str) -> str:
    """A name that is absolute or goes up, on any system; "" of any other."""
    parts = name.replace("\\", "/").split("/")
    return name if not parts[0] or parts[0].endswith(":") or ".." in parts else ""


def _date(*parts: int) -> datetime:
    with suppress(ValueError):
        return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # six numbers
    return datetime(1980, 1, 1, tzinfo=UTC)


def _entries_by_heads(path: Path) -> Iterator[ZipEntry]:
    """The entries whose heads are found; one without a size goes to its descriptor's place."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.find(_LOCAL)
        while at >= 0:
            entry = _entry_at(data, at)
            if entry is not None:
                yield entry
                at = _data_of(data[at : at + _HEAD.size], at) + entry.packed - 1
            at = data.find(_LOCAL, at + 1)


def _entry_at(data: mmap.mmap, at: int) -> ZipEntry | None:
    if at + _HEAD.size > len(data):
        return None
    _, version, flags, method, time, day, crc, packed, size, name_size, more = _HEAD.unpack(
        data[at : at + _HEAD.size]
    )
    name_at = at + _HEAD.size
    raw = data[name_at : name_at + name_size]
    if not raw or version & 0xFF > 63 or re.search(rb"[\0-\x1f]", raw):
        return None
    name = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    start = name_at + name_size + more
    if packed == _MAX_32 or size == _MAX_32:
        size, packed = _long_sizes(data[name_at + name_size : start], size, packed)
    checksum: int | None = crc
    if flags & _SIZES_FOLLOW and not packed:
        checksum, packed, size = _described(data, start)
    date = _date(
        1980 + (day >> 9), day >> 5 & 15, day & 31, time >> 11, time >> 5 & 63, (time & 31) * 2
    )
    return ZipEntry(
        place_of(name), name_size, at, method, flags, packed, size, checksum, date,
        leads_out=_leading_out(name),
    )  # fmt: skip


def _long_sizes(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    """The size and packed size that the ZIP64 field of a head says."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == 1 and length >= 16 and len(extra) >= 20:
            size, packed = struct.unpack_from("<QQ", extra, 4)
            return size, packed
        extra = extra[4 + length :]
    return size, packed


def _described(data: mmap.mmap, start: int) -> tuple[int | None, int, int | None]:
    """The checksum, packed size and size that stand behind an entry's bytes.

    What looks like a descriptor is one if it says how far away the entry's first byte is.
    Without any, the entry goes on to the end of the file.
    """
    at = data.find(_DESCRIPTOR, start)
    while at >= 0:
        for form in ("<LLL", "<LQQ"):
            field = data[at + 4 : at + 4 + struct.calcsize(form)]
            if len(field) == struct.calcsize(form):
                crc, packed, size = struct.unpack(form, field)
                if packed == at - start:
                    return crc, packed, size
        at = data.find(_DESCRIPTOR, at + 1)
    return None, len(data) - start, None


def _data_of(head: bytes, at: int) -> int:
    name_size, more = struct.unpack_from("<HH", head, 26)
    return at + _HEAD.size + int(name_size) + int(more)


def entry_bytes(file: BinaryIO, entry: ZipEntry, room: Room) -> Iterator[bytes]:
    """What an entry holds, in pieces; all that can be had comes before an error.

    :raises ZipDamage: if it is not whole
    """
    fault = _to_data(file, entry)
    checksum = size = 0
    for piece in _unpacked(file, entry):
        room.take(len(piece))
        checksum, size = zlib.crc32(piece, checksum), size + len(piece)
        yield piece
    if fault:
        raise ZipDamage(fault, elsewhere=True)
    if entry.size is None or entry.crc is None:
        raise ZipDamage("the file ends before its size and checksum")
    if size != entry.size:
        raise ZipDamage(f"it has {size} bytes, and should have {entry.size}")
    if checksum != entry.crc:
        raise ZipDamage("its checksum does not hold")


def _to_data(file: BinaryIO, entry: ZipEntry) -> str:
    """Go to where an entry's bytes begin; returns what is wrong with its head."""
    if entry.flags & _ENCRYPTED:
        raise ZipDamage("it is encrypted: unpack it with its password")
    if entry.head < 0:
        raise ZipDamage("its place is no place", elsewhere=True)
    file.seek(entry.head)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise ZipDamage("the file ends before it", elsewhere=True)
    if head[:4] != _LOCAL or int.from_bytes(head[26:28], "little") != entry.name_size:
        # The extra field's length is not known then: a reader of records finds its way.
        file.seek(entry.head + _HEAD.size + entry.name_size)
        return "its head is damaged"
    file.seek(_data_of(head, entry.head))
    return ""


def _unpacked(file: BinaryIO, entry: ZipEntry) -> Iterator[bytes]:
    pieces = _pieces(file, entry.packed)
    if entry.stored:
        yield from pieces
        return
    inflate, errors = _decompressor(entry.method)
    try:
        for data in pieces:
            rest = data
            while rest and not inflate.eof:
                yield inflate.decompress(rest, _PIECE)
                rest = getattr(inflate, "unconsumed_tail", b"")
                while not (inflate.eof or getattr(inflate, "needs_input", True)):
                    yield inflate.decompress(b"", _PIECE)
        if not inflate.eof and hasattr(inflate, "flush"):
            yield inflate.flush()
    except errors as error:
        raise ZipDamage(str(error)) from error
    if not inflate.eof:
        raise ZipDamage("it is cut short")


def _decompressor(method: int) -> tuple[Any, tuple[type[Exception], ...]]:
    """What unpacks a method: zlib keeps its rest outside, the others within; and its errors."""
    if method == zipfile.ZIP_DEFLATED:
        return zlib.decompressobj(-15), (zlib.error,)
    if method == zipfile.ZIP_BZIP2:
        return bz2.BZ2Decompressor(), (OSError, EOFError)
    if method in (20, 93):
        zstd = first_library("compression.zstd", "backports.zstd")
        return zstd.ZstdDecompressor(), (zstd.ZstdError, EOFError)
    how = f"by {_METHODS[method]}" if method in _METHODS else f"by method {method}"
    raise ZipDamage(f"it is compressed {how}: not supported; unpack it with another program")


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (data := file.read(min(size, _CHUNK))):
        size -= len(data)
        yield data
