"""archive.db as a file: opened, brought up to date, and written many rows a statement.

The schema is in sqlite-utils migrations, one file of SQL each. A migration that has been
released is never edited: add another. sqlite-utils traps that the tests guard:
``table.transform()`` drops FTS triggers silently, and a plain ``INSERT OR REPLACE`` leaves
ghost rows in the FTS index (use upserts).
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from pipelines.db.earlier_records import add_functions

logger = logging.getLogger(__name__)

_FOLDER = Path(__file__).with_name("migrations")
migrations = Migrations("housecall")


def _statements(script: str) -> Iterator[str]:
    """Split a script into its statements; a trigger has several within it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _add_migration(path: Path) -> None:
    statements = list(_statements(path.read_text("utf-8")))

    @migrations(name=path.stem)
    def migrate(db: Database) -> None:
        add_functions(db.conn)
        for statement in statements:
            db.execute(statement)


for _path in sorted(_FOLDER.glob("m*.sql")):
    _add_migration(_path)

#: The statements that make the triggers which keep the full-text index up to date, by name.
FTS_TRIGGERS = {
    match[1]: statement
    for statement in _statements((_FOLDER / "m003_full_text.sql").read_text("utf-8"))
    if (match := re.match(r"CREATE TRIGGER (\w+)", statement))
}

#: How long (seconds) to wait for another process that is writing.
BUSY_SECONDS = 15.0


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
    if readonly and _has_unreadable_log(path):
        raise _unreadable_log(path)
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

    A file in WAL mode needs two more beside it while it is read. Where these cannot be made, on
    a read-only medium, it is opened as immutable, unless a log lies there that must be read.

    :param immutable: nobody writes the file, so that SQLite takes no locks and looks for no
        log beside it
    """
    immutable = immutable or (not os.access(path.parent, os.W_OK) and not _has_log(path))
    return f"{path.absolute().as_uri()}?{'immutable=1' if immutable else 'mode=ro'}"


def _has_log(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _has_unreadable_log(path: Path) -> bool:
    """Whether a log needs an index beside it, which is not there and cannot be made."""
    index = path.with_name(f"{path.name}-shm")
    return _has_log(path) and not index.exists() and not os.access(path.parent, os.W_OK)


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
    if migrations.applied(db):
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


def _unreadable_log(path: Path) -> ArchiveReadOnly:
    return ArchiveReadOnly(
        f"{path} cannot be read here: what was written last is in {path.name}-wal, which "
        "SQLite cannot read where it may not write; copy both to where you may"
    )


def _named(path: Path, name: str, text: str) -> ArchiveError:
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ArchiveLocked(
            f"{path} has been locked by another process for over {BUSY_SECONDS:g} seconds; "
            "let it finish (a crawl, an import or a rebuild) and try again"
        )
    if name == "SQLITE_PROTOCOL":  # the index beside the log is not that of the log
        return _unreadable_log(path)
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
        copy = "" if os.access(path.parent, os.W_OK) else "copy it to where you may write, and "
        raise OlderArchive(
            f"{path} was made by an earlier version of Housecall; {copy}open it once for writing "
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


#: SQLite takes 32,766 parameters a statement.
_MAX_PARAMETERS = 16_000
_MAX_ROWS = 250


def insert_many(
    connection: sqlite3.Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    tail: str = "",
) -> None:
    """Insert rows with as few statements as can be; ``tail`` is an ON CONFLICT clause.

    Each statement that touches a full-text index ends with a flush of it, so that one INSERT
    of a hundred rows costs half of a hundred INSERTs.
    """
    places = f"({','.join('?' * len(columns))})"
    head = f"INSERT INTO {table} ({','.join(columns)}) VALUES "
    for chunk in chunks(rows, min(_MAX_ROWS, _MAX_PARAMETERS // len(columns))):
        statement = f"{head}{','.join([places] * len(chunk))} {tail}"
        connection.execute(statement, [value for row in chunk for value in row])


def select_in(
    connection: sqlite3.Connection, query: str, keys: Iterable[Any]
) -> Iterator[tuple[Any, ...]]:
    """Run a query whose ``{}`` stands for a list of keys, in as few statements as can be.

    :param keys: values; or tuples of them, for ``VALUES {}``
    """
    for chunk in chunks(keys, _MAX_ROWS):
        if isinstance(chunk[0], tuple):
            mark = f"({','.join('?' * len(chunk[0]))})"
            values = [value for key in chunk for value in key]
        else:
            mark, values = "?", chunk
        yield from connection.execute(query.replace("{}", ",".join([mark] * len(chunk))), values)


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of up to ``size`` items, in order."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
