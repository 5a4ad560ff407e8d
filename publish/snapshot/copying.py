"""The archive of a snapshot: a copy of one moment, compacted, without a byte that was deleted.

All tables are copied. Private settings of a crawl (contact, cookies, paths of this machine)
are not in the archive in the first place; the address that it crawled, the versions of the
software and the reasons of failures are part of the evidence.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from sqlite_utils import Database

from parsers.urls import declared_sites
from pipelines.db.connection import (
    ArchiveError,
    ArchiveLocked,
    ArchiveMissing,
    ArchiveReadOnly,
    check_fts,
    named_errors,
    open_archive,
)
from pipelines.takedown.takedown import take_out, write_table
from pipelines.takedown.takedown_file import Takedown
from publish.datasette.snapshot_mark import APPLICATION_ID, is_snapshot

Step = Callable[[str], object]


class SnapshotError(ArchiveError):
    """A snapshot cannot be made. The message says why; the one before is as it was."""


def copy_archive(source: Path, target: Path, entries: Sequence[Takedown], step: Step) -> None:
    """Write a copy of an archive, fit to be published and served as immutable.

    :param target: where to; the folder must have room for two copies
    :param entries: the withheld questions, should the archive not have them yet
    :param step: called with the name of each step
    :raises ArchiveError: the source cannot be read, the copy not be written, or it is not sound
    """
    raw = target.with_name(f"{target.name}.raw")
    step("copying the archive")
    _bring_up_to_date(source)
    with closing(open_archive(source, readonly=True)) as db, named_errors(raw):
        # One read transaction: crawls go on, and are not in it.
        db.conn.execute("VACUUM INTO ?", (os.fspath(raw),))
    with named_errors(raw), closing(_connect(raw)) as connection:
        step("making the index anew")
        _put_in_order(connection, entries)
        step("compacting the copy")
        # Into another file, as SQLite keeps what it needs for VACUUM where there may be no room.
        connection.execute("VACUUM INTO ?", (os.fspath(target),))
    raw.unlink()
    step("checking the copy")
    with named_errors(target):
        check(target)


def _bring_up_to_date(source: Path) -> None:
    if not source.is_file():
        raise ArchiveMissing(f"there is no archive at {source}; a crawl or a rebuild makes one")
    if is_snapshot(source):
        return
    # Read-only, or locked by another process: it may still be fit to be read.
    with suppress(ArchiveReadOnly, ArchiveLocked):
        open_archive(source).close()


def _connect(path: Path) -> sqlite3.Connection:
    """Open a file without a journal: it is removed if anything goes wrong."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = OFF").fetchall()
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _put_in_order(connection: sqlite3.Connection, entries: Sequence[Takedown]) -> None:
    connection.execute("BEGIN")
    write_table(connection, entries)
    take_out(connection)
    # A hash of a name can be guessed by whoever has a list of names; of words too, word by word.
    connection.execute("UPDATE versions SET members = '[]'")
    connection.execute("DELETE FROM _withheld_words")
    # What was deleted stays in an index until its parts are merged.
    connection.execute("INSERT INTO questions_fts(questions_fts) VALUES ('rebuild')")
    connection.execute("INSERT INTO questions_fts(questions_fts) VALUES ('optimize')")
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 0")


def check(path: Path) -> None:
    """Check that the archive of a snapshot is whole.

    :raises SnapshotError: it is not
    """
    with closing(_connect(path)) as connection:
        damage = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
        if damage != ["ok"]:
            raise SnapshotError(f"the copy is damaged: {'; '.join(damage)}")
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise SnapshotError(f"a row of {broken[0]} points to no row of {broken[2]}")
        try:
            check_fts(Database(connection))
        except sqlite3.DatabaseError as error:
            raise SnapshotError(f"the full-text index does not match the text: {error}") from error
        named = named_members(connection)
        if named is not None:
            raise SnapshotError(
                f"{named} names a member of the public, and its site does not keep names: "
                "run scrapy rebuild, and publish again"
            )
        withheld = connection.execute(
            "SELECT q.site, q.source_id FROM questions q JOIN withheld w ON w.site = q.site "
            "AND w.source_id IN (q.source_id, "
            "substr(q.source_id, 1, instr(q.source_id || '#', '#') - 1))"
        ).fetchone()
        if withheld is not None:
            raise SnapshotError(f"{'/'.join(withheld)} is withheld, and is in the copy")
    if not is_snapshot(path):
        raise SnapshotError("the copy is not in rollback mode, and cannot be served as immutable")


# Who asks and who answers, as pages, versions and search have them.
_MEMBERS = """
SELECT q.site, q.source_id, q.asker FROM questions q WHERE q.asker IS NOT NULL
UNION ALL
SELECT q.site, q.source_id, a.author FROM answers a JOIN questions q ON q.id = a.question_id
WHERE a.author IS NOT NULL
UNION ALL
SELECT q.site, q.source_id, v.record ->> '$.asker'
FROM versions v JOIN questions q ON q.id = v.question_id
WHERE json_type(v.record, '$.asker') = 'text'
UNION ALL
SELECT q.site, q.source_id, a.value ->> '$.author'
FROM versions v JOIN questions q ON q.id = v.question_id, json_each(v.record, '$.answers') a
WHERE json_type(a.value, '$.author') = 'text'"""
_MEMBER = re.compile(r"member [1-9][0-9]*")


def named_members(connection: sqlite3.Connection) -> str | None:
    """Return the first question that names a member of the public who is to have a number.

    On a site whose declaration keeps names, that is whoever is called by an e-mail address.
    """
    if connection.execute("SELECT 1 FROM versions WHERE members <> '[]' LIMIT 1").fetchone():
        return "a version"
    kept = {site.name for site in declared_sites() if site.keep_names}
    for site, source_id, name in connection.execute(_MEMBERS):
        if not _MEMBER.fullmatch(name) and (site not in kept or "@" in name):
            return f"{site}/{source_id}"
    return None
