"""Copies a WARC or ARC file into the WARC directory, under a name made of its content.

A file whose records can be read by their offsets is copied byte for byte. One where several
share a compressed member, or that is compressed with Zstandard, is rewritten with each record
in a gzip member of its own, the record's bytes unchanged; suspect records go into a file
beside it whose name says so.
"""

from __future__ import annotations

import logging
import shutil
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from isal import igzip_lib

from pipelines.capture.interpret import SUSPECT
from pipelines.files.durable import replace_durably
from pipelines.warc.compressed import GZIP_MAGIC, ZSTD_MAGICS
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.reader import read_warc
from pipelines.warc.record import Record

logger = logging.getLogger(__name__)

_CHUNK = 1 << 20


class CopiedFile(NamedTuple):
    """Where a file is now: one path, or one and another of suspect records.

    ``notes`` say how it was copied, ``damaged`` what was damaged and is not in the copy.
    """

    paths: list[Path]
    notes: tuple[str, ...] = ()
    damaged: tuple[DamagedWarc, ...] = ()


def copy_in(
    path: Path, directory: Path, *, is_arc: bool = False, divide: bool = False
) -> CopiedFile:
    """Copy a file into the directory, unless it is there.

    :param divide: write each record anew: the file is no web archive, and has records in it
    :raises OSError: if it cannot be read or written
    """
    before = _state(path)
    digest, magic = _fingerprint(path)
    name = f"import-{digest[:32]}"
    kind = "arc" if is_arc else "warc"
    whole = directory / f"{name}.{kind}{'.gz' if magic.startswith(GZIP_MAGIC) else ''}"
    divided = directory / f"{name}-members.{kind}.gz"
    suspect = directory / f"{name}{SUSPECT}.{kind}.gz"
    present = [copy for copy in (whole, divided, suspect) if copy.exists()]
    if whole in present or divided in present:
        return CopiedFile(present, (f"already imported as {present[0].name}",))
    damaged: list[DamagedWarc] = []
    addressable = magic not in ZSTD_MAGICS and not divide
    for record in read_warc(path, damaged.append):
        addressable = addressable and record.addressable
    if addressable:
        with path.open("rb") as file, replace_durably(whole) as copy:
            shutil.copyfileobj(file, copy, _CHUNK)
            if _state(path) != before:
                raise OSError(f"{path} changed while it was read; import it again")
        return CopiedFile([whole])
    logger.info("%s is divided: several of its records share a compressed member", path)
    # That of the sound records gets its name last: where it is, the import is complete.
    with replace_durably(divided) as sound, replace_durably(suspect, keep_empty=False) as unsure:
        _divide(path, sound, unsure)
    note = "several records shared a compressed member; each has its own in the copy"
    paths = [copy for copy in (divided, suspect) if copy.exists()]
    return CopiedFile(paths, () if divide else (note,), tuple(damaged))


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _fingerprint(path: Path) -> tuple[str, bytes]:
    digest = sha256()
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest(), magic


def _divide(path: Path, out: BinaryIO, suspect: BinaryIO) -> None:
    for record in read_warc(path, lambda damage: None):
        member = igzip_lib.compress(_bytes_of(record), 1, igzip_lib.COMP_GZIP)
        (suspect if record.suspect else out).write(member)


def _bytes_of(record: Record) -> bytes:
    end = b"\r\n\r\n" if record.head.startswith(b"WARC/") else b"\n"
    return record.head + record.block + end
