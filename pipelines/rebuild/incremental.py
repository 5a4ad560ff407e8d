"""What a rebuild need not read again: files that are as they were, read by the same parsers."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from parsers.readers.best import PARSERS
from parsers.urls import site_named
from pipelines.capture.warc_extract import WarcSource
from pipelines.db.connection import (
    ArchiveError,
    ArchiveMissing,
    OlderArchive,
    migrations,
    open_archive,
)
from pipelines.db.rules import withheld_keys
from pipelines.rebuild.shards import sites_mark
from pipelines.takedown.takedown_file import Takedown

_CHUNK = 1 << 20


class WarcFile(NamedTuple):
    """A file that was read: its name, size (bytes), time of change (ns), and sha256 (hex)."""

    name: str
    size: int
    changed: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Outdated:
    """What is to be read: all, and why; or only these files, which are new or have grown."""

    sources: tuple[WarcSource, ...]
    why_all: str = ""


def reader() -> str:
    """What reads now: the parsers, the declarations of sites, and the form of the rows that are
    made of what they read."""
    made = list(migrations.pending(Database(memory=True)))
    return f"{' '.join(PARSERS)} sites@{sites_mark()} rows@{len(made)}"


def outdated(
    archive: Path, sources: Sequence[WarcSource], withheld: Sequence[Takedown] = ()
) -> Outdated:
    """What of some files is not in an archive as it would be if all were read.

    That rows were not altered by others is taken for granted; ``scrapy verify`` finds out.
    """
    every = tuple(sources)
    try:
        with closing(open_archive(archive, readonly=True)) as db:
            known = {row[0]: row for row in db.conn.execute("SELECT * FROM _warc_files")}
            keys = withheld_keys(db.conn)
            files = {name for (name,) in db.conn.execute("SELECT DISTINCT warc_file FROM captures")}
    except ArchiveMissing:
        return Outdated(every, "there was no archive")
    except OlderArchive:
        return Outdated(every, "an earlier version of Housecall made the archive")
    except (ArchiveError, sqlite3.Error) as error:
        return Outdated(every, str(error))
    if not known:
        return Outdated(every, "this is its first rebuild")
    if {takedown.key for takedown in withheld} != keys:
        return Outdated(every, "other questions are withheld now")
    others = sorted({row[4] for row in known.values()} - {reader()})
    if others:
        return Outdated(every, f"it was read by {others[0]}, and this is {reader()}")
    lost = sorted((known.keys() | files) - {source.name for source in sources})
    if lost:
        return Outdated(every, f"{lost[0]} is no longer there")
    new = []
    for source in sources:
        row = known.get(source.name)
        state = None if row is None else _state(source.path, WarcFile(*row[:4]))
        if state is _CHANGED:
            return Outdated(every, f"{source.name} has changed")
        if state is not _SAME:
            new.append(source)
    return Outdated(tuple(new))


_SAME, _GROWN, _CHANGED = "same", "grown", "changed"


def _state(path: Path, then: WarcFile) -> str:
    now = path.stat()
    if (now.st_size, now.st_mtime_ns) == (then.size, then.changed):
        return _SAME
    if now.st_size < then.size or _sha256(path, then.size) != then.sha256:
        return _CHANGED
    return _SAME if now.st_size == then.size else _GROWN


def _sha256(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (data := file.read(min(_CHUNK, size))):
            digest.update(data)
            size -= len(data)
    return digest.hexdigest()


def states_of(sources: Sequence[WarcSource]) -> list[WarcFile]:
    """The files as they are now.

    :raises OSError: one cannot be read
    """
    files = []
    for source in sources:
        now = source.path.stat()
        digest = _sha256(source.path, now.st_size)
        files.append(WarcFile(source.name, now.st_size, now.st_mtime_ns, digest))
    return files


def write_warc_files(connection: sqlite3.Connection, files: Sequence[WarcFile]) -> None:
    """Write which files were read, within a transaction that is open."""
    now = reader()
    connection.executemany(
        "INSERT OR REPLACE INTO _warc_files VALUES (?, ?, ?, ?, ?)",
        [(*file, now) for file in files],
    )


def missing_declarations(path: Path) -> tuple[str, ...]:
    """The sites that an archive has questions of by a declaration that is not there any more.

    Whoever reads the archive's WARC files without it would find none of these questions.
    """
    if not path.exists():
        return ()
    with suppress(ArchiveError, sqlite3.Error), closing(open_archive(path, readonly=True)) as db:
        rows = db.conn.execute("SELECT name FROM sites WHERE declared = 1 ORDER BY name")
        return tuple(name for (name,) in rows if site_named(name) is None)
    return ()
