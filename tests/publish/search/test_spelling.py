"""Likeliest spellings, from the words of an archive."""

from __future__ import annotations

import pytest

from publish.search.query_language import parse
from publish.search.spelling import SpellingWords, correct, count_words

WORDS = SpellingWords(
    {
        "diabetes": 900, "headache": 400, "blood": 800, "pressure": 500, "sleep": 1000,
        "slept": 30, "snoring": 200, "asthma": 300, "coffee": 90, "the": 9000, "fever": 100,
        "never": 700, "hedache": 2,
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("diabetis", ("diabetes",)),
        ("dibaetes", ("diabetes",)),
        ("Haedache", ("headache",)),
        ("eadache", ("headache",)),
        ("slep", ("sleep",)),
        ("fevr", ("fever",)),
        ("bloodpressure", ("blood", "pressure")),
        ("cofee", ("coffee",)),
        ("teh", ()),
        ("zzzqqq", ()),
        ("x" * 5000, ()),
        ("12345", ()),
    ],
)
def test_suggest(typed: str, meant: tuple[str, ...]) -> None:
    assert WORDS.suggest(typed) == meant


def test_a_rare_word_beside_a_frequent_one_is_doubtful() -> None:
    assert WORDS.is_doubtful("hedache")
    assert not WORDS.is_doubtful("slept")


def test_corrections_leave_alone_what_is_known_or_quoted() -> None:
    query = parse('sleep diabetis "diabetis" -diabetis')
    better = correct(query, ["diabetis"], WORDS)
    assert str(better) == 'sleep diabetes "diabetis" -diabetis'
    assert correct(query, ["zzzqqq"], WORDS) is None
    assert correct(query, [], WORDS) is None


def test_words_are_counted_in_small_letters() -> None:
    assert count_words(["It's Sleep, sleep!", "a SLEEP9 x"]) == {"sleep": 3}
