"""What holds for the reader of threads on any page: it never fails, invents no word, and takes
time that grows as the page does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.page.line_reader import LabelTests
from parsers.page.opened import OpenPage
from parsers.readers.candidate import Candidate
from parsers.readers.thread import read_thread
from parsers.records import Capture
from tests.parsers.readers import other_pages, thread_pages

_TOKEN = re.compile(r"\w+")
_TAGS = (
    "div",
    "p",
    "td",
    "tr",
    "table",
    "li",
    "ul",
    "a",
    "span",
    "h3",
    "blockquote",
    "br",
    "b",
    "time",
    "dl",
    "dt",
    "dd",
    "article",
    "pre",
    "form",
    "section",
    "noscript",
    "em",
)
_CLASSES = ("", "post", "message", "author", "username", "date", "content", "signature", "quote",
            "comment", "answer", "title", "nav", "odd", "even")  # fmt: skip
_TEXTS = ("Jane", "2 days ago", "March 3, 2019", "It hurts when I walk.", "Reply", "3", "_____",
          "Page 2 of 3", "Why is that?", "<", "&amp;", "3 answers")  # fmt: skip


def opened(markup: str) -> OpenPage:
    captured = datetime(2020, 6, 30, 12, tzinfo=UTC)
    capture = Capture("https://forum.example/t/1", captured, markup.encode("utf-8", "replace"),
                      "text/html; charset=utf-8", 200, "file", "x")  # fmt: skip
    return OpenPage(capture, LabelTests(lambda image: False, lambda cell: False))


def texts_of(candidate: Candidate) -> Iterator[str]:
    yield candidate.question
    for answer in candidate.answers:
        yield answer.text


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def is_within(words: list[str], text: list[str]) -> bool:
    """Whether words stand in a text in their order, perhaps with others between them."""
    rest = iter(text)
    return all(word in rest for word in words)


def visible(page: OpenPage) -> list[str]:
    assert page.tree is not None
    return tokens(" ".join(page.tree.itertext()))


def _nodes() -> st.SearchStrategy[str]:
    return _node


_element: st.SearchStrategy[str] = st.deferred(_nodes)
_node: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(_TEXTS),
    st.tuples(
        st.sampled_from(_TAGS), st.sampled_from(_CLASSES), st.lists(_element, max_size=4)
    ).map(lambda parts: f'<{parts[0]} class="{parts[1]}">{"".join(parts[2])}</{parts[0]}>'),
)
_pages = st.lists(_node, max_size=12).map(
    lambda nodes: f"<html><body>{''.join(nodes * 2)}</body></html>"
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_pages)
def test_no_page_makes_it_fail_or_invent_words(markup: str) -> None:
    page = opened(markup)
    for candidate in read_thread(page, None):
        for text in texts_of(candidate):  # by letters: words of inline elements grow together
            assert is_within(list("".join(tokens(text))), list("".join(visible(page))))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_thread_does_not_make_it_fail(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(list(thread_pages.KINDS)))
    markup = thread_pages.KINDS[kind](thread_pages.ENTRIES)
    start = data.draw(st.integers(0, len(markup)))
    length = data.draw(st.integers(0, 400))
    read_thread(opened(markup[:start] + markup[start + length :]), None)


@pytest.mark.parametrize("kind", thread_pages.KINDS)
def test_texts_of_threads_are_those_of_the_page(kind: str) -> None:
    page = opened(thread_pages.KINDS[kind](thread_pages.ENTRIES))
    for candidate in read_thread(page, None):
        for text in texts_of(candidate):
            assert is_within(tokens(text), visible(page))


@pytest.mark.parametrize("kind", [*thread_pages.KINDS, *other_pages.KINDS])
def test_it_works_without_any_class_or_does_not_raise(kind: str) -> None:
    made = thread_pages.KINDS.get(kind)
    markup = made(thread_pages.ENTRIES) if made else other_pages.KINDS[kind]()
    read_thread(opened(re.sub(r' (?:class|id|itemprop)="[^"]*"', "", markup)), None)


_POST = (
    '<div class="post"><a class="username" href="/user/a">a</a><span class="date">March 3, 2019'
    "</span><p>It hurts when I walk, and less so when I sit.</p></div>"
)
HOSTILE: dict[str, Callable[[int], str]] = {
    "posts": lambda n: _POST * (n // 40),
    "open divs": lambda n: "<div>" * n,
    "nested divs": lambda n: "<div>" * n + "x" + "</div>" * n,
    "nested posts": lambda n: _POST.replace("</div>", "") * (n // 40),
    "less than": lambda n: "<" * (n * 10),
    "one line": lambda n: "<p>" + "word " * (n * 4),
    "dates": lambda n: "<i>March 3, 2019</i>" * (n // 4),
    "classes": lambda n: "".join(f'<b class="c{k:x}">Jane</b>' for k in range(n // 4)),
    "own tags": lambda n: "".join(f"<t{k}>March 3, 2019</t{k}>" * 2 for k in range(n // 8)),
    "tables": lambda n: "<table><tr><td>" * (n // 4),
    "quotes": lambda n: "<blockquote>" * (n // 4) + "x",
    "links": lambda n: '<h3><a href="/t/1?x=2">What is that?</a></h3>' * (n // 8),
    "digits": lambda n: "<p>" + "1" * (n * 4) + "/" * n,
    "lines": lambda n: _POST * 3 + "<div class=post>" + "word<br>" * (n * 2),
    "lines of posts": lambda n: (_POST[:-6] + "word<br>" * (n // 4) + "</div>") * 4,
    "spaces": lambda n: "<p>" + " \n" * (n * 4) + "x",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_time_grows_as_the_page_does(kind: str) -> None:
    def seconds(size: int) -> float:
        markup = f"<html><body><h1>Why?</h1>{HOSTILE[kind](size)}</body></html>"
        started = time.process_time()
        read_thread(opened(markup), None)
        return time.process_time() - started

    seconds(2000)
    small, large = seconds(12_000), seconds(96_000)
    assert large < 2 or large < 24 * small, (
        f"{small:.2f} s, then {large:.2f} s for eight times as much"
    )
