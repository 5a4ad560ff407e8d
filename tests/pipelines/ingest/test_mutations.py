"""A few hundred files damaged at random; ``python -m tests.mutations`` tries ten thousand."""

from __future__ import annotations

from pathlib import Path

from tests.mutations import failures, run


def test_nothing_is_lost_and_nothing_damaged_passes(tmp_path: Path) -> None:
    figures = run(400, tmp_path)
    assert failures(figures) == []
    assert sum(one.untouched for one in figures.values()) > 1000
