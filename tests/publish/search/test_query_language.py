"""What a reader types, as it is understood."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.search.query_language import (
    MAX_TERMS,
    ParsedQuery,
    Term,
    fts_all,
    fts_any,
    fts_words,
    parse,
)

PIECES = [
    '"',
    "-",
    "title:",
    "BY:",
    " OR ",
    "year:",
    "2004-",
    "site:",
    "abc*",
    "topic:",
    "foo:",
    "sleep",
    "it`s",
    "“",
    "”",
    "\0",
    "\ud800",
]
TYPED = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from([*PIECES, " ", "(", ")", "*", "NEAR(", "é", "٣"]), max_size=20).map(
        "".join
    ),
)


def _words(*words: str, **more: object) -> Term:
    return Term(words, **more)  # type: ignore[arg-type]


def _either(first: Term, *others: Term) -> Term:
    return replace(first, quoted=True, alternatives=(first, *others))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("waking early", [_words("waking"), _words("early")]),
        ('"sleep apnea" mask', [_words("sleep", "apnea", quoted=True), _words("mask")]),
        ("“sleep apnea”", [_words("sleep", "apnea", quoted=True)]),
        ("I`ve it’s", [_words("I", "ve"), _words("it", "s")]),
        ("sleep -apnea", [_words("sleep"), _words("apnea", minus=True)]),
        ('-"sleep apnea"', [_words("sleep", "apnea", minus=True, quoted=True)]),
        ("-title:x", [_words("x", field="title", minus=True)]),
        ("Title:Snoring", [_words("Snoring", field="title")]),
        ('answer:"two words"', [_words("two", "words", field="answer", quoted=True)]),
        (
            "by:lindqvist topic:sleep",
            [_words("lindqvist", field="by"), _words("sleep", field="topic")],
        ),
        ("foo:bar", [_words("foo"), _words("bar")]),
        ("diabet* up-to*", [_words("diabet", beginning=True), _words("up", "to")]),
        ("site:netwellness.org", [_words("netwellness", "org", field="site")]),
        (
            "-year:2004-2006 Year:-99",
            [_words("2004-2006", field="year", minus=True), _words("-99", field="year")],
        ),
        ("year:20044 year:9-1", []),
        ("a OR b c", [_either(_words("a"), _words("b")), _words("c")]),
        ('a OR "b c" OR d', [_either(_words("a"), _words("b", "c", quoted=True), _words("d"))]),
        ("by:a OR by:b", [_either(_words("a", field="by"), _words("b", field="by"))]),
        ("a OR by:b", [_words("a"), _words("b", field="by")]),
        ("OR a OR OR -b OR", [_words("a"), _words("b", minus=True)]),
        ("a or b", [_words("a"), _words("or"), _words("b")]),
        ("title: sleep", [_words("title"), _words("sleep")]),
        ("title:", [_words("title")]),
        ("follow-up", [_words("follow", "up")]),
        ("pain/swelling,fever", [_words("pain"), _words("swelling"), _words("fever")]),
        ("a - b", [_words("a"), _words("b")]),
        ('6 feet 5" tall', [_words("6"), _words("feet"), _words("5"), _words("tall")]),
        ("one one ONE", [_words("one"), _words("ONE")]),
        ("e\u0301tude", [_words("étude")]),
        ("", []),
        ('"" - title:"" \0 _ * (', []),
    ],
)
def test_parse(text: str, terms: list[Term]) -> None:
    assert list(parse(text).terms) == terms


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("waking at 10:30 - it's (very) odd, isn't it? by day or site", []),
        ('"a b" -c dab* e OR f by:g topic:"h i" year:2004- site:j title:k', []),
        ("foo:bar", ["“foo:” is taken as a word"]),
        ('foo:"bar"', ["“foo:” is taken as a word"]),
        ("has:image", ["“has:” is taken as a word"]),
        ("by: ada", ["behind “by:”"]),
        ("year:", ["behind “year:”"]),
        ('year:"2004"', ["behind “year:”"]),
        ("topic:-x", ["behind “topic:”"]),
        ('"sleep apnea', ["no partner"]),
        ('5" tall, 6" wide, 7"', ["no partner"]),
        ('""', ["two quotation marks"]),
        ("*", ["end of a word"]),
        ("*ing s*ing", ["end of a word"] * 2),
        ("ab*", ["3 letters"]),
        ("year:soon", ["“year:soon” is no year"]),
        ("a OR", ["behind “OR”"]),
        ("OR a", ["between two words"]),
        ("a OR -b", ["both “a” and “-b” are required"]),
        ("(a OR b) c", ["Brackets"]),
        ("-(a b)", ["Brackets"]),
        ("NOT a", ["write -word"]),
        (" ".join(f"w{n}" for n in range(60)), ["at most 48 words"]),
    ],
)
def test_what_is_not_understood(text: str, notes: list[str]) -> None:
    told = parse(text).not_understood
    assert len(told) == len(notes), told
    assert all(note in sentence for note, sentence in zip(notes, told, strict=True)), told


def test_roles() -> None:
    query = parse('the snoring -nap title:sleep by:tate -topic:skin "it"')
    assert [str(term) for term in query.text_terms] == ["the", "snoring", "title:sleep", '"it"']
    assert [str(term) for term in query.content_terms] == ["snoring", "title:sleep", '"it"']
    assert [str(term) for term in query.excluded_terms] == ["-nap"]
    assert [str(term) for term in query.name_terms] == ["by:tate", "-topic:skin"]
    assert [str(term) for term in parse("what is it").content_terms] == ["what", "is", "it"]
    assert parse("vitamin d").content_terms == parse("vitamin d").text_terms
    assert not parse("I'd").terms[0].is_content


def test_fts5_syntax() -> None:
    assert fts_all(parse('x" or y').text_terms) == '"x" AND "or" AND "y"'
    assert fts_all(parse("x OR title:y* z").text_terms) == '("x" OR {title} : "y") AND "z"'
    assert fts_any(parse('title:y "a b"').text_terms) == '{title} : "y" OR "a b"'
    assert fts_words("the sleep") == '"the" AND "sleep"'
    assert fts_words(None) == '""'


def test_replaced_words_keep_their_place_and_field() -> None:
    query = parse('title:slep "slep" -slep slep').replaced({"slep": ("sleep", "more")})
    assert str(query) == 'title:sleep title:more "slep" -slep sleep more'


def test_very_long_queries_are_cut() -> None:
    assert len(parse(" ".join(f"w{n}" for n in range(500))).terms) == MAX_TERMS
    assert len(parse("x/" * 50_000).terms) == 1
    assert len(parse('"' + "y " * 50_000).terms) <= MAX_TERMS


@given(TYPED)
def test_every_text_is_a_query_that_fts5_takes(text: str) -> None:
    query = parse(text)
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(title, question, answer)")
    for term in query.text_terms + query.excluded_terms:
        connection.execute("SELECT * FROM t WHERE t MATCH ?", (term.fts,)).fetchall()
    for fts in (fts_all(query.content_terms), fts_any(query.content_terms), fts_words(text)):
        connection.execute("SELECT * FROM t WHERE t MATCH ?", (fts or '""',)).fetchall()
    connection.close()


@given(TYPED)
def test_what_is_shown_as_understood_is_understood_the_same(text: str) -> None:
    query = parse(text)
    again = parse(str(query))
    assert {(t.words, t.minus, t.field, t.beginning) for t in again.terms} == {
        (t.words, t.minus, t.field, t.beginning) for t in query.terms
    }
    assert parse(str(ParsedQuery(tuple(t.exactly() for t in query.terms)))).terms == tuple(
        dict.fromkeys(t.exactly() for t in query.terms)
    )
