"""``scrapy withhold``, ``privacy``, and what else reads the file: as a person runs them."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from parsers.records import QAPage
from pipelines.takedown.takedown_file import parse_withheld
from tests.conftest import run_scrapy
from tests.pipelines.archive_makers import capture_row as row
from tests.pipelines.archive_makers import (
    crawl_into,
    empty_store,
    exchange,
    http_response,
    qa_page,
    question_html,
    question_url,
)

ENTRY = '[[withheld]]\nquestion = "netwellness/2"\nreason = "Asked for."\non = 2026-11-22\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = [
        exchange(question_url(n), http_response(question_html(n)), seconds=n) for n in (1, 2, 3)
    ]
    crawl_into(tmp_path, pages).close()
    return tmp_path


def words(folder: Path) -> list[str]:
    names = {"ARCHIVE_DB": "archive.db", "WARC_DIR": "warcs", "STATE_DIR": "state"}
    names["WITHHELD_FILE"] = "list.toml"
    return [word for name, file in names.items() for word in ("-s", f"{name}={folder / file}")]


def questions(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        return [one for (one,) in db.execute("SELECT source_id FROM questions ORDER BY 1")]


def test_a_question_is_taken_out_stays_out_and_comes_back(folder: Path) -> None:
    given = words(folder)
    (folder / "list.toml").write_text(ENTRY)
    run = run_scrapy("verify", *given)
    assert run.returncode == 1
    assert "netwellness/2 is withheld, and has rows; run 'scrapy withhold'" in run.stdout
    run = run_scrapy("withhold", "--json", *given)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["removed"] == ["netwellness/2"]
    assert questions(folder) == ["1", "3"]
    assert run_scrapy("verify", *given).returncode == 0
    run = run_scrapy("rebuild", *given)
    assert "withheld     1" in run.stdout
    assert questions(folder) == ["1", "3"]
    page = folder / "2.htm"
    page.write_bytes(question_html(2, "Saved by hand."))
    assert run_scrapy("ingest", str(page), "--url", question_url(2), *given).returncode == 0
    assert questions(folder) == ["1", "3"]
    (folder / "list.toml").write_text("")
    run = run_scrapy("withhold", *given)
    assert "run 'scrapy rebuild --release' to bring them back: netwellness/2" in run.stdout
    run = run_scrapy("rebuild", *given)
    assert run.returncode == 1
    assert "does not list: netwellness/2" in run.stderr
    assert questions(folder) == ["1", "3"]
    assert run_scrapy("rebuild", "--release", *given).returncode == 0
    assert questions(folder) == ["1", "2", "3"]


@pytest.mark.parametrize("verb", ["withhold", "rebuild", "verify", "serve", "ingest"])
def test_nothing_is_done_with_a_file_that_is_wrong_or_missing(folder: Path, verb: str) -> None:
    more = [str(folder / "warcs")] if verb == "ingest" else []
    more += ["--port", "0"] if verb == "serve" else []
    run = run_scrapy(verb, *more, *words(folder))
    assert run.returncode == 1
    assert "WITHHELD_FILE" in run.stderr
    (folder / "list.toml").write_text(ENTRY.replace("reason", "reasn"))
    run = run_scrapy(verb, *more, *words(folder))
    assert run.returncode == 1
    assert "line 1" in run.stderr
    assert "did you mean 'reason'" in run.stderr
    assert questions(folder) == ["1", "2", "3"]


def test_nothing_is_served_that_cannot_be_taken_out(folder: Path) -> None:
    (folder / "list.toml").write_text(ENTRY)
    with closing(sqlite3.connect(folder / "archive.db", isolation_level=None)) as busy:
        busy.execute("BEGIN IMMEDIATE")
        run = run_scrapy("serve", "--port", "0", *words(folder))
        busy.execute("ROLLBACK")
    assert run.returncode == 1
    assert "not served" in run.stderr


def a_page(number: int, **changes: object) -> tuple[str, QAPage]:
    return f"urn:{number}", qa_page(f"urn:{number}", number, **changes)


def test_suspects_are_listed_and_written_as_entries_to_choose_from(tmp_path: Path) -> None:
    store = empty_store(tmp_path / "archive.db")
    texts = [
        a_page(1),
        a_page(2, question="My name is Jennifer Stone. Write to jen@example.com"),
        a_page(3, answer="Call (513) 584-1000."),
        a_page(4, question="Dear Dr. Owen, why?"),
    ]
    for number, (record, page) in enumerate(texts, 1):
        store.pending.add_capture(row(record, url=question_url(number), seconds=number))
        store.pending.add_page(page)
    # What only an earlier version says can be read too.
    store.pending.add_capture(row("urn:9", seconds=99))
    store.pending.add_page(qa_page("urn:9", 1, question="Was it so?\n\nThanks,\nMary Hill"))
    store.pending.add_capture(row("urn:10", seconds=100))
    store.pending.add_page(qa_page("urn:10", 1, question="It was withdrawn."))
    store.close()
    given = words(tmp_path)
    found = json.loads(run_scrapy("privacy", "--json", *given).stdout)
    assert [(one["question"], one["rank"]) for one in found["questions"]] == [
        ("netwellness/1", 1), ("netwellness/2", 1), ("netwellness/4", 2),
    ]  # fmt: skip
    assert [one["text"] for one in found["questions"][0]["finds"]] == ["Mary Hill"]
    assert {one["kind"] for one in found["questions"][1]["finds"]} == {"e-mail", "name"}
    everything = run_scrapy("privacy", "--all", *given).stdout
    assert "netwellness/3" in everything
    assert "(513) 584-1000" in everything
    toml = run_scrapy("privacy", "--toml", *given).stdout
    assert tomllib.loads(toml) == {}
    assert "jen@example.com" in toml
    lines = (line.removeprefix("# ") for line in toml.splitlines())
    kept = [line for line in lines if line.startswith(("[[", "question =", "reason =", "on ="))]
    assert [one.source_id for one in parse_withheld("\n".join(kept))] == ["1", "2", "4"]
    assert run_scrapy("privacy", "--json", "--toml", *given).returncode == 2
