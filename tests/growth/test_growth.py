"""No reader takes time that grows faster than the page, whatever is repeated or nested in it."""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import declare
from tests.growth.__main__ import is_steep
from tests.growth.measure import KINDS, growth_of, reader_of
from tests.growth.shapes import QA, Shape, shapes

SHAPES = shapes()
_UNITS = st.sampled_from(sorted({shape.unit for shape in SHAPES.values()}))
_SIZE = 2000  # bytes: all of these in seconds, and their calls are counted
_STEEPEST = 4**1.3


def calls_of(shape: Shape, kind: str, size: int) -> int:
    """How many functions are called to read a page: the same on any machine, however busy."""
    read, counts = reader_of(kind), Counter[str]()
    body = shape.page(size)
    sys.setprofile(lambda frame, event, argument: counts.update((event,)))
    try:
        read(body, shape.kind)
    finally:
        sys.setprofile(None)
        declare(())
    return counts["call"] + counts["c_call"]


def assert_even(shape: Shape, kind: str) -> None:
    few, many = (calls_of(shape, kind, size) for size in (_SIZE, 4 * _SIZE))
    assert many < _STEEPEST * few + 10_000, (shape, kind, few, many)


@settings(max_examples=60)
@given(st.lists(_UNITS, min_size=1, max_size=3), st.sampled_from(KINDS), st.sampled_from(("", QA)))
def test_calls_grow_as_any_page_does(units: list[str], kind: str, tail: str) -> None:
    assert_even(Shape("".join(units), QA, tail), kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_time_grows_as_a_page_of_any_shape_does(kind: str) -> None:
    """In CPU time, since C code calls nothing; what seems steep is measured again."""
    steep = []
    for name, shape in SHAPES.items():
        if is_steep(growth_of(name, shape, kind, 15_000)):
            growth = growth_of(name, shape, kind, 15_000, runs=3)
            steep += [growth] if is_steep(growth) else []
    assert steep == []
