"""The store: a function of what it was told, in whatever order, however often."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.records import Link, Responder, TopicLink
from pipelines.db.connection import (
    ArchiveFull,
    ArchiveLocked,
    ArchiveReplaced,
    check_fts,
    open_archive,
)
from pipelines.db.content_digest import content_digest, table_digests
from pipelines.db.models import CaptureRow, CrawlEnd, Failure, Unanswered
from pipelines.store.captures import UnknownCapture
from pipelines.store.store import Store
from tests.pipelines.archive_makers import (
    CRAWL,
    START,
    capture_row,
    empty_store,
    qa_page,
    question_url,
)

ANN = Responder("Ann Smith", ("MD",), institution="UC", url="http://x/ann")
ANN_LATER = Responder("Ann B Smith", ("MD", "PhD"), "Professor", None, "OSU", "http://x/ann")
BOB = Responder("Bob Jones", ("RN",), institution="UC")
EYES = TopicLink("Eyes", "http://www.netwellness.org/healthtopics/eyes/")
EYES_LATER = TopicLink("eyes", None)  # the same topic, printed otherwise and without its link
PLAIN = TopicLink("Sleep & Rest", None)


@dataclass(frozen=True)
class Event:
    """One thing that can be told to the store, whole."""

    row: CaptureRow
    tell: Callable[[Store], None]


def page_event(number: int, seconds: int, text: int, kind: str, people: int) -> Event:
    record_id = f"urn:page:{number}:{seconds}:{kind}"
    row = capture_row(record_id, url=question_url(number), seconds=seconds, kind=kind)
    responders = [(ANN,), (ANN_LATER, BOB), (BOB,), (BOB, ANN), (), (ANN, ANN_LATER)][people]
    topics = [(EYES,), (EYES_LATER, PLAIN), (PLAIN,), (), (EYES, PLAIN, EYES), (PLAIN,)][people]
    page = qa_page(
        record_id,
        number,
        answer=f"answer {text}",
        responders=responders,
        topics=topics,
        links=(Link("m", "http://e/m"),) * (text % 3),
        confidence=0.5 + seconds / 100,
        parser=f"p@{seconds}",
    )

    def tell(store: Store) -> None:
        store.pending.add_capture(row)
        store.pending.add_page(page)

    return Event(row, tell)


def gone_event(number: int, seconds: int, status: int) -> Event:
    row = capture_row(
        f"urn:gone:{number}:{seconds}", url=question_url(number), seconds=seconds, status=status
    )

    def tell(store: Store) -> None:
        store.pending.add_capture(row)
        store.pending.mark_gone(row.record_id)
        if status != 200:
            store.pending.add_failure(Failure(row.record_id, "fetch", f"HTTP {status}"))

    return Event(row, tell)


def failure_event(number: int, seconds: int, stage: str) -> Event:
    url = question_url(number)
    cut = "length" if stage == "fetch" else None
    row = capture_row(
        f"urn:fail:{number}:{seconds}:{stage}", url=url, seconds=seconds, truncated=cut
    )

    def tell(store: Store) -> None:
        store.pending.add_capture(row)
        store.pending.add_failure(Failure(row.record_id, stage, "why", "answer"))

    return Event(row, tell)


def unanswered_event(number: int, seconds: int) -> Event:
    url = question_url(number)
    row = capture_row(f"urn:none:{number}:{seconds}", url=url, seconds=seconds)
    event = Unanswered(url, url, row.captured_at, "refused", row.record_id, CRAWL.uid)
    return Event(row, lambda store: store.pending.add_unanswered(event))


def revisit_event(number: int, seconds: int, status: int, of: CaptureRow) -> Event:
    record_id = f"urn:revisit:{number}:{seconds}:{status}:{of.record_id}"
    row = capture_row(
        record_id, url=question_url(number), seconds=seconds, status=status, kind="",
        revisit_of=of.record_id,
    )  # fmt: skip

    def tell(store: Store) -> None:
        store.pending.add_capture(row)
        if status == 200:  # a crawl that reads the body all the same: the original's counts
            store.pending.add_page(
                qa_page(record_id, number, answer="read again", parser="later@2")
            )
            store.pending.mark_gone(record_id)
            store.pending.add_failure(Failure(record_id, "parse", "why"))
            store.pending.add_failure(Failure(record_id, "read", "why"))
        if status == 404:
            store.pending.mark_gone(record_id)
            store.pending.add_failure(Failure(record_id, "fetch", "HTTP 404"))

    return Event(row, tell)


numbers, seconds = st.integers(1, 3), st.integers(0, 12)
kinds = st.sampled_from(["text/html", "text/plain"])
events = st.one_of(
    st.builds(page_event, numbers, seconds, st.integers(0, 2), kinds, st.integers(0, 5)),
    st.builds(page_event, numbers, seconds, st.integers(0, 2), kinds, st.integers(0, 5)),
    st.builds(gone_event, numbers, seconds, st.sampled_from([404, 410, 200])),
    st.builds(failure_event, numbers, seconds, st.sampled_from(["fetch", "read", "parse"])),
    st.builds(unanswered_event, numbers, seconds),
)


@st.composite
def histories(draw: st.DrawFn, most: int) -> list[Event]:
    """Events, and revisits of them: of the same page or another's, some without an original."""
    size = draw(st.integers(0, most))
    unique = draw(st.lists(events, max_size=size, unique_by=lambda one: one.row.record_id))
    found = {one.row.record_id: one for one in unique}
    for original in draw(st.lists(st.sampled_from(unique), max_size=most)) if unique else []:
        url = original.row.canonical_url
        number = int(url.rpartition("/")[2].removesuffix(".htm"))
        number = draw(st.sampled_from([number] * 6 + [1]))
        status = draw(st.sampled_from([304, 304, 200, 404]))
        one = revisit_event(number, draw(seconds), status, original.row)
        found[one.row.record_id] = one
        if draw(st.integers(0, 5)) == 0:
            found.pop(original.row.record_id, None)
    return list(found.values())


