"""Writes archive.db anew, so that no byte of text that was deleted is left in it.

SQLite keeps what was deleted in free pages, in the full-text index and in the write-ahead log.
A mark in the file (``user_version``), set in the transaction that deletes, says until when that
is still to be done, should the process be killed.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from pipelines.db.connection import ArchiveError, named_errors

logger = logging.getLogger(__name__)

_TO_BE_ERASED = 1  # PRAGMA user_version


def mark_for_erasure(connection: sqlite3.Connection) -> None:
    """Note that text was deleted, within the transaction that does it."""
    connection.execute(f"PRAGMA user_version = {_TO_BE_ERASED}")


def erase(connection: sqlite3.Connection, path: Path) -> str:
    """Write the file anew if text that was deleted may still be in it.

    :returns: why it may still be on the disk, and what to do; "" if it is not
    """
    (mark,) = connection.execute("PRAGMA user_version").fetchone()
    if mark != _TO_BE_ERASED:
        return ""
    logger.info("%s is written anew, without what was taken out", path)
    try:
        with named_errors(path):
            _write_anew(connection)
            if not _empty_log(connection):
                return _still(path, "another process is reading it")
            connection.execute("PRAGMA user_version = 0")
            _empty_log(connection)
    except ArchiveError as error:
        return _still(path, str(error))
    return ""


def _write_anew(connection: sqlite3.Connection) -> None:
    # In a file, not in memory: the archive may be larger than that. It holds what stays.
    connection.execute("PRAGMA temp_store = FILE")
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("INSERT INTO questions_fts(questions_fts) VALUES ('rebuild')")
        # Statistics hold values of indexed columns, where SQLite is built to sample them.
        connection.execute("PRAGMA analysis_limit = 1000").fetchall()
        connection.execute("ANALYZE")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("VACUUM")


def _empty_log(connection: sqlite3.Connection) -> bool:
    """Bring the write-ahead log into the file, and cut it to nothing; False if it is in use."""
    busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return busy == 0


def _still(path: Path, why: str) -> str:
    return (
        f"bytes of what was taken out may still be in {path} or its -wal file ({why}); "
        "no query finds them. Run 'scrapy withhold' once more when that has ended"
    )
