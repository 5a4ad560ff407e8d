"""Words and filters in an address: what is read of it, and what is written."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from datasette.utils import MultiParams
from datasette.utils.asgi import BadRequest
from hypothesis import given
from hypothesis import strategies as st

from publish.search.query_language import MAX_CHARACTERS, MAX_TERMS, parse, part_read
from publish.search.request import (
    FILTERS,
    MAX_VALUES,
    SearchRequest,
    search_request,
)


def read(query: str) -> SearchRequest:
    return search_request(MultiParams(parse_qs(query, errors="replace")))


def test_an_address_is_read() -> None:
    request = read(
        "q=night+sweats&topic=sleep&topic=diabetes&responder=3&year=2004&status=answered"
    )
    assert request.text == "night sweats"
    assert request.filters == {
        "topic": ("sleep", "diabetes"),
        "responder": (3,),
        "year": (2004,),
        "status": ("answered",),
    }
    assert not request.is_everything
    assert read("").is_everything
    assert read("q=+").is_everything


def test_what_is_not_understood_is_left_out() -> None:
    odd = read("year=x&year=-1&year=²&responder=99999999999999999999&status=odd&sort=worst")
    assert odd == SearchRequest()
    assert len(read("&".join(f"topic=t{i}" for i in range(500))).topic) == MAX_VALUES


@pytest.mark.parametrize(
    "text", ["a" * (MAX_CHARACTERS + 1), "x\u0301" * 900, "睡" * 600, '"&<' * 600, "a" * 1_600]
)
def test_words_too_long_are_refused(text: str) -> None:
    with pytest.raises(BadRequest, match=r"at most 2000|1500 bytes"):
        search_request(MultiParams({"q": [text]}))


def test_of_a_long_text_the_part_that_is_read_is_passed_on() -> None:
    words = " ".join(f"word{number}" for number in range(150))
    text = search_request(MultiParams({"q": [words]})).text
    assert text == " ".join(f"word{number}" for number in range(MAX_TERMS))
    assert parse(text) == parse(words)
    assert search_request(MultiParams({"q": ["“a” b"]})).text == "“a” b"


@given(st.text("ab -\":'é\u0301", max_size=200))
def test_what_is_not_read_makes_no_difference(text: str) -> None:
    assert parse(part_read(text)) == parse(text)


def test_values_are_added_and_taken_off() -> None:
    request = SearchRequest("x").with_value("year", 2004).with_value("year", 2005)
    assert request.query(page=2) == "q=x&year=2004&year=2005&page=2"
    assert request.without("year", 2004).year == (2005,)
    assert request.without("year") == SearchRequest("x")


text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
number = st.integers(0, 10**18 - 1)
ANY = st.builds(
    SearchRequest,
    text=text,
    topic=st.lists(text, unique=True).map(tuple),
    responder=st.lists(number, unique=True).map(tuple),
    institution=st.lists(text, unique=True).map(tuple),
    year=st.lists(number, unique=True).map(tuple),
    status=st.sampled_from([(), ("answered",), ("unanswered", "answered")]),
    sort=st.sampled_from(["relevance", "newest", "oldest"]),
)


@given(ANY)
def test_an_address_that_was_written_is_read_as_it_was(original: SearchRequest) -> None:
    assert read(original.query()) == original


def test_filters_are_the_fields_that_restrict() -> None:
    assert FILTERS == (
        "site", "topic", "responder", "institution", "year", "status", "language",
    )  # fmt: skip
