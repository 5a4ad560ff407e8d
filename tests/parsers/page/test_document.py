"""HTML to lines: what is shown, how it stands, and the same by another parser's tree."""

from __future__ import annotations

import time

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from bench.parse import feed_soup
from parsers.page.document import read_html
from parsers.page.line_reader import LineReader
from parsers.page.lines import Anchor, Document, Line
from parsers.qa.labels import LABEL_TESTS
from sample import Site

pytestmark = pytest.mark.filterwarnings("ignore::bs4.XMLParsedAsHTMLWarning")
SITE = Site(pages=40, seed=5, slow=0.0, big=0.0)
_TAGS = st.sampled_from(
    ["p", "b", "a href=x", "font color=red", "span class=q", "table", "tr", "td", "ul", "li", "h2",
     "div", "pre", "i", "textarea", "div hidden", "p style='display:none'"]
)  # fmt: skip
_ALONE = st.sampled_from(
    ["<br>", "<img alt=Answer src=a.gif>", "<hr>", "<input>", "x ", " y\n", "1", "&nbsp;"]
)
_PIECES = st.recursive(
    _ALONE,
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag.split()[0]}>",
        _TAGS,
        st.lists(inner, max_size=4),
    ),
    max_leaves=25,
)


def lines(html: str) -> list[Line]:
    return list(read_html(html, LABEL_TESTS).lines)


def texts(html: str) -> list[str]:
    return [line.text for line in lines(html)]


def by_soup(html: str) -> Document:
    """The same reader, told of the tree that BeautifulSoup makes of lxml's events."""
    reader = LineReader(LABEL_TESTS)
    feed_soup(BeautifulSoup(html, "lxml", multi_valued_attributes=None), reader)
    return reader.document()


@pytest.mark.parametrize("place", list(SITE.urls()))
def test_pages_of_every_era_by_two_parsers(place: str) -> None:
    _, headers, body = SITE.response(place)
    charset = headers.get("Content-Type", "").partition("charset=")[2] or "cp1252"
    html = body.decode(charset, "replace").replace("</html>", "").replace("</body>", "")
    assert read_html(html, LABEL_TESTS) == by_soup(html)


@given(st.lists(_PIECES, max_size=6))
def test_any_page_by_two_parsers(pieces: list[str]) -> None:
    html = f"<html><body>{''.join(pieces)}"
    assert read_html(html, LABEL_TESTS) == by_soup(html)


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>x</script>", "<SCRIPT>a('</p>')</SCRIPT >", "<style>x{}</style>", "<!-- x -->",
        "<noscript><p>x</noscript>", "<p hidden>x</p>", "<p HIDDEN=1>x<b>y</b></p>",
        "<div style='Display : NONE'>x<p>y</p></div>", "<span style='visibility:hidden'>x</span>",
        "<select><option>x</select>", "<textarea><p>x</p></textarea>", "<title>x</title>",
        "<svg><title>x</title></svg>", "<iframe><p>x</p></iframe>", "<button>x</button>",
    ],
)  # fmt: skip
def test_what_is_not_shown_is_no_text(hidden: str) -> None:
    assert "".join(texts(f"<p>one</p>{hidden}<p>two</p>")) == "onetwo"


def test_links_are_noted_even_where_they_are_not_shown() -> None:
    html = "<base href=/b/><div hidden><a href=1>x</a></div><a href='2&amp;3'>y</a><a name=z>z</a>"
    page = read_html(html, LABEL_TESTS)
    assert (page.outlinks, page.base) == (("1", "2&3"), "/b/")
    without = read_html(html, LABEL_TESTS, lines=False)
    assert (without.outlinks, without.base, without.lines) == (page.outlinks, page.base, [])


@pytest.mark.parametrize(
    "html",
    ["<link rel=canonical href=' /q '><meta property=og:url content=/z>",
     "<meta property=og:url content=/q><link rel=canonical href=/z>"],
)  # fmt: skip
def test_the_first_address_that_a_page_gives_for_itself_counts(html: str) -> None:
    assert read_html(f"<html><head>{html}</head>", LABEL_TESTS).own_url == "/q"


def test_the_first_title_counts() -> None:
    html = "<title>\n One &amp; <b>two</b></title><body><svg><title>x</title></svg>"
    assert read_html(html, LABEL_TESTS).title == "One & <b>two</b>"


def test_gaps_tell_paragraphs_from_lines() -> None:
    html = "<p>a<br>b<br><br>c</p>d<ul><li>e<li>f</ul>g"
    assert [(line.text, line.gap) for line in lines(html)] == [
        ("a", 1), ("b", 0), ("c", 1), ("d", 1), ("e", 1), ("f", 0), ("g", 1)
    ]  # fmt: skip


