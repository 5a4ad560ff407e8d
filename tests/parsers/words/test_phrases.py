"""Phrases: what they stand for, what is none, and how they begin."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.words.phrases import PhraseError, beginnings, check_phrase, pattern_of


@pytest.mark.parametrize(
    ("phrase", "matching", "others"),
    [
        ("for more", ["for more", "For  MORE"], ["formore", "more"]),
        ("[the|your] text", ["text", "the text", "Your\ntext"], ["thetext", "our text"]),
        ("answered [was] by", ["answered by", "answered was by"], ["answeredby", "answered  was"]),
        ("(is|are) gone", ["is gone", "are gone"], ["gone", "isgone"]),
        ("answer[s]", ["answer", "answers"], ["answer s"]),
        ("site[ ]map", ["sitemap", "site map"], ["site-map"]),
        ("page ... gone", ["page gone", "page 7 is now gone"], ["page" + " x" * 40 + " gone"]),
        ("expert's", ["expert's", "expert’s", "expert`s"], ["experts"]),
        ("c++", ["c++"], ["ccc"]),
    ],
)
def test_what_a_phrase_stands_for(phrase: str, matching: list[str], others: list[str]) -> None:
    pattern = re.compile(pattern_of([check_phrase(phrase)]), re.I | re.S)
    assert all(pattern.fullmatch(text) for text in matching)
    assert not any(pattern.fullmatch(text) for text in others)


def test_the_ends_of_a_text_and_names() -> None:
    pattern = re.compile(pattern_of(["^pending$", "see the {name} page"]))
    assert pattern.search("* pending!")
    assert not pattern.search("it is pending")
    match = pattern.fullmatch("see the Cold and Flu page")
    assert match is not None
    assert match[1] == "Cold and Flu"


@pytest.mark.parametrize("text", ["[the", "a)", "", " ", "...", "[only]", "a{b}", "x" * 301])
def test_what_is_no_phrase(text: str) -> None:
    with pytest.raises(PhraseError):
        check_phrase(text)


def test_no_phrases_match_nothing() -> None:
    assert re.search(pattern_of([]), "") is None


@given(st.text("ab[]()|.^$ '", max_size=12), st.text("ab '", max_size=8))
def test_what_a_phrase_matches_begins_as_it_may(phrase: str, text: str) -> None:
    try:
        pattern = pattern_of([check_phrase(phrase)])
    except PhraseError:
        return
    if "..." not in phrase and "^" not in phrase and re.fullmatch(pattern, text):
        begin = text.lstrip()[:2]
        assert any(begin.startswith(each) or each == begin for each in beginnings([phrase]))
