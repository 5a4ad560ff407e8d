"""Canonical JSON is the text that Python's own encoder gives, whatever it is made with."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pipelines.db.rules import to_json

_PLAIN = st.none() | st.booleans() | st.integers() | st.text() | st.text("\ud800\udfffa")
_SHARES = st.integers(0, 100).map(lambda number: number / 100)  # such as a confidence
_VALUES = st.recursive(
    _PLAIN | _SHARES,
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(_VALUES)
def test_it_is_pythons_own(value: object) -> None:
    expected = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert to_json(value) == expected