def told(order: list[Event], commit_after: set[int], *, bulk: bool = False) -> Store:
    store = Store(open_archive(":memory:"), bulk=bulk)
    store.pending.add_crawl(CRAWL)
    for position, event in enumerate(order):
        event.tell(store)
        if position in commit_after:
            store.commit()
    store.finish()
    return store


def sound(store: Store) -> None:
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check_fts(store.db)


@given(histories(12), st.data())
def test_the_order_of_arrival_does_not_matter(order: list[Event], data: st.DataObject) -> None:
    reference = told(order, set())
    again = data.draw(st.lists(st.sampled_from(order), max_size=4)) if order else []
    shuffled = data.draw(st.permutations(order + again))
    commits = data.draw(st.sets(st.integers(0, len(shuffled))))
    other = told(shuffled, commits, bulk=data.draw(st.booleans()))
    assert table_digests(reference.db) == table_digests(other.db)
    assert content_digest(reference.db) == content_digest(other.db)
    for store in (reference, other):
        sound(store)
        store.db.close()


def test_the_content_digest_does_not_depend_on_the_order_of_like_captures() -> None:
    """Two records of the same bytes and second, read by two versions of a parser."""

    def event(record_id: str, parser: str) -> Event:
        row = capture_row(record_id, url=question_url(1), seconds=0)

        def tell(store: Store) -> None:
            store.pending.add_capture(row)
            store.pending.add_page(qa_page(record_id, 1, parser=parser))

        return Event(row, tell)

    one, two = event("urn:1", "made@1"), event("urn:2", "made@2")
    digests = {content_digest(told(order, {0}).db) for order in ([one, two], [two, one])}
    assert len(digests) == 1


