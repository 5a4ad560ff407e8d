"""Reads the comparable fields of every question out of an archive.db."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pipelines.db.connection import open_read_only

Found = dict[str, str | bool | tuple[str | None, ...] | None]

QUESTIONS = """
SELECT id, site, source_id, url, title, question, answer, answered_on, status,
       gone_at IS NOT NULL AS gone FROM questions
"""
RESPONDERS = """
SELECT l.question_id, l.name, l.credentials, l.title, l.college, l.institution, l.url
FROM question_responders l JOIN responders r ON r.id = l.responder_id
ORDER BY l.question_id, l.position
"""
TOPICS = """
SELECT l.question_id, l.name, l.url
FROM question_topics l JOIN topics t ON t.id = l.topic_id ORDER BY l.question_id, l.position
"""
LINKS = "SELECT question_id, text, url FROM links ORDER BY question_id, position"
LISTS = {"responders": RESPONDERS, "topics": TOPICS, "links": LINKS}


class UnreadableArchive(Exception):
    """There is no archive, or it is not one."""


def read_archive(path: Path) -> dict[tuple[str, str], Found]:
    """The fields of every question, by (site, source id). Lists are tuples, in order.

    :raises UnreadableArchive: if the file is missing or its tables cannot be read
    """
    if not path.is_file():
        raise UnreadableArchive(f"there is no archive {path}")
    try:
        with closing(open_read_only(path)) as connection:
            connection.row_factory = sqlite3.Row
            return _read(connection)
    except sqlite3.Error as error:
        raise UnreadableArchive(f"cannot read {path}: {error}") from error


def _read(connection: sqlite3.Connection) -> dict[tuple[str, str], Found]:
    by_row: dict[int, Found] = {}
    by_key: dict[tuple[str, str], Found] = {}
    for row in connection.execute(QUESTIONS):
        found: Found = {name: row[name] for name in row.keys()[3:-1]}
        found["gone"] = bool(row["gone"])
        by_row[row["id"]] = by_key[row["site"], row["source_id"]] = found
    for label, statement in LISTS.items():
        _add_lists(connection, label, statement, by_row)
    return by_key


def _add_lists(
    connection: sqlite3.Connection, label: str, statement: str, by_row: dict[int, Found]
) -> None:
    cursor = connection.execute(statement)
    names = [column[0] for column in cursor.description[1:]]
    collected: dict[int, list[tuple[str | None, ...]]] = {}
    for row in cursor:
        collected.setdefault(row[0], []).append(tuple(row)[1:])
    for key, found in by_row.items():
        rows = collected.get(key, [])
        for place, name in enumerate(names):
            found[f"{label}.{name}"] = tuple(row[place] for row in rows)
