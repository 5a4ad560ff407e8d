"""What the pages show, read from the archive: SQL in, plain dictionaries out.

Each function gets a connection and does all reads of one page, so a page costs one trip to
the database and, inside :func:`snapshot`, is of one moment even while a crawl commits.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection
from typing import Any

Row = dict[str, Any]
LIST_SIZE = 30


@contextmanager
def snapshot(connection: Connection) -> Iterator[Connection]:
    """One read transaction, so that several queries see the same archive."""
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        connection.execute("ROLLBACK")


def rows(connection: Connection, sql: str, **params: Any) -> list[Row]:
    """All rows of a query as dictionaries."""
    return [dict(row) for row in connection.execute(sql, params)]


def first(connection: Connection, sql: str, **params: Any) -> Row | None:
    """The first row of a query, or None."""
    row = connection.execute(sql, params).fetchone()
    return dict(row) if row else None


def slug(name: str | None) -> str:
    """A name as it may stand in an address: "Arthur T Ollendorff" is arthur-t-ollendorff."""
    plain = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def question(connection: Connection, site: str, source_id: str) -> Row | None:
    """A question with all that belongs to it, or None if the archive has no such question."""
    with snapshot(connection):
        found = first(
            connection,
            "SELECT * FROM questions WHERE site = :site AND source_id = :source_id",
            site=site,
            source_id=source_id,
        )
        if found is None:
            return None
        number = found["id"]
        return {
            **found,
            "warnings": strings(found["warnings"]),
            "version_count": found["versions"],
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
                id=found["capture_id"],
            ),
        }


def strings(value: str | None) -> list[str]:
    """A JSON list of strings; whatever else the column holds becomes one string."""
    try:
        found = json.loads(value or "[]")
    except ValueError:
        return [value or ""]
    return [str(item) for item in found] if isinstance(found, list) else [str(found)]


_LISTED = """
SELECT q.id, q.site, q.source_id, q.title, q.year, q.status, q.gone_at,
       substr(q.question, 1, 500) AS question,
       t.name AS topic, t.slug, r.id AS responder_id, r.name AS responder, r.credentials
FROM questions q
LEFT JOIN topics t ON t.id = q.topic_id
LEFT JOIN responders r ON r.id = q.responder_id
WHERE q.id IN (
  SELECT q.id FROM {link} l JOIN questions q ON q.id = l.question_id
  WHERE l.{column} = :id ORDER BY q.year DESC, q.id DESC LIMIT :limit OFFSET :offset)
ORDER BY q.year DESC, q.id DESC"""

_LISTS = {
    "topic": _LISTED.format(link="question_topics", column="topic_id"),
    "responder": _LISTED.format(link="question_responders", column="responder_id"),
}
_COUNTS = {
    "topic": "SELECT count(DISTINCT question_id) AS n FROM question_topics WHERE topic_id = :id",
    "responder": (
        "SELECT count(DISTINCT question_id) AS n FROM question_responders WHERE responder_id = :id"
    ),
}
_YEARS = """
SELECT q.year, count(*) AS n FROM {link} l JOIN questions q ON q.id = l.question_id
WHERE l.{column} = :id AND q.year IS NOT NULL GROUP BY q.year ORDER BY q.year"""


def topic(connection: Connection, name: str, page: int) -> Row | None:
    """A health topic by its slug, with one page of its questions; or None."""
    with snapshot(connection):
        found = first(connection, "SELECT * FROM topics WHERE slug = :slug", slug=name)
        if found is None:
            return None
        return {
            **found,
            **_listing(connection, "topic", found["id"], page),
            "years": rows(
                connection,
                _YEARS.format(link="question_topics", column="topic_id"),
                id=found["id"],
            ),
            "people": rows(
                connection,
                "SELECT r.id, r.name, r.credentials, count(*) AS n FROM question_topics qt "
                "JOIN question_responders qr ON qr.question_id = qt.question_id "
                "JOIN responders r ON r.id = qr.responder_id WHERE qt.topic_id = :id "
                "GROUP BY r.id ORDER BY n DESC, r.name LIMIT 12",
                id=found["id"],
            ),
        }


def responders_called(connection: Connection, name: str) -> list[Row]:
    """The people whose number is ``name``, or whose name has that slug."""
    if name.isascii() and name.isdigit() and len(name) < 19:
        return rows(connection, "SELECT * FROM responders WHERE id = :id", id=int(name))
    found = rows(connection, "SELECT * FROM responders ORDER BY name, id")
    return [person for person in found if slug(person["name"]) == name]


def responder(connection: Connection, person: Row, page: int) -> Row:
    """A responder with one page of what they answered."""
    with snapshot(connection):
        return {
            **person,
            **_listing(connection, "responder", person["id"], page),
            "years": rows(
                connection,
                _YEARS.format(link="question_responders", column="responder_id"),
                id=person["id"],
            ),
            "printed_as": rows(
                connection,
                "SELECT name, credentials, title, college, institution, count(*) AS n "
                "FROM question_responders WHERE responder_id = :id "
                "GROUP BY 1, 2, 3, 4, 5 ORDER BY n DESC LIMIT 20",
                id=person["id"],
            ),
            "topics": rows(
                connection,
                "SELECT t.name, t.slug, count(*) AS n FROM question_responders qr "
                "JOIN question_topics qt ON qt.question_id = qr.question_id "
                "JOIN topics t ON t.id = qt.topic_id WHERE qr.responder_id = :id "
                "GROUP BY t.id ORDER BY n DESC, t.name LIMIT 12",
                id=person["id"],
            ),
        }


def _listing(connection: Connection, kind: str, number: int, page: int) -> Row:
    count = first(connection, _COUNTS[kind], id=number)
    return {
        "count": count["n"] if count else 0,
        "questions": rows(
            connection, _LISTS[kind], id=number, limit=LIST_SIZE, offset=(page - 1) * LIST_SIZE
        ),
    }
