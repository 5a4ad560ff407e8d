"""Which archive a folder belongs to.

An archive has a number of its own in archive.db (SQLite's ``application_id``, which a copy, a
VACUUM and a backup keep). A small file in STATE_DIR, and one beside WARC_DIR, name that number,
and where the database is, relative to themselves; so an archive may be moved as a whole,
renamed, restored or reached by a link. What names another archive is refused: a frontier of one
archive hides pages from another, and WARC files of two make one of both in a rebuild.

The files also name the questions that the archive withholds (``site/id``), so that it is known
where archive.db is lost: an archive that is made again must not bring them back.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipelines.db.connection import ArchiveError, open_read_only
from pipelines.db.rules import withheld_keys
from pipelines.files.durable import replace_durably

OWNER_FILE = ".archive.json"


class Belonging(NamedTuple):
    """A folder of an archive, and the file that says whose it is."""

    folder: Path
    mark: Path


def inside(folder: Path) -> Belonging:
    """A folder that has the file in it."""
    return Belonging(folder, folder / OWNER_FILE)


def beside(folder: Path) -> Belonging:
    """A folder of nothing but WARC files: the file is beside it."""
    whole = folder.absolute()
    if not whole.name:
        return inside(folder)
    return Belonging(folder, whole.with_name(f".{whole.name}{OWNER_FILE}"))


class ForeignFolder(ArchiveError):
    """A folder belongs to another archive; the message says to which, and what to do."""


@dataclass(frozen=True, slots=True)
class Owner:
    """What a folder says of the archive that it belongs to."""

    number: int
    database: Path
    withheld: frozenset[str] = frozenset()


def number_of(database: Path) -> int:
    """The number of an archive; 0 if it has none yet, or there is no such database."""
    if not database.is_file():
        return 0
    try:
        with closing(open_read_only(database)) as connection:
            return int(connection.execute("PRAGMA application_id").fetchone()[0])
    except sqlite3.Error:
        return 0  # whoever opens it says what is wrong with it


def owner_of(mark: Path) -> Owner | None:
    """The archive that a file says something belongs to; None if it says nothing of it."""
    try:
        values = json.loads(mark.read_bytes())
        place = mark.resolve().parent / values["database"]
        return Owner(int(values["archive"]), place.resolve(), frozenset(values.get("withheld", ())))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def claimed_number(database: Path, folders: Iterable[Belonging], *, copy: bool = False) -> int:
    """The number of an archive, by itself or by the folders that it would use; 0 if it is new.

    :param copy: a copy of the archive, under another name, may use them too: it is only read, or
        made again from the same WARC files
    :raises ForeignFolder: a folder belongs to another archive
    """
    number, here = number_of(database), database.resolve()
    for folder in folders:
        owner = owner_of(folder.mark)
        if owner is None:
            continue
        is_other = owner.database != here and number_of(owner.database) == owner.number
        if number and owner.number != number:
            raise ForeignFolder(_foreign(folder, owner, database))
        if is_other and not copy:
            same = f"{database} is a copy of that one. " if number else ""
            raise ForeignFolder(_foreign(folder, owner, database, same))
        number = owner.number
    return number


def _foreign(place: Belonging, owner: Owner, database: Path, why: str = "") -> str:
    return (
        f"{place.folder} belongs to another archive, {owner.database}, and not to {database}. {why}"
        "Give each archive a folder of its own, such as -s ARCHIVE_DB=trial/archive.db: what "
        "belongs to it is then beside it (WARC_DIR, STATE_DIR). If the folder is to be this "
        f"one's from now on, remove {place.mark}"
    )


def known_withheld(database: Path, folders: Iterable[Belonging]) -> frozenset[str]:
    """What an archive is known to withhold (``site/id``), by itself and by its folders."""
    names: set[str] = set()
    if database.is_file():
        with suppress(sqlite3.Error), closing(open_read_only(database)) as connection:
            names = {f"{site}/{id_}" for site, id_ in withheld_keys(connection)}
    owners = [owner_of(folder.mark) for folder in folders]
    return frozenset(names).union(*(owner.withheld for owner in owners if owner))


def claim(connection: sqlite3.Connection, number: int, database: Path, *folders: Belonging) -> None:
    """Give an archive its number, if it has none, and have its folders name it.

    A folder that cannot be marked belongs to nobody.

    :param number: what :func:`claimed_number` returned
    """
    connection.execute("BEGIN IMMEDIATE")  # of two that begin at once, one gives the number
    (known,) = connection.execute("PRAGMA application_id").fetchone()
    number = known or number or 1 + secrets.randbelow(2**31 - 2)
    if not known:
        connection.execute(f"PRAGMA application_id = {number}")
    connection.execute("COMMIT")
    names = known_withheld(database, ())
    for _, mark in folders:
        if owner_of(mark) == Owner(number, database.resolve(), names):
            continue
        with suppress(OSError):
            mark.parent.mkdir(parents=True, exist_ok=True)
            place = os.path.relpath(database.resolve(), mark.resolve().parent)
            with replace_durably(mark) as file:
                values = {"archive": number, "database": place, "withheld": sorted(names)}
                file.write(json.dumps(values).encode())
