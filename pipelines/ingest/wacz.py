"""Unpacks WACZ files (1.0 and 1.1.1): the WARC files in them, and what is wrong with the rest.

Hashes of ``datapackage.json`` (old style under ``stats``, new style beside the path) and of
``datapackage-digest.json`` are checked. A signature is not: that would need the certificates
of its time, and it says so.

The directory of the ZIP file is read by Python's zipfile; its entries are read here, so that
what is before a damaged byte, or under a checksum that does not hold, is not lost. What an
entry unpacks to is bounded, so that no bomb fills the disk.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.resync import next_start

_PACKAGE, _DIGEST = "datapackage.json", "datapackage-digest.json"
_MAX_JSON = 16 << 20


@dataclass
class Unpacked:
    """What a WACZ holds: WARC files by their names in it, and where they are unpacked.

    ``file`` is its own name. ``error`` says why nothing of it can be used.
    """

    file: str
    warcs: list[tuple[str, Path]] = field(default_factory=list)
    damaged: list[DamagedWarc] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str | None = None

    def add_damage(self, why: str, offset: int = 0, kind: FindingKind = FindingKind.ZIP) -> None:
        """Note that something in it is damaged."""
        self.damaged.append(DamagedWarc(self.file, max(offset, 0), why, kind))


@dataclass
class _Entry:
    offset: int
    sha256: str
    data: bytes = b""  # of what is JSON
    deflated: bool = False
    broken: bool = False  # a WARC that lies in the file as it is, with something wrong


def unpack(path: Path, folder: Path) -> Unpacked:
    """Unpack the WARC files of a WACZ into a folder; what is damaged comes as far as it goes.

    :raises OSError: if the file cannot be read, or the folder not be written
    """
    result = Unpacked(path.name)
    try:
        infos = _entries_of(path)
    except zipfile.BadZipFile as error:
        return _without_directory(path, str(error))
    entries: dict[str, _Entry] = {}
    with path.open("rb") as file:
        for number, info in enumerate(infos):
            target = folder / f"{number:05d}" if _is_warc(info.filename) else None
            entries[info.filename] = _read_entry(file, info, target, result)
            if target is not None and target.exists() and target.stat().st_size:
                result.warcs.append((info.filename, target))
    if not result.warcs or any(entry.broken for entry in entries.values()):
        _read_as_it_is(path, entries, result)
    _check_package(entries, result)
    _check_pages(entries, result)
    if not result.warcs:
        missing = "; ".join(damage.why for damage in result.damaged[:3])
        result.error = f"{path} is a ZIP file without a WARC file in it" + (
            f": {missing}" if missing else ""
        )
    return result


def _is_warc(name: str) -> bool:
    place = PurePosixPath(name)
    known = name.lower().endswith((".warc", ".warc.gz", ".arc", ".arc.gz", ".warc.zst"))
    return known or (place.parent.name == "archive" and ".warc" in place.name.lower())


def _without_directory(path: Path, why: str) -> Unpacked:
    with path.open("rb") as file:
        start = next_start(file, 0)
    if start is None:
        error = f"{path} is a damaged ZIP file ({why}), and no record was found in it"
        return Unpacked(path.name, error=error)
    result = Unpacked(path.name, [("", path)])
    result.add_damage(
        f"the ZIP directory cannot be read ({why}); what lies in the file as it is was read"
    )
    return result


def _read_as_it_is(path: Path, entries: dict[str, _Entry], result: Unpacked) -> None:
    """Look for records in the whole file instead of where its directory says.

    Bytes that were lost or added move all places; and WARC files lie in a WACZ uncompressed,
    or rather as compressed as they are.
    """
    with path.open("rb") as file:
        if next_start(file, 0) is None:
            return
    result.warcs = [(name, warc) for name, warc in result.warcs if entries[name].deflated]
    result.warcs.append(("", path))
    result.notes.append("records were looked for in the whole file, not only where they should be")


def _read_entry(
    file: BinaryIO, info: zipfile.ZipInfo, target: Path | None, result: Unpacked
) -> _Entry:
    """Read one entry, into a file if it is a WARC, and compute its hash."""
    digest = hashlib.sha256()
    data = bytearray()
    broken, deflated = False, info.compress_type != zipfile.ZIP_STORED
    is_json = info.filename in (_PACKAGE, _DIGEST) or info.filename.startswith("pages/")
    out = target.open("wb") if target is not None else None
    try:
        for piece in _entry_bytes(file, info):
            digest.update(piece)
            if out is not None:
                out.write(piece)
            elif is_json and len(data) < _MAX_JSON:
                data += piece
    except _ZipDamage as damage:
        result.add_damage(f"{info.filename}: {damage}", info.header_offset)
        broken = target is not None and not deflated
    finally:
        if out is not None:
            out.close()
    return _Entry(info.header_offset, digest.hexdigest(), bytes(data), deflated, broken)


def _check_package(entries: dict[str, _Entry], result: Unpacked) -> None:
    package = _json_of(entries, _PACKAGE, result)
    if package is None:
        return
    resources = package.get("resources")
    if not isinstance(resources, list):
        result.add_damage(f"{_PACKAGE} lists no resources")
        return
    checked = sum(_check_resource(resource, entries, result) for resource in resources)
    result.notes.append(f"{checked} of {len(resources)} hashes of {_PACKAGE} verified")
    _check_digest(entries, result)


def _check_resource(resource: Any, entries: dict[str, _Entry], result: Unpacked) -> bool:
    where = resource.get("path") if isinstance(resource, dict) else None
    if not isinstance(where, str):
        result.add_damage(f"a resource of {_PACKAGE} has no path")
        return False
    entry = entries.get(where)
    if entry is None:
        result.add_damage(f"{_PACKAGE} names {where}, which is not there")
        return False
    stats = resource.get("stats")
    old = stats if isinstance(stats, dict) else {}
    kind, _, value = str(resource.get("hash") or "").rpartition(":")
    kind, value = (kind, value) if value else (str(resource.get("hashing")), str(old.get("hash")))
    if kind != "sha256":
        result.notes.append(f"{where}: its hash ({kind or 'none'}) is not checked")
        return False
    if entry.sha256 != value.lower():
        why = f"{where}: its {kind} is not what {_PACKAGE} says"
        result.add_damage(why, entry.offset, FindingKind.DIGEST)
        return False
    return True


def _check_digest(entries: dict[str, _Entry], result: Unpacked) -> None:
    if _DIGEST not in entries:
        return
    digest = _json_of(entries, _DIGEST, result)
    if digest is None:
        return
    sha256 = str(digest.get("hash")).rpartition(":")[2].lower()
    if sha256 != entries[_PACKAGE].sha256:
        why = f"the sha256 of {_PACKAGE} is not what {_DIGEST} says"
        result.add_damage(why, entries[_PACKAGE].offset, FindingKind.DIGEST)
    signed = digest.get("signedData")
    if signed:
        who = signed.get("domain") if isinstance(signed, dict) else None
        result.notes.append(f"signed{f' for {who}' if who else ''}: the signature is not verified")


def _check_pages(entries: dict[str, _Entry], result: Unpacked) -> None:
    for where, entry in entries.items():
        if where.startswith("pages/") and where.endswith(".jsonl"):
            for number in _bad_lines(entry.data):
                why = f"{where}, line {number}: no JSON object"
                result.add_damage(why, entry.offset, FindingKind.LINE)


def _bad_lines(data: bytes) -> Iterator[int]:
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            if line.strip() and not isinstance(json.loads(line), dict):
                yield number
        except (ValueError, RecursionError):
            yield number


def _json_of(entries: dict[str, _Entry], where: str, result: Unpacked) -> dict[str, Any] | None:
    entry = entries.get(where)
    if entry is None:
        result.add_damage(f"there is no {where}")
        return None
    try:
        values = json.loads(entry.data)
    except (ValueError, RecursionError) as error:
        why = f"{where} is no JSON: {error}"
    else:
        if isinstance(values, dict):
            return values
        why = f"{where} is no JSON object"
    result.add_damage(why, entry.offset)
    return None


# -- the entries of a ZIP file, sound or not ------------------------------------------------

_CHUNK = 1 << 16
_LOCAL = b"PK\x03\x04"
_LOCAL_SIZE = 30
#: What zipfile raises for a directory that is none.
_BAD_ZIP: tuple[type[Exception], ...] = (
    zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error, OverflowError,
    RuntimeError, KeyError, OSError,
)  # fmt: skip
#: An entry may unpack to this many times its size, and this many bytes more.
_RATIO, _SPARE = 200, 64 << 20


class _ZipDamage(Exception):
    """Why an entry is not whole."""


def _entries_of(path: Path) -> list[zipfile.ZipInfo]:
    """The entries of a ZIP file, each name once.

    :raises zipfile.BadZipFile: if its directory cannot be read
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {info.filename: info for info in archive.infolist() if not info.is_dir()}
    except _BAD_ZIP as error:
        raise zipfile.BadZipFile(str(error) or type(error).__name__) from error
    return list(entries.values())


