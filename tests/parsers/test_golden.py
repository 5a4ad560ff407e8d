"""Golden cases: tests/sites/<site>/<case>/, one test for each field of each case.

A case is a page (``page.html`` or ``page.txt``, bytes as they came), ``case.json`` (what the
server said) and ``expected.json`` (what the page means). To add one, write the first two and
run ``pytest tests/parsers/test_golden.py -k <case>``: the third is written, and the test
fails until you have read it and run again. ``expected.json`` holds one of

* ``{"page": {...}}`` the record, as ``scrapy show`` prints it;
* ``{"page": null, "gone": false}`` where the page is no question page;
* ``{"error": "answer"}`` where a question page cannot be read, and which field is missing.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from parsers import as_json, read
from parsers.records import Capture

SITES = Path(__file__).parents[1] / "sites"
CASES = sorted(path.parent for path in SITES.glob("*/*/case.json"))
FIELDS = (
    "url", "site", "source_id", "title", "question", "answer", "answered_on", "responders",
    "topics", "links", "status", "confidence", "warnings", "parser", "asker", "asked_on",
    "answers", "part", "language",
)  # fmt: skip
_NOT_EXPECTED = ("record_id", "origins")  # not what a page means


def capture_of(case: Path) -> Capture:
    """The capture that a case describes."""
    said = json.loads((case / "case.json").read_text("utf-8"))
    page = next(case.glob("page.*"))
    return Capture(
        url=said["url"],
        captured_at=datetime(2024, 1, 1, tzinfo=UTC),
        body=page.read_bytes(),
        content_type=said["content_type"],
        status=said["status"],
        source="file",
        record_id="urn:uuid:00000000-0000-0000-0000-000000000000",
    )


def outcome(capture: Capture) -> dict[str, Any]:
    """What a capture means, in the form of expected.json."""
    reading = read(capture)
    if reading.error is not None:
        return {"error": reading.error.field}
    if not reading.pages:
        return {"page": None, "gone": reading.gone}
    (record,) = reading.pages
    page = as_json(record)
    return {"page": {name: page[name] for name in page if name not in _NOT_EXPECTED}}


@lru_cache
def _found(case: Path) -> dict[str, Any]:
    return outcome(capture_of(case))


@lru_cache
def _expected(case: Path) -> dict[str, Any] | None:
    path = case / "expected.json"
    if not path.exists():
        text = json.dumps(_found(case), ensure_ascii=False, indent=2)
        path.write_text(text + "\n", "utf-8")
        return None
    expected: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return expected


def _items() -> list[Any]:
    items = []
    for case in CASES:
        path = case / "expected.json"
        page = json.loads(path.read_text("utf-8")).get("page") if path.exists() else None
        names = FIELDS if page else ("outcome",)
        items += [pytest.param(case, name, id=f"{case.name}-{name}") for name in names]
    return items


@pytest.mark.parametrize(("case", "field"), _items())
def test_field(case: Path, field: str) -> None:
    expected = _expected(case)
    if expected is None:
        pytest.fail(f"{case.name}: expected.json was missing: written; review, then run again")
    found = _found(case)
    if field == "outcome":
        assert found == expected
    else:
        assert found.get("page"), f"no record: {found}"
        assert found["page"][field] == expected["page"][field]


def test_every_case_is_complete() -> None:
    folders = [path for path in SITES.glob("*/*") if path.is_dir()]
    assert len(folders) >= 24
    for folder in folders:
        assert (folder / "case.json").exists(), folder
        assert len(list(folder.glob("page.*"))) == 1, folder


def test_expected_records_have_every_field() -> None:
    for case in CASES:
        expected = _expected(case)
        if expected and expected.get("page"):
            assert tuple(sorted(expected["page"])) == tuple(sorted(FIELDS)), case.name
