"""The tables of a shard, in Parquet: a public format, described in docs/shards.md.

:func:`rows_of` gives the rows for notes, :func:`tell` tells notes what rows say. Times are in UTC,
to the microsecond.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

import pyarrow as pa

from parsers.records import Link, QAPage, Responder, TopicLink
from pipelines.db.changeset import ChangeSet, PageText
from pipelines.db.ids import version_record
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
from pipelines.files.canonical_json import to_json

FORMAT = 1
"""The version of the format; it is raised when a field changes its meaning or goes."""

_TIME = pa.timestamp("us", tz="UTC")
_TEXT = pa.string()
_TEXTS = pa.list_(_TEXT)


def _struct(**members: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field(name, kind) for name, kind in members.items()])


_RESPONDER = _struct(
    name=_TEXT, credentials=_TEXTS, title=_TEXT, college=_TEXT, institution=_TEXT, url=_TEXT
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
    return pa.schema([(one.name, _kind(one.name)) for one in fields(value)])


SCHEMAS: dict[str, pa.Schema] = {
    "runs": pa.schema([
        ("uid", _TEXT), ("spider", _TEXT), ("arguments", _TEXT), ("started", _TIME),
        ("software", _TEXT), ("source", _TEXT), ("finished", _TIME), ("outcome", _TEXT),
        ("counts", _TEXT), ("alarms", _TEXTS),
    ]),
    "captures": _plain(CaptureRow).append(pa.field("gone", pa.bool_())),
    "pages": pa.schema([
        ("record_id", _TEXT), ("url", _TEXT), ("site", _TEXT), ("source_id", _TEXT),
        ("title", _TEXT), ("question", _TEXT), ("answer", _TEXT), ("answered_on", pa.date32()),
        ("responders", pa.list_(_RESPONDER)), ("topics", pa.list_(_TOPIC)),
        ("links", pa.list_(_LINK)), ("status", _TEXT), ("confidence", pa.float64()),
        ("warnings", _TEXTS), ("parser", _TEXT), ("origins", pa.list_(_ORIGIN)),
        ("version", _TEXT), ("words", _TEXT),
    ]),
    "failures": _plain(Failure),
    "mentions": pa.schema([(name, _TEXT) for name in ("record_id", *Mention._fields)]),
    "unanswered": _plain(Unanswered),
    "listings": _plain(Listing),
    "fetched": _plain(Fetched),
}  # fmt: skip
"""The tables by name, in the order in which they are loaded."""


def rows_of(notes: ChangeSet) -> dict[str, list[dict[str, Any]]]:
    """What notes hold, as rows of the tables."""
    return {
        "runs": [*map(_run_row, notes.crawls.values()), *map(_end_row, notes.ends.items())],
        "captures": [
            {**_values(one), "gone": one.record_id in notes.gone} for one in notes.rows.values()
        ],
        "pages": [_page_row(one) for one in notes.pages.values()],
        "failures": [_values(one) for one in notes.failures.values()],
        "mentions": [
            {"record_id": record_id, **one._asdict()}
            for record_id, some in notes.mentions.items()
            for one in some
        ],
        "unanswered": [_values(one) for one in notes.unanswered.values()],
        "listings": [_values(one) for one in notes.listings.values()],
        "fetched": [_values(one) for one in notes.fetched.values()],
    }


def _values(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__dataclass_fields__}


def _run_row(run: Crawl) -> dict[str, Any]:
    given = {"arguments": to_json(dict(run.arguments)), "software": to_json(dict(run.software))}
    return {**_values(run), **given, "finished": None, "outcome": None}


def _end_row(end: tuple[str, CrawlEnd]) -> dict[str, Any]:
    uid, one = end
    return {
        "uid": uid, "finished": one.finished, "outcome": one.outcome,
        "counts": to_json(dict(one.counts)), "alarms": list(one.alarms),
    }  # fmt: skip


def _page_row(text: PageText) -> dict[str, Any]:
    page = text.page
    return {
        **_values(page),
        "responders": [_values(one) for one in page.responders],
        "topics": [_values(one) for one in page.topics],
        "links": [_values(one) for one in page.links],
        "origins": [{"field": name, "landmark": how} for name, how in page.origins],
        "version": text.digest,
        "words": text.words,
    }


# -- and back ------------------------------------------------------------------------------


def tell(notes: ChangeSet, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Tell notes what rows of a table say."""
    _TELL[table](notes, rows)


def _tell_runs(notes: ChangeSet, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        if row["outcome"] is None:
            given = {name: json.loads(row[name]) for name in ("arguments", "software")}
            names = ("uid", "spider", "started", "source")
            notes.add_crawl(Crawl(**{name: row[name] for name in names}, **given))
        else:
            counts, alarms = json.loads(row["counts"]), tuple(row["alarms"])
            end = CrawlEnd(row["finished"], row["outcome"], counts, alarms)
            notes.finish_crawl(row["uid"], end)


def _tell_captures(notes: ChangeSet, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        if row.pop("gone"):
            notes.mark_gone(row["record_id"])
        notes.add_capture(CaptureRow(**row))


def _tell_pages(notes: ChangeSet, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        row["responders"] = tuple(
            Responder(**{**one, "credentials": tuple(one["credentials"])})
            for one in row["responders"]
        )
        row["topics"] = tuple(TopicLink(**one) for one in row["topics"])
        row["links"] = tuple(Link(**one) for one in row["links"])
        row["origins"] = tuple((one["field"], one["landmark"]) for one in row["origins"])
        row["warnings"] = tuple(row["warnings"])
        version, words = row.pop("version"), row.pop("words")
        page = QAPage(**row)
        notes.pages.setdefault(page.record_id, PageText(page, version_record(page), version, words))


def _tell_mentions(notes: ChangeSet, rows: Iterable[dict[str, Any]]) -> None:
    found: dict[str, list[Mention]] = {}
    for row in rows:
        found.setdefault(row.pop("record_id"), []).append(Mention(**row))
    for record_id, some in found.items():
        notes.add_mentions(record_id, tuple(some))


def _each(add: Callable[[ChangeSet, Any], None], kind: Callable[..., Any]) -> _Tell:
    def tell_each(notes: ChangeSet, rows: Iterable[dict[str, Any]]) -> None:
        for row in rows:
            add(notes, kind(**row))

    return tell_each


_Tell = Callable[[ChangeSet, Iterable[dict[str, Any]]], None]
_TELL: dict[str, _Tell] = {
    "runs": _tell_runs,
    "captures": _tell_captures,
    "pages": _tell_pages,
    "failures": _each(ChangeSet.add_failure, Failure),
    "mentions": _tell_mentions,
    "unanswered": _each(ChangeSet.add_unanswered, Unanswered),
    "listings": _each(ChangeSet.add_listing, Listing),
    "fetched": _each(ChangeSet.add_fetched, Fetched),
}
