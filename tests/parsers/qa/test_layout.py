"""Which labels belong together, what ends a block, and who answered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parsers.page.document import read_html
from parsers.page.lines import Line
from parsers.qa.labels import LABEL_TESTS, Mark
from parsers.qa.layout import Label, Page, pair_labels, signature
from parsers.words.vocabulary import ANSWER, QUESTION, RESPONSE
from tests.parsers.qa.words import NETWELLNESS

_LABELS = st.lists(
    st.tuples(
        st.sampled_from((QUESTION, ANSWER)), st.integers(1, 4), st.sampled_from(("line", "lead"))
    ),
    max_size=7,
)
_PROSE = "It is as well to rest for some days and to drink a lot, as many people have found. " * 2


def page(*texts: str) -> Page:
    return Page([Line(text) for text in texts], NETWELLNESS)


def html_page(html: str) -> Page:
    return Page(read_html(html, LABEL_TESTS).lines, NETWELLNESS)


def worth(question: Label, answer: Label) -> tuple[bool, int, int, int]:
    """What one pair has before another, by the definition: alike, strong, early."""
    weakest = min(question[1].strength, answer[1].strength)
    return (question[1].how != answer[1].how, -weakest, question[0], answer[0])


@given(_LABELS)
def test_the_best_pair_of_all_is_found(made: list[tuple[str, int, str]]) -> None:
    placed = [(n, Mark(kind, strength, how)) for n, (kind, strength, how) in enumerate(made)]
    questions = [label for label in placed if label[1].kind == QUESTION]
    answers = [label for label in placed if label[1].kind == ANSWER]
    pairs = [
        (question, answer)
        for question in questions
        for answer in answers
        if question[0] < answer[0]
        if question[1].how == answer[1].how or worth(question, answer)[1] < -1
    ]
    if pairs:
        assert pair_labels(questions, answers) == min(pairs, key=lambda pair: worth(*pair))


def test_an_answer_above_the_question_is_a_decoy() -> None:
    answer, question = (3, Mark(ANSWER, 4, "line")), (9, Mark(QUESTION, 4, "line"))
    assert pair_labels([question], [answer]) == (question, None)
    assert pair_labels([], [answer]) == (None, answer)


def test_response_above_a_name_is_the_responders_label() -> None:
    layout = page("Response", "Jane Roe, MD", "Professor of Medicine")
    assert [mark and mark.kind for mark in layout.marks] == [RESPONSE, None, None]
    assert [person.name for person in layout.people[0].responders] == ["Jane Roe"]


def test_the_label_of_a_field_is_none() -> None:
    assert html_page("<p>Question:</p><textarea></textarea>").marks == [None, None]


def test_people_end_with_their_box_unless_another_begins_the_next() -> None:
    layout = html_page(
        "<div><p>Response by:</p><p>Jane Roe, MD<br>Professor of Medicine</p></div>"
        "<div>John Poe, RN</div><div>College of Magic</div>"
    )
    assert [person.name for person in layout.people[0].responders] == ["Jane Roe", "John Poe"]
    assert layout.people[0].end == 4


def test_dates_and_people_are_frame() -> None:
    layout = page("Colds", "Published:", "May 4, 2003", "Rest.", "Response by:", "Jane Roe, MD")
    assert layout.frame == {1, 2, 4, 5}


def test_further_information_leads_to_a_topic_or_no_prose_follows() -> None:
    topic = "Go to the Cold health topic, where you can:"
    assert page("Answer", "For more information", topic).more_start(0) == (1, False)
    assert page("For more information:", _PROSE, topic).more_start(0) == (2, False)
    assert page("For more information:", "Cold facts").more_start(0) == (0, False)
    assert page("For more information:", _PROSE).more_start(0) == (None, True)
    assert page("For more information:", "Copyright", _PROSE).more_start(0) == (0, False)


def test_a_signature_is_a_name_with_a_place_at_the_end() -> None:
    lines = [Line(text) for text in ("Rest.", "Jane Roe, MD", "University of Cincinnati")]
    count, (block,) = signature(lines, 9)
    assert (count, block.start, block.responders[0].name) == (1, 9, "Jane Roe")
    assert signature(lines[:2], 9) == (2, ())
