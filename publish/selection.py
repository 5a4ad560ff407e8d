"""From what was asked to the questions that match: SQL in, row numbers out.

Pages, exports, citation lists and charts all take their questions from here, so that the
same address means the same questions everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, Literal

from publish.asked import Asked
from publish.search import WEIGHTS, terms

Mode = Literal["every", "all", "any", "none"]


@dataclass(frozen=True, slots=True)
class Selection:
    """The questions that match, as a condition on ``questions q``.

    ``mode`` tells how the words were taken: ``every`` (no words were given), ``all`` of
    them, ``any`` of them, or ``none`` (no question has even one). ``match`` is the FTS5
    query, None where no words were given.
    """

    asked: Asked
    mode: Mode
    match: str | None
    where: str
    params: dict[str, Any]


_CONDITIONS = {
    "topic": (
        "q.id IN (SELECT qt.question_id FROM question_topics qt JOIN topics t "
        "ON t.id = qt.topic_id WHERE t.slug IN ({}))"
    ),
    "responder": (
        "q.id IN (SELECT question_id FROM question_responders WHERE responder_id IN ({}))"
    ),
    "institution": (
        "q.id IN (SELECT question_id FROM question_responders WHERE institution IN ({}))"
    ),
    "year": "q.year IN ({})",
    "status": "q.status IN ({})",
}


def select(connection: Connection, asked: Asked) -> Selection:
    """Decide how the words are taken: all of them, or any if no question has them all."""
    conditions, params = _filters(asked)
    words = terms(asked.text)
    if not words.phrases:
        # A text without a single word (punctuation) finds nothing rather than everything.
        mode: Mode = "none" if asked.text.strip() else "every"
        where = " AND ".join(conditions) or "1"
        return Selection(asked, mode, None, "0" if mode == "none" else where, params)
    found = "q.id IN (SELECT rowid FROM questions_fts WHERE questions_fts MATCH :match)"
    where = " AND ".join([found, *conditions])
    for mode, match in (("all", words.all()), ("any", words.any())):
        selection = Selection(asked, mode, match, where, {**params, "match": match})
        if next(ids(connection, selection), None) is not None:
            return selection
    return Selection(asked, "none", match, "0", params)


def _filters(asked: Asked) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    params: dict[str, Any] = {}
    for name, values in asked.filters.items():
        named = {f"{name}{i}": value for i, value in enumerate(values)}
        conditions.append(_CONDITIONS[name].format(", ".join(f":{key}" for key in named)))
        params |= named
    return conditions, params


def count(connection: Connection, selection: Selection) -> int:
    """How many questions match."""
    sql = f"SELECT count(*) FROM questions q WHERE {selection.where}"
    return int(connection.execute(sql, selection.params).fetchone()[0])


def ids(connection: Connection, selection: Selection) -> Iterator[int]:
    """The row numbers of all matching questions, ascending; read as they are taken."""
    sql = f"SELECT q.id FROM questions q WHERE {selection.where} ORDER BY q.id"
    return (row[0] for row in connection.execute(sql, selection.params))


def ranked(connection: Connection, selection: Selection, limit: int, offset: int = 0) -> list[int]:
    """The row numbers of one page of matches, in the order that was asked for."""
    bounds = {"limit": limit, "offset": offset}
    if selection.match and selection.mode != "none" and selection.asked.sort == "relevance":
        sql = (
            "SELECT q.id FROM questions_fts f JOIN questions q ON q.id = f.rowid "
            f"WHERE f.questions_fts MATCH :match AND {selection.where} "
            f"ORDER BY bm25(questions_fts, {WEIGHTS}), q.id LIMIT :limit OFFSET :offset"
        )
    else:
        order = "q.answered_on IS NULL, q.answered_on, q.id"
        if selection.asked.sort != "oldest":
            order = "q.answered_on IS NULL, q.answered_on DESC, q.id"
        sql = (
            f"SELECT q.id FROM questions q WHERE {selection.where} "
            f"ORDER BY {order} LIMIT :limit OFFSET :offset"
        )
    return [row[0] for row in connection.execute(sql, {**selection.params, **bounds})]
