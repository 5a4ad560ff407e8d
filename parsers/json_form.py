"""A record as JSON: what ``scrapy show`` prints, and what digests of texts are made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from parsers.records import Answer, Link, QAPage, Responder, TopicLink


def as_json(page: QAPage) -> dict[str, Any]:
    """A record as an object of JSON types: dates in ISO form, ``origins`` an object.

    ``answer``, ``answered_on`` and ``responders`` say in one what ``answers`` say in several.
    """
    record = asdict(page)
    record["answers"] = [
        {**_answer_json(answer), "position": position}
        for position, answer in enumerate(page.answers, 1)
    ]
    record["answer"] = page.answer
    record["answered_on"] = _iso(page.answered_on)
    record["asked_on"] = _iso(page.asked_on)
    record["responders"] = [_person_json(person) for person in page.responders]
    for name in ("topics", "links", "warnings"):
        record[name] = list(record[name])
    record["origins"] = dict(page.origins)
    return record


def _answer_json(answer: Answer) -> dict[str, Any]:
    return {
        **asdict(answer),
        "answered_on": _iso(answer.answered_on),
        "responders": [_person_json(person) for person in answer.responders],
    }


def _person_json(person: Responder) -> dict[str, Any]:
    return {**asdict(person), "credentials": list(person.credentials)}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def from_json(record: Mapping[str, Any]) -> QAPage:
    """The inverse of :func:`as_json`.

    :raises KeyError: where a field is missing
    :raises TypeError: where there is one too many
    """
    derived = ("answer", "answered_on", "responders")
    fields = {name: value for name, value in record.items() if name not in derived}
    fields["asked_on"] = _day(fields["asked_on"])
    fields["answers"] = tuple(map(_answer, fields["answers"]))
    fields["topics"] = tuple(TopicLink(**topic) for topic in fields["topics"])
    fields["links"] = tuple(Link(**link) for link in fields["links"])
    fields["warnings"] = tuple(fields["warnings"])
    fields["origins"] = tuple(fields["origins"].items())
    return QAPage(**fields)


def _answer(record: Mapping[str, Any]) -> Answer:
    fields = {name: value for name, value in record.items() if name != "position"}
    fields["answered_on"] = _day(fields["answered_on"])
    fields["responders"] = tuple(
        Responder(**{**person, "credentials": tuple(person["credentials"])})
        for person in fields["responders"]
    )
    return Answer(**fields)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def canonical_json(value: Any) -> str:
    """JSON with one spelling for one value: sorted keys, no spaces, no escapes but JSON's own."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
