"""The rows of exports, one after the other, in little memory.

Questions with their people, topics and links; or the answers of these questions.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from sqlite3 import Connection, Row
from typing import Any

from publish.data.records import strings
from publish.data.urls import answer_path, question_path
from publish.export.fields import ANSWERS, PARTS, QUESTIONS

#: A row by the names of the fields of its :class:`publish.export.fields.ExportTable`.
Record = dict[str, Any]

# Questions whose topics, responders, links or answers are read together.
BATCH = 500

_QUESTIONS = """
SELECT q.id, q.site, q.source_id, q.url, q.title, q.question, q.answer, q.answered_on, q.year,
    q.status, q.institution, q.asker, q.asked_on, q.language, q.answers, q.parts,
    s.title AS site_title, q.first_captured_at, q.last_captured_at, q.last_changed_at,
    q.versions, q.sources, q.gone_at, q.confidence, q.warnings, q.parser,
    c.captured_at, c.record_id, c.digest, c.warc_file, c.offset, c.length, c.source
FROM questions q LEFT JOIN captures c ON c.id = q.capture_id LEFT JOIN sites s ON s.name = q.site
WHERE q.id IN (SELECT value FROM json_each(?)) ORDER BY q.id"""
_ANSWERS = """
SELECT a.*, q.site, q.source_id, q.title, q.parser,
    c.captured_at, c.record_id, c.digest, c.warc_file, c.offset, c.length, c.source
FROM answers a JOIN questions q ON q.id = a.question_id LEFT JOIN captures c ON c.id = a.capture_id
WHERE a.question_id IN (SELECT value FROM json_each(?)) ORDER BY a.question_id, a.position"""
_LINKS = f"""
SELECT question_id, {", ".join(PARTS["links"])} FROM links
WHERE question_id IN (SELECT value FROM json_each(?)) ORDER BY question_id, position"""
# By their question or by their answer.
_PEOPLE = f"""
SELECT {{key}}, {", ".join(f"r.{name}" for name in PARTS["people"])}
FROM answers a JOIN answer_responders r ON r.answer_id = a.id
WHERE a.question_id IN (SELECT value FROM json_each(?))
ORDER BY a.question_id, a.position, r.position"""
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


def read_questions(connection: Connection, ids: Iterable[int]) -> Iterator[Record]:
    """Yield the questions with these row ids, which ascend; read as they are taken.

    The connection must be in one read transaction from before ``ids`` was begun, see
    :func:`prepare_connection` too.

    :raises ExportError: a row id has no question
    """
    for batch in _batches(ids):
        listed = json.dumps(batch)
        topics = _grouped(connection, _TOPICS, listed)
        people = _grouped(connection, _PEOPLE.format(key="a.question_id"), listed)
        links = _grouped(connection, _LINKS, listed)
        count = 0
        # Not all at once: the texts of 500 questions may be long.
        for row in connection.execute(_QUESTIONS, (listed,)):
            count += 1
            id_ = row["id"]
            yield _question(row, [name for (name,) in topics[id_]], people[id_], links[id_])
        if count != len(batch):
            raise ExportError(f"{len(batch)} questions were to be read, {count} are there")


def read_answers(connection: Connection, ids: Iterable[int]) -> Iterator[Record]:
    """Yield the answers to the questions with these row ids, likewise."""
    for batch in _batches(ids):
        listed = json.dumps(batch)
        people = _grouped(connection, _PEOPLE.format(key="a.id"), listed)
        for row in connection.execute(_ANSWERS, (listed,)):
            yield _answer(row, people[row["id"]])


def count_answers(connection: Connection, ids: Iterable[int]) -> int:
    """Return how many answers these questions have."""
    sql = "SELECT count(*) FROM answers WHERE question_id IN (SELECT value FROM json_each(?))"
    return sum(
        connection.execute(sql, (json.dumps(batch),)).fetchone()[0] for batch in _batches(ids)
    )


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _grouped(
    connection: Connection, sql: str, listed: str
) -> defaultdict[int, list[tuple[Any, ...]]]:
    groups: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for id_, *parts in connection.execute(sql, (listed,)):
        groups[id_].append(tuple(parts))
    return groups


def _question(
    row: Row, topics: list[str], people: list[tuple[Any, ...]], links: list[tuple[Any, ...]]
) -> Record:
    experts = _objects("people", dict.fromkeys(people))  # each once, whatever they answered
    values = {
        **dict(row),
        "address": question_path(row["site"], row["source_id"]),
        "topic": topics[0] if topics else None,
        "responder": experts[0]["name"] if experts else None,
        "topics": topics,
        "responders": experts,
        "links": _objects("links", links),
        "warnings": strings(row["warnings"]),
        "sources": strings(row["sources"]),
    }
    return {name: values[name] for name in QUESTIONS.names}


def _answer(row: Row, people: list[tuple[Any, ...]]) -> Record:
    experts = _objects("people", people)
    values = {
        **dict(row),
        "address": answer_path(row["site"], row["source_id"], row["position"]),
        "responder": experts[0]["name"] if experts else None,
        "responders": experts,
    }
    return {name: values[name] for name in ANSWERS.names}


def _objects(kind: str, parts: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(PARTS[kind], values, strict=True)) for values in parts]
