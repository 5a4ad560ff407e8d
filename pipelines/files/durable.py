"""Writes that survive a crash of the machine."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def sync_path(path: Path) -> None:
    """Make the content of a file, or the names in a directory, survive a power cut."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def rename_durably(source: Path, target: Path) -> None:
    """Give a file that is on the disk its name, in the place of what has that name."""
    source.rename(target)
    sync_path(target.parent)


@contextmanager
def replace_durably(
    path: Path, *, partial: Path | None = None, keep_empty: bool = True
) -> Iterator[BinaryIO]:
    """Open a file to write in the place of another, which readers see whole or not at all.

    ::

        with replace_durably(path) as file:
            file.write(data)

    After an exception the old file, if there is one, stands as it was.

    :param partial: where it is written until it is whole, in the same directory; a name that
        no other writer takes by default
    :param keep_empty: make the file even if nothing is written into it
    :raises OSError: it cannot be written
    """
    partial = partial or path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if keep_empty or partial.stat().st_size:
            rename_durably(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_all(fd: int, data: bytes) -> None:
    """Write all bytes to an open file, in as many writes as it takes.

    :raises OSError: it cannot be written; some of the bytes may be
    """
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
