"""Experts who sign: titles before names, degrees behind them, in several languages."""

from __future__ import annotations

import pytest

from parsers.page.lines import Line
from parsers.qa.experts import expert_of, signature


@pytest.mark.parametrize(
    ("text", "name", "credentials", "title"),
    [
        ("— Jane Roe, MD", "Jane Roe", ("MD",), None),
        ("Dr. Roe", "Roe", ("Dr.",), None),
        ("Dr. Jane Roe, MD, Cincinnati", "Jane Roe", ("Dr.", "MD"), "Cincinnati"),
        ("Prof. Dr. med. Anna von Berg", "Anna von Berg", ("Prof. Dr. med.",), None),
        ("Dr. med. Hans Muster, Facharzt", "Hans Muster", ("Dr. med.",), "Facharzt"),
        ("Le Dr Jean Petit, cardiologue", "Jean Petit", ("Dr",), "cardiologue"),
        ("Dra. Ana García López", "Ana García López", ("Dra.",), None),
        ("Dott.ssa Maria Rossi", "Maria Rossi", ("Dott.ssa",), None),
    ],
)
def test_experts(text: str, name: str, credentials: tuple[str, ...], title: str | None) -> None:
    expert = expert_of(text)
    assert expert is not None
    assert (expert.name, expert.credentials, expert.title) == (name, credentials, title)


@pytest.mark.parametrize(
    "text",
    ["Jane Roe", "Herr Müller", "Dr. Smith said that it hurts", "Dr", "Worried in Ohio", "",
     "Drink a lot", "Dr. " * 60],
)  # fmt: skip
def test_others(text: str) -> None:
    assert expert_of(text) is None


def test_a_signature_is_at_the_end() -> None:
    lines = [Line("Rest."), Line("Dr. Hans Muster"), Line("Facharzt"), Line("Köln")]
    read = signature(lines)
    assert read.length == 1
    assert read.responders[0].title == "Facharzt\nKöln"
    assert signature([*lines, Line("And this is what it says. " * 9)]).responders == ()
    assert signature(lines[1:2]).responders == ()