@given(histories(8), st.data())
def test_the_rows_are_what_a_plain_reading_of_the_events_says(
    order: list[Event], data: st.DataObject
) -> None:
    """Against a model that looks at all captures at once, without increments."""
    store = told(data.draw(st.permutations(order)), data.draw(st.sets(st.integers(0, 16))))
    captures = list(
        store.db.query(
            "SELECT c.*, s.parser, s.confidence, s.warnings, v.digest AS version, v.answer, "
            "q.source_id FROM captures c LEFT JOIN sightings s ON s.capture_id = c.id "
            "LEFT JOIN versions v ON v.id = s.version_id "
            "LEFT JOIN questions q ON q.id = v.question_id"
        )
    )
    by_id = {capture["record_id"]: capture for capture in captures}
    seen: dict[str, list[dict[str, Any]]] = {}
    gone: dict[str, list[str]] = {}
    for capture in captures:
        held = capture
        if capture["revisit_of"]:
            held = by_id.get(capture["revisit_of"], {"canonical_url": None})
            whole = held.get("status") == 200 and held["truncated"] is None
            same = held["canonical_url"] == capture["canonical_url"]
            if not whole or not same or capture["status"] == 404:
                held = {"gone": int(capture["status"] == 404)}
            for column in ("version", "parser", "confidence", "warnings"):
                assert capture[column] == held.get(column)
            assert capture["gone"] == held.get("gone", 0)
        capture["held"] = held
        assert (capture["version"] is None) == (capture["parser"] is None)
        if capture["gone"]:
            gone.setdefault(capture["canonical_url"], []).append(capture["captured_at"])
        if capture["version"]:
            seen.setdefault(capture["source_id"], []).append(capture)
    rows = {row["source_id"]: row for row in store.db["questions"].rows}
    assert set(rows) == set(seen)
    for source_id, ones in seen.items():
        row = rows[source_id]
        best = max(
            ones,
            key=lambda c: (
                c["held"]["content_type"] == "text/html",
                c["captured_at"],
                c["record_id"],
            ),
        )
        times = sorted(str(c["captured_at"]) for c in ones)
        later = [when for when in gone.get(row["url"], []) if when > times[-1]]
        assert row["capture_id"] == best["held"]["id"]
        for column in ("answer", "parser", "confidence", "warnings"):
            assert row[column] == best[column]
        assert (row["first_captured_at"], row["last_captured_at"]) == (times[0], times[-1])
        assert row["versions"] == len({c["version"] for c in ones})
        assert row["gone_at"] == (min(later) if later else None)
        assert row["last_changed_at"] <= best["captured_at"]
    named = {row["responder_id"] for row in store.db["answer_responders"].rows}
    assert {row["id"] for row in store.db["responders"].rows} == named
    store.db.close()


def test_telling_twice_changes_nothing() -> None:
    store = empty_store()
    event = page_event(1, 0, 0, "text/html", 1)
    event.tell(store)
    store.commit()
    before = content_digest(store.db)
    event.tell(store)
    event.tell(store)
    store.commit()
    assert content_digest(store.db) == before
    assert store.counts["new"] == 1


def test_one_question_through_time() -> None:
    store = empty_store()
    question = "SELECT answer, versions, last_changed_at, gone_at FROM questions"

    def at(event: Event) -> tuple[object, ...]:
        event.tell(store)
        store.commit()
        found = store.db.execute(question).fetchone()
        return (found[0], found[1], found[2][17:19], found[3] and found[3][17:19])

    assert at(page_event(1, 1, 0, "text/html", 0)) == ("answer 0", 1, "01", None)
    assert at(page_event(1, 2, 0, "text/html", 0)) == ("answer 0", 1, "01", None)
    assert at(page_event(1, 3, 1, "text/html", 0)) == ("answer 1", 2, "03", None)
    assert at(gone_event(1, 4, 410)) == ("answer 1", 2, "03", "04")
    assert at(gone_event(1, 5, 404)) == ("answer 1", 2, "03", "04")
    assert at(page_event(1, 6, 1, "text/html", 0)) == ("answer 1", 2, "03", None)
    assert at(page_event(1, 9, 2, "text/plain", 0)) == ("answer 1", 3, "03", None)
    assert at(page_event(1, 7, 0, "text/html", 0)) == ("answer 0", 3, "07", None)
    assert store.counts == {"new": 1, "changed": 0, "unchanged": 0, "gone": 0, "back": 0}


