"""Search by meaning: what is found, what is never found, and when there is none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from publish import semantic
from publish.semantic.build import update_vectors


@pytest.fixture
def connection(embedded: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(embedded)) as opened:
        opened.row_factory = sqlite3.Row
        opened.execute("PRAGMA foreign_keys = OFF")
        yield opened


@pytest.mark.parametrize(
    ("text", "first"),
    [("constipation", 1), ("dermatitis of an infant", 2), ("Lime diesease", 4), ("snorring", 3)],
)
def test_what_shares_no_word_is_found(
    connection: sqlite3.Connection, text: str, first: int
) -> None:
    merged = semantic.merge(connection, text, [])
    assert merged is not None
    assert merged[0] == first
    assert sorted(merged) == [1, 2, 3, 4]


def test_words_and_meaning_add_up() -> None:
    # 3 is second in both, 1 and 9 are first in one each.
    assert semantic.reciprocal_rank([[1, 3, 5], [9, 3, 4]]) == [3, 1, 9, 5, 4]
    assert semantic.reciprocal_rank([[], [2, 1]]) == [2, 1]


def test_what_the_words_find_is_kept(connection: sqlite3.Connection) -> None:
    merged = semantic.merge(connection, "constipation", [4, 3])
    assert merged is not None
    assert sorted(merged) == [1, 2, 3, 4]
    assert merged.index(4) < merged.index(2)
    assert semantic.merge(connection, "constipation", [4, 3], limit=2) == merged[:2]


def test_only_what_may_be_found_is_found(connection: sqlite3.Connection) -> None:
    assert semantic.merge(connection, "constipation", [3], [3, 2, 77]) in ([3, 2], [2, 3])
    assert semantic.merge(connection, "constipation", [], []) == []


@pytest.mark.parametrize("text", ["", " ", "\0\ud800", "?" * 2000])
def test_odd_texts_do_not_fail(connection: sqlite3.Connection, text: str) -> None:
    merged = semantic.merge(connection, text, [2])
    assert merged is not None
    assert 2 in merged


def test_a_changed_text_is_not_found_by_what_it_said(connection: sqlite3.Connection) -> None:
    with connection:
        connection.execute("UPDATE questions SET question = 'withdrawn' WHERE id = 1")
        connection.execute("DELETE FROM questions WHERE id = 2")
        # Another question has its row number now.
        connection.execute("UPDATE questions SET id = 2 WHERE id = 3")
    assert semantic.merge(connection, "constipation", []) == [4]


def test_new_vectors_are_taken_without_a_restart(
    connection: sqlite3.Connection, embedded: Path
) -> None:
    with connection:
        connection.execute("UPDATE questions SET question = 'Bowels are slow.' WHERE id = 1")
    assert 1 not in (semantic.merge(connection, "constipation", []) or ())
    update_vectors(embedded)
    assert next(iter(semantic.merge(connection, "constipation", []) or ())) == 1


def test_without_vectors_there_is_no_such_search(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as opened:
        assert not semantic.ready(opened)
        assert semantic.merge(opened, "constipation", [3]) is None
    with closing(sqlite3.connect(":memory:")) as opened:
        assert not semantic.ready(opened)
        assert semantic.merge(opened, "constipation", [3]) is None


def test_without_the_extra_there_is_no_such_search(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert semantic.ready(connection)
    monkeypatch.setattr(semantic, "find_spec", lambda name: None)
    assert not semantic.available()
    assert not semantic.ready(connection)
    assert semantic.merge(connection, "constipation", [3]) is None


def test_damaged_vectors_are_as_good_as_none(
    connection: sqlite3.Connection, embedded: Path
) -> None:
    semantic.vectors_path(embedded).write_bytes(b"PK\x03\x04 but no archive")
    assert semantic.merge(connection, "constipation", [3]) is None
