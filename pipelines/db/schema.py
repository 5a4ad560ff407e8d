"""The schema of archive.db, as sqlite-utils migrations: one file of SQL each.

A migration that has been released is never edited: add another. sqlite-utils traps that
the tests guard: ``table.transform()`` drops FTS triggers silently, and a plain
``INSERT OR REPLACE`` leaves ghost rows in the FTS index (use upserts).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database, Migrations

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
