"""No name of a member of the public gets into a snapshot, nor a hash of one."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from parsers.urls import declare
from publish.snapshot.copying import SnapshotError
from publish.snapshot.make import Published, publish
from tests.publish import forum


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("members") / "archive.db"
    forum.build(path).close()
    return path


@pytest.fixture(scope="module")
def published(archive: Path) -> Published:
    return publish(archive, archive.parent / "public")


def test_hashes_and_names_are_in_no_file(archive: Path, published: Published) -> None:
    with closing(sqlite3.connect(archive)) as connection:
        sql = "SELECT members FROM versions WHERE members <> '[]'"
        hashes = {row[0] for row in connection.execute(sql)}
    assert hashes
    with closing(sqlite3.connect(published.folder / "archive.db")) as connection:
        assert connection.execute("SELECT DISTINCT members FROM versions").fetchall() == [("[]",)]
    names = [name.encode() for name in forum.MEMBERS]
    for file in published.folder.iterdir():
        content = file.read_bytes()
        assert not [name for name in names if name in content], file.name


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE questions SET asker = 'Berta Zuckerhut' WHERE asker IS NOT NULL",
        "UPDATE answers SET author = 'nightowl_77' WHERE position = 4",
        "UPDATE versions SET record = json_set(record, '$.answers[2].author', 'nightowl_77') "
        "WHERE part = 2",
    ],
)
def test_an_archive_that_names_a_member_is_not_published(
    archive: Path, tmp_path: Path, damage: str
) -> None:
    wrong = _copy(archive, tmp_path, damage)
    with pytest.raises(SnapshotError, match=r"sleep-forum/.* names a member"):
        publish(wrong, tmp_path / "public")
    assert not (tmp_path / "public" / "current").exists()


def test_a_site_may_keep_names_but_no_addresses(archive: Path, tmp_path: Path) -> None:
    declare((replace(forum.FORUM, keep_names=True),))
    try:
        named = _copy(
            archive, tmp_path, "UPDATE answers SET author = 'quiet-river' WHERE author IS NOT NULL"
        )
        assert publish(named, tmp_path / "public").facts.rows["answers"] == 35
        address = _copy(
            archive, tmp_path, "UPDATE answers SET author = 'a@mail.example' WHERE position = 4"
        )
        with pytest.raises(SnapshotError, match="names a member"):
            publish(address, tmp_path / "public")
    finally:
        declare(())


def _copy(archive: Path, folder: Path, damage: str) -> Path:
    path = folder / f"{len(list(folder.iterdir()))}.db"
    with closing(sqlite3.connect(archive)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
        target.execute(damage)
        target.commit()
    return path


def test_a_reply_is_a_change_that_says_how_many_answers_there_were(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    made = forum.build(path)
    publish(path, tmp_path / "public")
    with forum.declared():
        made.add(forum.thread(2, 33))
        made.commit()
    result = publish(path, tmp_path / "public")
    made.close()
    with (result.folder / "changes.csv").open(encoding="utf-8", newline="") as file:
        (change,) = csv.DictReader(file)
    assert (change["change"], change["source_id"]) == ("changed", forum.THREAD)
    assert (change["answers_before"], change["answers_after"]) == ("30", "33")
    before, after = change["before"].split(), change["after"].split()
    assert before[0] == after[0]
    assert before[1] != after[1]
