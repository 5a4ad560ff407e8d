"""What must hold for every page, however it was made or damaged.

Text is compared without white space: a line of a record must stand in the page's text as it
is, and the lines must stand there in the record's order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given
from hypothesis import strategies as st

from parsers import as_json, from_json, read
from parsers.page.charset import decode
from parsers.records import Capture, QAPage
from tests.parsers.test_golden import CASES, capture_of

CAPTURES = [capture_of(case) for case in CASES]
_INVISIBLE = ["script", "style", "noscript", "template", "textarea", "title"]


def squeezed(text: str) -> str:
    """Text without white space."""
    return re.sub(r"\s+", "", text)


def visible(capture: Capture) -> str:
    """All text of a page, found in another way than the parser's."""
    text = decode(capture.body, capture.content_type).text.replace("\0", "")
    if "<" not in text:
        return squeezed(text)
    soup = BeautifulSoup(re.sub(r"</(?:html|body)\s*>", "", text, flags=re.I), "lxml")
    for tag in soup(_INVISIBLE):
        tag.decompose()
    return squeezed(soup.get_text(""))


def assert_nothing_invented(capture: Capture, page: QAPage) -> None:
    """Every line of question and answer stands in the page, in order."""
    text = visible(capture)
    place = 0
    for line in f"{page.question}\n{page.answer}".split("\n"):
        wanted = squeezed(line)
        found = text.find(wanted, place)
        assert found >= 0, line
        place = found + len(wanted)


@st.composite
def mangled(draw: st.DrawFn) -> Capture:
    """A golden page after some accidents."""
    capture = draw(st.sampled_from(CAPTURES))
    body = capture.body
    for _ in range(draw(st.integers(1, 4))):
        if not body:
            break
        start = draw(st.integers(0, len(body) - 1))
        end = draw(st.integers(start, min(len(body), start + 400)))
        accident = draw(st.sampled_from(("cut", "drop", "repeat", "insert", "upper", "unclose")))
        piece = body[start:end]
        if accident == "cut":
            body = body[:start]
        elif accident == "drop":
            body = body[:start] + body[end:]
        elif accident == "repeat":
            body = body[:end] + piece + body[end:]
        elif accident == "insert":
            body = body[:start] + draw(st.binary(max_size=40)) + body[start:]
        elif accident == "upper":
            body = body[:start] + piece.upper() + body[end:]
        else:
            body = body[:start] + re.sub(rb"</\w+>", b"", piece) + body[end:]
    return replace(capture, body=body)


@given(mangled())
def test_mangled_pages_give_a_record_or_a_parse_error(capture: Capture) -> None:
    reading = read(capture, outlinks=True)
    assert reading.error is None or reading.error.field != "parser", reading.error
    for page in reading.pages:
        assert from_json(as_json(page)) == page
        assert page.title.strip()
        assert page.question.strip()
        assert bool(page.answer) == (page.status == "answered")
        assert 0 <= page.confidence <= 1
        assert page.confidence == 1 or page.warnings


@given(st.binary(max_size=300), st.sampled_from(["", "text/html", "text/plain; charset=utf-16"]))
@example(b"\xff\xfe<", "text/html")
@example(b"<?xml version='1.0' encoding='zip'?><p>", "text/html; charset=unicode_escape")
def test_any_bytes_are_read_without_a_bug(body: bytes, content_type: str) -> None:
    reading = read(replace(CAPTURES[0], body=body, content_type=content_type))
    assert reading.error is None or reading.error.field != "parser", reading.error


@pytest.mark.parametrize("capture", CAPTURES, ids=[case.name for case in CASES])
def test_nothing_is_invented_in_golden_pages(capture: Capture) -> None:
    page = next(iter(read(capture).pages), None)
    if page is not None:
        assert_nothing_invented(capture, page)


@given(mangled())
def test_nothing_is_invented_in_mangled_pages(capture: Capture) -> None:
    page = next(iter(read(capture).pages), None)
    if page is not None and b"hidden" not in capture.body and b"none" not in capture.body:
        assert_nothing_invented(capture, page)


