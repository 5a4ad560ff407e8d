"""Reads the entries of a ZIP file, sound or not, in little memory.

The directory is read by Python's zipfile; the entries are read here, so that what is before
a damaged byte, or under a checksum that does not hold, is not lost. What an entry unpacks to
is bounded, so that no bomb fills the disk.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1 << 16
_LOCAL = b"PK\x03\x04"
_LOCAL_SIZE = 30
#: What zipfile raises for a directory that is none.
BAD_ZIP: tuple[type[Exception], ...] = (
    zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error, OverflowError,
    RuntimeError, KeyError, OSError,
)  # fmt: skip
#: An entry may unpack to this many times its size, and this many bytes more.
_RATIO, _SPARE = 200, 64 << 20


class ZipDamage(Exception):
    """Why an entry is not whole."""


def directory(path: Path) -> list[zipfile.ZipInfo]:
    """The entries of a ZIP file, each name once.

    :raises zipfile.BadZipFile: if its directory cannot be read
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {info.filename: info for info in archive.infolist() if not info.is_dir()}
    except BAD_ZIP as error:
        raise zipfile.BadZipFile(str(error) or type(error).__name__) from error
    return list(entries.values())


def entry_bytes(file: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """What an entry holds, in pieces; all that can be had comes before an error.

    :raises ZipDamage: if it is not whole
    """
    fault = _to_data(file, info)
    checksum = size = 0
    for piece in _unpacked(file, info):
        checksum, size = zlib.crc32(piece, checksum), size + len(piece)
        yield piece
    if fault:
        raise ZipDamage(fault)
    if size != info.file_size:
        raise ZipDamage(f"it has {size} bytes, and the directory says {info.file_size}")
    if checksum != info.CRC:
        raise ZipDamage("its checksum does not hold")


def _to_data(file: BinaryIO, info: zipfile.ZipInfo) -> str:
    """Go to where an entry's bytes begin; returns what is wrong with its header."""
    if info.header_offset < 0 or info.flag_bits & 1:
        raise ZipDamage("it is encrypted" if info.flag_bits & 1 else "its place is no place")
    file.seek(info.header_offset)
    head = file.read(_LOCAL_SIZE)
    if len(head) < _LOCAL_SIZE:
        raise ZipDamage("the file ends before it")
    names = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
    expected = len(info.orig_filename.encode("utf-8", "replace"))
    if head[:4] != _LOCAL or names[0] != expected:
        # The extra field's length is not known then: a reader of records finds its way.
        file.seek(info.header_offset + _LOCAL_SIZE + expected)
        return "its header is damaged"
    file.seek(info.header_offset + _LOCAL_SIZE + sum(names))
    return ""


def _unpacked(file: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    if info.compress_type == zipfile.ZIP_STORED:
        yield from _pieces(file, info.compress_size)
        return
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise ZipDamage(f"it is compressed by method {info.compress_type}: not supported")
    inflate = zlib.decompressobj(-15)
    room = info.compress_size * _RATIO + _SPARE
    try:
        for data in _pieces(file, info.compress_size):
            while data and not inflate.eof:
                piece = inflate.decompress(data, 1 << 20)
                room -= len(piece)
                if room < 0:
                    raise ZipDamage("it unpacks to more than a web archive would")
                yield piece
                data = inflate.unconsumed_tail
        if not inflate.eof:
            yield inflate.flush()
            raise ZipDamage("it is cut short")
    except zlib.error as error:
        raise ZipDamage(str(error)) from error


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (data := file.read(min(size, _CHUNK))):
        size -= len(data)
        yield data
