"""Changes as rows of the tables of a shard, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

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

TABLES = tuple(_ADD)
"""Their names, in the order in which they are loaded."""
