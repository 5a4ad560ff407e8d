"""Where title, question, answer and further links begin and end, and what is doubted."""

from __future__ import annotations

import pytest

from parsers.page.document import read_html
from parsers.page.lines import join
from parsers.qa.labels import LABEL_TESTS
from parsers.qa.layout import Page
from parsers.qa.sections import Sections, read_sections
from parsers.records import ParseError
from tests.parsers.qa.words import NETWELLNESS

_BY = "<p><b>Response by:</b></p><p>Jane Roe, MD</p>"


def sections(body: str, title: str = "") -> Sections:
    page = read_html(f"<title>{title}</title><body>{body}", LABEL_TESTS)
    return read_sections(Page(page.lines, NETWELLNESS, page.title), "http://x/")


def parts(read: Sections) -> tuple[str, str, str]:
    return read.title.text, join(read.question.lines), join(read.answer.lines)


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>Colds</h1><h2>Question</h2><p>May I run?</p><h2>Answer</h2><p>Yes, you may.</p>{_BY}",
        f"<h1>Colds</h1><p><b>Question:</b> May I run?</p><p><b>Answer:</b> Yes, you may.</p>{_BY}",
        f"<p><b>Colds</b></p><dl><dt>Question<dd>May I run?<dt>Answer<dd>Yes, you may.</dl>{_BY}",
        f"<h1>Colds</h1><img alt=Question>May I run?<img alt=Answer><p>Yes, you may.</p>{_BY}",
        f"<h1>Colds</h1><p>May I run?</p><h2>Answer</h2><p>Yes, you may.</p>{_BY}",
    ],
)
def test_labels_show_the_parts(body: str) -> None:
    read = sections(body)
    assert parts(read) == ("Colds", "May I run?", "Yes, you may.")
    assert read.doubts == ()


@pytest.mark.parametrize(
    ("between", "how"),
    [
        ("<p>May I run?</p><hr><p>Yes, you may.</p>", "a horizontal rule"),
        ("<div>May I run?</div><div>Yes, you may.</div>", "two boxes"),
        ("<p>May I run?</p><img src=/i/face.gif><p>Yes, you may.</p>", "a picture"),
        ("<p><i>May I run?</i></p><p>Yes, you may.</p>", "a change of type"),
        ("<p>May I run?</p><p>Yes, you may.</p>", "the only paragraph break"),
    ],
)
def test_without_labels_the_shape_of_the_page_shows_the_border(between: str, how: str) -> None:
    read = sections(f"<h1>Colds</h1>{between}{_BY}")
    assert parts(read) == ("Colds", "May I run?", "Yes, you may.")
    assert read.answer.how == how
    assert how in read.doubts[0].text


def test_further_links_end_the_answer() -> None:
    more = "<h2>For more information:</h2><p><a href=/x>X</a></p>"
    read = sections(
        f"<h1>Colds</h1><h2>Question</h2>May I run?<h2>Answer</h2>Yes, you may.{more}{_BY}"
    )
    assert parts(read) == ("Colds", "May I run?", "Yes, you may.")
    assert len(read.more) == 2


def test_several_people_have_an_answer_each() -> None:
    again = "<p><b>Answer:</b></p><p>So it is.</p><p><b>Response by:</b></p><p>John Poe, RN</p>"
    read = sections(
        "<h1>Colds</h1><p><b>Question:</b></p>May I run?"
        f"<p><b>Answer:</b></p><p>Yes, you may.</p>{_BY}{again}"
    )
    assert parts(read) == ("Colds", "May I run?", "Yes, you may.\n\nSo it is.")
    assert len(read.people) == 2
    assert read.doubts == ()


def test_nothing_that_ends_the_answer_is_doubted() -> None:
    read = sections("<h1>Colds</h1><h2>Question</h2>May I run?<h2>Answer</h2>Yes, you may.")
    assert [doubt.factor for doubt in read.doubts] == [0.9, 0.9]
    assert not read.people


def test_a_notice_is_no_answer() -> None:
    read = sections("<h1>Colds</h1><h2>Question</h2>May I run?<h2>Answer</h2>Not yet answered.")
    assert read.unanswered
    assert read.answer.lines == ()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (f"<h2>Question</h2>May I run?<h2>Answer</h2>Yes, you may.{_BY}", "title"),
        (f"<h1>Colds</h1><h2>Question</h2><h2>Answer</h2>Yes, you may.{_BY}", "question"),
        (f"<h1>Colds</h1><h2>Question</h2>May I run?<h2>Answer</h2>{_BY}", "answer"),
        (f"<h1>Colds</h1><p>Only one.</p>{_BY}", "answer"),
        ("<h1>Colds</h1><h2>Question</h2>May I run?", "answer"),
    ],
)
def test_what_is_missing_is_named(body: str, field: str) -> None:
    with pytest.raises(ParseError) as caught:
        sections(body)
    assert caught.value.field == field
