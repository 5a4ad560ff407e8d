"""Items of JSON-LD, microdata and RDFa, and the posts that they are."""

from __future__ import annotations

import json
from time import process_time

import pytest
from lxml import html

from parsers.schema.items import Item, clean, read_items
from parsers.schema.threads import threads


def items(markup: str) -> list[Item]:
    return read_items(html.document_fromstring(f"<html><body>{markup}</body></html>")).items


def test_text_without_control_characters_and_halves_of_characters() -> None:
    assert clean("a\x00\x1fb\ud83d\ude00\ud83dc\n") == "ab😀�c\n"


@pytest.mark.parametrize(("written", "number"), [
    ("3", 3), ("1,234 votes", 1234), ("−2", -2), ("-2", -2), ("none", None), ("", None),
    ("9" * 5000, None),
])  # fmt: skip
def test_whole_numbers(written: str, number: int | None) -> None:
    (item,) = items(f"<div itemscope><meta itemprop=n content='{written}'></div>")
    assert item.number("n") == number


def test_what_an_element_says_as_a_property() -> None:
    (item,) = items("""<div itemscope>
        <a itemprop=a href="/x">text</a> <img itemprop=b src="/y"> <meta itemprop=c content=z>
        <time itemprop=d datetime=2020-01-01>then</time> <time itemprop=d>now</time>
        <data itemprop=e value=5>five</data> <p itemprop="f g">two <b>names</b></p></div>""")
    said = {name: [text.text for text in item.texts(name)] for name in "abcdefg"}
    assert said == {"a": ["/x"], "b": ["/y"], "c": ["z"], "d": ["2020-01-01", "now"], "e": ["5"],
                    "f": ["two names"], "g": ["two names"]}  # fmt: skip


def test_an_item_within_another_is_its_property_or_stands_for_itself() -> None:
    outer, inner, stray = items("""<div itemscope itemtype="https://schema.org/Question">
        <div itemprop=author itemscope itemtype="https://schema.org/Person"></div>
        <div itemscope itemtype="https://schema.org/Answer"></div></div>""")
    assert outer.items("author") == [inner]
    assert (inner.holder, inner.role, stray.holder) == (outer, "author", None)


def test_json_within_json_to_any_depth() -> None:
    text = '{"@graph": [' * 400 + '{"@type": "Question"}' + "]}" * 400
    assert len(items(f'<script type="application/ld+json">{text}</script>')) < 200


def test_a_question_of_learners_is_none_of_patients() -> None:
    quiz = {"@type": "Question", "eduQuestionType": "Flashcard", "text": "Which bone?",
            "acceptedAnswer": {"@type": "Answer", "text": "The femur."}}  # fmt: skip
    assert threads(items(f'<script type="application/ld+json">{json.dumps(quiz)}</script>')) == []


HOSTILE = (
    "<div itemscope itemprop=a>",
    "<b itemprop='a b c'>x",
    "<i itemscope itemref='a b' id=a>",
    "<p id=a property=b>y",
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_is_linear(piece: str) -> None:
    markup = "<div itemscope>" + piece * (300_000 // len(piece))
    begun = process_time()
    items(markup)
    assert process_time() - begun < 3
