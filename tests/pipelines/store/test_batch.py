"""One batch: failures and what resolves them, what is withheld, what archives list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.db.models import Failure, Fetched, Listing, Mention, Unanswered
from pipelines.db.rules import FAILURE_REASON
from pipelines.store.store import Store
from tests.pipelines.archive_makers import CRAWL, START, capture_row, empty_store, qa_page
from tests.pipelines.archive_makers import question_url as url_of

LATER = capture_row("urn:later", seconds=9)


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    return store.db.execute(query).fetchall()


def resolved_by(store: Store) -> list[object]:
    query = (
        "SELECT c.record_id FROM failures f LEFT JOIN captures c ON c.id = f.resolved_by "
        "ORDER BY f.record_id"
    )
    return [record_id for (record_id,) in rows(store, query)]


def unanswered(record_id: str, seconds: int = 0) -> Unanswered:
    moment = START + timedelta(seconds=seconds)
    return Unanswered(url_of(1), url_of(1), moment, "timeout", record_id, CRAWL.uid)


@pytest.mark.parametrize("later_first", [True, False])
def test_a_later_success_resolves_failures_in_whatever_order_they_come(later_first: bool) -> None:
    store = empty_store()

    def fail() -> None:
        store.pending.add_unanswered(unanswered("urn:meta"))
        store.pending.add_capture(capture_row("urn:500", seconds=1, status=500))
        store.pending.add_failure(Failure("urn:500", "fetch", "HTTP 500"))
        store.commit()

    def succeed() -> None:
        store.pending.add_capture(LATER)
        store.commit()

    for step in (succeed, fail) if later_first else (fail, succeed):
        step()
    assert resolved_by(store) == ["urn:later", "urn:later"]


@pytest.mark.parametrize(
    "row",
    [
        capture_row("urn:before", seconds=-1),
        replace(LATER, status=404),
        replace(LATER, truncated="length"),
        replace(LATER, url=url_of(2), canonical_url=url_of(2)),
    ],
)
def test_what_is_no_later_success_of_the_page_resolves_nothing(row: object) -> None:
    store = empty_store()
    store.pending.add_unanswered(unanswered("urn:meta"))
    store.pending.add_capture(row)  # type: ignore[arg-type]
    store.commit()
    assert resolved_by(store) == [None]


def test_an_old_capture_that_is_fetched_later_resolves_a_failure() -> None:
    store = empty_store()
    store.pending.add_unanswered(unanswered("urn:meta"))
    store.pending.add_capture(capture_row("urn:old", seconds=-999))
    store.commit()
    assert resolved_by(store) == [None]
    for seconds in (60, 30, 90):
        fetched = Fetched("urn:old", START + timedelta(seconds=seconds), f"http://a/{seconds}")
        store.pending.add_fetched(fetched)
        store.commit()
    assert resolved_by(store) == ["urn:old"]
    assert rows(store, "SELECT fetched_from FROM captures") == [("http://a/30",)]


def test_a_failure_to_parse_counts_for_a_whole_success_only() -> None:
    store = empty_store()
    for number, row in enumerate((
        capture_row("urn:0"),
        capture_row("urn:1", status=404),
        capture_row("urn:2", truncated="length"),
        capture_row("urn:3", status=304, revisit_of="urn:0"),
    )):  # fmt: skip
        store.pending.add_capture(row)
        store.pending.add_failure(Failure(f"urn:{number}", "parse", "no answer", "answer"))
    store.commit()
    assert rows(store, "SELECT record_id FROM failures") == [("urn:0",)]


def withholding() -> Store:
    """A store that withholds question 1."""
    store = empty_store()
    store.db.execute("INSERT INTO withheld VALUES ('netwellness', '1', NULL, 'x', '2020-01-01')")
    return store


def test_of_a_withheld_question_nothing_but_the_capture_is_written() -> None:
    store = withholding()
    for number in (1, 2):
        record_id = f"urn:{number}"
        store.pending.add_capture(capture_row(record_id, url=url_of(number)))
        store.pending.add_page(qa_page(record_id, number))
    store.commit()
    assert rows(store, "SELECT source_id FROM questions") == [("2",)]
    read = "captures c LEFT JOIN sightings s ON s.capture_id = c.id"
    assert rows(store, f"SELECT record_id, parser FROM {read} ORDER BY 1") == [
        ("urn:1", None), ("urn:2", "labelled@1"),
    ]  # fmt: skip
    assert rows(store, "SELECT count(*) FROM versions") == [(1,)]
    assert store.passed_over == 1


def test_what_a_parser_says_of_a_withheld_page_is_redacted() -> None:
    store = withholding()
    for number in (1, 2):
        record_id = f"urn:{number}"
        store.pending.add_capture(capture_row(record_id, url=url_of(number)))
        store.pending.add_failure(Failure(record_id, "parse", "a date in 'my son'", "answer"))
    store.pending.add_failure(Failure("urn:1", "fetch", "HTTP 500"))
    store.commit()
    assert rows(store, "SELECT stage, field, reason FROM failures ORDER BY stage, reason") == [
        ("fetch", None, "HTTP 500"),
        ("parse", "answer", "a date in 'my son'"),
        ("parse", None, FAILURE_REASON),
    ]


def test_mentions_count_where_a_page_would() -> None:
    store = empty_store()
    for record_id, status in (("urn:1", 200), ("urn:2", 404)):
        store.pending.add_capture(capture_row(record_id, status=status))
        mention = Mention("netwellness", "5", url_of(5))
        store.pending.add_mentions(record_id, (mention, mention))
    store.commit()
    assert rows(store, "SELECT source_id, record_id FROM mentions") == [("5", "urn:1")]


LISTINGS = [
    Listing("a", url_of(1), START, 200, "text/html", f"digest {name}", "p", f"urn:{name}")
    for name in "cab"
]


@given(st.permutations(LISTINGS), st.sets(st.integers(0, 2)))
def test_of_answers_that_list_one_capture_the_same_is_named(
    listings: Iterable[Listing], commits: set[int]
) -> None:
    store = empty_store()
    for at, listing in enumerate(listings):
        store.pending.add_listing(listing)
        if at in commits:
            store.commit()
    store.commit()
    assert rows(store, "SELECT source_id, digest, record_id FROM listings") == [
        ("1", "digest a", "urn:a")
    ]


def test_a_capture_of_an_unknown_run_is_an_error_and_all_is_kept() -> None:
    store = empty_store()
    store.pending.add_capture(replace(LATER, crawl="22222222-2222-4222-8222-222222222222"))
    with pytest.raises(KeyError, match="add_crawl comes first"):
        store.commit()
    assert (store.pending.size, rows(store, "SELECT count(*) FROM captures")) == (1, [(0,)])
    store.pending.add_crawl(replace(CRAWL, uid="22222222-2222-4222-8222-222222222222"))
    store.commit()
    assert (store.pending.size, rows(store, "SELECT count(*) FROM captures")) == (0, [(1,)])


@pytest.mark.parametrize(
    ("before", "status", "expected"),
    [
        ({}, 404, ["urn:gone", "urn:gone"]),  # it was seen: that it is gone is news, no failure
        ({"status": 304, "revisit_of": "urn:x"}, 410, ["urn:gone", "urn:gone"]),
        ({"status": 500}, 404, [None, None, None]),  # nobody ever saw it
        ({"truncated": "length"}, 410, [None, None]),
        ({}, 503, [None, None]),
    ],
)
def test_what_is_gone_that_was_seen_is_no_failure_that_stands(
    before: dict[str, object], status: int, expected: list[object]
) -> None:
    store = empty_store()
    rows_ = [
        capture_row("urn:seen", **before),  # type: ignore[arg-type]
        capture_row("urn:tried", status=503, seconds=60),
        capture_row("urn:gone", status=status, seconds=90),
    ]
    for row in rows_:
        store.pending.add_capture(row)
        if row.status >= 400:
            store.pending.add_failure(Failure(row.record_id, "fetch", f"HTTP {row.status}"))
    store.pending.mark_gone("urn:gone") if status in (404, 410) else None
    store.commit()
    assert resolved_by(store) == expected
