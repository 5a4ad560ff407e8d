"""Archived texts as HTML: structure where a reader keeps it, and never a text's own markup."""

from __future__ import annotations

import html
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.data.prose import prose

THREAD = "thread@3"
TAGS = {"p", "br", "ul", "ol", "li", "blockquote", "pre", "code", "table", "tbody", "tr", "td"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One.\n\nTwo,\nand three.", "<p>One.</p>\n<p>Two,<br>and three.</p>"),
        ("Try:\n- tea\n- rest", "<p>Try:</p>\n<ul><li>tea</li><li>rest</li></ul>"),
        ("- tea\n\n- rest", "<ul><li>tea</li><li>rest</li></ul>"),
        ("1. rise\n2. walk", "<ol><li>rise</li><li>walk</li></ol>"),
        ("3. rise", '<ol start="3"><li>rise</li></ol>'),
        (
            "> You said:\n> > so\n\nNo.",
            "<blockquote><p>You said:</p>\n<blockquote><p>so</p></blockquote></blockquote>\n"
            "<p>No.</p>",
        ),
        ("    a = 1\n\n      b", "<pre><code>a = 1\n\n  b</code></pre>"),
        (
            "dose | day\n5 mg | 1",
            "<table><tbody><tr><td>dose</td><td>day</td></tr>"
            "<tr><td>5 mg</td><td>1</td></tr></tbody></table>",
        ),
        ("Home | News", "<p>Home | News</p>"),
        (">:( no quote", "<p>&gt;:( no quote</p>"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_threads_text_has_its_structure(text: str, shown: str) -> None:
    assert prose(text, THREAD) == shown


def test_a_plain_text_has_paragraphs_alone() -> None:
    text = "- tea\n- rest\n\n> so | so\n    code"
    shown = "<p>- tea<br>- rest</p>\n<p>&gt; so | so<br>    code</p>"
    assert prose(text, "labelled@1") == prose(text, "labelled@1") == prose(text) == shown


@given(st.text(st.sampled_from("> -1. |\n\tab<&\"'\x00é")), st.sampled_from([THREAD, "labelled@1"]))
def test_no_text_becomes_markup_or_loses_a_word(text: str, parser: str) -> None:
    shown = str(prose(text, parser))
    assert set(re.findall(r"</?([a-z]+)", shown)) <= TAGS
    visible = html.unescape(re.sub(r"<[^>]+>", " ", shown))
    assert re.findall(r"[abé]+", visible) == re.findall(r"[abé]+", text)


@pytest.mark.parametrize(
    "line", ["> " * 50_000, "> a\n" * 25_000, "- \n\n" * 25_000, " | " * 33_000, "1. " * 33_000]
)
def test_a_hostile_text_takes_no_longer_than_another(line: str) -> None:
    started = time.perf_counter()
    prose(line, THREAD)
    assert time.perf_counter() - started < 2
