"""The pure helpers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.db.rules import slug
from publish.data import texts, urls
from publish.data.records import strings


@given(st.text())
def test_highlighting_lets_no_markup_through(value: str) -> None:
    shown = str(texts.highlighted(value)).replace("<mark>", "").replace("</mark>", "")
    assert "<" not in shown
    assert ">" not in shown


@given(st.text(alphabet="\x02\x03<a&"))
def test_marks_are_balanced_whatever_the_page_holds(value: str) -> None:
    shown = str(texts.highlighted(value))
    assert shown.count("<mark>") == shown.count("</mark>")


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("http://a.example/x?y=1", True),
        ("HTTPS://a.example/", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt://a.example/%0aalert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example/", False),
        ("http:///path", False),
        ("http://[bad", False),
        ("http://a.example/\x00", False),
        ("mailto:a@b.example", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, safe: bool) -> None:
    assert (texts.safe_href(url) is not None) is safe


def test_blocks_and_lines() -> None:
    assert texts.blocks("a\n\nb\nc\n\n\nd") == [["a"], ["b", "c"], ["d"]]
    assert texts.blocks("") == []


def test_excerpt_is_one_line_cut_at_a_word() -> None:
    assert texts.excerpt("a  b\nc") == "a b c"
    cut = texts.excerpt("word " * 100, 50)
    assert len(cut) <= 51
    assert cut.endswith("word…")


def test_times_and_numbers() -> None:
    assert texts.day("2004-05-17") == "17 May 2004"
    assert texts.moment("2026-03-02T09:30:00.000000Z") == "2 March 2026, 09:30 UTC"
    assert texts.day("once") == "once"
    assert texts.day(None) == ""
    assert texts.number(1234567) == "1,234,567"
    assert texts.plural(1, "row") == "1 row"
    assert texts.plural(2, "row") == "2 rows"
    assert [texts.share(part, 200) for part in (0, 1, 100, 200)] == [0, 1, 50, 100]


def test_own_addresses() -> None:
    assert urls.question_path("a.example", "1/2?") == "/q/a.example/1%2F2%3F"
    assert urls.own_page("/q/netwellness/101")
    assert not urls.own_page("//evil.example/x")
    assert not urls.own_page("/q/netwellness/101 x")
    assert not urls.own_page(7)
    assert slug("José R Villanueva, Jr") == "jose-r-villanueva-jr"


def test_a_column_of_json_strings_is_read_whatever_it_holds() -> None:
    assert strings('["a", "b"]') == ["a", "b"]
    assert strings("not json") == ["not json"]
    assert strings('{"a": 1}') == ["{'a': 1}"]
    assert strings(None) == []
