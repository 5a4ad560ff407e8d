"""Real pages, changed at random: reading one never fails, and is done within a second."""

from __future__ import annotations

import pytest

from tests.page_mutations import PAGES, is_wrong, pages, run

needs_pages = pytest.mark.skipif(not pages(), reason=f"the real pages are not at {PAGES}")


@needs_pages
@pytest.mark.parametrize(
    "seeds", [range(30, 60), pytest.param(range(10_000), marks=pytest.mark.slow)], ids=len
)
def test_a_changed_page_is_read_or_is_none(seeds: range) -> None:
    assert [case for case in run(seeds) if is_wrong(case)] == []
