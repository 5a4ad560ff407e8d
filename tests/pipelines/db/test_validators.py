"""What the archive knows of a URL: the newest good answer, by what holds its bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.db.connection import open_archive
from pipelines.db.models import CaptureRow, Failure
from pipelines.db.validators import RevisitLookup
from pipelines.store.store import Store
from tests.pipelines.archive_makers import START, capture_row, empty_store, question_url

URL = question_url(1)


def memory_of(*rows: CaptureRow) -> tuple[Store, RevisitLookup]:
    store = empty_store()
    for row in rows:
        store.pending.add_capture(row)
    store.commit()
    return store, RevisitLookup(store.db.conn)


def page(seconds: int, **changes: object) -> CaptureRow:
    row = capture_row(f"urn:{seconds}", seconds=seconds)
    values: dict[str, object] = {
        "url": "https://netwellness.org/question.cfm/1.htm",
        "digest": f"sha1:{seconds}",
        "etag": f'"{seconds}"',
        "last_modified": f"day {seconds}",
    }
    return replace(row, **{**values, **changes})  # type: ignore[arg-type]


def test_nothing_is_known_of_a_url_that_was_never_answered() -> None:
    _, memory = memory_of(page(1))
    assert memory.known(question_url(2)) is None


def test_the_newest_page_is_known_by_all_that_a_revisit_has_to_name() -> None:
    _, memory = memory_of(page(5), page(1), page(3))
    known = memory.known(URL)
    assert known is not None
    assert known.original.record_id == "urn:5"
    assert known.original.url == "https://netwellness.org/question.cfm/1.htm"
    assert known.original.captured_at == START + timedelta(seconds=5)
    assert known.original.digest == "sha1:5"
    assert (known.etag, known.last_modified) == ('"5"', "day 5")
    assert known.seen_at == START + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("sent", "expected"), [(("", ""), ('"1"', "day 1")), (('"n"', "now"), ('"n"', "now"))]
)
def test_a_revisit_is_known_by_its_original(
    sent: tuple[str, str], expected: tuple[str, str]
) -> None:
    revisit = page(9, status=304, revisit_of="urn:1", etag=sent[0], last_modified=sent[1])
    _, memory = memory_of(page(1), page(4), revisit)
    known = memory.known(URL)
    assert known is not None
    assert (known.original.record_id, known.original.digest) == ("urn:1", "sha1:1")
    assert (known.etag, known.last_modified) == expected
    assert known.seen_at == START + timedelta(seconds=9)


@pytest.mark.parametrize(
    "later",
    [
        page(9, status=404),
        page(9, status=410, revisit_of="urn:1"),
        page(9, status=500),
        page(9, status=304),  # of nothing that it names
        page(9, status=206),
        page(9, truncated="disconnect"),
        page(9, source="wet"),
        page(9, status=304, revisit_of="urn:nobody"),
        page(9, status=304, revisit_of="urn:2"),  # of a page that was not there
        page(9, status=304, revisit_of="urn:3"),  # of a revisit
        page(9, status=304, revisit_of="urn:4"),  # of another address
    ],
    ids=lambda row: f"{row.status}-{row.revisit_of}-{row.truncated}-{row.source}",
)
def test_what_is_no_good_answer_does_not_count(later: CaptureRow) -> None:
    missing = page(2, status=404)
    revisit = page(3, status=304, revisit_of="urn:1")
    elsewhere = page(4, canonical_url=question_url(2))
    _, memory = memory_of(page(1), missing, revisit, elsewhere, later)
    known = memory.known(URL)
    assert known is not None
    assert (known.original.record_id, known.etag) == ("urn:1", '"3"')
    assert known.seen_at == START + timedelta(seconds=3)


def test_a_body_that_cannot_be_decoded_is_to_be_asked_for_again() -> None:
    store, memory = memory_of(page(1))
    store.pending.add_failure(Failure("urn:1", "read", "gzip: cut"))
    store.commit()
    assert memory.known(URL) is None


def test_it_sees_what_another_connection_has_committed(tmp_path: Path) -> None:
    store = empty_store(tmp_path / "a.db")
    store.commit()
    reader = open_archive(tmp_path / "a.db")
    memory = RevisitLookup(reader.conn)
    store.pending.add_capture(page(1))
    assert memory.known(URL) is None
    store.commit()
    assert memory.known(URL) is not None
    reader.close()
    store.close()


def test_each_question_is_one_walk_along_an_index() -> None:
    store, memory = memory_of(page(1))
    asked: list[str] = []
    store.db.conn.set_trace_callback(asked.append)
    memory.known(URL)
    store.db.conn.set_trace_callback(None)
    assert len(asked) == 1
    for query in asked:
        steps = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {query}")]
        assert [step for step in steps if step.startswith("SCAN")] == []
        assert "captures_canonical_url (canonical_url=?)" in steps[0]
