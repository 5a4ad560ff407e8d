"""What a file is, by its content and not by its name."""

from __future__ import annotations

import bz2
import lzma
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from parsers.page.media_type import is_binary
from pipelines.files.other_formats import beginning, container, describe
from pipelines.warc.arc import ARC_MAGIC, ARC_MARK
from pipelines.warc.compressed import GZIP_MAGIC, ZSTD_MAGICS, MemberStream, open_stream
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.resync import first_mark, next_start

_HEAD = 65_536
#: How far the beginning of a record is looked for where a file's first bytes are damaged.
_FAR = 4 << 20


class FileError(Exception):
    """A file that cannot be read or imported; the message says why and what to do."""


class FileKind(StrEnum):
    """What a file is."""

    WARC = "warc"
    ARC = "arc"
    WACZ = "wacz"
    JSONL = "jsonl"
    HTML = "html"
    TEXT = "text"


class FileFormat(NamedTuple):
    """What a file is, and how it is compressed: "", "gz" or "zst"."""

    kind: FileKind
    compression: str

    def __str__(self) -> str:
        """As a file name would say it: ``warc.gz``."""
        return ".".join(part for part in self if part)


_COMPRESSIONS = {"gz": "gzip", "zst": "Zstandard"}
#: How much of a file is read to see what is within, more than a block of bzip2.
_PACKED = 1 << 20
#: Memory that xz may take (bytes): its files can ask for 4 GB.
_MEMORY = 100 << 20
#: Compressions that are named, and not read.
_UNPACKERS: tuple[tuple[bytes, str, Callable[[], Any]], ...] = (
    (b"BZh", "bzip2", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\0", "xz", lambda: lzma.LZMADecompressor(memlimit=_MEMORY)),
)
_ARCHIVE_NAME = re.compile(r"\.(?:warc|arc|wacz)(?:\.(?:gz|zst|open|part))*$", re.I)
_HTML = re.compile(
    rb"<(?:!doctype\s+html|!--|\?xml|html|head|title|meta|body|table|div|font|center|p|h[1-6]|a)\b",
    re.I,
)
_JSON = re.compile(rb"\s*\{\s*\"?[\w@.-]{1,80}\"\s*:")
_WARC_FIELD = re.compile(rb"\r?\nWARC-(?:Type|Record-ID|Date):|\r?\nContent-Length:", re.I)


def format_of(path: Path) -> FileFormat:
    """What a file is.

    :raises FileError: if it is nothing that can be read, saying what it is where that is known
    :raises OSError: if it cannot be opened
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise FileError(f"{path} is empty")
    compression = _compression(head)
    inner, fault = _inner(path) if compression else (head, "")
    if compression and _compression(inner):
        name = _COMPRESSIONS[compression]
        raise FileError(f"{path} is {name} within which all is compressed again: unpack it once")
    kind = _kind(inner)
    if kind in (FileKind.WARC, FileKind.ARC):
        return FileFormat(kind, compression)
    _refuse_containers(path, compression, inner)
    if kind is FileKind.WACZ and compression:
        raise FileError(f"{path} is a ZIP file that was compressed once more: unpack it once")
    if kind is None and not compression and b"\0" in head and zipfile.is_zipfile(path):
        return FileFormat(FileKind.WACZ, "")  # behind a program, or with a damaged beginning
    if kind is None and _is_damaged_archive(path, inner, compressed=bool(compression)):
        return FileFormat(FileKind.WARC, compression)
    _refuse_others(path, compression, inner)
    if kind is not None:
        return FileFormat(kind, compression)
    if compression:
        _complain(path, compression, inner, fault)
        return FileFormat(FileKind.WARC, compression)  # of nothing at all
    if inner.startswith(b"PK"):
        return FileFormat(FileKind.WACZ, "")
    if is_binary(head):
        raise FileError(f"{path} is neither a web archive nor a page nor text")
    return FileFormat(FileKind.HTML if is_html(head) else FileKind.TEXT, "")


def is_html(head: bytes) -> bool:
    """Whether the beginning of a page is HTML."""
    return _HTML.search(head.replace(b"\0", b"")) is not None  # in UTF-16 too


def _compression(head: bytes) -> str:
    head = head.lstrip(b"\0\r\n")
    if head.startswith(GZIP_MAGIC):
        return "gz"
    return "zst" if head.startswith(ZSTD_MAGICS) else ""


def _inner(path: Path) -> tuple[bytes, str]:
    """The first bytes of what is compressed, and why there are not more."""
    with path.open("rb") as file:
        try:
            stream = open_stream(file, path.name)
        except DamagedWarc as damage:
            return b"", damage.why
        assert isinstance(stream, MemberStream)
        try:
            return stream.peek(_HEAD), ""
        except DamagedWarc as damage:
            return bytes(stream.buffer), damage.why


def _refuse_containers(path: Path, compression: str, inner: bytes) -> None:
    """Refuse what has its content in another form, even if records of a web archive lie there."""
    packed = f"{_COMPRESSIONS[compression]} of " if compression else ""
    for magic, name, unpacker in _UNPACKERS:
        if inner.startswith(magic):
            with suppress(OSError, EOFError, lzma.LZMAError, ValueError), path.open("rb") as file:
                within = unpacker().decompress(file.read(_PACKED), _HEAD)
                if not compression and (description := container(within)):
                    raise FileError(f"{path} is {name} of {description}")
    if description := container(inner):
        raise FileError(f"{path} is {packed}{description}")


def _refuse_others(path: Path, compression: str, inner: bytes) -> None:
    """Refuse what is known to be something else, or is text under a web archive's name."""
    if inner and (description := describe(inner)):
        packed = f"{_COMPRESSIONS[compression]} of " if compression else ""
        raise FileError(f"{path} is {packed}{description}")
    if inner and b"\0" not in inner and _ARCHIVE_NAME.search(path.name):
        raise FileError(
            f"{path} is called as a web archive is, and begins with {beginning(inner)!r}: "
            "get the file again"
        )


def _kind(inner: bytes) -> FileKind | None:
    start = inner.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if start[:5].upper() == b"WARC/":
        return FileKind.WARC
    if start.startswith(ARC_MAGIC) or ARC_MARK.match(start):
        return FileKind.ARC
    if inner.startswith(b"PK\x03\x04"):
        return FileKind.WACZ
    return FileKind.JSONL if _JSON.match(inner) else None


def _is_damaged_archive(path: Path, inner: bytes, *, compressed: bool) -> bool:
    """Whether it is a web archive whose first bytes are damaged."""
    if compressed or b"\0" in inner:
        with path.open("rb") as file, suppress(DamagedWarc):
            return next_start(file, 0, _FAR) is not None
    mark = first_mark(inner)  # a text that quotes one line of a WARC is none
    if mark is None:
        return False
    if mark[0].startswith(b"WARC/"):
        return len(_WARC_FIELD.findall(inner[mark.start() : mark.start() + 2048])) > 1
    return mark.start() > 0 or len(mark[0]) > 0


def _complain(path: Path, compression: str, inner: bytes, fault: str) -> None:
    name = _COMPRESSIONS[compression]
    if not inner and not fault:
        return
    if not inner:
        raise FileError(f"{path} is damaged {name}: {fault}")
    what = "a page" if is_html(inner) else "something that is no web archive"
    raise FileError(f"{path} is {name} of {what}: unpack it, and import what is in it")
