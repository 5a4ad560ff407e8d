"""Opens archive.db, with the settings that it needs, and errors that say what to do."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from pipelines.db.schema import FTS_TRIGGERS, migrations

logger = logging.getLogger(__name__)

#: How long (seconds) to wait for another process that is writing.
BUSY_SECONDS = 15.0
#: The path of an archive that is in memory only, for trying things out.
MEMORY = ":memory:"


class ArchiveError(Exception):
    """archive.db cannot be used; the message says why and what to do about it."""


class ArchiveMissing(ArchiveError):
    """There is no such file."""


class NotAnArchive(ArchiveError):
    """The file is no SQLite database, a damaged one, or one of something else."""


class NewerArchive(ArchiveError):
    """The file was made by a later version of this software."""


class OlderArchive(ArchiveError):
    """The file wants migrations, and was opened for reading only."""


class ArchiveLocked(ArchiveError):
    """Another process has been writing for longer than we wait."""


class ArchiveReadOnly(ArchiveError):
    """The file, or the folder that it is in, cannot be written."""


class ArchiveReplaced(ArchiveError):
    """While it was open, the file was replaced (by a rebuild) or removed."""


class ArchiveFull(ArchiveError):
    """There is no room on the disk."""


def open_archive(path: str | os.PathLike[str], *, readonly: bool = False) -> Database:
    """Open archive.db, make it if need be, and bring its schema up to date.

    :param readonly: change nothing, not even the schema
    :raises ArchiveError: one of its kinds, by name
    """
    path = Path(path)
    if readonly and not path.exists():
        raise ArchiveMissing(f"there is no archive at {path}; a crawl or a rebuild makes one")
    with named_errors(path):
        connection = _connect(path, readonly)
        try:
            db = Database(connection)
            _check_schema(db, path)
            if readonly:
                _require_current(db, path)
            else:
                prepare(db)
        except BaseException:
            connection.close()
            raise
    return db


def read_only_uri(path: Path, *, immutable: bool = False) -> str:
    """The ``file:`` URI by which SQLite opens a file for reading only.

    :param immutable: nobody writes the file, so that SQLite takes no locks and looks for no
        log beside it
    """
    return f"{path.absolute().as_uri()}?{'immutable=1' if immutable else 'mode=ro'}"


def open_read_only(
    path: Path, *, immutable: bool = False, timeout: float = 5.0, same_thread: bool = True
) -> sqlite3.Connection:
    """Open any SQLite file for reading only. Whether it is an archive is not checked.

    :param immutable: see :func:`read_only_uri`
    :param timeout: seconds to wait for a lock
    :param same_thread: refuse use by another thread than this one
    :raises sqlite3.OperationalError: there is no such file, or it cannot be opened
    """
    return sqlite3.connect(
        read_only_uri(path, immutable=immutable),
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=same_thread,
    )


def prepare(db: Database, *, journal: str = "WAL") -> None:
    """Set the journal mode and apply the migrations that are due, all in one transaction."""
    db.execute(f"PRAGMA journal_mode={journal}").fetchall()
    pending = migrations.pending(db)
    if not pending:
        return
    logger.info("migrating an archive: %s", ", ".join(each.name for each in pending))
    db.execute("BEGIN IMMEDIATE")  # two that open a new file at once: one migrates, one waits
    try:
        migrations.apply(db)
        db.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, which say what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        raise _named(path, name, str(error)) from error


def _named(path: Path, name: str, text: str) -> ArchiveError:
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ArchiveLocked(
            f"{path} has been locked by another process for over {BUSY_SECONDS:g} seconds; "
            "let it finish (a crawl, an import or a rebuild) and try again"
        )
    if name.startswith("SQLITE_READONLY_DBMOVED"):
        return ArchiveReplaced(f"{path} was replaced or removed while it was open; open it again")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return ArchiveReadOnly(
            f"{path} cannot be opened for writing ({text}): check that its folder is there "
            "and that you may write to both (SQLite keeps two more files beside it)"
        )
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return ArchiveFull(f"{path} cannot be written ({text}): is the disk full?")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return NotAnArchive(
            f"{path} is no SQLite database, or a damaged one ({text}); "
            "'scrapy rebuild' makes it again from the WARC files"
        )
    return ArchiveError(f"{path}: {text}")


def _connect(path: Path, readonly: bool) -> sqlite3.Connection:
    if readonly:
        connection = open_read_only(path, timeout=BUSY_SECONDS)
    else:
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=512
        )
    try:
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-65536")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _check_schema(db: Database, path: Path) -> None:
    ours = [migration.name for migration in migrations._migrations]
    applied = [migration.name for migration in migrations.applied(db)]
    unknown = [name for name in applied if name not in ours]
    if unknown:
        raise NewerArchive(
            f"{path} was made by a later version of Housecall (it has {', '.join(unknown)}); "
            "use that version, or rebuild into another file"
        )
    if not applied and db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        tables = [name for name in db.table_names() if name != migrations.migrations_table]
        if tables:
            raise NotAnArchive(
                f"{path} is a database of something else (tables {', '.join(tables[:3])})"
            )


def _require_current(db: Database, path: Path) -> None:
    if migrations.pending(db):
        raise OlderArchive(
            f"{path} was made by an earlier version of Housecall; open it once for writing "
            "(any crawl or import does), or rebuild it"
        )


def drop_fts_triggers(db: Database) -> None:
    """Stop keeping the full-text index, for a bulk load; see :func:`restore_fts`."""
    for name in FTS_TRIGGERS:
        db.execute(f"DROP TRIGGER IF EXISTS {name}")


def restore_fts(db: Database) -> None:
    """Make the full-text index anew, and keep it by triggers again."""
    db.execute("INSERT INTO questions_fts(questions_fts) VALUES ('rebuild')")
    drop_fts_triggers(db)
    for trigger in FTS_TRIGGERS.values():
        db.execute(trigger)


def check_fts(db: Database) -> None:
    """Compare the full-text index with the text.

    :raises sqlite3.DatabaseError: if they differ
    """
    db.execute("INSERT INTO questions_fts(questions_fts, rank) VALUES ('integrity-check', 1)")
