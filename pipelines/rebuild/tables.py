"""The tables of a shard, in Parquet: a public format, described in docs/shards.md.

:func:`rows_of` makes rows of changes, :func:`add_rows` changes of rows. Times are in UTC, to the
microsecond.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

import pyarrow as pa

from parsers.records import Answer, Link, QAPage, Responder, TopicLink
from pipelines.db.changeset import ChangeSet, PageText
from pipelines.db.models import (
    CaptureRow,
    Crawl,
    CrawlEnd,
    Failure,
    Fetched,
    Listing,
    Mention,
    Unanswered,
)
from pipelines.db.rules import to_json, version_record

FORMAT = 2
"""The version of the format; it is raised when a field changes its meaning or goes."""

_TIME = pa.timestamp("us", tz="UTC")
_TEXT = pa.string()
_TEXTS = pa.list_(_TEXT)


def _struct(**members: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field(name, kind) for name, kind in members.items()])


_RESPONDER = _struct(
    name=_TEXT, credentials=_TEXTS, title=_TEXT, college=_TEXT, institution=_TEXT, url=_TEXT
)
_ANSWER = _struct(
    text=_TEXT,
    author=_TEXT,
    responders=pa.list_(_RESPONDER),
    answered_on=pa.date32(),
    accepted=pa.bool_(),
    score=pa.int64(),
    url=_TEXT,
)
_TOPIC = _struct(name=_TEXT, url=_TEXT)
_LINK = _struct(text=_TEXT, url=_TEXT)
_ORIGIN = _struct(field=_TEXT, landmark=_TEXT)

_WHOLE = {"offset", "length"}
_TIMES = {"captured_at", "occurred_at", "at", "started", "finished"}


def _kind(name: str) -> pa.DataType:
    if name in _TIMES:
        return _TIME
    if name in _WHOLE:
        return pa.int64()
    return pa.int32() if name == "status" else _TEXT


def _plain(value: type) -> pa.Schema:
    """The schema of a dataclass whose fields are texts, numbers and times."""
    return pa.schema([(member.name, _kind(member.name)) for member in fields(value)])


SCHEMAS: dict[str, pa.Schema] = {
    "runs": pa.schema([
        ("uid", _TEXT), ("spider", _TEXT), ("arguments", _TEXT), ("started", _TIME),
        ("software", _TEXT), ("source", _TEXT), ("finished", _TIME), ("outcome", _TEXT),
        ("counts", _TEXT), ("alarms", _TEXTS),
    ]),
    "captures": _plain(CaptureRow).append(pa.field("gone", pa.bool_())),
    "pages": pa.schema([
        ("record_id", _TEXT), ("url", _TEXT), ("site", _TEXT), ("source_id", _TEXT),
        ("title", _TEXT), ("question", _TEXT), ("asker", _TEXT), ("asked_on", pa.date32()),
        ("answers", pa.list_(_ANSWER)), ("topics", pa.list_(_TOPIC)),
        ("links", pa.list_(_LINK)), ("status", _TEXT), ("confidence", pa.float64()),
        ("warnings", _TEXTS), ("parser", _TEXT), ("origins", pa.list_(_ORIGIN)),
        ("part", pa.int32()), ("language", _TEXT),
        ("version", _TEXT), ("words", _TEXT), ("members", _TEXTS),
    ]),
    "failures": _plain(Failure),
    "mentions": pa.schema([(name, _TEXT) for name in ("record_id", *Mention._fields)]),
    "unanswered": _plain(Unanswered),
    "listings": _plain(Listing),
    "fetched": _plain(Fetched),
}  # fmt: skip
"""The tables by name, in the order in which they are loaded."""


def rows_of(changes: ChangeSet) -> dict[str, list[dict[str, Any]]]:
    """Changes as rows of the tables."""
    return {
        "runs": [*map(_run_row, changes.crawls.values()), *map(_end_row, changes.ends.items())],
        "captures": [
            {**_values(row), "gone": row.record_id in changes.gone} for row in changes.rows.values()
        ],
        "pages": [_page_row(text) for text in changes.pages.values()],
        "failures": [*map(_values, changes.failures.values())],
        "mentions": [
            {"record_id": record_id, **mention._asdict()}
            for record_id, mentions in changes.mentions.items()
            for mention in mentions
        ],
        "unanswered": [*map(_values, changes.unanswered.values())],
        "listings": [*map(_values, changes.listings.values())],
        "fetched": [*map(_values, changes.fetched.values())],
    }


def _values(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__dataclass_fields__}


def _run_row(run: Crawl) -> dict[str, Any]:
    texts = {"arguments": to_json(dict(run.arguments)), "software": to_json(dict(run.software))}
    return {**_values(run), **texts, "finished": None, "outcome": None}


def _end_row(item: tuple[str, CrawlEnd]) -> dict[str, Any]:
    uid, end = item
    return {
        "uid": uid, "finished": end.finished, "outcome": end.outcome,
        "counts": to_json(dict(end.counts)), "alarms": list(end.alarms),
    }  # fmt: skip


def _page_row(text: PageText) -> dict[str, Any]:
    page = text.page
    return {
        **_values(page),
        "answers": [
            {**_values(answer), "responders": [*map(_values, answer.responders)]}
            for answer in page.answers
        ],
        "topics": [*map(_values, page.topics)],
        "links": [*map(_values, page.links)],
        "origins": [{"field": name, "landmark": how} for name, how in page.origins],
        "version": text.digest,
        "words": text.words,
        "members": list(text.members),
    }


# -- and back ------------------------------------------------------------------------------


def add_rows(changes: ChangeSet, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Add what rows of a table say to the changes."""
    _ADD[table](changes, rows)


