"""One question from many sources: one row, the texts in order of time, and who confirms it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.records import Link, Responder
from pipelines.db.connection import check_fts, open_archive
from pipelines.db.content_digest import table_digests
from pipelines.db.models import CaptureRow
from pipelines.db.rules import words_digest
from pipelines.store.store import Store
from pipelines.verify.archive import check_archive
from tests.pipelines.archive_makers import CRAWL, capture_row, empty_store, qa_page, question_url

HTML, TEXT = "text/html", "text/plain; charset=utf-8"
ANN = Responder("Ann Smith", ("MD",), institution="UC", url="http://x/ann")


@dataclass(frozen=True)
class Event:
    """A capture, and what is told with it."""

    row: CaptureRow
    tell: Callable[[Store], None]


def page(
    seconds: int,
    words: int,
    layout: int = 0,
    kind: str = HTML,
    source: str = "live",
    number: int = 1,
) -> Event:
    """A capture in which a question was read.

    :param words: what it says
    :param layout: how it is laid out, and which links it has
    """
    record_id = f"urn:{number}:{seconds}:{kind[:10]}:{source}"
    row = replace(
        capture_row(record_id, url=question_url(number), seconds=seconds, kind=kind), source=source
    )
    is_text = kind == TEXT
    read = qa_page(
        record_id,
        number,
        answer=("It is.\n\n" if layout % 2 else "It  is. ") + str(words),
        links=() if is_text else (Link("More", "http://e/m"),) * layout,
        responders=(replace(ANN, url=None),) if is_text else (ANN,),
        topics=(),
        confidence=0.5 + seconds / 100,
        parser=f"p@{seconds}",
        warnings=(f"read from {source}",),
    )

    def tell(store: Store) -> None:
        store.pending.add_capture(row)
        store.pending.add_page(read)

    return Event(row, tell)


def revisit(of: CaptureRow, seconds: int, source: str) -> Event:
    record_id = f"urn:revisit:{seconds}:{source}:{of.record_id}"
    row = replace(
        capture_row(record_id, url=of.url, seconds=seconds, status=304, kind=""),
        source=source,
        revisit_of=of.record_id,
    )
    return Event(row, lambda store: store.pending.add_capture(row))


def elsewhere(event: Event, file: str, source: str) -> Event:
    """The same record in another file, which came from another source."""
    row = replace(event.row, warc_file=file, source=source)

    def tell(store: Store) -> None:
        event.tell(store)
        store.pending.add_capture(row)

    return Event(row, tell)


SOURCES = st.sampled_from(["live", "wayback", "commoncrawl", "wet", "file"])
SECONDS = st.integers(0, 12)
# A file is from one source.
FILES = [("0.warc.gz", "wayback"), ("b.warc.gz", "warc")]
PAGES = st.builds(
    page, SECONDS, st.integers(0, 1), st.integers(0, 3), st.sampled_from([HTML, TEXT]), SOURCES,
    st.integers(1, 2),
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Captures of a question or two; revisits; records that are in two files."""
    found = draw(st.lists(PAGES, max_size=8, unique_by=lambda one: one.row.record_id))
    for one in draw(st.lists(st.sampled_from(found), max_size=4)) if found else []:
        if draw(st.booleans()):
            found.append(revisit(one.row, draw(SECONDS), draw(SOURCES)))
        else:
            found.append(elsewhere(one, *draw(st.sampled_from(FILES))))
    return found


def told(order: Iterable[Event], commit_after: Iterable[int] = (), *, bulk: bool = False) -> Store:
    store = Store(open_archive(":memory:"), bulk=bulk)
    store.pending.add_crawl(CRAWL)
    for at, event in enumerate(order):
        event.tell(store)
        if at in commit_after:
            store.commit()
    store.finish()
    return store


def derived(store: Store) -> list[tuple[Any, ...]]:
    """What this file is about, by natural keys."""
    return store.db.execute(
        "SELECT q.source_id, q.sources, q.versions, q.last_changed_at, v.digest, v.words, "
        "c.record_id, c.source, s.parser, s.confidence, s.warnings FROM questions q "
        "JOIN versions v ON v.question_id = q.id LEFT JOIN sightings s ON s.version_id = v.id "
        "LEFT JOIN captures c ON c.id = s.capture_id "
        "ORDER BY q.source_id, v.digest, c.record_id"
    ).fetchall()