def test_a_question_through_revisits() -> None:
    store = empty_store()
    columns = "answer, versions, last_changed_at, last_captured_at, gone_at, q.parser, c.record_id"
    question = f"SELECT {columns} FROM questions q JOIN captures c ON c.id = capture_id"

    def at(event: Event) -> tuple[object, ...]:
        event.tell(store)
        store.commit()
        answer, versions, *times, parser, evidence = store.db.execute(question).fetchone()
        return (answer, versions, *(one and one[17:19] for one in times), parser, evidence)

    a, b = page_event(1, 1, 0, "text/html", 0), page_event(1, 3, 1, "text/html", 1)
    first, second = a.row.record_id, b.row.record_id
    assert at(a) == ("answer 0", 1, "01", "01", None, "p@1", first)
    assert at(revisit_event(1, 2, 304, a.row)) == ("answer 0", 1, "01", "02", None, "p@1", first)
    assert at(b) == ("answer 1", 2, "03", "03", None, "p@3", second)
    people = "SELECT name FROM question_responders ORDER BY position"
    assert store.db.execute(people).fetchall() == [("Ann B Smith",), ("Bob Jones",)]
    back = revisit_event(1, 4, 200, a.row)
    assert at(back) == ("answer 0", 2, "04", "04", None, "p@1", first)
    assert store.db.execute(people).fetchall() == [("Ann Smith",)]
    assert store.db.execute("SELECT name FROM responders").fetchall() == [("Ann Smith",)]
    assert at(gone_event(1, 5, 404)) == ("answer 0", 2, "04", "04", "05", "p@1", first)
    again = revisit_event(1, 6, 304, a.row)
    assert at(again) == ("answer 0", 2, "04", "06", None, "p@1", first)
    spans = store.db.execute(
        "SELECT v.answer, l.record_id FROM versions v JOIN captures l ON l.id = v.last_capture_id"
    )
    assert dict(spans.fetchall()) == {"answer 0": again.row.record_id, "answer 1": second}
    sound(store)


def test_who_answered_is_shown_as_the_newest_evidence_prints_it_not_the_newest_revisit() -> None:
    store = empty_store()
    first = page_event(1, 1, 0, "text/html", 0)  # "Ann Smith"
    same = page_event(1, 3, 0, "text/html", 0)
    for event in (first, page_event(2, 2, 0, "text/html", 1), same):  # "Ann B Smith"
        event.tell(store)
        store.commit()
    shown = "SELECT r.name, c.record_id FROM responders r JOIN captures c ON c.id = capture_id"
    ann = f"{shown} WHERE r.url = '{ANN.url}'"
    assert store.db.execute(ann).fetchall() == [("Ann Smith", same.row.record_id)]
    revisit_event(1, 9, 304, first.row).tell(store)
    store.commit()
    assert store.db.execute(ann).fetchall() == [("Ann B Smith", "urn:page:2:2:text/html")]


def test_a_304_of_a_text_rendering_never_replaces_a_page() -> None:
    store = empty_store()
    rendering = page_event(1, 1, 0, "text/plain", 0)
    for event in (rendering, page_event(1, 2, 1, "text/html", 0)):
        event.tell(store)
    revisit_event(1, 3, 304, rendering.row).tell(store)
    store.commit()
    row = store.db.execute("SELECT answer, last_captured_at FROM questions").fetchone()
    assert (row[0], row[1][17:19]) == ("answer 1", "03")