# Pages made from known texts ------------------------------------------------------------

_LETTERS = "abcdefghij&<>\"'`’é—;:,!()0123456789"
WORDS = st.text(_LETTERS, min_size=1, max_size=9).filter(lambda w: w.strip("();:,!—"))
PARAGRAPH = st.lists(WORDS, min_size=3, max_size=14).map(lambda ws: "So " + " ".join(ws) + ".")
BODY = st.lists(PARAGRAPH, min_size=1, max_size=4)
TITLE_WORDS = st.sampled_from(("red", "blue", "sore", "left", "old", "cold", "arm", "leg", "ear"))
TITLE = st.lists(TITLE_WORDS, min_size=2, max_size=5).map(lambda ws: " ".join(ws).capitalize())
_PERSON = "Jane Q Roe, MD", "Professor of Medicine", "College of Medicine", "University of X"
_MENU = "".join(f"<li><a href='/healthtopics/t{n}/'>Topic {n}</a></li>" for n in range(9))


def _tables(title: str, question: list[str], answer: list[str]) -> str:
    def text(body: list[str]) -> str:
        return "<P>".join(escape(p) for p in body)

    return (
        f"<HTML><TITLE>NetWellness: {escape(title)}</TITLE><BODY><TABLE><TR>"
        f"<TD><UL>{_MENU}</UL><TD><FONT SIZE=+1><B>{escape(title)}</B></FONT>"
        f"<P><B>Question:</B><P>{text(question)}"
        f"<P><B>Answer:</B><P>{text(answer)}"
        f"<P><B>Response by:</B><BR>{'<BR>'.join(_PERSON)}</TABLE>"
    )


def _divs(title: str, question: list[str], answer: list[str]) -> str:
    def text(body: list[str]) -> str:
        return "".join(f"<p>{escape(p)}</p>\n" for p in body)

    return (
        f"<html><title>{escape(title)} | NetWellness</title><body><ul>{_MENU}</ul><div>"
        f"<h1>{escape(title)}</h1><h3>Question</h3><div>{text(question)}</div>"
        f"<h3>Answer</h3><div>{text(answer)}</div>"
        f"<h3>Response by:</h3><p>{'<br>'.join(_PERSON)}</p></div></body></html>"
    )


def _printer(title: str, question: list[str], answer: list[str]) -> str:
    def text(body: list[str]) -> str:
        return "<br><br>".join(escape(p) for p in body)

    return (
        f"<html><title>Print</title><body><h2>{escape(title)}</h2>"
        f"<p><b>Question:</b> {text(question)}</p>"
        f"<p><b>Answer:</b> {text(answer)}</p>"
        f"<p><b>Response by:</b> {'<br>'.join(_PERSON)}</p>"
    )


def _text(title: str, question: list[str], answer: list[str]) -> str:
    return "\n\n\n".join(
        ("Home Topics", title, "\n\n".join(question), "\n\n".join(answer), "Response by:")
    ) + "\n\n" + "\n".join(_PERSON)  # fmt: skip


@pytest.mark.parametrize("era", [_tables, _divs, _printer, _text])
@given(title=TITLE, question=BODY, answer=BODY)
def test_no_text_is_lost(
    era: Callable[[str, list[str], list[str]], str],
    title: str,
    question: list[str],
    answer: list[str],
) -> None:
    capture = Capture(
        url="http://www.netwellness.org/question.cfm/1.htm",
        captured_at=datetime(2024, 1, 1, tzinfo=UTC),
        body=era(title, question, answer).encode(),
        content_type="text/plain" if era is _text else "text/html; charset=utf-8",
        status=200,
        source="file",
        record_id="",
    )
    reading = read(capture)
    assert reading.error is None, reading.error
    (page,) = reading.pages
    assert page.title == title
    assert page.question == "\n\n".join(question)
    assert page.answer == "\n\n".join(answer)
    assert [person.name for person in page.responders] == ["Jane Q Roe"]
