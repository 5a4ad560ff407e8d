"""Questions with their people, topics and links, one after the other, in little memory."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from sqlite3 import Connection, Row
from typing import Any

from publish.data.records import strings
from publish.data.urls import question_path
from publish.export.fields import NAMES, PARTS

#: A question by the names of :data:`publish.export.fields.FIELDS`.
Record = dict[str, Any]

# Questions whose topics, responders and links are read together.
BATCH = 500

_QUESTIONS = """
SELECT q.id, q.site, q.source_id, q.url, q.title, q.question, q.answer, q.answered_on, q.year,
    q.status, q.institution, q.first_captured_at, q.last_captured_at, q.last_changed_at,
    q.versions, q.sources, q.gone_at, q.confidence, q.warnings, q.parser,
    c.captured_at, c.record_id, c.digest, c.warc_file, c.offset, c.length, c.source
FROM questions q LEFT JOIN captures c ON c.id = q.capture_id
WHERE q.id IN (SELECT value FROM json_each(?)) ORDER BY q.id"""
_PART = """
SELECT question_id, {columns} FROM {table}
WHERE question_id IN (SELECT value FROM json_each(?)) ORDER BY question_id, position"""
# The name of a topic as the archive has it, which is what the filters and pages call it.
_TOPICS = """
SELECT qt.question_id, t.name FROM question_topics qt JOIN topics t ON t.id = qt.topic_id
WHERE qt.question_id IN (SELECT value FROM json_each(?)) ORDER BY qt.question_id, qt.position"""


class ExportError(Exception):
    """An export cannot be made, or not to its end. The message says why."""


def prepare_connection(connection: Connection) -> None:
    """Have rows by name, and bytes that are no UTF-8 as U+FFFD: no row stops an export."""
    connection.row_factory = Row
    connection.text_factory = lambda text: str(text, "utf-8", "replace")


def read_records(connection: Connection, ids: Iterable[int]) -> Iterator[Record]:
    """Yield the questions with these row ids, which ascend; read as they are taken.

    The connection must be in one read transaction from before ``ids`` was begun, see
    :func:`prepare_connection` too.

    :raises ExportError: a row id has no question
    """
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH)):
        yield from _batch(connection, batch)


def _batch(connection: Connection, batch: list[int]) -> Iterator[Record]:
    listed = json.dumps(batch)
    topics = _grouped(connection, _TOPICS, listed)
    people = _grouped(connection, _part("question_responders", "people"), listed)
    links = _grouped(connection, _part("links", "links"), listed)
    count = 0
    # Not all at once: the texts of 500 questions may be long.
    for row in connection.execute(_QUESTIONS, (listed,)):
        count += 1
        id_ = row["id"]
        yield _record(
            row, [name for (name,) in topics[id_]],
            [dict(zip(PARTS["people"], parts, strict=True)) for parts in people[id_]],
            [dict(zip(PARTS["links"], parts, strict=True)) for parts in links[id_]],
        )  # fmt: skip
    if count != len(batch):
        raise ExportError(f"{len(batch)} questions were to be read, {count} are there")


def _part(table: str, kind: str) -> str:
    return _PART.format(table=table, columns=", ".join(PARTS[kind]))


def _grouped(
    connection: Connection, sql: str, listed: str
) -> defaultdict[int, list[tuple[Any, ...]]]:
    groups: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for id_, *parts in connection.execute(sql, (listed,)):
        groups[id_].append(tuple(parts))
    return groups


def _record(
    row: Row, topics: list[str], people: list[dict[str, Any]], links: list[dict[str, Any]]
) -> Record:
    values = {
        **dict(row),
        "address": question_path(row["site"], row["source_id"]),
        "topic": topics[0] if topics else None,
        "responder": people[0]["name"] if people else None,
        "topics": topics,
        "responders": people,
        "links": links,
        "warnings": strings(row["warnings"]),
        "sources": strings(row["sources"]),
    }
    return {name: values[name] for name in NAMES}
