"""How near questions are in meaning: to what, when, and when that cannot be known."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from publish.semantic import vectors_path
from publish.semantic.build import update_vectors
from publish.semantic.nearest import cosines, unchanged

IDS = np.array([1, 2, 3, 4])


@pytest.fixture
def connection(embedded: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(embedded)) as opened:
        opened.row_factory = sqlite3.Row
        opened.execute("PRAGMA foreign_keys = OFF")
        yield opened


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("constipation", 1),
        ("dermatitis of an infant", 2),
        ("diarrhoea or constipation", 1),
        ("snorring", 3),
    ],
)
def test_what_shares_no_word_is_nearest(
    connection: sqlite3.Connection, text: str, first: int
) -> None:
    near = cosines(connection, text, IDS)
    assert near is not None
    assert IDS[near.argmax()] == first


@pytest.mark.parametrize("text", ["", " ", "\0\ud800", "?" * 2000])
def test_odd_texts_are_near_to_nothing(connection: sqlite3.Connection, text: str) -> None:
    near = cosines(connection, text, IDS)
    assert near is None or near.shape == (4,)


def test_questions_without_a_vector_are_near_to_nothing(connection: sqlite3.Connection) -> None:
    near = cosines(connection, "constipation", np.array([1, 3, 99]))
    assert near is not None
    assert near[0] > near[1]
    assert near[2] == 0


def test_a_changed_text_is_known(connection: sqlite3.Connection, embedded: Path) -> None:
    with connection:
        connection.execute("UPDATE questions SET question = 'withdrawn' WHERE id = 1")
        connection.execute("DELETE FROM questions WHERE id = 2")
        # Another question has its row number now.
        connection.execute("UPDATE questions SET id = 2 WHERE id = 3")
    assert unchanged(connection, IDS).tolist() == [False, False, False, True]
    # New vectors are taken without a restart.
    update_vectors(embedded)
    assert unchanged(connection, IDS).tolist() == [True, True, False, True]


def test_without_vectors_words_decide(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as opened:
        assert cosines(opened, "constipation", IDS) is None
        assert not unchanged(opened, IDS).any()
    with closing(sqlite3.connect(":memory:")) as opened:
        assert cosines(opened, "constipation", IDS) is None


def test_damaged_vectors_are_as_good_as_none(
    connection: sqlite3.Connection, embedded: Path, caplog: pytest.LogCaptureFixture
) -> None:
    vectors_path(embedded).write_bytes(b"PK\x03\x04 but no archive")
    assert cosines(connection, "constipation", IDS) is None
    assert "search by words alone" in caplog.text
