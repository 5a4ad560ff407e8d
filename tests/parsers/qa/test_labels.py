"""What could be a label, how strongly, and which words are notices."""

from __future__ import annotations

import pytest

from parsers.page.lines import Anchor, Image, Line
from parsers.qa import labels
from parsers.qa.labels import find_labels, image_label, is_footer, is_gone, is_unanswered
from parsers.words.vocabulary import ANSWER, MORE, QUESTION, RESPONSE, TITLE, TOPIC
from tests.parsers.qa.words import NETWELLNESS


@pytest.mark.parametrize(
    ("line", "kind", "strength", "rest"),
    [
        (Line("Question", level=2), QUESTION, labels.ALONE_STRONG, ""),
        (Line("Patient's Question #12:", style="b"), QUESTION, labels.ALONE_STRONG, ""),
        (Line("Our answer"), ANSWER, labels.ALONE, ""),
        (Line("Answer: Yes.", style="?", leads=("Answer:",)), ANSWER, labels.LEAD, "Yes."),
        (Line("Q: May I run?"), QUESTION, labels.LEAD_PLAIN, "May I run?"),
        (Line("Answer (May 4, 2003)"), ANSWER, labels.ALONE, ""),
        (Line("Answer", item=True), ANSWER, labels.WEAK, ""),
        (Line("Response by: Jane Roe, RN"), RESPONSE, labels.LEAD, "Jane Roe, RN"),
        (Line("For more information:"), MORE, labels.ALONE, ""),
        (Line("Subject: Colds"), TITLE, labels.LEAD_PLAIN, "Colds"),
        (Line("Health topic: Colds"), TOPIC, labels.LEAD_PLAIN, "Colds"),
        (Line("", images=(Image("Answer:", "a.gif"),)), ANSWER, labels.ALONE_STRONG, ""),
        (Line("", images=(Image("", "/i/hd_question.gif"),)), QUESTION, labels.ALONE, ""),
    ],
)
def test_labels(line: Line, kind: str, strength: int, rest: str) -> None:
    (mark,) = find_labels([line], [line.text[:2].lower()], NETWELLNESS)
    assert mark is not None
    assert (mark.kind, mark.strength, mark.rest) == (kind, strength, rest)


@pytest.mark.parametrize(
    "line",
    [
        Line("The answer is not simple."),
        Line("Questions are welcome"),
        Line("Answered prayers"),
        Line("A"),
        Line("Question: Can I run?", level=1),
        Line("Answers", links=(Anchor("Answers", "/a"),)),
        Line("Response by the immune system to a cold"),
        Line("", images=(Image("A photo of a clinic", "x.jpg"),)),
        Line(""),
    ],
)
def test_the_same_words_elsewhere_are_no_label(line: Line) -> None:
    assert find_labels([line], [line.text[:2].lower()], NETWELLNESS) == [None]


def test_an_image_is_known_by_its_alt_text_before_its_name() -> None:
    assert image_label("", "/i/ttl_answer_sm.gif?x=1") == ANSWER
    assert image_label("Portrait", "/i/answer.gif") is None


@pytest.mark.parametrize(
    "text", ["Not yet answered", "This question is awaiting an expert's reply.", "No answer yet."]
)
def test_notices_that_nobody_has_answered(text: str) -> None:
    assert is_unanswered(text, NETWELLNESS)
    assert not is_unanswered(text + " x" * 200, NETWELLNESS)


@pytest.mark.parametrize(
    "text", ["Page not found", "This question is no longer available.", "Gone"]
)
def test_notices_that_a_question_is_gone(text: str) -> None:
    assert is_gone(text, NETWELLNESS)
    assert not is_gone(text + " x" * 200, NETWELLNESS)


def test_what_stands_below_the_answer() -> None:
    assert is_footer(Line("Copyright 2003"), NETWELLNESS)
    assert not is_footer(Line("The right dose is one tablet."), NETWELLNESS)
