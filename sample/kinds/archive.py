"""Reads the comparable fields of a site's questions out of an archive.db, answers included."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from pipelines.db.connection import open_read_only
from sample.archive import UnreadableArchive
from sample.comparison import Value

QUESTIONS = """
SELECT id, source_id, url, title, question, status, asker, asked_on, parts,
       gone_at IS NOT NULL AS gone FROM questions WHERE site = ?
"""
ANSWERS = """
SELECT a.id, a.question_id, a.text, a.author, a.answered_on, a.accepted, a.score
FROM answers a JOIN questions q ON q.id = a.question_id WHERE q.site = ?
ORDER BY a.question_id, a.position
"""
RESPONDERS = """
SELECT r.answer_id, r.name, r.credentials FROM answer_responders r
ORDER BY r.answer_id, r.position
"""
FAILURES = "SELECT url, reason FROM failures"


def read_questions(path: Path, site: str) -> dict[str, dict[str, Value]]:
    """The fields of every question of a site, by source id. Lists are tuples, in order.

    :raises UnreadableArchive: if the file is missing or its tables cannot be read
    """
    if not path.is_file():
        raise UnreadableArchive(f"there is no archive {path}")
    try:
        with closing(open_read_only(path)) as connection:
            connection.row_factory = sqlite3.Row
            return _read(connection, site)
    except sqlite3.Error as error:
        raise UnreadableArchive(f"cannot read {path}: {error}") from error


def _read(connection: sqlite3.Connection, site: str) -> dict[str, dict[str, Value]]:
    experts: dict[int, list[tuple[str, str]]] = {}
    for answer_id, name, credentials in connection.execute(RESPONDERS):
        experts.setdefault(answer_id, []).append((name, credentials or ""))
    answers: dict[int, list[Mapping[str, Value]]] = {}
    for row in connection.execute(ANSWERS, (site,)):
        people = experts.get(row["id"], [])
        answers.setdefault(row["question_id"], []).append(
            {
                "text": row["text"],
                "author": row["author"],
                "answered_on": row["answered_on"],
                "accepted": bool(row["accepted"]),
                "score": row["score"],
                "responders": "; ".join(name for name, _ in people),
                "credentials": "; ".join(held for _, held in people),
            }
        )
    return {
        row["source_id"]: {
            "url": address(row["url"]),
            **{name: row[name] for name in ("title", "question", "status", "asker", "asked_on")},
            "parts": row["parts"],
            "gone": bool(row["gone"]),
            **columns(answers.get(row["id"], [])),
        }
        for row in connection.execute(QUESTIONS, (site,))
    }


ANSWER_FIELDS = (
    "text", "author", "answered_on", "accepted", "score", "responders", "credentials",
)  # fmt: skip


def columns(answers: list[Mapping[str, Value]]) -> dict[str, Value]:
    """Answers as fields of a question: a tuple for each of their own fields."""
    return {
        f"answers.{name}": tuple(_single(answer[name]) for answer in answers)
        for name in ANSWER_FIELDS
    }


def _single(value: Value) -> str | int | None:
    assert not isinstance(value, tuple)
    return value


def address(url: str) -> str:
    """A URL without its host, for a server's port is another each time."""
    parts = urlsplit(url)
    return parts._replace(scheme="", netloc="").geturl()


def unread_pages(path: Path) -> dict[str, str]:
    """Why pages could not be read: reasons by address.

    :raises UnreadableArchive: if the file is missing or its tables cannot be read
    """
    if not path.is_file():
        raise UnreadableArchive(f"there is no archive {path}")
    try:
        with closing(open_read_only(path)) as connection:
            return {address(url): reason for url, reason in connection.execute(FAILURES)}
    except sqlite3.Error as error:
        raise UnreadableArchive(f"cannot read {path}: {error}") from error
