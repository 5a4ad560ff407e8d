"""Brings a WARC or ARC file into the WARC directory, under a name made of its content.

A file whose records can be read by their offsets is copied byte for byte. One where several
share a compressed member, or that is compressed with Zstandard, is rewritten with each record
in a gzip member of its own, the record's bytes unchanged; records in doubt go into a file
beside it whose name says so.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from isal import igzip_lib

from pipelines.capture.interpret import SUSPECT
from pipelines.files.durable import sync_directory
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
        _write_durably([whole], lambda outs: _copy(path, outs[0]))
        return [whole]
    result.notes.append("several records shared a compressed member; each has its own in the copy")
    result.damaged += damaged  # the copy has only what could be read
    _write_durably([doubtful, divided], lambda outs: _divide(path, outs[1], outs[0]))
    return [one for one in (divided, doubtful) if one.exists()]


def _fingerprint(path: Path) -> tuple[str, bytes]:
    digest = sha256()
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest(), magic


def _copy(path: Path, out: BinaryIO) -> None:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            out.write(chunk)


def _divide(path: Path, out: BinaryIO, doubtful: BinaryIO) -> None:
    for record in read_warc(path, lambda damage: None):
        member = igzip_lib.compress(_bytes_of(record), 1, igzip_lib.COMP_GZIP)
        (doubtful if record.doubt else out).write(member)


def _bytes_of(record: Record) -> bytes:
    end = b"\r\n\r\n" if record.head.startswith(b"WARC/") else b"\n"
    return record.head + record.block + end


def _write_durably(targets: list[Path], write: Callable[[list[BinaryIO]], None]) -> None:
    """Write files aside, and give them their names when they are on the disk; the last one
    last, and it alone even where it is empty."""
    aside = f".{secrets.token_hex(4)}.partial"
    partials = [one.with_name(f".{one.name}{aside}") for one in targets]
    try:
        with ExitStack() as stack:
            outs = [stack.enter_context(one.open("xb")) for one in partials]
            write(list(outs))
            for out in outs:
                out.flush()
                os.fsync(out.fileno())
        for partial, target in zip(partials, targets, strict=True):
            if partial.stat().st_size or target is targets[-1]:
                partial.replace(target)
    finally:
        for partial in partials:
            partial.unlink(missing_ok=True)
    sync_directory(targets[0].parent)