def test_a_table_of_data_is_rows_and_a_table_of_layout_is_blocks() -> None:
    data = lines("<table><tr><th>Day<th>Dose<tr><td>1<td><b>2</b> mg<tr><td>2<td></table>")
    assert [(line.text, line.cells) for line in data] == [
        ("Day Dose", ("Day", "Dose")), ("1 2 mg", ("1", "2 mg")), ("2", ("2", ""))
    ]  # fmt: skip
    row = "<tr><td>short<td>" + "long " * 20
    for layout in (row * 2, "<tr><td>Question:<td>x<tr><td>Answer:<td>y", "<tr><td>a<tr><td>b"):
        assert all(not line.cells for line in lines(f"<table>{layout}</table>"))


def test_a_table_around_a_table_is_layout() -> None:
    inner = "<table><tr><td>1<td>2<tr><td>3<td>4</table>"
    html = f"<table><tr><td>a<td>b<tr><td>c<td>{inner}</table>"
    assert [line.cells for line in lines(html)] == [(), (), (), ("1", "2"), ("3", "4")]


def test_boxes_hold_the_lines_inside_them() -> None:
    outer, inner, after = lines("<div>a<div>b</div></div><div>c</div>")
    assert outer.box is not None
    assert after.box is not None
    assert [outer.box.holds(line) for line in (outer, inner, after)] == [True, True, False]
    assert inner.box is not None
    assert inner.box.parent == outer.box


def test_how_a_line_looks() -> None:
    html = "<h2>a</h2><p><b>b:</b> c</p><p><i><font size=+1>d</font></i></p>e<hr>f"
    assert [(x.level, x.bold, x.style, x.leads, x.rule) for x in lines(html)] == [
        (2, True, "", (), False), (0, False, "?", ("b:",), False),
        (0, True, "bib:", (), False), (0, False, "", (), False), (0, False, "", (), True),
    ]  # fmt: skip


def test_a_place_to_write_in_is_a_field() -> None:
    assert [line.field for line in lines("<p>Question:</p><textarea></textarea>")] == [False, True]


def test_a_label_that_is_drawn_stands_on_a_line_of_its_own() -> None:
    html = "<p><img src=x.gif>a <img alt=Answer src=b.gif> c</p>"
    assert [(line.text, len(line.images)) for line in lines(html)] == [("a", 1), ("", 1), ("c", 0)]


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>a</p></body></html><p>b<p>c", ["a", "b", "c"]),
        ("<div><b>a</div>b</b></i>c", ["a", "b", "c"]),
        ("<td>a<td>b", ["a", "b"]),
        ("a</p></td>b<!-- c", ["a", "b"]),
        ("<p>a < b &amp c&nbsp;&bogus; &#150;", ["a < b & c\xa0&bogus; –"]),
        ("<a href=1>a<a href=2>b", ["ab"]),
        ("a\0b", ["ab"]),
        ("", []),
        ("<!doctype html>", []),
    ],
)
def test_broken_markup(html: str, shown: list[str]) -> None:
    joined = [line.replace(" ", "") for line in texts(html)]
    assert "".join(joined) == "".join(shown).replace(" ", "")


def test_links_of_a_line() -> None:
    (line,) = lines("<p>See <a href=/x>the <b>page</b></a>, or <a href=''>this</a></p>")
    assert line.links == (Anchor("the page", "/x"),)
    assert line.linked_share() == 8 / len("See the page, or this")


def test_a_page_that_is_too_deep_for_lxml_is_read_all_the_same() -> None:
    html = "<b>" * 30_000 + "<p>a</p><div hidden>b</div>" + "</i>" * 30_000 + "<p>c</p>"
    assert texts(html) == ["a", "c"]


def test_time_does_not_grow_with_the_square_of_the_depth() -> None:
    """Three times the depth takes three times as long; it was nine, where BeautifulSoup read it,
    or html.parser came upon tags without an end."""

    def seconds(page: str) -> float:
        started = time.process_time()
        assert read_html(page, LABEL_TESTS).lines
        return time.process_time() - started

    for unit in (
        "<div class=post><b>Ann</b> 1 Jan <p>text of it all</p>",
        '<div><a b="',
        "<div><!--",
        "<div><!--</div>--></b>",
    ):
        many = seconds("x" + "<div>" * 50_001 + unit * 18_000)
        assert many < 5 * seconds("x" + "<div>" * 50_001 + unit * 6_000) + 0.5


def test_what_is_too_deep_is_read_as_if_it_stood_beside() -> None:
    page = "<div>" * 60_000 + "<p>a <b>b</b> <a href=/x>c</a></p><script>d</script><p>e</p>"
    document = read_html(page + "</div>" * 60_000 + "<p>f</p>", LABEL_TESTS)
    assert [line.text.split() for line in document.lines] == [["a", "b", "c"], ["e"], ["f"]]
    assert document.outlinks == ("/x",)
