"""Brings a WARC or ARC file into the WARC directory, under a name made of its content.

A file whose records can be read by their offsets is copied byte for byte. One where several
share a compressed member, or that is compressed with Zstandard, is rewritten with each record
in a gzip member of its own, the record's bytes unchanged; records in doubt go into a file
beside it whose name says so.
"""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from isal import igzip_lib

from pipelines.capture.interpret import SUSPECT
from pipelines.files.durable import replace_durably
from pipelines.ingest.result import IngestResult
from pipelines.warc.compressed import GZIP_MAGIC, ZSTD_MAGICS
from pipelines.warc.reader import DamagedWarc, Record, read_warc

_CHUNK = 1 << 20


def adopt(result: IngestResult, path: Path, directory: Path, *, is_arc: bool = False) -> list[Path]:
    """Bring a file into the directory; says in ``result`` how, and what was damaged if the
    copy does not have it any more.

    :returns: where it is now: one file, or one and another of records in doubt
    :raises OSError: if it cannot be read or written
    """
    digest, magic = _fingerprint(path)
    name = f"import-{digest[:32]}"
    kind = "arc" if is_arc else "warc"
    whole = directory / f"{name}.{kind}{'.gz' if magic.startswith(GZIP_MAGIC) else ''}"
    divided = directory / f"{name}-members.{kind}.gz"
    doubtful = directory / f"{name}{SUSPECT}.{kind}.gz"
    known = [one for one in (whole, divided, doubtful) if one.exists()]
    if whole in known or divided in known:
        result.notes.append(f"already imported as {known[0].name}")
        return known
    damaged: list[DamagedWarc] = []
    addressable = magic not in ZSTD_MAGICS
    for record in read_warc(path, damaged.append):
        addressable = addressable and record.addressable
    if addressable:
        with path.open("rb") as file, replace_durably(whole) as copy:
            shutil.copyfileobj(file, copy, _CHUNK)
        return [whole]
    result.notes.append("several records shared a compressed member; each has its own in the copy")
    result.damaged += damaged  # the copy has only what could be read
    # That of the sound records gets its name last: where it is, the import is complete.
    with replace_durably(divided) as sound, replace_durably(doubtful, keep_empty=False) as unsure:
        _divide(path, sound, unsure)
    return [one for one in (divided, doubtful) if one.exists()]


def _fingerprint(path: Path) -> tuple[str, bytes]:
    digest = sha256()
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest(), magic


def _divide(path: Path, out: BinaryIO, doubtful: BinaryIO) -> None:
    for record in read_warc(path, lambda damage: None):
        member = igzip_lib.compress(_bytes_of(record), 1, igzip_lib.COMP_GZIP)
        (doubtful if record.suspect else out).write(member)


def _bytes_of(record: Record) -> bytes:
    end = b"\r\n\r\n" if record.head.startswith(b"WARC/") else b"\n"
    return record.head + record.block + end
