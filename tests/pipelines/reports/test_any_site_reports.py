"""Reports of threads, of pages with several questions, and of pages that need a script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from parsers import declare
from pipelines.db.models import Failure
from pipelines.reports.field_diff import ChangeKey
from pipelines.reports.parser_diff import EraEvidence, compare_archives
from pipelines.reports.run_report import run_report
from tests.pipelines.archive_makers import CRAWL, capture_row, crawl_into, empty_store, qa_page
from tests.pipelines.forum import FORUM, a_forum

AGAIN = replace(CRAWL, uid="22222222-2222-4222-8222-222222222222")


@pytest.fixture(autouse=True)
def forum() -> Iterator[None]:
    declare([FORUM])
    yield
    declare([])


def test_a_run_report_counts_questions_as_the_store_does(tmp_path: Path) -> None:
    captures = a_forum()
    first = crawl_into(tmp_path, captures[:3])
    report = run_report(first.db.conn, CRAWL.uid)
    assert report.questions.counts == first.counts
    assert report.questions.counts["new"] == 4
    first.close()
    again = crawl_into(tmp_path, captures[3:], AGAIN)
    report = run_report(again.db.conn, AGAIN.uid)
    assert report.questions.counts == again.counts
    assert report.questions.counts == {
        "new": 0, "changed": 1, "unchanged": 2, "gone": 1, "back": 0,
    }  # fmt: skip
    assert report.questions.examples["gone"] == ("https://forum.example/faq/a#fever",)
    assert report.questions.examples["changed"] == ("https://forum.example/t/7",)
    again.close()


def test_a_further_page_of_a_thread_is_a_change_after_its_first_run(tmp_path: Path) -> None:
    captures = a_forum()
    first = crawl_into(tmp_path / "whole", captures[:2])
    assert run_report(first.db.conn, CRAWL.uid).questions.counts["changed"] == 0
    first.close()
    crawl_into(tmp_path / "grown", captures[:1]).close()
    again = crawl_into(tmp_path / "grown", captures[1:2], AGAIN)
    assert run_report(again.db.conn, AGAIN.uid).questions.counts["changed"] == 1
    assert again.counts["changed"] == 1
    again.close()


def test_a_page_that_needs_a_script_is_a_failure_of_its_own_kind() -> None:
    store = empty_store()
    for at, (field, why) in enumerate([("page", "script shell: no text"), ("answer", "none")]):
        store.pending.add_capture(capture_row(f"urn:{at}", url=f"https://forum.example/t/{at}"))
        store.pending.add_failure(Failure(f"urn:{at}", "parse", why, field))
    store.commit()
    readings = run_report(store.db.conn, CRAWL.uid).readings
    assert readings.errors_by_field == {"answer": 1, "script shell": 1}


def test_each_question_of_a_page_is_compared(tmp_path: Path) -> None:
    paths = []
    for name, texts in (("old", {"x": "A", "y": "B"}), ("new", {"x": "A", "y": "C", "z": "D"})):
        store = empty_store(tmp_path / f"{name}.db")
        store.pending.add_capture(capture_row("urn:1", url="https://forum.example/faq/a"))
        for anchor, text in texts.items():
            page = qa_page("urn:1", site="forum", source_id=f"a#{anchor}", answer=text)
            store.pending.add_page(page)
        store.close()
        paths.append(tmp_path / f"{name}.db")

    def no_era(_: EraEvidence) -> str:
        return ""

    compared = compare_archives(paths[0], paths[1], no_era)
    assert compared.tally.counts == {
        ChangeKey("reading", "record", "gained"): 1, ChangeKey("field", "answer", "changed"): 1,
    }  # fmt: skip
    assert (compared.tally.captures, compared.pages, compared.changed) == (1, 1, 1)
    assert compare_archives(paths[0], paths[0], no_era).differs is False
