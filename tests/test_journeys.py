"""A capture passes through few files: what somebody must read to follow it."""

from __future__ import annotations

import pytest

from tools.journeys import Journey, take_all

#: The most files that each journey may enter; see ``python -m tools.journeys``.
MOST_FILES = {
    "exchange": 13,
    "parse": 24,
    "commit": 17,
    "ingest": 67,
    "rebuild": 67,
    "extract": 51,
    "verify": 24,
    "question page": 20,
}


@pytest.fixture(scope="module")
def taken() -> dict[str, Journey]:
    return {journey.name: journey for journey in take_all()}


@pytest.mark.parametrize("name", MOST_FILES)
def test_a_journey_enters_few_files(taken: dict[str, Journey], name: str) -> None:
    assert 0 < len(taken[name].files) <= MOST_FILES[name], taken[name].files


def test_every_journey_has_a_bound_and_a_question_page_has_templates(
    taken: dict[str, Journey],
) -> None:
    assert taken.keys() == MOST_FILES.keys()
    assert "publish/templates/housecall/question.html" in taken["question page"].templates