def _add_runs(changes: ChangeSet, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        if row["outcome"] is None:
            texts = {name: json.loads(row[name]) for name in ("arguments", "software")}
            names = ("uid", "spider", "started", "source")
            changes.add_crawl(Crawl(**{name: row[name] for name in names}, **texts))
        else:
            counts, alarms = json.loads(row["counts"]), tuple(row["alarms"])
            end = CrawlEnd(row["finished"], row["outcome"], counts, alarms)
            changes.finish_crawl(row["uid"], end)


def _add_captures(changes: ChangeSet, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        if row.pop("gone"):
            changes.mark_gone(row["record_id"])
        changes.add_capture(CaptureRow(**row))


def _add_pages(changes: ChangeSet, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        row["answers"] = tuple(map(_answer, row["answers"]))
        row["topics"] = tuple(TopicLink(**topic) for topic in row["topics"])
        row["links"] = tuple(Link(**link) for link in row["links"])
        row["origins"] = tuple((each["field"], each["landmark"]) for each in row["origins"])
        row["warnings"] = tuple(row["warnings"])
        version, words, members = (row.pop(name) for name in ("version", "words", "members"))
        page = QAPage(**row)
        text = PageText(page, version_record(page), version, words, tuple(members))
        changes.pages.setdefault((page.record_id, page.source_id), text)


def _answer(row: dict[str, Any]) -> Answer:
    people = ({**each, "credentials": tuple(each["credentials"])} for each in row["responders"])
    return Answer(**{**row, "responders": tuple(Responder(**person) for person in people)})


def _add_mentions(changes: ChangeSet, rows: Iterable[dict[str, Any]]) -> None:
    mentions: dict[str, list[Mention]] = {}
    for row in rows:
        mentions.setdefault(row.pop("record_id"), []).append(Mention(**row))
    for record_id, targets in mentions.items():
        changes.add_mentions(record_id, tuple(targets))


def _each(add: Callable[[ChangeSet, Any], None], kind: Callable[..., Any]) -> _Add:
    def add_each(changes: ChangeSet, rows: Iterable[dict[str, Any]]) -> None:
        for row in rows:
            add(changes, kind(**row))

    return add_each


_Add = Callable[[ChangeSet, Iterable[dict[str, Any]]], None]
_ADD: dict[str, _Add] = {
    "runs": _add_runs,
    "captures": _add_captures,
    "pages": _add_pages,
    "failures": _each(ChangeSet.add_failure, Failure),
    "mentions": _add_mentions,
    "unanswered": _each(ChangeSet.add_unanswered, Unanswered),
    "listings": _each(ChangeSet.add_listing, Listing),
    "fetched": _each(ChangeSet.add_fetched, Fetched),
}
