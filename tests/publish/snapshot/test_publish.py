"""A snapshot: what is in it, that it says the truth, and that others can read it."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
import re
import shutil
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import frictionless
import mlcroissant
import pyarrow.parquet
import pytest

from pipelines.db.connection import ArchiveMissing, NotAnArchive
from pipelines.files.locks import Lock, LockHeld
from pipelines.takedown.takedown_file import Takedown
from publish.datasette.snapshot_mark import is_snapshot
from publish.semantic import vectors
from publish.serve import application
from publish.snapshot.copying import SnapshotError
from publish.snapshot.make import Published, publish
from publish.snapshot.snapshot_folder import LOCK
from tests.publish.archives import HOSTILE, Archive, page, small

WITHHELD = Takedown("netwellness", "102", None, "asked for", date(2026, 11, 22))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("snapshot")
    small(folder / "a.db").close()
    return publish(folder / "a.db", folder / "public")


@pytest.fixture
def writable(tmp_path: Path) -> Iterator[Archive]:
    """An archive that goes on being written."""
    made = small(tmp_path / "a.db")
    yield made
    made.close()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def changes_of(result: Published) -> list[dict[str, str]]:
    with (result.folder / "changes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_folder_is_whole_and_read_only(published: Published) -> None:
    current = published.folder.parent / "current"
    assert current.resolve() == published.folder
    assert names(published.folder) == {
        "archive.db", "archive.db.vectors.npz", "questions.csv", "questions.jsonl",
        "questions.parquet", "changes.csv",
        "answers.csv", "answers.jsonl", "answers.parquet",
        "datapackage.json", "croissant.json", "README.md", "SHA256SUMS",
    }  # fmt: skip
    assert re.fullmatch(r"20260309T093000Z-[0-9a-f]{12}", published.name)
    for path in published.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o444, path.name
    sums = (published.folder / "SHA256SUMS").read_text().splitlines()
    assert {line[66:] for line in sums} == names(published.folder) - {"SHA256SUMS"}
    for line in sums:
        content = (published.folder / line[66:]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == line[:64]


def test_every_file_has_every_question(published: Published) -> None:
    folder = published.folder
    with closing(sqlite3.connect(folder / "archive.db")) as archive:
        ids = [row[0] for row in archive.execute("SELECT source_id FROM questions ORDER BY id")]
        assert archive.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert archive.execute("PRAGMA foreign_key_check").fetchall() == []
        assert archive.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0] > 5
        assert archive.execute(
            "SELECT count(*) FROM questions_fts WHERE questions_fts MATCH 'insulin'"
        ).fetchone() == (1,)
    with (folder / "questions.csv").open(encoding="utf-8", newline="") as file:
        assert [row["source_id"] for row in csv.DictReader(file)] == ids
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["source_id"] for line in lines] == ids
    table = pyarrow.parquet.read_table(folder / "questions.parquet")
    assert table["source_id"].to_pylist() == ids
    assert published.facts.questions == len(ids)


def test_frictionless_finds_the_package_valid(published: Published) -> None:
    report = frictionless.validate(str(published.folder / "datapackage.json"))
    assert report.valid, report.flatten(["fieldName", "note"])
    tasks = {task.name: task.stats for task in report.tasks}
    assert tasks["questions"]["rows"] == published.facts.questions
    package = json.loads((published.folder / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        content = (published.folder / resource["path"]).read_bytes()
        assert (resource["bytes"], resource["hash"]) == (
            len(content), f"sha256:{hashlib.sha256(content).hexdigest()}",
        )  # fmt: skip
    assert package["version"] == published.name


def test_frictionless_would_find_a_changed_file(published: Published, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(published.folder, copy)
    (copy / "questions.csv").chmod(0o644)
    with (copy / "questions.csv").open("a") as file:
        file.write("x\r\n")
    assert not frictionless.validate(str(copy / "datapackage.json")).valid


def test_mlcroissant_reads_every_record(published: Published) -> None:
    dataset = mlcroissant.Dataset(jsonld=str(published.folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    records = list(dataset.records("questions"))
    assert len(records) == published.facts.questions
    second = records[1]
    assert second["questions/topics"] == [b"Diabetes", b"Sleep Disorders"]
    assert [part["questions/responders/name"] for part in second["questions/responders"]] == [
        b"Owen Tate", b"Maria Lindqvist",
    ]  # fmt: skip
    assert records[4]["questions/answer"] == HOSTILE.encode()


def test_the_readme_has_the_figures_of_its_archive(published: Published) -> None:
    text = (published.folder / "README.md").read_text("utf-8")
    with closing(sqlite3.connect(published.folder / "archive.db")) as archive:
        for sql, message in {
            "SELECT count(*) FROM questions": "{} questions, 6 of them answered",
            "SELECT count(*) FROM captures": "from {} captures",
            "SELECT count(*) FROM responders": "{} people who answered",
        }.items():
            assert message.format(archive.execute(sql).fetchone()[0]) in text
    digest = hashlib.sha256((published.folder / "archive.db").read_bytes()).hexdigest()
    assert text.count(digest) == 2  # in the list of files, and in the citation
    assert "Rights remain" in text
    assert HOSTILE not in text


def test_the_same_archive_is_the_same_snapshot(tmp_path: Path) -> None:
    small(tmp_path / "a.db").close()
    first, second = (publish(tmp_path / "a.db", tmp_path / name) for name in ("x", "y"))
    assert first.name == second.name
    for path in first.folder.iterdir():
        assert path.read_bytes() == (second.folder / path.name).read_bytes(), path.name
    again = publish(tmp_path / "a.db", tmp_path / "x")
    assert (again.unchanged, again.name) == (True, first.name)
    assert names(tmp_path / "x") == {first.name, "current", LOCK}


def test_a_snapshot_can_be_published_from_a_snapshot(published: Published, tmp_path: Path) -> None:
    again = publish(published.folder / "archive.db", tmp_path / "public")
    assert again.facts == published.facts
    assert is_snapshot(published.folder / "archive.db")


def test_changes_are_listed(writable: Archive, tmp_path: Path) -> None:
    first = publish(writable.path, tmp_path / "public")
    assert (first.changes, first.before) == ({}, None)
    writable.add(page(201, title="New"), page(101, answer="Another answer."))
    writable.store.pending.mark_gone(writable.capture(page(103).url, status=404))
    writable.add(page(107, title="Taken away"))
    writable.commit()
    second = publish(writable.path, tmp_path / "public", [WITHHELD])
    assert second.before == first.name
    assert {(change["change"], change["source_id"]) for change in changes_of(second)} == {
        ("new", "201"), ("changed", "101"), ("gone", "103"), ("back", "107"), ("withheld", "102"),
    }  # fmt: skip
    assert second.changes == {"new": 1, "changed": 1, "gone": 1, "back": 1, "withheld": 1}
    changed = next(change for change in changes_of(second) if change["change"] == "changed")
    assert re.fullmatch(r"[0-9a-f]{64}", changed["before"])
    assert changed["before"] != changed["after"]
    assert "1 withheld" in (second.folder / "README.md").read_text("utf-8")


def test_what_is_withheld_is_nowhere(writable: Archive, tmp_path: Path) -> None:
    first = publish(writable.path, tmp_path / "public")
    words = (b"Low blood sugar can do that", b"night sweats")
    assert any(words[0] in path.read_bytes() for path in first.folder.iterdir())
    second = publish(writable.path, tmp_path / "public", [WITHHELD], keep=5)
    assert second.removed == (first.name,)
    for path in (tmp_path / "public").rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            assert not any(word.lower() in content for word in words), path
    assert second.facts.rows["withheld"] == 1
    with closing(sqlite3.connect(second.folder / "archive.db")) as archive:
        assert archive.execute("SELECT reason FROM withheld").fetchall() == [("asked for",)]
        archive.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab('main', questions_fts, row)")
        assert archive.execute("SELECT * FROM v WHERE term = 'sugar'").fetchall() == []


def test_only_the_last_few_stay(writable: Archive, tmp_path: Path) -> None:
    made = []
    for number in range(301, 305):
        writable.add(page(number))
        writable.commit()
        made.append(publish(writable.path, tmp_path / "public", keep=2).name)
    assert names(tmp_path / "public") == {*made[-2:], "current", LOCK}


def test_a_snapshot_before_that_cannot_be_read_is_no_obstacle(
    writable: Archive, tmp_path: Path
) -> None:
    first = publish(writable.path, tmp_path / "public")
    (first.folder / "archive.db").chmod(0o644)
    (first.folder / "archive.db").write_bytes(b"not a database" * 100)
    writable.add(page(301))
    writable.commit()
    second = publish(writable.path, tmp_path / "public")
    assert first.name in second.notes[0]
    assert (tmp_path / "public/current").resolve() == second.folder


def test_a_current_file_that_was_damaged_is_noticed(tmp_path: Path) -> None:
    small(tmp_path / "a.db").close()
    first = publish(tmp_path / "a.db", tmp_path / "public")
    (first.folder / "questions.csv").chmod(0o644)
    (first.folder / "questions.csv").write_text("")
    with pytest.raises(SnapshotError, match=r"questions\.csv is not as it was published"):
        publish(tmp_path / "a.db", tmp_path / "public")


def test_errors_are_named_and_leave_nothing(tmp_path: Path) -> None:
    public = tmp_path / "public"
    with pytest.raises(ArchiveMissing, match="there is no archive"):
        publish(tmp_path / "none.db", public)
    (tmp_path / "page.db").write_text("<html>" * 1000)
    with pytest.raises(NotAnArchive):
        publish(tmp_path / "page.db", public)
    assert names(public) == {LOCK}
    with Lock(public / LOCK, "a publication"), pytest.raises(LockHeld, match="a publication"):
        publish(tmp_path / "page.db", public)


def test_no_room_is_said_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(tmp_path / "a.db").close()
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(SnapshotError, match="make room, or name another folder with --to"):
        publish(tmp_path / "a.db", tmp_path / "public")


def test_a_crawl_that_commits_meanwhile_is_not_torn(writable: Archive, tmp_path: Path) -> None:
    """Each commit adds a pair of questions: a snapshot has both or neither."""
    stop = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(writable.path, timeout=10)) as archive:
            number = 1000
            while not stop.is_set():
                for name in ("a", "b"):
                    archive.execute(
                        "INSERT INTO questions (site, source_id, url, title, question, answer, "
                        "status, confidence, parser, first_captured_at, last_captured_at, "
                        "last_changed_at, versions, capture_id) SELECT site, ?, url, title, "
                        "question, answer, status, confidence, parser, first_captured_at, "
                        "last_captured_at, last_changed_at, versions, capture_id FROM questions "
                        "LIMIT 1",
                        (f"{number}{name}",),
                    )
                archive.commit()
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = [publish(writable.path, tmp_path / "public").facts.questions for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    assert [(count - 7) % 2 for count in counts] == [0, 0, 0]
    assert counts[0] < counts[2]


def test_it_is_served_as_immutable(published: Published) -> None:
    path = published.folder.parent / "current/archive.db"

    async def check() -> None:
        site = application(path)
        with closing(sqlite3.connect(published.folder / "archive.db", timeout=0)) as locker:
            # A lock would stop anybody who asks for one.
            locker.execute("PRAGMA locking_mode = EXCLUSIVE")
            locker.execute("BEGIN EXCLUSIVE")
            assert (await site.client.get("/q/netwellness/102")).status_code == 200
            assert (await site.client.get("/archive/questions.json")).status_code == 200
            exported = await site.client.get("/export/questions.jsonl")
            assert len(exported.text.splitlines()) == 7

    before = (published.folder / "archive.db").read_bytes()
    asyncio.run(check())
    assert (published.folder / "archive.db").read_bytes() == before
    assert is_snapshot(path)
    assert not [name for name in names(published.folder) if "-" in name]


def test_a_running_server_notices_the_next_snapshot(writable: Archive, tmp_path: Path) -> None:
    publish(writable.path, tmp_path / "public", keep=1)

    async def check() -> None:
        site = application(tmp_path / "public/current/archive.db")
        for number in (401, 402, 403):
            assert (await site.client.get(f"/q/netwellness/{number}")).status_code == 404
            writable.add(page(number))
            writable.commit()
            publish(writable.path, tmp_path / "public", keep=1)
            assert (await site.client.get(f"/q/netwellness/{number}")).status_code == 200
            rows = (await site.client.get("/export/questions.csv")).headers["x-row-count"]
            assert rows == str(7 + number - 400)

    asyncio.run(check())


def test_a_live_archive_is_no_snapshot(writable: Archive, tmp_path: Path) -> None:
    assert not is_snapshot(writable.path)
    assert not is_snapshot(tmp_path / "none.db")
    copy = tmp_path / "copy.db"
    shutil.copy(publish(writable.path, tmp_path / "public").folder / "archive.db", copy)
    copy.chmod(0o644)
    assert is_snapshot(copy)
    other = Archive(copy)
    other.add(replace(page(501)))
    other.commit()
    assert not is_snapshot(copy)
    other.close()


def test_a_snapshot_has_vectors(writable: Archive, tmp_path: Path) -> None:
    result = publish(writable.path, tmp_path / "public", [WITHHELD])
    assert names(result.folder) >= {"archive.db", "archive.db.vectors.npz"}
    assert not [name for name in names(result.folder) if name.endswith(".lock")]
    assert len(vectors.read(result.folder / "archive.db.vectors.npz")) == result.facts.questions
    assert "archive.db.vectors.npz" in (result.folder / "SHA256SUMS").read_text()
    assert result.notes == ()
    again = publish(writable.path, tmp_path / "public", [WITHHELD])
    assert again.unchanged
