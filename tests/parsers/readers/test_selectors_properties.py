"""What holds for selectors on any page: they never fail, invent no word, give no name away, and
take time that grows as the page does."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html
from parsel.csstranslator import HTMLTranslator

from parsers.css import select
from parsers.readers.selectors import overlay
from parsers.readers.thread import read_thread
from tests.parsers.readers.pages import open_page, site_of
from tests.parsers.readers.test_thread_properties import HOSTILE, is_within, tokens, visible

SITE = replace(site_of(), keep_names=False, language="en")
_TAGS = ("div", "p", "li", "blockquote", "b", "i", "br", "h1", "u", "td", "q")
_TEXTS = ("Jane", "Dr. Jane Roe", "3 March 2020", "It hurts when I walk.", "Reply", "7", "&lt;")
_node: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(_TEXTS),
    lambda inner: st.tuples(
        st.sampled_from(_TAGS), st.sampled_from(("", "a", "quote")), st.lists(inner, max_size=4)
    ).map(lambda parts: f'<{parts[0]} class="{parts[1]}">{"".join(parts[2])}</{parts[0]}>'),
    max_leaves=20,
)
_selectors = st.fixed_dictionaries(
    {},
    optional={
        "post": st.sampled_from(("div", ".a", "div, p", "h1", "li")),
        "text": st.sampled_from(("p", ".a", "div::text", "blockquote, p")),
        "question": st.sampled_from(("h1", "div", ".a p", "b::text")),
        "author": st.sampled_from(("b", "b::text", ".a::attr(class)")),
        "responders": st.sampled_from(("b", "div:has(u) b")),
        "answered_on": st.sampled_from(("i", ".a")),
        "score": st.just("u"),
        "url": st.just("a"),
        "title": st.just("h1"),
    },
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_node, max_size=8), _selectors, st.booleans())
def test_no_page_makes_them_fail_or_invent_words(
    nodes: list[str], selectors: dict[str, str], other: bool
) -> None:
    page = open_page(f"<html><body>{''.join(nodes * 2)}</body></html>")
    site = replace(SITE, selectors=selectors)
    base = read_thread(page, site) if other else ()
    for read in overlay(base, page, site):
        for text in (read.question, *(answer.text for answer in read.answers)):
            numbers = "0123456789"  # of lists
            letters = [each for each in "".join(tokens(text)) if each not in numbers]
            if "question" not in selectors:  # which may select a part of what it selects
                assert is_within(letters, list("".join(visible(page))))


_PARTS = st.sampled_from(
    ("div", "p", "*", ".a", "p:first-child", "b:not(.a)", "[class]", ":is(b, i)", "li:nth-child(2)")
)
_CSS = st.tuples(
    _PARTS,
    st.lists(st.tuples(st.sampled_from((" ", " > ", " + ", " ~ ")), _PARTS), max_size=3),
    st.sampled_from(("", "", "::text", "::attr(class)")),
).map(lambda css: css[0] + "".join(map("".join, css[1])) + css[2])


@given(st.lists(_node, max_size=6), st.lists(_CSS, min_size=1, max_size=2))
def test_they_select_what_libxml2_does(nodes: list[str], selectors: list[str]) -> None:
    tree = html.document_fromstring(f"<html><body>{'<!-- x -->'.join(nodes)}x</body></html>")
    css = ", ".join(selectors)
    expected = etree.XPath(HTMLTranslator().css_to_xpath(css))(tree)
    assert select(css, tree) == expected


_HEADERS = (
    "<p class=by><b>{0}</b> <i>{1} March 2020</i> guest</p>",
    "<b>{0}</b><br>Guest<br>Posts: 17<p>",
    "<b>{0}</b> wrote on {1} March 2020:<p>",
    "<table><tr><td><b>{0}</b><br>Guest<td>{1} March 2020</table>",
    "<h4>{1} March 2020, <b>{0}</b></h4>",
)
_words = st.lists(st.sampled_from(("it", "clicks", "at", "night", "often")), min_size=1, max_size=9)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(_HEADERS), st.lists(_words, min_size=1, max_size=5), st.booleans(),
    st.sampled_from(({}, {"author": "b"}, {"author": "b", "text": ".none"})),
)  # fmt: skip
def test_texts_are_whole_and_have_no_name_of_their_writer(
    header: str, texts: list[list[str]], other: bool, more: dict[str, str]
) -> None:
    markup = "".join(
        f"<div class=a>{header.format(f'zoe{n}', n)}<p>{' '.join(words)}.</p></div>"
        for n, words in enumerate(texts, 1)
    )
    page, site = open_page(markup), replace(SITE, selectors={"post": ".a", **more})
    (read,) = overlay(read_thread(page, site) if other else (), page, site)
    written = [read.question, *(answer.text for answer in read.answers)]
    assert len(written) == len(texts)
    for text, words in zip(written, texts, strict=True):
        assert text.endswith(" ".join(words) + ".")
        assert "zoe" not in text


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("selectors", [{}, {"text": "p"}])
def test_time_grows_as_the_page_does(kind: str, selectors: dict[str, str]) -> None:
    site = replace(SITE, selectors={"post": "div", "author": "a", "answered_on": "i", **selectors})

    def seconds(size: int) -> float:
        page = open_page(f"<html><body><h1>Why?</h1>{HOSTILE[kind](size)}</body></html>")
        base = read_thread(page, site)
        started = time.process_time()
        overlay(base, page, site)
        return time.process_time() - started

    small, large = seconds(8_000), seconds(64_000)
    assert large < 2 or large < 24 * small, f"{small:.2f} s, then {large:.2f} s for eight times"
