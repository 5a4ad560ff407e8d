"""Golden cases of a declared site: pages as they came, and what each must be read as.

A case is ``NAME.html`` with ``NAME.json`` beside it: ``{"url", "content_type", "captured_at",
"pages": [record, ...]}``, the records as ``scrapy show`` prints them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parsers import as_json, read
from parsers.records import Capture, Reading
from pipelines.files.timestamps import parse_stamp, stamp

#: Fields that are not what a page means.
_NOT_EXPECTED = ("record_id", "origins", "parser")
_RECORD_ID = "urn:uuid:00000000-0000-0000-0000-000000000000"


class CaseError(Exception):
    """A case cannot be used; the message says why."""


@dataclass(frozen=True)
class Difference:
    """A field that is read otherwise than a case expects."""

    field: str
    expected: Any
    read: Any


def write_case(folder: Path, number: int, capture: Capture) -> str:
    """Write a case, expecting what is read now; returns its name."""
    pages = expectation(read(capture))
    source_id = pages[0]["source_id"].partition("#")[0] if pages else ""
    words = re.sub(r"[^a-z0-9]+", "-", source_id.lower()).strip("-")[:40]
    name = f"{number:02}-{words}".strip("-")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.html").write_bytes(capture.body)
    case = {
        "url": capture.url,
        "content_type": capture.content_type,
        "captured_at": stamp(capture.captured_at),
        "pages": pages,
    }
    text = json.dumps(case, ensure_ascii=False, indent=2)
    (folder / f"{name}.json").write_text(f"{text}\n", "utf-8")
    return name


def expectation(reading: Reading) -> list[dict[str, Any]]:
    """What a reading is, in the form of a case."""
    return [
        {name: value for name, value in as_json(page).items() if name not in _NOT_EXPECTED}
        for page in reading.pages
    ]


def check_cases(folder: Path) -> Iterator[tuple[str, list[Difference]]]:
    """Each case of a site with what is read otherwise, by name.

    :raises CaseError: there are none, or one is incomplete
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        raise CaseError(f"{folder} has no cases; scrapy newsite writes them")
    for file in files:
        capture, expected = _case(file)
        reading = read(capture)
        if reading.error is not None:
            yield file.stem, [Difference("page", "readable", str(reading.error))]
        else:
            yield file.stem, list(differences(expected, expectation(reading)))


def _case(file: Path) -> tuple[Capture, list[dict[str, Any]]]:
    try:
        case = json.loads(file.read_text("utf-8"))
        moment = parse_stamp(case["captured_at"])
        assert moment is not None
        body = file.with_suffix(".html").read_bytes()
        capture = Capture(case["url"], moment, body, case["content_type"], 200, "file", _RECORD_ID)
        return capture, list(case["pages"])
    except (OSError, ValueError, KeyError, TypeError, AssertionError) as error:
        raise CaseError(f"{file} is no case that can be used: {error!r}") from error


def differences(
    expected: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> Iterator[Difference]:
    """The fields of records that are not as expected."""
    if len(expected) != len(found):
        yield Difference("questions", len(expected), len(found))
    for number, (before, now) in enumerate(zip(expected, found, strict=False), 1):
        place = f"question {number}, " if len(expected) > 1 else ""
        yield from _in_record(before, now, place)


def _in_record(
    before: Mapping[str, Any], now: Mapping[str, Any], place: str
) -> Iterator[Difference]:
    for field in dict.fromkeys((*before, *now)):
        old, new = before.get(field), now.get(field)
        if field in ("answer", "responders", "answered_on") and "answers" in before:
            continue  # they repeat what is in answers
        if field == "answers" and isinstance(old, list) and isinstance(new, list):
            if len(old) != len(new):
                yield Difference(f"{place}answers", len(old), len(new))
            for position, (one, other) in enumerate(zip(old, new, strict=False), 1):
                yield from _in_record(one, other, f"{place}answer {position}, ")
        elif old != new:
            yield Difference(f"{place}{field}", old, new)
