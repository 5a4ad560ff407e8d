"""What the pages show, read from the archive: SQL in, plain dictionaries out.

Each function gets a connection and does all reads of one page, so a page costs one trip to
the database and, inside :func:`snapshot`, is of one moment even while a crawl commits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from sqlite3 import Connection
from typing import Any

from publish.data.lacking import lacking

Row = dict[str, Any]


@contextmanager
def snapshot(connection: Connection) -> Iterator[Connection]:
    """Open one read transaction, so that several queries see the same archive."""
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        connection.execute("ROLLBACK")


def rows(connection: Connection, sql: str, **params: Any) -> list[Row]:
    """Return all rows of a query as dictionaries."""
    return [dict(row) for row in connection.execute(sql, params)]


def first(connection: Connection, sql: str, **params: Any) -> Row | None:
    """Return the first row of a query, or None."""
    row = connection.execute(sql, params).fetchone()
    return dict(row) if row else None


def rows_by_id(connection: Connection, sql: str, ids: Iterable[int]) -> dict[Any, Row]:
    """Return the rows with these ids by their id, in that order; ids without a row are left out.

    :param sql: a query of rows with an ``id``, with ``{}`` for the list of ids
    """
    listed = list(ids)
    cursor = connection.execute(sql.format(", ".join("?" * len(listed))), listed)
    names = [column[0] for column in cursor.description]
    by_id = {row["id"]: row for row in (dict(zip(names, row, strict=True)) for row in cursor)}
    return {id_: by_id[id_] for id_ in listed if id_ in by_id}


def numbered(prefix: str, values: Iterable[Any]) -> tuple[str, Row]:
    """Return the placeholders of an ``IN (...)``, and their parameters."""
    params = {f"{prefix}{place}": value for place, value in enumerate(values)}
    return ", ".join(f":{name}" for name in params), params


_QUESTION = """
SELECT q.*, s.title AS site_title FROM questions q LEFT JOIN sites s ON s.name = q.site
WHERE q.site = :site AND q.source_id = :source_id"""
_ANSWERS = "SELECT * FROM answers WHERE question_id = :id ORDER BY position"
_EXPERTS = """
SELECT a.position AS answer, r.* FROM answers a JOIN answer_responders r ON r.answer_id = a.id
WHERE a.question_id = :id ORDER BY a.position, r.position"""
_TOPICS = """
SELECT t.* FROM question_topics qt JOIN topics t ON t.id = qt.topic_id
WHERE qt.question_id = :id ORDER BY qt.position"""
_LINKS = "SELECT text, url FROM links WHERE question_id = :id ORDER BY position"
# The captures that the pages of a thread are shown from: the first is the question's own.
_CAPTURES = """
SELECT p.part, c.*, r.spider
FROM (SELECT 1 AS part, :capture_id AS capture_id
      UNION SELECT part, capture_id FROM answers WHERE question_id = :id AND part > 1) p
JOIN captures c ON c.id = p.capture_id LEFT JOIN crawls r ON r.id = c.crawl_id
ORDER BY p.part, c.id"""


def question(connection: Connection, site: str, source_id: str) -> Row | None:
    """A question with all that belongs to it, or None if the archive has no such question.

    ``responders`` are the experts of all answers, each once; ``capture`` is that of the
    question's own page, ``further_captures`` those of a thread's further pages.
    ``lacking`` says what could not be captured of it.
    """
    with snapshot(connection):
        row = first(connection, _QUESTION, site=site, source_id=source_id)
        if row is None:
            return None
        number = row["id"]
        by_answer: dict[int, list[Row]] = {}
        for expert in rows(connection, _EXPERTS, id=number):
            by_answer.setdefault(expert["answer"], []).append(expert)
        captures = rows(connection, _CAPTURES, id=number, capture_id=row["capture_id"])
        return {
            **row,
            "warnings": strings(row["warnings"]),
            "sources": strings(row["sources"]),
            "version_count": row["versions"],
            "answers": [
                {**answer, "responders": by_answer.get(answer["position"], [])}
                for answer in rows(connection, _ANSWERS, id=number)
            ],
            "responders": _each_once(chain(*by_answer.values())),
            "topics": rows(connection, _TOPICS, id=number),
            "links": rows(connection, _LINKS, id=number),
            "capture": next((each for each in captures if each["part"] == 1), None),
            "lacking": lacking(connection, row["url"], captures),
            "further_captures": [each for each in captures if each["part"] > 1],
        }


def _each_once(experts: Iterable[Row]) -> list[Row]:
    """Whoever signed several answers, as the first of them prints it."""
    first_prints: dict[int, Row] = {}
    for expert in experts:
        first_prints.setdefault(expert["responder_id"], expert)
    return list(first_prints.values())


_KEY = """
SELECT id, title, url, capture_id FROM questions WHERE site = :site AND source_id = :source_id"""


def key_of(connection: Connection, site: str, source_id: str) -> Row | None:
    """Return a question's number, title, URL and the capture that its page shows; or None."""
    return first(connection, _KEY, site=site, source_id=source_id)


def sites(connection: Connection) -> list[Row]:
    """The sites that have questions, with their titles and counts, that with most first."""
    return rows(
        connection,
        "SELECT q.site AS name, coalesce(s.title, q.site) AS title, count(*) AS n "
        "FROM questions q LEFT JOIN sites s ON s.name = q.site "
        "GROUP BY q.site ORDER BY n DESC, q.site",
    )


def strings(value: str | None) -> list[str]:
    """Return a JSON list of strings; whatever else the column holds becomes one string."""
    try:
        content = json.loads(value or "[]")
    except ValueError:
        return [value or ""]
    return [str(item) for item in content] if isinstance(content, list) else [str(content)]