def test_a_revisit_of_what_was_withdrawn_says_so_too() -> None:
    store = empty_store()
    page_event(1, 1, 0, "text/html", 0).tell(store)
    withdrawn = gone_event(1, 3, 200)
    revisit_event(1, 5, 304, withdrawn.row).tell(store)  # comes before what it repeats
    store.commit()
    assert store.db.execute("SELECT gone_at FROM questions").fetchone() == (None,)
    withdrawn.tell(store)
    store.commit()
    gone = "SELECT record_id FROM captures WHERE gone ORDER BY captured_at"
    assert [one[:10] for (one,) in store.db.execute(gone)] == ["urn:gone:1", "urn:revisi"]
    assert store.db.execute("SELECT gone_at FROM questions").fetchone()[0][17:19] == "03"
    page_event(1, 4, 0, "text/html", 0).tell(store)
    store.commit()
    assert store.db.execute("SELECT gone_at FROM questions").fetchone()[0][17:19] == "05"


def test_counts_of_a_run_of_revisits(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    first = empty_store(path)
    pages = [page_event(number, 0, 0, "text/html", 0) for number in range(1, 5)]
    for event in [*pages, gone_event(3, 2, 410), page_event(2, 1, 1, "text/html", 0)]:
        event.tell(first)
    first.close()
    second = empty_store(path)
    for number, event in enumerate(pages, 1):
        revisit_event(number, 9, 304, event.row).tell(second)
    revisit_event(4, 10, 200, pages[3].row).tell(second)
    revisit_event(7, 9, 304, capture_row("urn:nobody")).tell(second)
    second.commit()
    assert second.counts == {"new": 0, "changed": 1, "unchanged": 3, "gone": 0, "back": 1}
    second.close()


def test_a_failure_is_resolved_by_the_revisit_of_a_good_capture_only() -> None:
    store = empty_store()
    bad, good = failure_event(1, 1, "parse"), page_event(2, 1, 0, "text/html", 0)
    for event in (bad, good, unanswered_event(1, 5), unanswered_event(2, 5)):
        event.tell(store)
    revisits = [revisit_event(1, 6, 304, bad.row), revisit_event(2, 7, 304, good.row)]
    for event in revisits:
        event.tell(store)
    store.commit()
    query = (
        "SELECT f.record_id, c.record_id FROM failures f "
        "LEFT JOIN captures c ON c.id = f.resolved_by ORDER BY 1"
    )
    assert store.db.execute(query).fetchall() == [
        (bad.row.record_id, None),
        ("urn:none:1:5", None),
        ("urn:none:2:5", revisits[1].row.record_id),
    ]


def test_a_text_whose_reading_is_not_on_record_says_so_when_it_returns() -> None:
    store = empty_store()
    old = page_event(1, 1, 0, "text/html", 0)
    old.tell(store)
    page_event(1, 2, 1, "text/html", 0).tell(store)
    store.commit()
    store.db.execute(
        "UPDATE sightings SET parser = NULL "
        "WHERE capture_id = (SELECT id FROM captures WHERE record_id = ?)",
        (old.row.record_id,),
    )
    revisit_event(1, 3, 304, old.row).tell(store)
    store.commit()
    row = store.db.execute("SELECT answer, parser, confidence, warnings FROM questions").fetchone()
    assert row[:3] == ("answer 0", "unknown", 0.0)
    assert "rebuild" in row[3]


def test_a_page_that_comes_with_its_stored_capture_told_again_is_not_lost() -> None:
    store = empty_store()
    store.pending.add_capture(capture_row("urn:1"))
    store.commit()
    store.pending.add_capture(capture_row("urn:1"))
    store.pending.add_page(qa_page("urn:1"))
    store.commit()
    assert store.db.execute("SELECT version_id, parser FROM sightings").fetchone() == (
        1,
        "labelled@1",
    )


def test_counts_of_a_second_run(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    first = empty_store(path)
    for number in range(1, 7):
        page_event(number, 0, 0, "text/html", 0).tell(first)
    gone_event(6, 1, 404).tell(first)
    first.close()
    second = empty_store(path)
    page_event(1, 10, 0, "text/html", 0).tell(second)  # the same, under two addresses
    page_event(1, 11, 0, "text/html", 0).tell(second)
    page_event(2, 10, 1, "text/html", 0).tell(second)
    gone_event(3, 10, 410).tell(second)
    page_event(6, 10, 0, "text/html", 0).tell(second)
    page_event(9, 10, 0, "text/html", 0).tell(second)
    gone_event(77, 10, 404).tell(second)  # never was a question
    second.commit()
    assert second.counts == {"new": 1, "changed": 1, "unchanged": 2, "gone": 1, "back": 1}
    second.close()


def test_failures_are_resolved_by_the_first_good_capture_after_them() -> None:
    store = empty_store()
    failure_event(1, 5, "fetch").tell(store)
    unanswered_event(1, 6).tell(store)
    unanswered_event(2, 6).tell(store)
    page_event(1, 4, 0, "text/html", 0).tell(store)
    store.commit()
    query = (
        "SELECT f.record_id, c.record_id FROM failures f "
        "LEFT JOIN captures c ON c.id = f.resolved_by ORDER BY 1"
    )
    assert [resolved for _, resolved in store.db.execute(query)] == [None, None, None]
    page_event(1, 9, 0, "text/html", 0).tell(store)
    store.commit()
    page_event(1, 8, 0, "text/plain", 0).tell(store)
    page_event(1, 8, 0, "text/html", 0).tell(store)
    failure_event(1, 7, "parse").tell(store)
    store.commit()
    good = "urn:page:1:8:text/html"
    assert store.db.execute(query).fetchall() == [
        ("urn:fail:1:5:fetch", good),
        ("urn:fail:1:7:parse", good),
        ("urn:none:1:6", good),
        ("urn:none:2:6", None),
    ]
    assert store.db["open_failures"].count == 1
    gone_event(2, 7, 200).tell(store)  # an answer, but not of the page
    store.commit()
    assert store.db["open_failures"].count == 1


@pytest.mark.parametrize(("status", "truncated"), [(200, "disconnect"), (404, None), (500, None)])
def test_what_is_not_whole_or_no_success_is_never_a_page(status: int, truncated: str) -> None:
    store = empty_store()
    store.pending.add_capture(capture_row("urn:1", status=status, truncated=truncated))
    store.pending.add_page(qa_page("urn:1"))
    store.pending.add_failure(Failure("urn:1", "parse", "no answer", "answer"))
    if status != 404:
        store.pending.mark_gone("urn:1")
    store.commit()
    assert store.db["captures"].count == 1
    assert store.db["questions"].count == 0
    assert store.db["failures"].count == 0
    assert store.db.execute("SELECT gone FROM captures").fetchone() == (0,)


def test_a_page_can_come_after_its_capture_was_committed() -> None:
    store = empty_store()
    store.pending.add_capture(capture_row("urn:1"))
    store.commit()
    store.pending.add_page(qa_page("urn:1"))
    store.commit()
    assert store.db.execute("SELECT version_id FROM sightings").fetchone() == (1,)
    assert store.counts["new"] == 1


def test_a_page_without_a_capture_is_refused_and_nothing_is_written() -> None:
    store = empty_store()
    store.pending.add_capture(capture_row("urn:1"))
    store.pending.add_page(qa_page("urn:2"))
    with pytest.raises(UnknownCapture, match="urn:2"):
        store.commit()
    assert store.db["captures"].count == 0


def test_a_capture_of_no_known_crawl_is_refused() -> None:
    store = empty_store()
    store.pending.add_capture(capture_row("urn:1", crawl="nobody"))
    with pytest.raises(KeyError, match="nobody"):
        store.commit()


def test_half_characters_are_refused_at_once() -> None:
    store = empty_store()
    with pytest.raises(UnicodeError):
        store.pending.add_page(qa_page("urn:1", answer="\ud800"))


def test_a_run_counts_as_interrupted_until_it_ends() -> None:
    store = empty_store()
    store.commit()
    assert store.db.execute("SELECT outcome FROM crawls").fetchall() == [("interrupted",)]
    assert store.db.execute("SELECT alarms FROM crawls").fetchall() == [("[]",)]
    store.pending.finish_crawl(CRAWL.uid, CrawlEnd(START, "finished", {"new": 3}, ("few pages",)))
    store.pending.add_crawl(CRAWL)
    store.commit()
    row = next(iter(store.db["crawls"].rows))
    assert (row["outcome"], row["counts"]) == ("finished", '{"new":3}')
    assert row["alarms"] == '["few pages"]'


def test_the_same_record_in_two_files_keeps_the_first_name() -> None:
    digests = []
    for files in (("a.warc.gz", "b.warc.gz"), ("b.warc.gz", "a.warc.gz")):
        store = empty_store()
        for file in files:
            row = capture_row("urn:1")
            moved = {name: getattr(row, name) for name in CaptureRow.__slots__}
            store.pending.add_capture(CaptureRow(**{**moved, "warc_file": file}))
            store.commit()
        digests.append(content_digest(store.db))
        assert store.db.execute("SELECT warc_file FROM captures").fetchall() == [("a.warc.gz",)]
    assert digests[0] == digests[1]


def test_nothing_is_lost_while_another_process_holds_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.db.connection.BUSY_SECONDS", 0.05)
    store = empty_store(tmp_path / "a.db")
    page_event(1, 0, 0, "text/html", 0).tell(store)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveLocked, match="another process"):
        store.commit()
    other.execute("ROLLBACK")
    store.commit()
    assert store.counts["new"] == 1
    store.close()
    other.close()


@pytest.mark.parametrize("room", [0, 3, 9, 12, 15, 18, 24, 30, 60])
def test_a_full_disk_loses_nothing(tmp_path: Path, room: int) -> None:
    store = empty_store(tmp_path / "a.db")
    store.commit()
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages + room}").fetchone()
    order = [page_event(number, 0, 0, "text/html", 1) for number in range(1, 240)]
    for event in order:
        event.tell(store)
    with pytest.raises(ArchiveFull, match="disk full"):
        store.commit()
    assert store.db["captures"].count == 0
    store.db.execute("PRAGMA max_page_count = 100000").fetchone()
    store.commit()
    assert store.counts["new"] == 239
    assert table_digests(store.db) == table_digests(told(order, set()).db)
    sound(store)
    store.close()


