"""Places of marks, round gridlines, bins and medians."""

from __future__ import annotations

from statistics import median_low

from hypothesis import given
from hypothesis import strategies as st

from publish.charts.svg import (
    HEAT_STEPS,
    LENGTH_BOUNDS,
    columns,
    filled_months,
    filled_years,
    grid,
    heat,
    length,
    length_bin,
    median,
)


@given(st.integers(1, 10**9))
def test_gridlines_are_few_round_and_reach_the_top(most: int) -> None:
    lines = grid(most)
    assert lines[0] == 0
    assert lines[-1] >= most > lines[-2]
    assert 2 <= len(lines) <= 6
    assert str(lines[1]).rstrip("0") in ("1", "2", "5")


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=120))
def test_columns_stay_within_their_frame(values: list[int]) -> None:
    drawn = columns([(str(1900 + n), value) for n, value in enumerate(values)])
    if not any(values):
        assert drawn is None
        return
    assert drawn is not None
    assert drawn.peak.n == max(values)
    right = 0.0
    for bar in drawn.bars:
        assert bar.x >= right - 0.01
        assert bar.y >= 0
        assert abs(bar.y + bar.height - drawn.height) < 0.11
        assert bool(bar.height) == bool(bar.n)
        right = bar.x + bar.width
    assert right <= 100.01
    assert any(bar.named == "always" for bar in drawn.bars) or len(values) > 1
    assert sum(bar.named == "always" for bar in drawn.bars) <= 8


def test_labels_of_years_are_round_when_there_is_no_room() -> None:
    drawn = columns([(str(year), 1) for year in range(1994, 2013)])
    assert drawn is not None
    assert [b.label for b in drawn.bars if b.named == "always"] == ["1995", "2000", "2005", "2010"]
    assert len([b for b in drawn.bars if b.named]) == 19


def test_nothing_gives_no_drawing() -> None:
    assert columns([]) is None
    assert columns([("a", 0)]) is None
    assert filled_years({}) == []
    assert filled_months([]) == []
    assert median({}) is None


def test_gaps_are_filled_and_a_misread_date_does_not_stretch_the_axis() -> None:
    assert filled_years({2001: 2, 2003: 1}) == [("2001", 2), ("2002", 0), ("2003", 1)]
    assert len(filled_years({1003: 1, 2004: 1})) == 100
    assert filled_months(["2025-11", "2026-02"]) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert filled_months(["1970-01", "2026-02", "", "no-date"], limit=2) == ["2026-01", "2026-02"]


@given(st.dictionaries(st.integers(0, 20_000), st.integers(1, 5), min_size=1, max_size=30))
def test_the_median_is_that_of_all_values(counts: dict[int, int]) -> None:
    assert median(counts) == median_low([v for v, n in counts.items() for _ in range(n)])


@given(st.integers(0, 10**6))
def test_a_length_is_in_its_bin(characters: int) -> None:
    place = length_bin(characters)
    assert LENGTH_BOUNDS[place] <= characters
    assert place + 1 == len(LENGTH_BOUNDS) or characters < LENGTH_BOUNDS[place + 1]


def test_tones_and_bars() -> None:
    assert [heat(n, 60) for n in (0, 1, 10, 11, 60)] == [0, 1, 1, 2, HEAT_STEPS]
    assert heat(1, 0) == 0
    assert [length(n, 1000) for n in (0, 1, 500, 1000)] == [0.0, 0.5, 50.0, 100.0]
