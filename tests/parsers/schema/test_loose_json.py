"""JSON in order and out of order, in linear time."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.schema.loose_json import DEEPEST, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9999, 9999) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES, st.sampled_from(["{}", "<!--{}-->", "//<![CDATA[\n{}\n//]]>", " {} ;", "{}\n{}"]))
def test_json_is_read_as_it_is(value: Any, around: str) -> None:
    values, in_order = read_json(around.replace("{}", json.dumps(value)))
    assert in_order
    assert values == [value] * around.count("{}")


@given(st.dictionaries(st.text(), VALUES), st.data())
def test_json_that_is_cut_never_fails(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value)
    read_json(text[: data.draw(st.integers(0, len(text)))])


@given(st.text(alphabet="{}[]\",:\\'/*<!->u0 \nab", max_size=200))
def test_nothing_makes_it_fail(text: str) -> None:
    read_json(text)


TEXTS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), min_size=1)


@given(st.dictionaries(TEXTS, TEXTS, min_size=1))
def test_a_comma_too_many_loses_nothing(value: dict[str, str]) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert read_json(text[:-1] + ",}") == ([value], False)


@pytest.mark.parametrize(("text", "value"), [
    ('{"a": "he said "no" and left"}', {"a": 'he said "no" and left'}),
    ('{"a": "he said "no", and left"}', {"a": 'he said "no", and left'}),
    ("{'a': 'it is', b: true}", {"a": "it is", "b": True}),
    ('{"a": 1 "b": "2"}', {"a": "1", "b": "2"}),
    ('{"a": "line\nline",}', {"a": "line\nline"}),
    ('{"a": "http://x.example/" /* not // this */,}', {"a": "http://x.example/"}),
    ('{"a": , "b": "c"}', {"b": "c"}),
    (r'{"a": "\u00e9\/\d",}', {"a": "é/d"}),
    ('{"a": [1, {"b": "c"}', {"a": ["1", {"b": "c"}]}),
    ("{&quot;a&quot;: &quot;b&quot;,}", {"a": "b"}),
])  # fmt: skip
def test_broken_json(text: str, value: Any) -> None:
    assert read_json(text) == ([value], False)


def test_depth_has_an_end() -> None:
    for text in ("[" * 100_000, '{"a":' * 100_000):
        (value,), _ = read_json(text)
        depth = 0
        while value:
            value = next(iter(value.values())) if isinstance(value, dict) else value[0]
            depth += 1
        assert depth < DEEPEST + 2


HOSTILE = ["[", '{"a":', '"x" y ', "'", '"', "\\", "/*", "//", "<!--", '{"a":"b",', 'a"b" : ', ","]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_is_linear(piece: str) -> None:
    text = '{"a": "' + piece * (500_000 // len(piece))
    begun = process_time()
    read_json(text)
    assert process_time() - begun < 5
