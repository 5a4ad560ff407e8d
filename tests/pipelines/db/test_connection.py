"""Opening archive.db: migrations from every state, and errors that have names."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from pipelines.db import connection
from pipelines.db.connection import (
    ArchiveLocked,
    ArchiveMissing,
    ArchiveReadOnly,
    NewerArchive,
    NotAnArchive,
    OlderArchive,
    check_fts,
    migrations,
    open_archive,
)
from tests.pipelines.archive_makers import capture_row, empty_store, qa_page

NAMES = [migration.name for migration in migrations._migrations]


def schema(db: Database) -> list[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    return [tuple(row) for row in db.execute(query)]


def test_a_new_archive_has_the_settings_that_it_needs(tmp_path: Path) -> None:
    db = open_archive(tmp_path / "a.db")
    settings = {
        name: db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "foreign_keys", "synchronous")
    }
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1}
    check_fts(db)
    assert [one.name for one in migrations.applied(db)] == NAMES
    db.close()


@pytest.mark.parametrize("stop_before", NAMES[1:])
def test_an_older_archive_is_brought_up_to_date(tmp_path: Path, stop_before: str) -> None:
    new = open_archive(tmp_path / "new.db")
    old = Database(tmp_path / "old.db")
    migrations.apply(old, stop_before=stop_before)
    old.execute("INSERT INTO crawls (uid, spider) VALUES ('u', 's')")
    old.execute(
        "INSERT INTO captures (id, record_id, url, canonical_url, captured_at, status, "
        "content_type, digest, warc_file, offset, length, source, crawl_id) "
        "VALUES (1, 'r', 'u', 'u', 't', 200, '', '', 'w', 0, 0, 'live', 1)"
    )
    old.execute(
        "INSERT INTO questions (site, source_id, url, title, question, answer, status, confidence,"
        " parser, first_captured_at, last_captured_at, last_changed_at, versions, capture_id)"
        " VALUES ('s', '1', 'u', 'Asthma', 'q', 'a', 'answered', 1, 'p', 't', 't', 't', 1, 1)"
    )
    old.close()
    with pytest.raises(OlderArchive, match="earlier version"):
        open_archive(tmp_path / "old.db", readonly=True)
    migrated = open_archive(tmp_path / "old.db")
    assert schema(migrated) == schema(new)
    check_fts(migrated)
    query = "SELECT count(*) FROM questions_fts WHERE questions_fts MATCH 'asthma'"
    assert migrated.execute(query).fetchone() == (1,)
    migrated.close()
    new.close()


def test_how_current_captures_were_read_is_known_after_the_migration(tmp_path: Path) -> None:
    old = Database(tmp_path / "a.db")
    migrations.apply(old, stop_before="m005_revisits_and_alarms")
    old.execute("INSERT INTO crawls (uid, spider) VALUES ('u', 's')")
    record = (
        '{"answer":"a","answered_on":null,"links":[],"question":"q","responders":[],'
        '"status":"answered","title":"t","topics":[]}'
    )
    for number in (1, 2):
        old.execute(
            "INSERT INTO captures (id, record_id, url, canonical_url, captured_at, status, "
            "content_type, digest, warc_file, offset, length, source, crawl_id, version_id) "
            "VALUES (?1, 'urn:' || ?1, 'u', 'u', 't', 200, '', '', 'w', 0, 0, 'live', 1, 1)",
            (number,),
        )
    old.execute(
        "INSERT INTO questions VALUES (1, 's', '1', 'u', 't', 'q', 'a', NULL, NULL, 'answered', "
        "0.9, '[\"unsure\"]', 'p@2', NULL, NULL, NULL, 't', 't', 't', 1, NULL, 2)"
    )
    old.execute("INSERT INTO versions VALUES (1, 1, 'd', 't', 'q', 'a', ?, 1, 2)", (record,))
    old.close()
    new = open_archive(tmp_path / "a.db")
    query = (
        "SELECT record_id, parser, s.confidence, s.warnings FROM captures c "
        "JOIN sightings s ON s.capture_id = c.id ORDER BY 1"
    )
    assert new.execute(query).fetchall() == [
        ("urn:1", None, None, None),
        ("urn:2", "p@2", 0.9, '["unsure"]'),
    ]
    assert new.execute("SELECT alarms FROM crawls").fetchall() == [("[]",)]
    new.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(db: Database) -> None:
        db.execute("CREATE TABLE half (x)")
        raise RuntimeError("boom")

    broken = [*migrations._migrations, type(migrations._migrations[0])("m999_fail", fail)]
    monkeypatch.setattr(migrations, "_migrations", broken)
    with pytest.raises(RuntimeError, match="boom"):
        open_archive(tmp_path / "a.db")
    assert Database(tmp_path / "a.db").table_names() == []


def test_full_text_follows_every_kind_of_write() -> None:
    store = empty_store()
    for number, answer in enumerate(("naïve measles", "shingles", "mumps"), 1):
        row = capture_row(f"urn:{number}", url=qa_page("", number).url)
        store.pending.add_capture(row)
        store.pending.add_page(qa_page(row.record_id, number, answer=answer))
    store.commit()

    def found(words: str) -> int:
        query = "SELECT count(*) FROM questions_fts WHERE questions_fts MATCH ?"
        return int(store.db.execute(query, (words,)).fetchone()[0])

    assert [found(word) for word in ("naive", "shingle", "mumps", "title")] == [1, 1, 1, 3]
    store.db.execute("UPDATE questions SET answer = 'rubella' WHERE source_id = '1'")
    store.db.execute("PRAGMA foreign_keys=OFF")
    store.db.execute("DELETE FROM questions WHERE source_id = '3'")
    assert [found(word) for word in ("naive", "rubella", "mumps", "title")] == [0, 1, 0, 2]
    check_fts(store.db)


def test_every_foreign_key_has_an_index() -> None:
    db = open_archive(":memory:")
    for table in db.tables:
        indexed = {index.columns[0] for index in table.indexes} | {table.pks[0]}
        for key in table.foreign_keys:
            assert key.column in indexed, f"{table.name}.{key.column}"


def test_views_can_be_read_and_add_up() -> None:
    store = empty_store()
    store.pending.add_capture(capture_row("urn:1"))
    store.pending.add_page(qa_page("urn:1"))
    store.commit()
    for view in store.db.view_names():
        rows = list(store.db[view].rows)
        assert rows or view == "open_failures"
    (coverage,) = store.db["coverage"].rows
    assert (coverage["questions"], coverage["answered"], coverage["dated"]) == (1, 1, 1)
    (year,) = store.db["answers_per_year"].rows
    assert (year["year"], year["answers"]) == (2005, 1)


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("not a database at all, but long enough to look at" * 20)
    with pytest.raises(NotAnArchive, match="rebuild"):
        open_archive(text)
    other = tmp_path / "other.db"
    Database(other).table("recipes").insert({"name": "soup"})
    with pytest.raises(NotAnArchive, match="recipes"):
        open_archive(other)
    assert Database(other).table_names() == ["recipes"]
    with pytest.raises(ArchiveMissing, match="no archive"):
        open_archive(tmp_path / "none.db", readonly=True)
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(ArchiveReadOnly):
        open_archive(tmp_path / "no" / "folder" / "a.db")


def test_an_archive_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    db = open_archive(tmp_path / "a.db")
    db.table("_sqlite_migrations").insert(
        {"migration_set": "housecall", "name": "m900_future", "applied_at": "x"}
    )
    db.close()
    before = (tmp_path / "a.db").read_bytes()
    for readonly in (False, True):
        with pytest.raises(NewerArchive, match="m900_future"):
            open_archive(tmp_path / "a.db", readonly=readonly)
    assert (tmp_path / "a.db").read_bytes() == before


def test_a_lock_that_does_not_go_away_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    Database(tmp_path / "a.db").close()
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("CREATE TABLE IF NOT EXISTS _sqlite_migrations (id, migration_set, name)")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ArchiveLocked, match="locked"):
        open_archive(tmp_path / "a.db")
    other.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    open_archive(tmp_path / "a.db").close()
    (tmp_path / "a.db").chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ArchiveReadOnly, match="write"):
            open_archive(tmp_path / "a.db")
    finally:
        tmp_path.chmod(0o700)


def test_a_reader_changes_nothing(tmp_path: Path) -> None:
    open_archive(tmp_path / "a.db").close()
    db = open_archive(tmp_path / "a.db", readonly=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("INSERT INTO crawls (uid, spider) VALUES ('u', 's')")
    db.close()
