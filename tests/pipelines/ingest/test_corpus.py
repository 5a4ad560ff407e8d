"""Real files of other projects, sound and broken: what an import says of each."""

from __future__ import annotations

import pytest

from tests.corpus import EXPECTED, differences, missing
from tests.pipelines.archive_makers import needs_shared_warcs

pytestmark = needs_shared_warcs


@pytest.mark.parametrize("name", EXPECTED)
def test_file(name: str) -> None:
    said, wrong = differences(name)
    assert wrong == [], said


def test_every_file_is_expected_to_be_something() -> None:
    assert missing() == set()