@given(histories(), st.data())
def test_rows_are_a_function_of_the_set_of_captures(
    order: list[Event], data: st.DataObject
) -> None:
    plain = told(order)
    shuffled = data.draw(st.permutations(order))
    commits = data.draw(st.sets(st.integers(0, len(shuffled))))
    other = told(shuffled, commits, bulk=data.draw(st.booleans()))
    assert derived(plain) == derived(other)
    assert table_digests(plain.db) == table_digests(other.db)
    for store in (plain, other):
        assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
        check_fts(store.db)
        store.db.close()


@given(histories(), st.data())
def test_rows_are_what_a_plain_reading_of_the_captures_says(
    order: list[Event], data: st.DataObject
) -> None:
    """Against a model that looks at all of them at once."""
    store = told(data.draw(st.permutations(order)), data.draw(st.sets(st.integers(0, 12))))
    query = (
        "SELECT c.record_id, c.source, coalesce(o.content_type, c.content_type) AS kind, "
        "v.id AS version, v.digest, v.words, v.title, v.question, v.answer, q.id, q.sources, "
        "shown.words AS shown FROM captures c JOIN sightings r ON r.capture_id = c.id "
        "JOIN versions v ON v.id = r.version_id JOIN questions q ON q.id = v.question_id "
        "LEFT JOIN captures o ON o.record_id = c.revisit_of "
        "JOIN sightings s ON s.capture_id = q.capture_id "
        "JOIN versions shown ON shown.id = s.version_id AND shown.question_id = q.id"
    )
    rows = list(store.db.query(query))
    assert {row["version"] for row in rows} == {row["id"] for row in store.db["versions"].rows}
    for row in rows:
        assert row["words"] == words_digest(row["title"], row["question"], row["answer"])
        of_question = [one for one in rows if one["id"] == row["id"]]
        agreeing = {one["source"] for one in of_question if one["words"] == row["shown"]}
        assert json.loads(row["sources"]) == sorted(agreeing)
        if row["kind"] == TEXT:
            pages = [
                one["digest"]
                for one in of_question
                if one["kind"] == HTML and one["words"] == row["words"]
            ]
            assert row["digest"] == min(pages, default=row["digest"])
    store.db.close()


