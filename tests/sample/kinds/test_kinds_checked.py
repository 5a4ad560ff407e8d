"""The checker of the other kinds: a right archive passes, what is wrong is named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from pipelines.db.connection import migrations
from sample.cli import main
from sample.comparison import Value
from sample.kinds.check import archived
from sample.kinds.kind import site_name
from sample.kinds.site import KindSite

PAGES = 20
LISTS = ("text", "author", "answered_on", "accepted", "score", "responders", "credentials")


def keep(connection: sqlite3.Connection, site: str, source_id: str, row: Mapping[str, Any]) -> None:
    """Writes what is expected of one question, as plainly as the tables allow."""
    cursor = connection.execute(
        "INSERT INTO questions (site, source_id, url, title, question, answer, status, asker,"
        " asked_on, parts, confidence, parser, first_captured_at, last_captured_at,"
        " last_changed_at, versions, capture_id) VALUES (?,?,?,?,?,'',?,?,?,?,1,'x','','','',1,1)",
        (site, source_id, f"http://127.0.0.1:1{row['url']}", row["title"], row["question"],
         row["status"], row["asker"], row["asked_on"], row["parts"]),
    )  # fmt: skip
    question = cursor.lastrowid
    columns = zip(*(row[f"answers.{name}"] for name in LISTS), strict=True)
    for place, (text, author, day, accepted, score, names, held) in enumerate(columns, 1):
        cursor = connection.execute(
            "INSERT INTO answers (question_id, position, part, text, author, answered_on,"
            " accepted, score, capture_id) VALUES (?,?,1,?,?,?,?,?,1)",
            (question, place, text, author, day, accepted, score),
        )
        if names:
            person = connection.execute(
                "INSERT INTO responders (site, name, capture_id) VALUES (?,?,1)", (site, names)
            )
            connection.execute(
                "INSERT INTO answer_responders (answer_id, position, responder_id, name,"
                " credentials) VALUES (?,1,?,?,?)",
                (cursor.lastrowid, person.lastrowid, names, held),
            )


def expected(kind: str) -> dict[str, dict[str, Value]]:
    return archived(KindSite(kind=kind, pages=PAGES).known_pages())


@pytest.fixture(params=["column", "discourse", "phpbb", "faq"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def archive(kind: str, tmp_path: Path) -> Path:
    path = tmp_path / "archive.db"
    database = Database(path)
    migrations.apply(database)
    database.close()
    with sqlite3.connect(path) as connection:
        for source_id, row in expected(kind).items():
            keep(connection, site_name(kind), source_id, row)
    connection.close()
    return path


def change(archive: Path, statement: str) -> None:
    with sqlite3.connect(archive) as connection:
        assert connection.execute(statement).rowcount != 0
    connection.close()


def result(
    archive: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any]]:
    options = ["--kind", kind, "--pages", str(PAGES), "--archive", str(archive)]
    status = main(["check", *options, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_a_right_archive_passes(
    archive: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = result(archive, kind, capsys)
    assert (status, found["accuracy"], found["differences"]) == (0, 1.0, [])
    assert found["pages"] == len(expected(kind))


@pytest.mark.parametrize(
    ("field", "statement"),
    [
        ("title", "UPDATE questions SET title = 'x' WHERE id = 1"),
        ("question", "UPDATE questions SET question = '' WHERE id = 1"),
        ("asker", "UPDATE questions SET asker = 'Jo' WHERE id = 1"),
        ("asked_on", "UPDATE questions SET asked_on = '1900-01-01' WHERE id = 1"),
        ("parts", "UPDATE questions SET parts = 99 WHERE id = 1"),
        ("gone", "UPDATE questions SET gone_at = '2020' WHERE id = 1"),
        ("answers.text", "UPDATE answers SET text = 'x' WHERE id = 1"),
        ("answers.author", "UPDATE answers SET author = 'Jo' WHERE id = 1"),
        ("answers.answered_on", "UPDATE answers SET answered_on = '1900-01-01' WHERE id = 1"),
        ("answers.accepted", "UPDATE answers SET accepted = 1 - accepted WHERE id = 1"),
        ("answers.score", "UPDATE answers SET score = 99 WHERE id = 1"),
    ],
)
def test_a_wrong_field_is_named(
    archive: Path, kind: str, capsys: pytest.CaptureFixture[str], field: str, statement: str
) -> None:
    change(archive, statement)
    status, found = result(archive, kind, capsys)
    assert status == 1
    assert [each["field"] for each in found["differences"]] == [field]


def test_missing_and_extra_questions(
    archive: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = next(iter(expected(kind)))
    change(archive, f"UPDATE questions SET source_id = 'x' WHERE source_id = '{first}'")
    status, found = result(archive, kind, capsys)
    extra = [f"{site_name(kind)} x"]
    assert (status, found["missing"], found["extra"]) == (1, [first], extra)


def test_members_of_the_public_are_numbered_in_the_order_in_which_they_write() -> None:
    row = expected("phpbb")["101"]
    assert row["asker"] == "member 1"
    authors = row["answers.author"]
    assert isinstance(authors, tuple)
    assert authors[:3] == ("member 2", "member 1", "member 1")
    assert None in authors  # an expert, who is named
    assert row["parts"] == 5


def test_a_shell_must_stand_among_the_failures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "archive.db"
    database = Database(path)
    migrations.apply(database)
    for number, page in enumerate(KindSite(kind="script", pages=PAGES).known_pages()):
        url = f"http://127.0.0.1:1{page.target}"
        reason = "page: script shell: there is no text" if number else "page: nothing"
        database.execute(
            "INSERT INTO failures (url, canonical_url, occurred_at, stage, reason, record_id,"
            " crawl_id) VALUES (?,?,'','parse',?,?,1)",
            (url, url, reason, str(number)),
        )
    database.conn.commit()
    database.close()
    status, found = result(path, "script", capsys)
    assert status == 1
    assert [each["field"] for each in found["differences"]] == ["failure"]
    assert found["fields"]["failure"] == {"right": PAGES - 1, "of": PAGES}
