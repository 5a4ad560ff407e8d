"""Search by meaning: how near each question is to a text.

Vectors come from the static word embeddings that the package wordllama ships: a file of one
vector for each of 32,000 pieces of words. They are read from its folder; nothing is ever
downloaded, and no neural network runs. Crawls, imports and rebuilds bring the vectors of an
archive up to date (:mod:`publish.semantic.build`). Where there are none, words decide alone.
"""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection

#: Identifies a file of vectors: inode, time of change in nanoseconds, size in bytes.
Version = tuple[int, int, int]


class VectorsError(Exception):
    """Vectors cannot be made, read or written. The message says what to do about it."""


def vectors_path(archive: Path) -> Path:
    """Return the path of an archive's vectors: beside the file that a link leads to."""
    file = archive.resolve()
    return file.with_name(f"{file.name}.vectors.npz")


def file_version(path: Path) -> Version | None:
    """Return the version of a file of vectors; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def vectors_of(connection: Connection) -> Path | None:
    """Return the path of the vectors of the archive that a connection is to, if it has any."""
    file: str = connection.execute("PRAGMA database_list").fetchone()[2]
    path = vectors_path(Path(file)) if file else None
    return path if path and path.exists() else None
