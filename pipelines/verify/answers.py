"""Whether the answers of questions are those of the texts that they are shown from."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from parsers.records import QAPage
from pipelines.db.members import merged_members
from pipelines.db.rules import text_of
from pipelines.store.people import printed
from pipelines.store.threads import whole_page

#: The texts of the pages that each question is shown from.
_TEXTS = """
SELECT q.id, v.part, v.record, v.members FROM (
    SELECT id, capture_id FROM questions UNION SELECT question_id, capture_id FROM answers) e
JOIN questions q ON q.id = e.id
JOIN sightings s ON s.capture_id = e.capture_id
JOIN versions v ON v.id = s.version_id AND v.question_id = q.id
ORDER BY q.id, v.part"""
_ASKED = "SELECT asker, asked_on FROM questions WHERE id = ?"
_ANSWERS = """
SELECT id, text, author, answered_on, accepted, score, url FROM answers
WHERE question_id = ? ORDER BY position"""
_PEOPLE = """
SELECT name, credentials, title, college, institution, url FROM answer_responders
WHERE answer_id = ? ORDER BY position"""


def differing_answers(connection: sqlite3.Connection) -> Iterator[int]:
    """Yield the ids of questions whose rows have other answers, or another asker, than their
    texts. Of what a snapshot for the public leaves out, nothing can be said."""
    for id_, rows in groupby(connection.execute(_TEXTS), key=lambda row: row[0]):
        try:
            parts = [(_page(text, part), json.loads(members)) for _, part, text, members in rows]
        except (KeyError, TypeError, ValueError):  # the text is none of ours
            yield id_
            continue
        if len(parts) > 1 and not all(members for _, members in parts):
            continue
        if _of_page(whole_page(merged_members(parts))) != _of_rows(connection, id_):
            yield id_


def _page(record: str, part: int) -> QAPage:
    return QAPage(
        **text_of(record), url="", site="", source_id="", confidence=1.0, warnings=(), parser="",
        record_id="", part=part,
    )  # fmt: skip


def _of_page(page: QAPage) -> list[Any]:
    answers = [
        (
            (
                each.text,
                each.author,
                _iso(each.answered_on),
                int(each.accepted),
                each.score,
                each.url,
            ),
            [printed(person) for person in each.responders],
        )
        for each in page.answers
    ]
    return [(page.asker, _iso(page.asked_on)), *answers]


def _of_rows(connection: sqlite3.Connection, question_id: int) -> list[Any]:
    asked = connection.execute(_ASKED, (question_id,)).fetchone()
    answers = [
        (row, connection.execute(_PEOPLE, (id_,)).fetchall())
        for id_, *values in connection.execute(_ANSWERS, (question_id,)).fetchall()
        for row in (tuple(values),)
    ]
    return [asked, *answers]


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None
