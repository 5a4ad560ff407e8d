"""Real files of other projects, sound and broken: what an import says of each."""

from __future__ import annotations

import pytest

from tests.corpus import EXPECTED, counted, differences, is_sound_archive, missing
from tests.pipelines.archive_makers import needs_shared_warcs

pytestmark = needs_shared_warcs


@pytest.mark.parametrize("name", EXPECTED)
def test_file(name: str) -> None:
    said, wrong = differences(name)
    assert wrong == [], said


def test_every_file_is_expected_to_be_something() -> None:
    assert missing() == set()


@pytest.mark.parametrize("name", [name for name in EXPECTED if is_sound_archive(name)])
def test_other_readers_count_as_many_records_or_the_reason_stands_there(name: str) -> None:
    ours, *others = counted(name)
    differ = any(other != str(ours) for other in others)
    assert differ == ("peers" in EXPECTED[name]), others
