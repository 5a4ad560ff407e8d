"""Which archive a folder belongs to: copies, moves, links, restores, and what is refused."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.db.identity import (
    OWNER_FILE,
    ForeignFolder,
    claim,
    claimed_number,
    inside,
    number_of,
    owner_of,
)


def an_archive(folder: Path, name: str = "archive.db", state: str = ".housecall") -> Path:
    """An archive with a state folder beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / name
    number = claimed_number(database, [inside(folder / state)])
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS t (x)")
        claim(connection, number, database, inside(folder / state))
    return database


def test_an_archive_keeps_its_number(tmp_path: Path) -> None:
    database = an_archive(tmp_path)
    number = number_of(database)
    assert number > 0
    assert an_archive(tmp_path) == database
    assert number_of(database) == number
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("VACUUM")
        connection.execute("VACUUM INTO ?", [str(tmp_path / "copy.db")])
    assert number_of(database) == number_of(tmp_path / "copy.db") == number


@pytest.mark.parametrize("name", ["other.db", "archive2.db"])
def test_another_archive_in_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    first = an_archive(tmp_path)
    with pytest.raises(ForeignFolder, match=str(first)):
        an_archive(tmp_path, name)
    assert not (tmp_path / name).exists()  # nothing was begun
    second = an_archive(tmp_path, name, state="its-own")
    with pytest.raises(ForeignFolder, match="belongs to another archive"):
        claimed_number(second, [inside(tmp_path / ".housecall")])
    (tmp_path / ".housecall" / OWNER_FILE).unlink()
    assert claimed_number(second, [inside(tmp_path / ".housecall")]) == number_of(second)


def test_a_copy_beside_it_is_no_second_owner(tmp_path: Path) -> None:
    database = an_archive(tmp_path)
    copy = Path(shutil.copy(database, tmp_path / "trial.db"))
    with pytest.raises(ForeignFolder, match="is a copy of that one"):
        claimed_number(copy, [inside(tmp_path / ".housecall")])
    assert claimed_number(copy, [inside(tmp_path / ".housecall")], copy=True) == number_of(database)


def test_a_copy_of_the_whole_folder_is_an_archive_of_its_own(tmp_path: Path) -> None:
    database = an_archive(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    copy = tmp_path / "b/archive.db"
    assert claimed_number(copy, [inside(tmp_path / "b/.housecall")]) == number_of(database)
    with pytest.raises(ForeignFolder):
        claimed_number(copy, [inside(tmp_path / "a/.housecall")])


def test_a_rename_a_move_and_a_link(tmp_path: Path) -> None:
    database = an_archive(tmp_path / "a")
    number = number_of(database)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert (
        claimed_number(tmp_path / "link/archive.db", [inside(tmp_path / "a/.housecall")]) == number
    )
    (tmp_path / "a").rename(tmp_path / "b")
    database = tmp_path / "b/archive.db"
    assert claimed_number(database, [inside(tmp_path / "b/.housecall")]) == number
    database = database.rename(tmp_path / "b/wellness.db")
    an_archive(tmp_path / "b", "wellness.db")
    owner = owner_of(inside(tmp_path / "b/.housecall").mark)
    assert owner is not None
    assert (owner.number, owner.database) == (number, database)


def test_an_archive_that_was_lost_is_made_again_under_its_number(tmp_path: Path) -> None:
    database = an_archive(tmp_path)
    number = number_of(database)
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    assert claimed_number(database, [inside(tmp_path / ".housecall")]) == number


@pytest.mark.parametrize("text", ["", "{", "[]", '{"archive": "x"}', '{"archive": 7}'])
def test_an_owner_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / OWNER_FILE).write_text(text)
    assert owner_of(tmp_path / OWNER_FILE) is None
