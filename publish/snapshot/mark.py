"""How a snapshot's archive.db is told from a live one: by its first hundred bytes.

SQLite may open a file as immutable (no locks, no look at other files) only if nobody ever
writes it. A snapshot says so itself, in the field of the header that is there for it, the
application id (https://www.sqlite.org/fileformat2.html#application_id). Who crawls into a
copy of a snapshot puts it into WAL mode, and it is a snapshot no longer.
"""

from __future__ import annotations

from pathlib import Path

#: "HCsn", as a signed number of 32 bits.
APPLICATION_ID = 0x4843736E

_MAGIC = b"SQLite format 3\0"
_ROLLBACK = b"\x01\x01"


def is_snapshot(path: Path) -> bool:
    """Whether a file is the archive of a snapshot; False if there is none to be read."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError:
        return False
    return (
        header.startswith(_MAGIC)
        and header[18:20] == _ROLLBACK
        and int.from_bytes(header[68:72], "big") == APPLICATION_ID
    )
