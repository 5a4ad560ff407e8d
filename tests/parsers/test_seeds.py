"""The texts of real pages, which stand beside the repository and not in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from parsers import parse
from parsers.records import Capture, QAPage, Responder, TopicLink

SEED = Path(__file__).parents[3] / "shared" / "seeds" / "000_3912d6a6a9b56b54.txt"

pytestmark = pytest.mark.skipif(
    not SEED.exists(), reason=f"the text of a real page is not here: {SEED}"
)


@pytest.fixture(scope="module")
def page() -> QAPage:
    capture = Capture(
        url="http://www.netwellness.org/question.cfm/29280.htm",
        captured_at=datetime(2024, 1, 1, tzinfo=UTC),
        body=SEED.read_bytes(),
        content_type="text/plain",
        status=200,
        source="file",
        record_id="urn:uuid:1",
    )
    found = parse(capture)
    assert found is not None
    return found


def test_identity(page: QAPage) -> None:
    assert (page.site, page.source_id, page.status) == ("netwellness", "29280", "answered")
    assert page.url == "http://www.netwellness.org/question.cfm/29280.htm"
    assert page.title == "Spotting after intercourse"


def test_question(page: QAPage) -> None:
    assert page.question.startswith("I am currently early")
    assert page.question.endswith("in some pregnancies?")
    assert "I`ve been" in page.question
    assert "didn`t" in page.question


def test_answer(page: QAPage) -> None:
    assert page.answer.startswith("Bleeding does")
    assert page.answer.endswith("are not present.")
    assert "For more information" not in page.answer


def test_people_and_topic(page: QAPage) -> None:
    assert page.responders == (
        Responder(
            "Arthur T Ollendorff",
            ("MD",),
            "Associate Professor of Obstetrics and Gynecology",
            "College of Medicine",
            "University of Cincinnati",
        ),
    )
    assert page.topics == (TopicLink("Pregnancy", None),)


def test_the_border_is_said_to_be_uncertain(page: QAPage) -> None:
    assert page.confidence < 1
    assert any("border" in warning for warning in page.warnings)
