"""Names, credentials and affiliations, as printed."""

from __future__ import annotations

import pytest

from parsers.page.lines import Image, Line
from parsers.qa.people import looks_like_person, parse_name, read_people, undouble
from parsers.records import Responder


@pytest.mark.parametrize(
    ("text", "name", "credentials"),
    [
        ("Arthur T Roe, MD", "Arthur T Roe", ("MD",)),
        ("Jane Roe, RN, MSN", "Jane Roe", ("RN", "MSN")),
        ("Jane Roe RN MSN", "Jane Roe", ("RN", "MSN")),
        ("Paul Lee, PharmD, BCPS", "Paul Lee", ("PharmD", "BCPS")),
        ("Ana de la Cruz, Ph.D.", "Ana de la Cruz", ("Ph.D.",)),
        ("John Smith, Jr., MD", "John Smith, Jr.", ("MD",)),
        ("Ed O'Neil, MD PhD", "Ed O'Neil", ("MD", "PhD")),
        ("Ed Ho, MD/PhD", "Ed Ho", ("MD", "PhD")),
        ("Jack Ma, OTR/L", "Jack Ma", ("OTR/L",)),
        ("Zoë Müller-Å, CCC-SLP", "Zoë Müller-Å", ("CCC-SLP",)),
        ("Photo of Jane Roe, DDS", "Jane Roe", ("DDS",)),
    ],
)
def test_names(text: str, name: str, credentials: tuple[str, ...]) -> None:
    named = parse_name(text)
    assert named is not None
    assert (named.name, named.credentials) == (name, credentials)


@pytest.mark.parametrize(
    "text",
    ["my gut feeling", "Associate Professor of Medicine", "the immune system, mostly", "Is it, MD?",
     "University of Cincinnati", "Take 2 tablets, RN"],
)  # fmt: skip
def test_no_names(text: str) -> None:
    assert not looks_like_person(text)


@pytest.mark.parametrize(
    ("text", "once"),
    [
        ("Ann Lee, MD Ann Lee, MD", "Ann Lee, MD"),
        ("Ann Lee Ann Lee, MD", "Ann Lee, MD"),
        ("Photo of Ann Lee, MD Ann Lee, MD", "Ann Lee, MD"),
        ("Ann Lee, MD", "Ann Lee, MD"),
        ("Bora Bora, MD", "Bora Bora, MD"),
    ],
)
def test_a_name_that_stands_twice(text: str, once: str) -> None:
    assert undouble(text) == once


AFFILIATIONS = [
    (
        ("Professor of Medicine", "College of Medicine", "University of Cincinnati"),
        ("Professor of Medicine", "College of Medicine", "University of Cincinnati"),
    ),
    (
        ("Clinical Instructor, College of Nursing, The Ohio State University",),
        ("Clinical Instructor", "College of Nursing", "The Ohio State University"),
    ),
    (
        ("University of Cincinnati College of Pharmacy",),
        (None, "College of Pharmacy", "University of Cincinnati"),
    ),
    (
        ("Director, Diabetes Center", "Case Western Reserve University School of Medicine"),
        ("Director, Diabetes Center", "School of Medicine", "Case Western Reserve University"),
    ),
]


@pytest.mark.parametrize(("texts", "wanted"), AFFILIATIONS)
def test_affiliations(texts: tuple[str, ...], wanted: tuple[str | None, ...]) -> None:
    lines = [Line(text) for text in ("Ann Lee, MD", *texts, "It was a good question.")]
    people, used = read_people(lines)
    assert people == [Responder("Ann Lee", ("MD",), *wanted)]
    assert used == len(texts) + 1


def test_only_the_photo_names_the_person() -> None:
    lines = [
        Line("", images=(Image("Ann Lee, MD", "x.jpg"),)),
        Line("Professor of Medicine"),
        Line("University of Cincinnati"),
    ]
    people, _ = read_people(lines)
    assert people == [
        Responder("Ann Lee", ("MD",), "Professor of Medicine", None, "University of Cincinnati")
    ]


def test_the_answer_after_a_name_is_no_title() -> None:
    people, used = read_people([Line("Ann Lee, MD"), Line("Yes, you can")])
    assert used == 1
    assert people[0].title is None
