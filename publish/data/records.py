"""What the pages show, read from the archive: SQL in, plain dictionaries out.

Each function gets a connection and does all reads of one page, so a page costs one trip to
the database and, inside :func:`snapshot`, is of one moment even while a crawl commits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from sqlite3 import Connection
from typing import Any

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


def question(connection: Connection, site: str, source_id: str) -> Row | None:
    """A question with all that belongs to it, or None if the archive has no such question."""
    with snapshot(connection):
        row = first(
            connection,
            "SELECT * FROM questions WHERE site = :site AND source_id = :source_id",
            site=site,
            source_id=source_id,
        )
        if row is None:
            return None
        number = row["id"]
        return {
            **row,
            "warnings": strings(row["warnings"]),
            "sources": strings(row["sources"]),
            "version_count": row["versions"],
            "responders": rows(
                connection,
                "SELECT * FROM question_responders WHERE question_id = :id ORDER BY position",
                id=number,
            ),
            "topics": rows(
                connection,
                "SELECT t.* FROM question_topics qt JOIN topics t ON t.id = qt.topic_id "
                "WHERE qt.question_id = :id ORDER BY qt.position",
                id=number,
            ),
            "links": rows(
                connection,
                "SELECT text, url FROM links WHERE question_id = :id ORDER BY position",
                id=number,
            ),
            "capture": first(
                connection,
                "SELECT c.*, r.spider FROM captures c LEFT JOIN crawls r ON r.id = c.crawl_id "
                "WHERE c.id = :id",
                id=row["capture_id"],
            ),
        }


def key_of(connection: Connection, site: str, source_id: str) -> Row | None:
    """Return a question's number, title and URL, and the version that its page shows; or None."""
    return first(
        connection,
        "SELECT q.id, q.title, q.url, c.version_id FROM questions q "
        "LEFT JOIN captures c ON c.id = q.capture_id "
        "WHERE q.site = :site AND q.source_id = :source_id",
        site=site,
        source_id=source_id,
    )


def strings(value: str | None) -> list[str]:
    """Return a JSON list of strings; whatever else the column holds becomes one string."""
    try:
        content = json.loads(value or "[]")
    except ValueError:
        return [value or ""]
    return [str(item) for item in content] if isinstance(content, list) else [str(content)]
