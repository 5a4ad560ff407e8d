"""Whole pages of NetWellness's layout: labels, titles and dates in odd places; in linear time."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from parsers import read
from parsers.records import Capture, QAPage, Reading

_MENU = "".join(f"<li><a href='/healthtopics/t{n}/'>Topic {n}</a></li>" for n in range(40))
_ASKED = "<p>I have had a cold for two weeks. Is that long?</p>"
_SAID = "<p>No, it is not. A cold may well last for three weeks.</p>"
_BY = "<p><b>Response by:</b></p><p>Jane Q Roe, MD<br>Professor of Medicine</p>"
_MORE = "<h3>For more information:</h3><ul><li><a href='/x.htm'>More</a></ul>"
_FOOT = f"<ul>{_MENU}</ul><p>Copyright</p></body></html>"
_BOXES = f"<div>{_ASKED}</div><div>{_SAID}</div>{_BY}"
_URL = "http://www.netwellness.org/question.cfm/7.htm"


def page(middle: str, *, head: str = "", title: str = "How long is a cold?") -> str:
    return (
        f"<html><head><title>{title}</title></head><body><ul>{_MENU}</ul>{head}"
        f"<h1>How long is a cold?</h1>{middle}{_FOOT}"
    )


def reading(html: str, url: str = _URL, status: int = 200) -> Reading:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    capture = Capture(url, now, html.encode(), "text/html; charset=utf-8", status, "live", "urn:x")
    return read(capture, outlinks=True)


def record(html: str) -> QAPage:
    page = next(iter(reading(html).pages), None)
    assert page is not None
    return page


def assert_read(page: QAPage) -> None:
    assert page.title == "How long is a cold?"
    assert page.question == "I have had a cold for two weeks. Is that long?"
    assert page.answer == "No, it is not. A cold may well last for three weeks."
    assert [person.name for person in page.responders] == ["Jane Q Roe"]


def test_a_page_without_labels() -> None:
    assert_read(record(page(_BOXES)))


def test_a_page_that_nobody_answered() -> None:
    notice = "<p>This question has not yet been answered.</p>"
    html = page(f"<h2>Question</h2>{_ASKED}<h2>Answer</h2>{notice}{_MORE}")
    assert record(html).status == "unanswered"


@pytest.mark.parametrize("word", ["Response to colds", "For more on colds", "Question of colds"])
def test_the_title_of_a_page_is_no_label(word: str) -> None:
    assert_read(record(page(_BOXES, title=word)))


@pytest.mark.parametrize("title", ["Colds | NetWellness", "", "NetWellness", "a | " * 200_000])
def test_a_title_that_no_heading_repeats(title: str) -> None:
    assert_read(record(page(_BOXES, title=title)))


@pytest.mark.parametrize("head", ["", "<i " + "x=1 " * 6000 + "></i>"])
def test_a_date_above_the_title(head: str) -> None:
    date = "<b>Published: May 4, 2003</b><br>"
    assert str(record(page(_BOXES, head=head + date)).answered_on) == "2003-05-04"


@pytest.mark.parametrize("label", ["<img alt=Answer src=a>", "<INPUT type=image SRC=answer.gif>"])
def test_labels_may_be_images(label: str) -> None:
    assert_read(
        record(page(f"<p><img src='/i/question.gif'></p>{_ASKED}<p>{label}</p>{_SAID}{_BY}"))
    )


def test_what_is_not_a_question_page_gives_its_links() -> None:
    for url, status in (("http://www.netwellness.org/healthtopics/", 200), (_URL, 404)):
        answer = reading(page(_BOXES), url, status)
        assert (answer.pages, answer.error, answer.gone) == ((), None, status == 404)
        assert len(answer.outlinks) == 80


def test_a_saved_page_is_read_by_the_address_that_it_gives_for_itself() -> None:
    html = page(_BOXES).replace("<head>", f"<head><link rel=canonical href={_URL}>")
    answer = reading(html, "file:///pages/saved.htm")
    (record,) = answer.pages
    assert record.source_id == "7"


_REPEATED = (
    "<table><tr><td>", "<div>x", "<a><table><b>", "<a href=x>", "<b>x", "<b></i>", "<ul><li>x",
    "<title>", "<title>a | ", "<img alt=answer>", "<!-- ", "<!---->", "<script ", "&nbsp;",
    "<p>Question:</p><p>Answer:</p>", "<div><p>Response by: Jane Roe, MD</p>",
    "<p>Jane Roe, MD</p>",
    "<p>Response by:</p><p>Jane Roe, MD</p><p>Answer:</p><p>So.</p>", "<p>May 4, 2003</p>",
    "<p>For more information:</p>", "<p>Go to the Cold health topic, where you can:</p>",
    "<tr><td>a<td>b", "<p>Response by: A. B. B.</p>", " A. B.", ", MD", "- ", "! ", "(", "\t\n",
)  # fmt: skip


def test_no_page_takes_time_that_grows_with_the_square_of_its_size() -> None:
    """Each of these would take many minutes then; a process of its own can be ended."""
    code = (
        "import sys; from tests.parsers.test_netwellness import _BY, _REPEATED, page, reading\n"
        "for piece in _REPEATED:\n"
        "    print(repr(piece), flush=True)\n"
        "    many = piece * (100_000 // len(piece))\n"
        "    for html in (many, page(_BY + many), page(many, title=many), page(_BY, head=many)):\n"
        "        reading(html)\n"
    )
    subprocess.run([sys.executable, "-c", code], timeout=240, check=True)
