"""Golden cases of a declared site: pages as they came, and what each must be read as.

A case is ``NAME.html`` with ``NAME.json`` beside it: ``{"url", "content_type", "captured_at",
"pages": [record, ...]}``, the records as ``scrapy show`` prints them. What a person reviews is
compared (:data:`COMPARED`); the rest, such as confidence and warnings, is there to be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from parsers import as_json
from parsers.records import Capture, Reading
from parsers.urls import canonical_url, question_of, site_for, site_named
from pipelines.capture.page_deadline import read
from pipelines.files.timestamps import parse_stamp, stamp

COMPARED = ("url", "title", "question", "asker", "asked_on", "topics", "answers")
"""The fields of a record that a case holds it to."""
COMPARED_OF_ANSWERS = ("text", "author", "responders", "answered_on", "accepted")
#: What is the same for no two captures, or repeats what is in ``answers``.
_LEFT_OUT = ("record_id", "answer", "responders", "answered_on")
_RECORD_ID = "urn:uuid:00000000-0000-0000-0000-000000000000"


class CaseError(Exception):
    """A case cannot be used; the message says why."""


@dataclass(frozen=True)
class Difference:
    """A field that is read otherwise than a case expects; ``why``, where that is known."""

    field: str
    expected: Any
    read: Any
    why: str = ""


@dataclass(frozen=True)
class Case:
    """A page, and what it must be read as."""

    file: Path
    capture: Capture
    pages: Sequence[Mapping[str, Any]]

    @property
    def name(self) -> str:
        """The name of its files, without their endings."""
        return self.file.stem

    def write(self) -> None:
        """Write what is expected."""
        case = {
            "url": self.capture.url,
            "content_type": self.capture.content_type,
            "captured_at": stamp(self.capture.captured_at),
            "pages": self.pages,
        }
        text = json.dumps(case, ensure_ascii=False, indent=2)
        self.file.write_text(f"{text}\n", "utf-8")


def write_case(folder: Path, capture: Capture) -> Case:
    """Write a case, expecting what is read now."""
    pages = expectation(read(capture))
    source_id = pages[0]["source_id"].partition("#")[0] if pages else ""
    words = re.sub(r"[^a-z0-9]+", "-", source_id.lower()).strip("-")[:40]
    name = f"{_next_number(folder):02}-{words}".strip("-")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.html").write_bytes(capture.body)
    case = Case(folder / f"{name}.json", capture, pages)
    case.write()
    return case


def set_aside(declaration: Path, moment: datetime) -> Path | None:
    """Move a declaration and its cases to a folder beside them, named by the time.

    :returns: the folder; None if neither is there
    """
    there = [path for path in (declaration, declaration.with_suffix("")) if path.exists()]
    if not there:
        return None
    kept = declaration.with_name(f"{declaration.stem}.replaced-{moment:%Y%m%dT%H%M%SZ}")
    kept.mkdir()
    for path in there:
        path.rename(kept / path.name)
    return kept


def _next_number(folder: Path) -> int:
    numbers = [re.match("[0-9]+", file.name) for file in folder.glob("*.json")]
    return 1 + max((int(number[0]) for number in numbers if number), default=0)


def expectation(reading: Reading) -> list[dict[str, Any]]:
    """What a reading is, in the form of a case: what is compared first."""
    records = [as_json(page) for page in reading.pages]
    for record in records:
        record["answers"] = [_ordered(each, COMPARED_OF_ANSWERS) for each in record["answers"]]
    return [
        {k: v for k, v in _ordered(record, COMPARED).items() if k not in _LEFT_OUT}
        for record in records
    ]


def _ordered(record: Mapping[str, Any], first: Sequence[str]) -> dict[str, Any]:
    return {name: record[name] for name in (*first, *record)}


def read_cases(folder: Path) -> list[Case]:
    """The cases of a site, by name.

    :raises CaseError: one is incomplete
    """
    return [_case(file) for file in sorted(folder.glob("*.json"))]


def check_case(case: Case, site: str) -> list[Difference]:
    """What of a case is read otherwise than expected, by the declaration of a site."""
    why = why_unread(case.capture, site)
    if why:
        return [Difference("questions", len(case.pages), 0, why)] if case.pages else []
    return list(differences(case.pages, expectation(read(case.capture))))


def accepted(case: Case) -> Case:
    """A case that expects what is read now."""
    return replace(case, pages=expectation(read(case.capture)))


def why_unread(capture: Capture, site: str) -> str:
    """Why no record is read of a page, by the declaration of a site; "" if one is."""
    declared, owner = site_named(site), site_for(capture.url)
    if declared is None:
        return f"there is no declaration of the site {site!r}"
    if owner is None or owner.name != site:
        of = f"of the site {owner.name!r}" if owner else f"not among hosts = {list(declared.hosts)}"
        return f"the host of {capture.url} is {of}"
    if question_of(capture.url) is None:
        parts = urlsplit(capture.url)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        patterns = ", ".join(pattern.text for pattern in declared.questions)
        return f"the address {address} does not fit questions: {patterns}"
    reading = read(capture)
    if reading.error is not None:
        return str(reading.error)
    if reading.gone:
        return "the page says that the question is gone"
    return "" if reading.pages else "no reader takes the page for one that holds a question"


def case_of(cases: Sequence[Case], url: str) -> Case | None:
    """The case of a page, if there is one."""
    address = canonical_url(url)
    return next((case for case in cases if canonical_url(case.capture.url) == address), None)


def _case(file: Path) -> Case:
    try:
        case = json.loads(file.read_text("utf-8-sig"))
        moment = parse_stamp(case["captured_at"])
        assert moment is not None
        body = file.with_suffix(".html").read_bytes()
        capture = Capture(case["url"], moment, body, case["content_type"], 200, "file", _RECORD_ID)
        return Case(file, capture, list(case["pages"]))
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
        yield from _in_record(before, now, COMPARED, place)


def _in_record(
    before: Mapping[str, Any], now: Mapping[str, Any], fields: Sequence[str], place: str
) -> Iterator[Difference]:
    for field in fields:
        old, new = before.get(field), now.get(field)
        if field == "answers" and isinstance(old, list) and isinstance(new, list):
            if len(old) != len(new):
                yield Difference(f"{place}answers", len(old), len(new))
            for position, pair in enumerate(zip(old, new, strict=False), 1):
                yield from _in_record(*pair, COMPARED_OF_ANSWERS, f"{place}answer {position}, ")
        elif old != new:
            yield Difference(f"{place}{field}", old, new)
