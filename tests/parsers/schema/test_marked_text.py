"""Texts as markup gives them."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.schema.marked_text import is_cut, plain_text, without_cut


@pytest.mark.parametrize(("marked", "plain"), [
    ("plain", "plain"),
    ("one\r\n\r\ntwo\n  three\n \n\n four", "one\n\ntwo\nthree\n\nfour"),
    ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
    ("&lt;p&gt;one &amp;amp; two&lt;/p&gt;", "one & two"),
    ("&amp;lt;p&amp;gt;one&amp;lt;/p&amp;gt;", "one"),
    ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
    ("it&#39;s 5 &lt; 6", "it's 5 < 6"),
    ("pressure <140 and >90", "pressure <140 and >90"),
    ("<p>cut in a tag <a href='x", "cut in a tag"),
    ("<p></p>", ""),
    ("", ""),
])  # fmt: skip
def test_markup_is_undone(marked: str, plain: str) -> None:
    assert plain_text(marked) == plain


@pytest.mark.parametrize("dots", ["…", "...", " [...]", " […]", "....", " (more)", "… "])
def test_dots_say_that_a_text_goes_on(dots: str) -> None:
    assert is_cut("The knee clicks" + dots)
    assert without_cut("The knee clicks" + dots).rstrip() == "The knee clicks"


@given(st.text())
def test_nothing_makes_it_fail(text: str) -> None:
    plain_text(text)
    assert not is_cut(without_cut(text)) or is_cut(text)


@pytest.mark.parametrize("piece", ["<p ", "&lt;p ", "&amp;", "<", "\n \n", "...", "[", "<b>"])
def test_time_is_linear(piece: str) -> None:
    text = piece * (300_000 // len(piece))
    begun = process_time()
    plain_text(text)
    is_cut(text)
    assert process_time() - begun < 3