def _entry_bytes(file: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """What an entry holds, in pieces; all that can be had comes before an error.

    :raises _ZipDamage: if it is not whole
    """
    fault = _to_data(file, info)
    checksum = size = 0
    for piece in _unpacked(file, info):
        checksum, size = zlib.crc32(piece, checksum), size + len(piece)
        yield piece
    if fault:
        raise _ZipDamage(fault)
    if size != info.file_size:
        raise _ZipDamage(f"it has {size} bytes, and the directory says {info.file_size}")
    if checksum != info.CRC:
        raise _ZipDamage("its checksum does not hold")


def _to_data(file: BinaryIO, info: zipfile.ZipInfo) -> str:
    """Go to where an entry's bytes begin; returns what is wrong with its header."""
    if info.header_offset < 0 or info.flag_bits & 1:
        raise _ZipDamage("it is encrypted" if info.flag_bits & 1 else "its place is no place")
    file.seek(info.header_offset)
    head = file.read(_LOCAL_SIZE)
    if len(head) < _LOCAL_SIZE:
        raise _ZipDamage("the file ends before it")
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
        raise _ZipDamage(f"it is compressed by method {info.compress_type}: not supported")
    inflate = zlib.decompressobj(-15)
    room = info.compress_size * _RATIO + _SPARE
    try:
        for data in _pieces(file, info.compress_size):
            while data and not inflate.eof:
                piece = inflate.decompress(data, 1 << 20)
                room -= len(piece)
                if room < 0:
                    raise _ZipDamage("it unpacks to more than a web archive would")
                yield piece
                data = inflate.unconsumed_tail
        if not inflate.eof:
            yield inflate.flush()
            raise _ZipDamage("it is cut short")
    except zlib.error as error:
        raise _ZipDamage(str(error)) from error


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (data := file.read(min(size, _CHUNK))):
        size -= len(data)
        yield data
