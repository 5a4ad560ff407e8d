"""An archive from before questions had several answers: it keeps all, and equals one made now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from pipelines.db.connection import check_fts, migrations, open_archive
from pipelines.db.content_digest import content_digest, table_digests
from pipelines.db.earlier_records import new_parser, new_record
from pipelines.db.rules import text_of, to_json, version_record
from pipelines.verify.archive import check_archive
from tests.pipelines.archive_makers import crawl_into, qa_page, question_url
from tests.pipelines.rebuild.test_rebuild import a_crawl

ROWS = Path(__file__).with_name("old_archive.sql")
ANN = {
    "name": "Ann", "credentials": ["MD"], "title": None, "college": None, "institution": None,
    "url": None,
}  # fmt: skip
OLD: dict[str, Any] = {
    "title": "T", "question": "Q", "answer": "A", "answered_on": "2005-03-01",
    "status": "answered", "responders": [ANN], "topics": [{"name": "Eyes", "url": None}],
    "links": [{"text": "More", "url": "http://e/"}],
}  # fmt: skip


def old_archive(path: Path) -> Path:
    """An archive as the last version before m010 left it."""
    old = Database(path)
    migrations.apply(old, stop_before="m010_answers")
    old.conn.executescript(ROWS.read_text("utf-8"))
    old.close()
    return path


def test_a_migrated_archive_says_what_one_that_is_made_now_says(tmp_path: Path) -> None:
    migrated = open_archive(old_archive(tmp_path / "archive.db"))
    # The body of one capture was cut short. It could not be read then, and today it is.
    cut = question_url(10)
    for table in ("failures", "captures"):
        migrated.conn.execute(f"DELETE FROM {table} WHERE url = ?", [cut])
    made = crawl_into(tmp_path / "now", [each for each in a_crawl() if each.url != cut]).db
    assert table_digests(migrated, content=True) == table_digests(made, content=True)
    assert content_digest(migrated) == content_digest(made)
    check_fts(migrated)
    migrated.close()
    assert list(check_archive(tmp_path / "archive.db")) == []


def test_nothing_is_lost_by_the_migration(tmp_path: Path) -> None:
    path = old_archive(tmp_path / "archive.db")
    old = Database(path)
    before = {
        "texts": old.execute("SELECT id, title, question, answer FROM versions").fetchall(),
        "read": old.execute(
            "SELECT id, version_id, confidence, warnings FROM captures "
            "WHERE version_id IS NOT NULL ORDER BY id"
        ).fetchall(),
        "people": old.execute(
            "SELECT question_id, position, responder_id, name FROM question_responders"
        ).fetchall(),
    }
    old.close()
    new = open_archive(path)
    assert {
        "texts": new.execute("SELECT id, title, question, answer FROM versions").fetchall(),
        "read": new.execute(
            "SELECT capture_id, version_id, confidence, warnings FROM sightings ORDER BY 1"
        ).fetchall(),
        "people": new.execute(
            "SELECT question_id, r.position, responder_id, name FROM answers a "
            "JOIN answer_responders r ON r.answer_id = a.id"
        ).fetchall(),
    } == before
    sites = new.execute("SELECT name, language, answers, declared FROM sites").fetchall()
    assert sites == [("netwellness", "en", "experts", 1)]
    new.close()


def test_a_record_gets_the_form_of_now() -> None:
    record = new_record(to_json(OLD), "netwellness")
    page = qa_page("urn:1", **text_of(record))
    assert (page.answer, page.answered_on and page.answered_on.year) == ("A", 2005)
    assert page.responders[0].credentials == ("MD",)
    assert version_record(page) == record
    assert json.loads(new_record(to_json(OLD), "example.org"))["language"] == ""


@pytest.mark.parametrize(
    ("changes", "answers"),
    [
        ({"answer": ""}, 1),
        ({"status": "unanswered", "answer": "", "answered_on": None, "responders": []}, 0),
        ({"status": "unanswered", "answer": "", "answered_on": None}, 1),
    ],
)
def test_whoever_signed_is_kept_even_without_an_answer(
    changes: dict[str, Any], answers: int
) -> None:
    record = json.loads(new_record(to_json({**OLD, **changes}), "netwellness"))
    assert len(record["answers"]) == answers


def test_the_first_parser_has_another_name() -> None:
    assert new_parser("netwellness@1") == "labelled@1"
    assert new_parser("other@1") == "other@1"
    assert new_parser(None) is None