def test_two_stores_on_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    stores = [empty_store(path), empty_store(path)]
    # Both know Ann; then one learns more of her, and the other something older.
    times = [
        (1, 1, 0),
        (2, 2, 0),
        (3, 9, 1),
        (4, 5, 0),
        (5, 7, 2),
        (6, 6, 3),
        (1, 11, 4),
        (2, 8, 1),
    ]
    order = [page_event(number, at, 0, "text/html", people) for number, at, people in times]
    for position, event in enumerate(order):
        event.tell(stores[position % 2])
        stores[position % 2].commit()
    sound(stores[0])
    assert table_digests(stores[0].db) == table_digests(told(order, set()).db)
    for store in stores:
        store.close()


def test_writing_to_a_file_that_was_replaced_is_an_error(tmp_path: Path) -> None:
    store = empty_store(tmp_path / "a.db")
    store.commit()
    (tmp_path / "a.db").rename(tmp_path / "b.db")
    page_event(1, 0, 0, "text/html", 0).tell(store)
    with pytest.raises(ArchiveReplaced, match="replaced"):
        store.commit()
    store.db.close()


def test_an_unchanged_page_does_not_touch_the_full_text_index() -> None:
    store = empty_store()
    page_event(1, 0, 0, "text/html", 0).tell(store)
    store.commit()
    before = store.db.execute("SELECT id, block FROM questions_fts_data").fetchall()
    page_event(1, 5, 0, "text/html", 0).tell(store)
    store.commit()
    assert store.db.execute("SELECT id, block FROM questions_fts_data").fetchall() == before
    found = "SELECT count(*) FROM questions_fts WHERE questions_fts MATCH 'answers'"
    assert store.db.execute(found).fetchone() == (1,)
