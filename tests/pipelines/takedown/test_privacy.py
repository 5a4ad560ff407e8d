"""What tells of a person is found, and what merely looks so is not. Texts are made up."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.takedown.privacy import IdentifierKind as Kind
from pipelines.takedown.privacy import PrivacyRank, finds

PERSON, PERHAPS, INSTITUTION = PrivacyRank.PERSON, PrivacyRank.PERHAPS, PrivacyRank.INSTITUTION

ASKED = [
    ("It hurts. Write to mary.smith@aol.com please", [(Kind.EMAIL, PERSON, "mary.smith@aol.com")]),
    ("I am at jane [at] example [dot] com", [(Kind.EMAIL, PERSON, "jane [at] example [dot] com")]),
    ("reach me: jane at hotmail dot com", [(Kind.EMAIL, PERSON, "jane at hotmail dot com")]),
    ("I asked info@uc.example.org", [(Kind.EMAIL, INSTITUTION, "info@uc.example.org")]),
    ("Call me at 513-221-4567 or (513) 221.4568!", [
        (Kind.PHONE, PERSON, "513-221-4567"), (Kind.PHONE, PERSON, "(513) 221.4568")]),
    ("The hotline 1-800-222-1222 was busy", [(Kind.PHONE, INSTITUTION, "1-800-222-1222")]),
    ("From London, +44 20 7946 0958", [(Kind.PHONE, PERSON, "+44 20 7946 0958")]),
    ("My number is 123-45-6789", [(Kind.SSN, PERSON, "123-45-6789")]),
    ("I live at 1234 North Maple Street in Ohio", [
        (Kind.ADDRESS, PERSON, "1234 North Maple Street")]),
    ("We live near Cincinnati, OH 45219", [(Kind.ADDRESS, PERSON, "Cincinnati, OH 45219")]),
    ("Dear Dr. Ollendorff,\nI cannot sleep.\n\nThanks, Mary", [
        (Kind.SIGNATURE, PERSON, "Mary"), (Kind.GREETING, PERHAPS, "Dr. Ollendorff")]),
    ("It hurts.\n\nSincerely,\nJohn Q. Smith", [(Kind.SIGNATURE, PERSON, "John Q. Smith")]),
    ("Is this so?\n\nJohn from Toledo", [(Kind.SIGNATURE, PERSON, "John")]),
    ("Please tell me. Thanks so much! Karen B.", [(Kind.SIGNATURE, PERSON, "Karen B.")]),
    ("What is it? Thank you, MARY", [(Kind.SIGNATURE, PERSON, "MARY")]),
    ("What can it be? --Anne-Marie", [(Kind.SIGNATURE, PERSON, "Anne-Marie")]),
    ("Hi, my name is Jennifer and I am 25.", [(Kind.NAME, PERSON, "Jennifer")]),
    ("my name`s Bob Stone, I smoke", [(Kind.NAME, PERSON, "Bob Stone")]),
    ("I'm Laura, a 34 year old nurse", [(Kind.NAME, PERHAPS, "Laura")]),
    ("My younger son Michael has a rash", [(Kind.NAME, PERHAPS, "Michael")]),
    ("We have a baby named Ruth", [(Kind.NAME, PERHAPS, "Ruth")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ASKED, ids=lambda value: str(value)[:40])
def test_what_tells_of_a_person_is_found(
    text: str, expected: list[tuple[Kind, PrivacyRank, str]]
) -> None:
    found = finds("", text, "")
    assert [(one.kind, one.rank, one.text) for one in found] == expected
    for one in found:
        assert text[one.offset : one.offset + len(one.text)] == one.text
        assert " ".join(one.text.split()) in one.snippet
        assert "\n" not in one.snippet


@pytest.mark.parametrize(
    "text",
    [
        "Dear Doctor,\nI have had a cough since May.\nThank you",
        "Dear Sir or Madam, is it harmful?",
        "Hello, I am Hispanic, and 30. I am Type 2, and tired.",
        "My pressure was 120/80 130/85 140/90, my sugar 1234567890 and 200 150 99 100.",
        "I took 300 mg of St. John's wort on 2004-05-06 at 10:00 and at 22:30.",
        "Help! Thanks, Confused",
        "What to do? -- Worried Mom",
        "Any ideas? Thanks for your help. I love Chocolate.",
        "My name is not important, my husband Has pain.",
        "The test was 0.0012345678 of 100000000 at 5 am.",
        "What of the ratio 3 at 5 dot product?",
        "He said so.\n\nThank you",
        "",
    ],
)
def test_what_merely_looks_so_is_not(text: str) -> None:
    assert finds("", text, "") == []


def test_in_answers_numbers_are_an_institutions_and_signatures_are_professional() -> None:
    answer = (
        "Dear Mary,\nCall (513) 584-1000 or write to office@uc.example.edu, 231 Albert Sabin "
        "Way, Cincinnati, OH 45267. You could also ask Dr. Jones.\n\nSincerely,\nAnn Lee"
    )
    found = [(one.kind, one.rank, one.text) for one in finds("", "", answer)]
    assert found == [
        (Kind.GREETING, PERSON, "Mary"),
        (Kind.PHONE, INSTITUTION, "(513) 584-1000"),
        (Kind.EMAIL, INSTITUTION, "office@uc.example.edu"),
        (Kind.ADDRESS, INSTITUTION, "Cincinnati, OH 45267"),
    ]
    assert finds("", "", "Dear Dr. Jones, thank you.") == []


def test_titles_are_looked_through_and_the_best_rank_comes_first() -> None:
    found = finds(
        "Reply to bob@example.com", "Dear Dr. Owen, my name is Bob.", "See 1-800-222-1222"
    )
    assert [(one.rank, one.field) for one in found] == [
        (1, "question"), (1, "title"), (2, "question"), (3, "answer"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "thanks" + " " * 50_000 + "x",
        "x.\n" * 20_000,
        "." + "\n" * 50_000 + "x",
        "1" * 100_000,
        "513-221-4567 " * 500,
        "a" * 100_000 + "@",
        "a.b-" * 30_000 + "@x",
        "Dear " * 20_000,
        "My son " * 15_000,
        "12 Aa " * 20_000,
        "Thanks, " * 15_000,
        "J. " * 30_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    finds(text, text, text)
    assert time.process_time() - started < 3


@given(st.text(), st.text(st.sampled_from("Dear Thanks,.\n@1-JohnSmith ()")))
def test_any_text_can_be_looked_through(first: str, second: str) -> None:
    for one in finds(first, second + first, second):
        assert one.text
        assert one.snippet


def test_where_the_public_answers_answers_tell_of_people_as_questions_do() -> None:
    text = "My son had that too, call me at 513-555-0142.\n\nBest wishes,\nXaver"
    of_public = finds("", "", text, public=True)
    assert Kind.SIGNATURE in {find.kind for find in of_public if find.rank is PERSON}
    assert [find for find in finds("", "", text) if find.rank is PERSON] == []
