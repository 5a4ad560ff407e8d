"""What repeats a withheld question is blanked, once, and nothing else is."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.records import Answer, Link, QAPage
from pipelines.db.blanks import (
    MARK,
    WARNING,
    Blanks,
    blank_page,
    blank_text,
    fingerprints,
)
from pipelines.db.rules import version_record
from tests.pipelines.archive_makers import qa_page, question_url

KEYS = frozenset({("netwellness", "1"), ("netwellness", "9#b")})
WORDS = [
    "a",
    "bee",
    "sea's",
    "dee",
    "and",
    "eff",
    "gee",
    "at",
    "each",
    "eye",
    "jay",
    "kay",
    "眠",
    "れ",
    "ない",
]
#: Pieces of few rows of words, so that texts have many in common; and all that parts them.
TEXTS = st.lists(
    st.tuples(
        st.tuples(st.integers(0, 12), st.integers(0, 12)).map(
            lambda slice_: " ".join((WORDS * 2)[slice_[0] : sum(slice_)])
        )
        | st.just(MARK),
        st.sampled_from([" ", " ", "\n", "\n\n", "\n> ", ". ", ".” ", "。", ", ", "…", ""]),
    ),
    max_size=12,
).map(lambda pieces: "".join(words + between for words, between in pieces))
ADDRESSES = st.sampled_from([question_url(1), question_url(2), f"{question_url(9)}#b", "mailto:x"])


@st.composite
def a_page(draw: st.DrawFn) -> QAPage:
    expert = qa_page("").answers
    posts = tuple(Answer(draw(TEXTS), author="member 1") for _ in range(draw(st.integers(0, 2))))
    links = tuple(Link(draw(TEXTS), draw(ADDRESSES)) for _ in range(draw(st.integers(0, 3))))
    return qa_page(
        "", 2, title=draw(TEXTS), question=draw(TEXTS), answers=expert + posts, links=links
    )


@given(a_page(), a_page(), a_page())
def test_blanking_is_the_same_once_twice_and_in_two_steps(
    page: QAPage, one: QAPage, two: QAPage
) -> None:
    first = Blanks(KEYS).with_more(fingerprints(one))
    both = first.with_more(fingerprints(two))
    blanked = blank_page(page, both)
    assert blank_page(blanked, both) is blanked
    assert blank_page(blank_page(page, first), both) == blanked
    assert (blanked is page) == (blanked == page)


@given(TEXTS, a_page())
def test_nothing_else_is_touched(text: str, page: QAPage) -> None:
    blanks = Blanks(KEYS).with_more(fingerprints(page))
    blanked = blank_text(text, blanks.words)
    kept = [part.strip() for part in blanked.split(MARK)]
    at = 0
    for part in kept:  # what is left stands there as it did, in its order
        at = text.index(part, at) + len(part)
    other = blank_page(qa_page("", 3, title=text), blanks)
    expected = qa_page("", 3, title=blanked)
    assert replace(other, warnings=()) == expected
    assert other.warnings == ((WARNING,) if blanked != text else ())


SECRET = qa_page(
    "",
    title="Zebrafinch quagmire of the ankle",
    question="Since the spring my zebrafinch lives in my left shoe. It's bad for my toes.",
    answer="Please see a podiatrist about the bird in your shoe as soon as you can.",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello. See Zebrafinch Quagmire of the Ankle! Bye.", f"Hello. {MARK} Bye."),
        ("zebra\u00adfinch quag\u200bmire of\u00a0the\nankle", MARK),
        ("Zebrafinch quagmire of an ankle.", "Zebrafinch quagmire of an ankle."),
        ("> Since the spring my\n> zebrafinch lives in my left shoe.\n\nBad.", f"{MARK}\n\nBad."),
        ("My zebrafinch lives in my shoe.", "My zebrafinch lives in my shoe."),
        ("It’s bad for my toes. Oh.", f"{MARK} Oh."),
        (
            "Please see a podiatrist about the bird in your shoe as soon as you can.",
            "Please see a podiatrist about the bird in your shoe as soon as you can.",
        ),
        ("See https://x.example/zebrafinch-quagmire-of-the-ankle now.",) * 2,
    ],
)
def test_which_texts_repeat_it(text: str, expected: str) -> None:
    blanks = Blanks(KEYS).with_more(fingerprints(SECRET))
    assert blank_text(text, blanks.words) == expected


@pytest.mark.parametrize(
    ("text", "repeats"),
    [("私は毎晩四時に目が覚めてもう眠れません。", True), ("目が覚めてもう寝ました。", False)],
)
def test_scripts_without_spaces(text: str, repeats: bool) -> None:
    secret = replace(SECRET, question="去年から私は毎晩四時に目が覚めてもう眠れません。")
    words = Blanks(KEYS).with_more(fingerprints(secret)).words
    assert (blank_text(text, words) == MARK) == repeats


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        (question_url(1), True),
        (f"{question_url(1)}?x=1#top", True),
        (question_url(2), False),
        (question_url(9), False),
        (f"{question_url(9)}#b", True),
        (f"{question_url(9)}#c", False),
        (f"https://web.archive.org/web/2004id_/{question_url(1)}", True),
        ("https://x.example/out?u=http%3A%2F%2Fnetwellness.org%2Fquestion.cfm%2F1.htm", True),
        ("https://x.example/question.cfm/1.htm", False),
        ("javascript:alert(1)", False),
        ("http://[", False),
    ],
)
def test_links_lose_their_text_by_where_they_lead(url: str, leads: bool) -> None:
    page = qa_page("", 2, links=(Link("A title", url), Link("", url)))
    blanked = blank_page(page, Blanks(KEYS))
    assert [link.text for link in blanked.links] == [MARK if leads else "A title", ""]
    assert [link.url for link in blanked.links] == [url, url]
    assert "A title" in json.dumps(version_record(page))
    assert ("A title" in version_record(blanked)) != leads


ODD = (".", "\n", ".)", MARK, "a ", "www.", "\n>", "'", "眠。")


@pytest.mark.parametrize("piece", ODD)
def test_odd_texts_take_no_longer(piece: str) -> None:
    text = piece * 9_000
    words = Blanks(KEYS).with_more(fingerprints(replace(SECRET, title=text, question=text))).words
    assert len(blank_text(f"{text} x y z", words)) <= len(text) + 20
