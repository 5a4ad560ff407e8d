"""What must hold for every page with markup, however it was made or damaged.

A text of a reading stands on the page in order, or the reading says that it does not; no page
makes the reader fail, or take more than linear time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.page.prose import prose
from parsers.readers.selectors import overlay
from parsers.readers.shell import is_script_shell
from parsers.readers.structured import read_structured
from tests.parsers.readers.pages import open_page, script, site_of
from tests.parsers.readers.test_selectors import WHOLE

VOCABULARY = ("the", "knee", "clicks", "when", "I", "walk", "...", "é", "膝", "&amp;")
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=30).map(" ".join)
TAGS = ("</div>", "</p>", "<div>", "<p>", "<br>", "<blockquote>", "</blockquote>", "<li>", "<td>",
        "<div hidden>", "<script>", "</script>", "<h1>", "</h1>", "<!--", "-->", "<b>", "<pre>",
        "<div class=quote>", "<table><tr><td>", "<ol><li>", "</body>")  # fmt: skip
KINDS = {  # the thing that asks, how it names what it is answered by, and what that is
    "Question": ("suggestedAnswer", "Answer"),
    "DiscussionForumPosting": ("comment", "Comment"),
}


@st.composite
def markups(draw: st.DrawFn) -> str:
    """A page of posts, described by JSON, microdata or both, more or less rightly."""
    posts = draw(st.lists(WORDS, min_size=1, max_size=5))
    asks = draw(st.sampled_from(list(KINDS)))
    names, answers = KINDS[asks]
    described = [
        {"text": draw(WORDS) if draw(st.integers(0, 9)) == 0 else cut_or_not(draw, post)}
        for post in posts
    ]
    value: dict[str, object] = {
        "@context": "https://schema.org", "@type": asks, "name": draw(WORDS), **described[0],
        names: [{"@type": answers, **each} for each in described[1:]],
        "answerCount": draw(st.integers(0, 6)),
    }  # fmt: skip
    text = json.dumps(value)
    if draw(st.integers(0, 4)) == 0:
        text = text[: draw(st.integers(0, len(text)))]
    parts = [script(text)] if draw(st.booleans()) else ["schema.org"]
    for number, post in enumerate(posts):
        kind = answers if number else asks
        scope = f"itemscope itemtype='https://schema.org/{kind}'"
        parts += draw(st.sampled_from([
            [f"<div {scope}>", "<p itemprop=text>", post, "</p>", "</div>"],
            [f"<div vocab='https://schema.org/' typeof={kind}><b property=text>", post, "</div>"],
            ["<div>", "<p>", post, "</p>", "</div>"],
            ["<li>", post, draw(WORDS)],
            [],
        ]))  # fmt: skip
    for _ in range(draw(st.integers(0, 4))):
        parts.insert(draw(st.integers(0, len(parts))), draw(st.sampled_from(TAGS)))
    return "<body>" + "".join(parts)


def cut_or_not(draw: st.DrawFn, post: str) -> str:
    cut = draw(st.integers(-30, len(post)))
    return post[:cut] + draw(st.sampled_from(["…", "...", "", " [...]"])) if cut > 0 else post


def letters(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]", text)


def in_order(part: list[str], whole: Iterator[str]) -> bool:
    """Whether all of one stands in the other, in this order."""
    return all(letter in whole for letter in part)


@settings(max_examples=300)
@given(markups())
def test_texts_are_the_pages_or_said_to_be_not(markup: str) -> None:
    page = open_page(markup)
    shown = letters(prose([page.tree]) if page.tree is not None else "")
    for candidate in read_structured(page, site_of()):
        assert 0 <= candidate.confidence <= 1
        texts = [candidate.question, *(answer.text for answer in candidate.answers)]
        if not any("in the markup alone" in warning for warning in candidate.warnings):
            assert all(in_order(letters(each), iter(shown)) for each in texts)
        assert all(answer.text for answer in candidate.answers)


@settings(max_examples=300)
@given(markups())
def test_selected_texts_are_the_pages(markup: str) -> None:
    page = open_page(markup.replace(" hidden", ""))  # which a selector may select
    selectors = {**WHOLE, "post": "div", "text": "p", "title": "h1", "question": "blockquote"}
    shown = letters(prose([page.tree]) if page.tree is not None else "")
    for candidate in overlay((), page, replace(site_of(), selectors=selectors)):
        for answer in candidate.answers:
            assert in_order(letters(answer.text), iter(shown))


ITEM = "<div itemscope itemtype='http://schema.org/%s' itemprop=%s>"
HOSTILE = {
    "nested answers": ITEM % ("Question", "") + (ITEM % ("Answer", "acceptedAnswer")
                                                 + "<p itemprop=text>a b c"),
    "nested comments": ITEM % ("DiscussionForumPosting", "comment") + "<p itemprop=articleBody>a b",
    "tags": "<div>",
    "signs": "<",
    "posts in a row": ITEM % ("Comment", "comment") + "<p itemprop=text>a b c d e</p></div>",
    "the same words": "knee ",
    "references": "<div itemscope itemref='a b c' id=a>",
    "scripts": script('{"@type": "Question", "text": "knee knee knee knee knee'),
    "quotes": "<blockquote>knee",
}  # fmt: skip


def seconds(markup: str) -> float:
    page = open_page(markup)
    begun = process_time()
    read_structured(page, site_of())
    overlay((), page, replace(site_of(), selectors=WHOLE))
    is_script_shell(page)
    return process_time() - begun


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_time_is_linear(piece: str) -> None:
    question = {"@type": "Question", "text": "knee " * 500, "name": "knee",
                "suggestedAnswer": [{"text": "knee " * n} for n in range(100)]}  # fmt: skip
    start = "<body>schema.org" + script(json.dumps(question))
    small, large = (start + piece * (size // len(piece)) for size in (60_000, 600_000))
    seconds(small)
    assert seconds(large) < 30 * seconds(small) + 2
