"""How a snapshot's archive.db is told from a live one: by what its header says.

SQLite may open a file as immutable (no locks, no look at other files) only if nobody ever
writes it. A snapshot says so itself, in the field of the header that is there for it, the
application id (https://www.sqlite.org/fileformat2.html#application_id). Who crawls into a
copy of a snapshot puts it into WAL mode, and it is a snapshot no longer.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pipelines.db.connection import open_read_only

#: "HCsn", as a signed number of 32 bits.
APPLICATION_ID = 0x4843736E

# What a file was when it could be asked, by device and inode: somebody may have locked it since.
_known: dict[tuple[int, int], bool] = {}


def is_snapshot(path: Path) -> bool:
    """Return whether a file is the archive of a snapshot; False if there is none to be read.

    SQLite reads the header: a process that opens and closes the file itself drops all locks
    that its own connections hold (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    try:
        stat = path.stat()
    except OSError:
        return False
    identity = (stat.st_dev, stat.st_ino)
    try:
        with closing(open_read_only(path, timeout=0.05)) as connection:
            (mark,) = connection.execute("PRAGMA application_id").fetchone()
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    except sqlite3.Error:
        return _known.get(identity, False)
    _known[identity] = mark == APPLICATION_ID and mode != "wal"
    return _known[identity]
