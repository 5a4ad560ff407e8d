"""lxml's tree and BeautifulSoup's of the same page give the same lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.page.document import root_of, soup
from parsers.page.html_lines import html_lines, tree_lines
from parsers.page.lines import Line
from sample import Site

SITE = Site(pages=40, seed=5, slow=0.0, big=0.0)
_TAGS = st.sampled_from(
    ["p", "b", "a href=x", "font color=red", "span class=q", "table", "tr", "td", "ul", "li", "h2",
     "div", "pre", "i", "textarea", "div hidden", "p style='display:none'"]
)  # fmt: skip
_ALONE = st.sampled_from(
    ["<br>", "<img alt=Answer src=a.gif>", "<hr>", "<input>", "x ", " y\n", "1"]
)
_PIECES = st.recursive(
    _ALONE,
    lambda inner: st.builds(
        lambda tag, some: f"<{tag}>{''.join(some)}</{tag.split()[0]}>",
        _TAGS,
        st.lists(inner, max_size=4),
    ),
    max_leaves=25,
)


def both(html: str) -> tuple[list[Line], list[Line]]:
    root = root_of(html.encode())
    return html_lines(soup(html)), [] if root is None else tree_lines(root)


@pytest.mark.parametrize("place", list(SITE.urls()))
def test_of_pages_of_every_era(place: str) -> None:
    _, headers, body = SITE.response(place)
    charset = headers.get("Content-Type", "").partition("charset=")[2] or "cp1252"
    soup_lines, lines = both(body.decode(charset, "replace"))
    assert lines == soup_lines


@given(st.lists(_PIECES, max_size=6))
def test_of_any_page(pieces: list[str]) -> None:
    soup_lines, lines = both(f"<html><body>{''.join(pieces)}</body></html>")
    assert lines == soup_lines
