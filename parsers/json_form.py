"""A record as JSON: what ``scrapy show`` prints, and what digests of texts are made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from parsers.records import Link, QAPage, Responder, TopicLink


def as_json(page: QAPage) -> dict[str, Any]:
    """A record as an object of JSON types: dates in ISO form, ``origins`` an object."""
    record = asdict(page)
    record["answered_on"] = page.answered_on.isoformat() if page.answered_on else None
    record["responders"] = [
        {**person, "credentials": list(person["credentials"])} for person in record["responders"]
    ]
    for name in ("topics", "links", "warnings"):
        record[name] = list(record[name])
    record["origins"] = dict(page.origins)
    return record


def from_json(record: Mapping[str, Any]) -> QAPage:
    """The inverse of :func:`as_json`.

    :raises KeyError: where a field is missing
    :raises TypeError: where there is one too many
    """
    fields = dict(record)
    day = fields["answered_on"]
    fields["answered_on"] = date.fromisoformat(day) if day else None
    fields["responders"] = tuple(
        Responder(**{**person, "credentials": tuple(person["credentials"])})
        for person in fields["responders"]
    )
    fields["topics"] = tuple(TopicLink(**topic) for topic in fields["topics"])
    fields["links"] = tuple(Link(**link) for link in fields["links"])
    fields["warnings"] = tuple(fields["warnings"])
    fields["origins"] = tuple(fields["origins"].items())
    return QAPage(**fields)


def canonical_json(value: Any) -> str:
    """JSON with one spelling for one value: sorted keys, no spaces, no escapes but JSON's own."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
