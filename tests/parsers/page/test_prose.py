"""The text of a part of a page: paragraphs, lines, lists, quotes, code, tables."""

from __future__ import annotations

import pytest
from lxml import html

from parsers.page.prose import prose


def text(markup: str) -> str:
    return prose([html.fromstring(f"<div>{markup}</div>")])


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One\n line.</p><p>Two <b>lines</b>.</p>", "One line.\n\nTwo lines."),
        ("One<br>two<br><br>three", "One\ntwo\n\nthree"),
        ("<ul><li>One<li>two</ul>", "- One\n- two"),
        ("<ol><li>One<li>two</ol>after", "1. One\n2. two\n\nafter"),
        ("<ul><li>One<ul><li>within</ul><li>two</ul>", "- One\n  - within\n- two"),
        ("<blockquote><p>One<p>two</blockquote>three", "> One\n>\n> two\n\nthree"),
        ("<blockquote>a</blockquote><blockquote>b</blockquote>", "> a\n\n> b"),
        ("<blockquote><cite>Jo:</cite>One <cite>Two</cite></blockquote>", "> Jo:\n>\n> One Two"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        ("<pre>if x:\n    y()\n\nz()</pre>", "    if x:\n        y()\n\n    z()"),
        ("<table><tr><td>1<td>2<tr><td>3<br>x<td>4</table>", "1 | 2\n3 x | 4"),
        ("<table><tr><td><p>A post.</td></tr></table>", "A post."),
        ("a<script>b</script><!-- c -->d<p hidden>e", "ad"),
        ("a<hr>b", "a\n\nb"),
    ],
)
def test_structure(markup: str, expected: str) -> None:
    assert text(markup) == expected


def test_what_is_left_out_leaves_what_follows_it() -> None:
    root = html.fromstring("<div>One <a href=x>Reply</a> two</div>")
    assert prose([root], left_out=[root[0]]) == "One two"


def test_quotes_that_no_tag_marks() -> None:
    root = html.fromstring("<div><div class=q>One</div>two</div>")
    assert prose([root], quotes=[root[0]]) == "> One\n\ntwo"


def test_a_post_in_an_item_a_quote_or_preformatted_text_is_none_of_these() -> None:
    for tag in ("li", "blockquote", "pre"):
        root = html.fromstring(f"<div><{tag}>One</{tag}></div>")
        assert prose([root[0]], plain=[root[0]]) == "One"


def test_elements_side_by_side_with_the_texts_between_them() -> None:
    root = html.fromstring("<div><h4>Jane</h4>One <b>two</b> three<hr>four</div>")
    assert prose(list(root)[1:3], tails=True) == "two three\n\nfour"
