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
    refuse_unknown,
    search_request,
)


def read(query: str) -> SearchRequest:
    return search_request(MultiParams(parse_qs(query, True, errors="replace")))


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


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("yaer=2004", "no filter “yaer”. Did you mean year?"),
        ("instituton=", "Did you mean institution?"),
        ("Topic=sleep", "Did you mean topic?"),
        ("year=x", "year cannot be “x”: it is a year"),
        ("year=²", "a range of years"),
        ("year=2006-2004", "a range of years"),
        ("year=-", "a range of years"),
        ("year=20044", "a range of years"),
        ("sort=newst", "It can be: relevance; newest; oldest."),
        ("sort=newest&sort=oldest", "only once"),
        ("q=a&q=b", "only once"),
        ("&".join(f"topic=t{i}" for i in range(MAX_VALUES + 1)), "at most 50 values"),
        ("a%00%ED%A0%80=" + "x" * 9000, "no filter “a "),
    ],
)
def test_what_is_not_understood_is_refused(query: str, message: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read(query)
    assert message in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("topic", "sleep-disorder", "The nearest of 9: sleep-disorders (Sleep Disorders)."),
        ("responder", "moore", "It can be: 7 (Ada Moore)."),
        ("responder", 9, "It can be: 7 (Ada Moore)."),
        ("status", "anwsered", "It can be: answered; unanswered."),
        ("confidence", "0.5", "It can be: full"),
        ("language", "english", "It can be: en (English)."),
        ("site", "x" * 900, "No question of this archive has a site"),
    ],
)
def test_values_that_an_archive_has_not_are_refused(
    name: str, value: str | int, message: str
) -> None:
    known: dict[str, dict[str | int, str]] = {
        "topic": {
            "sleep-disorders": "Sleep Disorders",
            **{f"topic-{n}": "Other" for n in range(8)},
        },
        "responder": {7: "Ada Moore"},
        "status": {"answered": "answered"},
        "language": {"en": "English"},
    }
    with pytest.raises(BadRequest) as refused:
        refuse_unknown(name, (value,), known.get(name, {}))
    assert message in str(refused.value)
    assert len(str(refused.value)) < 400


def test_what_every_archive_may_be_asked_for() -> None:
    for name, values in (
        ("year", (1066, "2004-", "none")), ("topic", ("none",)), ("status", ("unanswered",)),
        ("confidence", ("low",)), ("answers", ("public",)),
    ):  # fmt: skip
        refuse_unknown(name, values, {})


def test_parameters_of_others_are_ignored() -> None:
    appended = "utm_source=x&UTM=&fbclid=1&page=3&at=4&spreadsheet=1&year=&q=a"
    assert read(appended.replace("UTM=&", "")) == SearchRequest("a")
    with pytest.raises(BadRequest):
        read(appended)


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
YEAR = st.one_of(
    st.integers(0, 9999), st.sampled_from(["none", "2004-2006", "2004-", "-2006", "1999-1999"])
)
ANY = st.builds(
    SearchRequest,
    text=text,
    topic=st.lists(text, unique=True).map(tuple),
    responder=st.lists(number, unique=True).map(tuple),
    institution=st.lists(text, unique=True).map(tuple),
    year=st.lists(YEAR, unique=True).map(tuple),
    confidence=st.sampled_from([(), ("low",), ("good", "full")]),
    answers=st.sampled_from([(), ("public",)]),
    status=st.sampled_from([(), ("answered",), ("unanswered", "answered")]),
    sort=st.sampled_from(["relevance", "newest", "oldest"]),
)


@given(ANY)
def test_an_address_that_was_written_is_read_as_it_was(original: SearchRequest) -> None:
    assert read(original.query()) == original


def test_filters_are_the_fields_that_restrict() -> None:
    assert FILTERS == (
        "site", "topic", "responder", "institution", "year", "status", "language", "confidence",
        "answers",
    )  # fmt: skip