def one(store: Store, columns: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = store.db.execute(f"SELECT {columns} FROM questions").fetchone()
    return row


TEXT_FIRST = [page(1, 0, 1, TEXT, "wet"), page(5, 0, 2, HTML, "commoncrawl")]


@pytest.mark.parametrize("order", [TEXT_FIRST, TEXT_FIRST[::-1]], ids=["text first", "page first"])
def test_a_text_that_says_what_the_page_says_is_a_sighting_of_it(order: list[Event]) -> None:
    store = empty_store()
    for event in order:
        event.tell(store)
        store.commit()
    assert one(store, "versions, sources, parser") == (1, '["commoncrawl","wet"]', "p@5")
    spans = (
        "SELECT f.record_id, l.record_id, record LIKE '%http://e/m%' FROM versions "
        "JOIN captures f ON f.id = first_capture_id JOIN captures l ON l.id = last_capture_id"
    )
    (row,) = store.db.execute(spans).fetchall()
    assert row == (*(event.row.record_id for event in TEXT_FIRST), 1)
    readings = (
        "SELECT parser, confidence, warnings FROM captures c "
        "JOIN sightings s ON s.capture_id = c.id ORDER BY captured_at"
    )
    assert store.db.execute(readings).fetchall() == [
        ("p@1", 0.51, '["read from wet"]'),
        ("p@5", 0.55, '["read from commoncrawl"]'),
    ]
    # The page and not the text is what is shown, with the links that only it has.
    assert store.db["links"].count == 2
    assert store.counts["changed"] == 0


def test_a_page_that_comes_after_its_text_is_no_change(tmp_path: Path) -> None:
    first = empty_store(tmp_path / "a.db")
    TEXT_FIRST[0].tell(first)
    first.close()
    second = empty_store(tmp_path / "a.db")
    TEXT_FIRST[1].tell(second)
    second.commit()
    assert second.counts == {"new": 0, "changed": 0, "unchanged": 1, "gone": 0, "back": 0}
    second.close()


def test_a_text_that_says_something_else_is_a_version_and_confirms_nothing() -> None:
    store = told([page(1, 0), page(3, 1, kind=TEXT, source="wet")])
    assert one(store, "versions, sources") == (2, '["live"]')


def test_pages_that_differ_in_links_alone_are_versions_and_confirm_each_other() -> None:
    store = told([page(1, 0, 0, source="wayback"), page(3, 0, 2, source="live")])
    assert one(store, "versions, sources") == (2, '["live","wayback"]')


def test_versions_are_in_order_of_capture_not_of_arrival() -> None:
    store = told([page(9, 1), page(2, 0, source="wayback")], {0})
    firsts = store.db.execute(
        "SELECT answer FROM versions v JOIN captures c ON c.id = v.first_capture_id "
        "ORDER BY c.captured_at"
    )
    assert [answer[-1] for (answer,) in firsts] == ["0", "1"]
    assert one(store, "answer, first_captured_at") == ("It  is. 1", "2020-01-01T00:00:02.000000Z")


def test_a_revisit_of_another_source_confirms_what_it_repeats() -> None:
    first = page(1, 0, source="wayback")
    store = told([first, revisit(first.row, 4, "live")])
    assert one(store, "sources") == ('["live","wayback"]',)


def test_a_text_that_other_pages_outdate_moves_with_its_words() -> None:
    """The text's home is the page version of least digest, whichever came first."""
    events = [page(1, 0, 1, TEXT, "wet"), page(2, 0, 0), page(3, 0, 2), page(4, 0, 3), page(5, 1)]
    store = told(events, {0, 1, 2, 3})
    homes = store.db.execute(
        "SELECT v.digest FROM captures c JOIN sightings s ON s.capture_id = c.id "
        "JOIN versions v ON v.id = s.version_id WHERE c.source = 'wet'"
    ).fetchone()
    pages = store.db.execute("SELECT digest FROM versions WHERE answer NOT LIKE '%1'").fetchall()
    assert homes == min(pages)
    assert one(store, "sources, versions") == ('["live"]', 4)


def test_white_space_is_layout_and_words_are_not() -> None:
    same = words_digest("A title", "One\n\ntwo", "Three")
    assert same == words_digest(" A  title", "One two ", "\tThree\xa0")
    assert same != words_digest("A title", "One", "two Three")
    assert same != words_digest("A title", "one two", "Three")


def test_the_same_record_in_two_files_is_from_the_source_of_the_first() -> None:
    for order in (("a", "0"), ("0", "a")):
        for commits in ({0}, set()):
            base = page(1, 0)
            both = {
                "a": Event(base.row, base.tell),
                "0": elsewhere(base, "0.warc.gz", "wayback"),
            }
            store = told([both[name] for name in order], commits)
            assert one(store, "sources") == ('["wayback"]',)


def test_verify_finds_a_text_that_was_left_apart_from_its_page(tmp_path: Path) -> None:
    store = empty_store(tmp_path / "a.db")
    for event in TEXT_FIRST:
        event.tell(store)
    store.commit()
    assert list(check_archive(tmp_path / "a.db")) == []
    store.db.execute(
        "INSERT INTO versions SELECT 9, question_id, 1, '0', words, title, question, answer, "
        "record, '[]', 1, 1 FROM versions"
    )
    store.db.execute(
        "UPDATE sightings SET version_id = 9 "
        "WHERE capture_id = (SELECT id FROM captures WHERE source = 'wet')"
    )
    store.db.execute("UPDATE versions SET first_capture_id = 2 WHERE id = 1")
    store.close()
    reasons = [one.reason for one in check_archive(tmp_path / "a.db")]
    assert any("a version of the page says the same" in reason for reason in reasons), reasons
