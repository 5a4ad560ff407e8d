"""The checker: an archive that is right passes, and each thing that is wrong is named."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from parsers.records import QAPage
from pipelines.db.connection import migrations
from sample import Site, plan
from sample.cli import main
from sample.truth import qapage

SITE = Site(pages=80)
ARGS = ["check", "--pages", "80", "--archive"]
FIRST = str(plan.page_id(4))  # an answered page with a date, topics and links: row 5


def keep(connection: sqlite3.Connection, page: QAPage, row: int, gone: str | None = None) -> None:
    """Writes one record, as plainly as the tables allow."""
    day = page.answered_on.isoformat() if page.answered_on else None
    connection.execute(
        "INSERT INTO questions (id, site, source_id, url, title, question, answer, answered_on,"
        " status, confidence, parser, first_captured_at, last_captured_at, last_changed_at,"
        " versions, gone_at, capture_id) VALUES (?,?,?,?,?,?,?,?,?,1,'x','','','',1,?,1)",
        (row, page.site, page.source_id, page.url, page.title, page.question, page.answer, day,
         page.status, gone),
    )  # fmt: skip
    if page.answers:  # one at most, with the id of its question
        connection.execute(
            "INSERT INTO answers (id, question_id, position, part, text, answered_on, capture_id)"
            " VALUES (?,?,1,1,?,?,1)",
            (row, row, page.answer, day),
        )
    for place, who in enumerate(page.responders):
        values = (", ".join(who.credentials), who.title, who.college, who.institution, who.url)
        cursor = connection.execute(
            "INSERT INTO responders (site, name, capture_id) VALUES (?,?,1)", (page.site, who.name)
        )
        connection.execute(
            "INSERT INTO answer_responders (answer_id, responder_id, position, name,"
            " credentials, title, college, institution, url) VALUES (?,?,?,?,?,?,?,?,?)",
            (row, cursor.lastrowid, place, who.name, *values),
        )
    for place, topic in enumerate(page.topics):
        connection.execute(
            "INSERT INTO topics (slug, name, url, capture_id) VALUES (?,?,?,1)"
            " ON CONFLICT (slug) DO UPDATE SET url = coalesce(url, excluded.url)",
            (topic.name, topic.name, topic.url),
        )
        connection.execute(
            "INSERT INTO question_topics (question_id, topic_id, position, name, url)"
            " SELECT ?, id, ?, ?, ? FROM topics WHERE slug = ?",
            (row, place, topic.name, topic.url, topic.name),
        )
    connection.executemany(
        "INSERT INTO links (question_id, position, text, url) VALUES (?,?,?,?)",
        [(row, place, link.text, link.url) for place, link in enumerate(page.links)],
    )


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "archive.db"
    database = Database(path)
    migrations.apply(database)
    database.close()
    with sqlite3.connect(path) as connection:
        for number in range(SITE.total):
            keep(connection, qapage(SITE, number), number + 1)
    connection.close()
    return path


def change(archive: Path, *statements: str) -> None:
    connection = sqlite3.connect(archive)
    for statement in statements:
        assert connection.execute(statement).rowcount != 0
    connection.commit()
    connection.close()


def result(
    archive: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[int, dict[str, Any]]:
    status = main([*ARGS, str(archive), "--json", *more])
    return status, json.loads(capsys.readouterr().out)


def test_a_right_archive_passes(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = result(archive, capsys)
    assert (status, found["pages"], found["accuracy"]) == (0, 80, 1.0)
    assert len(found["fields"]) == 17
    assert all(count == {"right": 80, "of": 80} for count in found["fields"].values())
    assert main([*ARGS, str(archive)]) == 0
    assert "100 %" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("field", "statement"),
    [
        ("url", "UPDATE questions SET url = url || '?' WHERE source_id = '{id}'"),
        ("title", "UPDATE questions SET title = title || ' ' WHERE source_id = '{id}'"),
        ("question", "UPDATE questions SET question = '' WHERE source_id = '{id}'"),
        ("answer", "UPDATE questions SET answer = answer || 'x' WHERE source_id = '{id}'"),
        ("answered_on", "UPDATE questions SET answered_on = '1900-01-01' WHERE source_id = '{id}'"),
        ("status", "UPDATE questions SET status = 'unanswered' WHERE source_id = '{id}'"),
        ("gone", "UPDATE questions SET gone_at = '2020' WHERE source_id = '{id}'"),
        ("responders.name", "UPDATE answer_responders SET name = 'x' WHERE answer_id = 5"),
        ("responders.title", "UPDATE answer_responders SET title = 'x' WHERE answer_id = 5"),
        (
            "responders.credentials",
            "UPDATE answer_responders SET credentials = 'x' WHERE answer_id = 5",
        ),
        ("responders.url", "UPDATE answer_responders SET url = 'x' WHERE answer_id = 5"),
        ("links.url", "UPDATE links SET url = url || '#' WHERE question_id = 5 AND position = 0"),
        ("links.text", "UPDATE links SET text = ' ' WHERE question_id = 5 AND position = 0"),
    ],
)
def test_a_wrong_field_is_named(
    archive: Path, capsys: pytest.CaptureFixture[str], field: str, statement: str
) -> None:
    change(archive, statement.format(id=FIRST))
    status, found = result(archive, capsys)
    assert status == 1
    assert [(each["source_id"], each["field"]) for each in found["differences"]] == [(FIRST, field)]
    assert found["fields"][field] == {"right": 79, "of": 80}
    assert found["accuracy"] < 1
    assert main([*ARGS, str(archive)]) == 1
    assert f"{FIRST} {field}" in capsys.readouterr().out


def test_order_of_links_counts(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(
        archive,
        "UPDATE links SET position = -1 WHERE question_id = 5 AND position = 1",
    )
    status, found = result(archive, capsys)
    assert status == 1
    assert {each["field"] for each in found["differences"]} == {"links.text", "links.url"}


def test_a_lost_topic_is_named(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(archive, "DELETE FROM question_topics WHERE question_id = 5")
    status, found = result(archive, capsys)
    assert status == 1
    assert {each["field"] for each in found["differences"]} == {"topics.name", "topics.url"}


def test_missing_and_extra_pages(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(archive, f"UPDATE questions SET source_id = '900001' WHERE source_id = '{FIRST}'")
    status, found = result(archive, capsys)
    assert (status, found["missing"], found["extra"]) == (1, [FIRST], ["netwellness 900001"])
    assert found["accuracy"] == pytest.approx(79 / 80)


def test_pages_of_the_real_site_are_left_alone(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(
        archive,
        "INSERT INTO questions (id, site, source_id, url, title, question, answer, status,"
        " confidence, parser, first_captured_at, last_captured_at, last_changed_at, versions,"
        " capture_id) SELECT 9999, site, '29280', url, title, question, answer, status,"
        " confidence, parser, first_captured_at, last_captured_at, last_changed_at, versions,"
        " capture_id FROM questions WHERE id = 5",
    )
    status, found = result(archive, capsys)
    assert (status, found["ignored"]) == (0, 1)


def test_gone_pages_may_be_absent_or_marked(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = Site(pages=80, gone=0.2)
    gone = [number for number in range(80) if plan.gone_as(later, number)]
    assert len(gone) > 4
    status, found = result(archive, capsys, "--gone", "0.2")
    assert status == 1
    assert {each["field"] for each in found["differences"]} == {"gone"}
    marked = ", ".join(f"'{plan.page_id(number)}'" for number in gone)
    change(archive, f"UPDATE questions SET gone_at = '2020' WHERE source_id IN ({marked})")
    assert result(archive, capsys, "--gone", "0.2")[0] == 0
    change(archive, f"DELETE FROM questions WHERE source_id IN ({marked})")
    status, found = result(archive, capsys, "--gone", "0.2")
    assert (status, found["pages"]) == (0, 80 - len(gone))


def test_no_archive_is_an_error_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing, rubbish, empty = (tmp_path / name for name in ("none.db", "rubbish.db", "empty.db"))
    rubbish.write_bytes(b"not a database at all" * 100)
    empty.touch()
    for path in (nothing, rubbish, empty):
        assert main([*ARGS, str(path)]) == 2
        assert str(path) in capsys.readouterr().err
    assert not nothing.exists()
