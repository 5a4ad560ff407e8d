"""Differences give both texts back, say what changed, and take a bounded time."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.data import text_diff, version_diff
from publish.data.text_diff import Piece, difference

_WORDS = st.lists(st.sampled_from(["the", "pain", "of", " ", "\n", "\n\n", ".", "'", "é", "\x00"]))
_TEXTS = st.one_of(st.text(), _WORDS.map("".join), _WORDS.map(" ".join))


@given(_TEXTS, _TEXTS)
def test_a_difference_gives_both_texts_back(old: str, new: str) -> None:
    found = difference(old, new)
    assert found.old == old
    assert found.new == new
    assert found.changed == (old != new)
    assert all(piece.text for piece in found.pieces)
    kinds = [piece.kind for piece in found.pieces]
    assert all(a != b for a, b in pairwise(kinds))


@given(_TEXTS, _TEXTS, st.sampled_from(["words", "lines", "whole"]))
def test_so_does_a_coarse_one(old: str, new: str, by: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if by != "words":
            patch.setattr(text_diff, "MOST_CHARACTERS", -1)
        if by == "whole":
            patch.setattr(text_diff, "MOST_PAIRS", -1)
        found = difference(old, new)
    assert (found.old, found.new) == (old, new)
    assert old == new or found.by == by or by == "words"


def test_words_that_changed_are_told_apart() -> None:
    found = difference("Take two tablets daily.", "Take three tablets daily, with food.")
    assert found.pieces == (
        Piece("same", "Take "),
        Piece("removed", "two"),
        Piece("added", "three"),
        Piece("same", " tablets daily"),
        Piece("added", ", with food"),
        Piece("same", "."),
    )


def test_what_was_written_anew_is_not_cut_at_chance_agreements() -> None:
    found = difference(
        "Stay out of the sun, of course, and drink.\n\nSee a nurse.",
        "Nothing of this was ever shown, as far as we know.\n\nSee a nurse.",
    )
    assert [piece.kind for piece in found.pieces] == ["removed", "added", "same"]
    assert found.pieces[-1].text == ".\n\nSee a nurse."


@pytest.mark.parametrize(
    ("old", "new", "by"),
    [
        ("a b " * 70_000, "b a c " * 40_000, "lines"),
        ("x\n" * 600_000, "y\n" * 600_000, "whole"),
        ("one line of words\n" * 40_000, "a new line\n" + "one line of words\n" * 40_000, "lines"),
        ("word " * 3_000 + "old", "word " * 3_000 + "new", "words"),
        ("".join(map(chr, range(32, 20_000))), "".join(map(chr, range(20_000, 32, -1))), "any"),
        ("a" * 5_000_000, "a" * 5_000_001, "lines"),
        ("ab " * 7_000, "ba " * 7_000, "any"),
    ],
)
def test_hostile_texts_take_a_bounded_time(old: str, new: str, by: str) -> None:
    began = time.process_time()
    found = difference(old, new)
    took = time.process_time() - began
    assert (found.old, found.new) == (old, new)
    assert by in (found.by, "any")
    assert took < 3  # the slowest takes 0.1 s of CPU time; time without a bound, minutes


LINDQVIST = {
    "name": "Maria Lindqvist",
    "credentials": ["MD", "MPH"],
    "title": None,
    "college": None,
    "institution": "University of Cincinnati",
    "url": "http://example.org/m",
}


def one_answer(text: str, **changes: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "text": text,
        "author": None,
        "responders": [LINDQVIST],
        "answered_on": "2004-05-17",
        "accepted": False,
        "score": None,
        "url": None,
    }
    return {**plain, **changes}


def record(answer: str | None = None, **changes: object) -> dict[str, object]:
    """The record of a version, as the store writes it."""
    text = "One.\n\nTwo.\n\nThree.\n\nFour.\n\nFive.\n\nSix." if answer is None else answer
    plain: dict[str, object] = {
        "title": "Snoring",
        "question": "Why?",
        "asker": None,
        "asked_on": None,
        "answers": [one_answer(text)],
        "status": "answered",
        "topics": [{"name": "Sleep", "url": None}],
        "links": [{"text": "A guide", "url": "http://example.org/a"}],
        "language": "",
    }
    return {**plain, **changes}


def test_every_field_is_compared_and_named() -> None:
    old = record()
    new = record(
        title="Loud snoring", topics=[], links=[], status="unanswered", answers=[],
        question="Why not?",
    )  # fmt: skip
    found = {one.name: one for one in version_diff.compare_fields(old, new)}
    assert [one.changed for one in found.values()] == [True] * 8
    assert found["responders"].difference.old == (
        "Maria Lindqvist, MD, MPH, University of Cincinnati <http://example.org/m>"
    )
    assert found["links"].difference.old == "A guide <http://example.org/a>"
    labels = [version_diff.FIELDS[name] for name in found]
    assert version_diff.changed_labels(old, new) == labels
    assert not any(one.changed or one.blocks for one in version_diff.compare_fields(old, old))


def test_a_thread_is_compared_as_one_text() -> None:
    first = one_answer("Rest.", author=2, responders=[], score=4)
    reply = one_answer("Thank you.", author=1, responders=[], accepted=True, answered_on=None)
    old = record(answers=[first], asker=1)
    new = record(answers=[first, reply], asker=1)
    found = {one.name: one for one in version_diff.compare_fields(old, new)}
    assert "answer" not in found
    assert found["asker"].difference.new == "member 1"
    assert found["answers"].difference.old == "member 2 · 2004-05-17 · score 4\nRest."
    added = "".join(p.text for p in found["answers"].difference.pieces if p.kind == "added")
    assert added.strip() == "member 1 · accepted\nThank you."
    assert version_diff.changed_labels(old, new) == ["Answers"]


def test_lines_far_from_a_change_are_folded() -> None:
    new = record(answer="One.\n\nTwo.\n\nThree.\n\nFour.\n\nFive.\n\nSix or seven.")
    answer = version_diff.compare_fields(record(), new)[2]
    assert [block.folded for block in answer.blocks] == [True, False]
    assert [line.pieces[0].text for line in answer.blocks[0].lines] == [
        "One.", "Two.", "Three.", "Four.",
    ]  # fmt: skip
    assert answer.blocks[0].lines[0].gap
    assert [piece.text for piece in answer.blocks[1].lines[-1].pieces] == [
        "Six", " or seven", ".",
    ]  # fmt: skip


def test_a_line_break_that_went_is_shown_as_such() -> None:
    found = list(version_diff.lines(difference("One.\n\nTwo.", "One. Two.")))
    removed = [piece.text for line in found for piece in line.pieces if piece.kind == "removed"]
    assert removed == ["\n\n"]


@given(_TEXTS, _TEXTS)
def test_no_word_is_lost_between_a_difference_and_its_lines(old: str, new: str) -> None:
    shown = [piece for line in version_diff.lines(difference(old, new)) for piece in line.pieces]
    for kind, text in (("added", old), ("removed", new)):
        kept = "".join(piece.text for piece in shown if piece.kind != kind)
        assert kept.replace("\n", "") == text.replace("\n", "")


def test_more_lines_than_a_page_can_hold_are_not_shown() -> None:
    old = record(answer="")
    new = record(answer="\n".join(f"line {number}" for number in range(5_000)))
    answer = version_diff.compare_fields(old, new)[2]
    assert sum(len(block.lines) for block in answer.blocks) == version_diff.MOST_LINES
    assert answer.cut


def test_what_was_added_begins_where_a_paragraph_or_a_word_begins() -> None:
    assert difference("It costs.", "It costs.\n\nSee her.").pieces == (
        Piece("same", "It costs."),
        Piece("added", "\n\nSee her."),
    )
    assert difference("One two.", "One two and two.").pieces[1] == Piece("added", " and two")
    found = list(version_diff.lines(difference("One.", "One.\n\nTwo.\nThree.")))
    assert [[piece.text for piece in line.pieces] for line in found] == [
        ["One.", "\n\n"],
        ["Two.\n"],
        ["Three."],
    ]
    assert [line.gap for line in found] == [True, False, False]
