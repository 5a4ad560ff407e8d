"""The ranked search: what it finds, and that nothing typed can break it."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.search import MAX_TERMS, fts_words, terms
from tests.publish.conftest import Get

_SYNTAX = "sleep \" AND OR NOT NEAR( ) * ^ - : title: + { } \\ ' ; -- % ß İ ٣ ½"
SYNTAX = _SYNTAX.split()
ODD = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*SYNTAX, "\0", "\x02", "\U0001f600"]), max_size=12).map(" ".join),
    st.binary(max_size=30).map(lambda raw: raw.decode("latin-1")),
)


def _titles(text: str) -> list[str]:
    found = re.findall(r"<h2><a [^>]*>(.*?)</a></h2>", text)
    return [re.sub(r"</?mark>", "", one) for one in found]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("insulin", "Insulin on a journey"),
        ("sweating night", "Sugar and night sweats"),
        ('"blood sugar"', "Sugar and night sweats"),
        ("SUGAR, sweats?", "Sugar and night sweats"),
        ("what is the insulin zebra for", "Insulin on a journey"),
        ("I`ve been waking", "Waking before dawn"),
    ],
)
def test_finds(get: Get, query: str, title: str) -> None:
    assert _titles(get(f"/search?q={quote(query)}").text)[0] == title


def test_a_title_counts_more_than_an_answer(get: Get) -> None:
    assert _titles(get("/search?q=sugar").text)[0] == "Sugar and night sweats"
    assert _titles(get("/search?q=snoring").text) == ["Snoring"]


def test_any_word_will_do_where_none_has_all_and_the_page_says_so(get: Get) -> None:
    page = get("/search?q=insulin+zebra").text
    assert "none has them all" in page
    assert _titles(page) == ["Insulin on a journey"]
    assert "No question has any" in get("/search?q=zebra+giraffe").text


def test_matches_are_marked_in_title_and_snippet(get: Get) -> None:
    page = get("/search?q=insulin").text
    assert "<mark>Insulin</mark> on a journey" in page
    assert "keep <mark>insulin</mark> cool" in page


def test_pages_past_the_end_are_empty_and_lead_back(get: Get) -> None:
    page = get("/search?q=sleep&page=9")
    assert page.status_code == 200
    assert _titles(page.text) == []
    assert 'rel="prev" href="/search?q=sleep"' in page.text or "Page 9" not in page.text
    for odd in ("0", "-1", "x", "99999999999", "²"):
        assert get(f"/search?q=sleep&page={quote(odd)}").status_code == 200


def test_terms() -> None:
    assert terms('one "two three" it`s').phrases == (("one",), ("two", "three"), ("it", "s"))
    assert terms('x" OR y').all() == '"x" AND "OR" AND "y"'
    assert terms("the sleep").any() == '"sleep"'
    assert terms("the and").any() == '"the" OR "and"'
    assert terms("\0 _ - * ( \ud800").phrases == ()
    assert len(terms(" ".join(f"w{i}" for i in range(500))).phrases) == MAX_TERMS
    assert fts_words(None) == '""'


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(ODD)
def test_no_query_is_an_error(get: Get, query: str) -> None:
    typed = quote(query, errors="surrogatepass")
    assert get(f"/search?q={typed}").status_code == 200
    assert get(f"/archive/word_by_year.json?word={typed}").status_code == 200


@pytest.mark.parametrize("query", ["%00", "%FF%FE", "a" * 60_000, "%22" * 5000, "q&q=2&page="])
def test_extreme_queries(get: Get, query: str) -> None:
    assert get(f"/search?q={query}").status_code == 200
