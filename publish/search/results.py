"""One page of results: the facts of questions, and their texts with the words marked."""

from __future__ import annotations

import threading
from sqlite3 import Connection, connect
from typing import Any

from publish.data.records import rows_by_id
from publish.data.texts import MARK_END, MARK_START

PAGE_SIZE = 20
#: Nobody reads further; a file has them all.
LAST_PAGE = 50

_RESULTS = """
SELECT q.id, q.site, coalesce(s.title, q.site) AS site_title, q.source_id, q.url, q.title,
       q.question, q.answer, q.answers, q.year, q.status, q.institution, q.gone_at,
       t.name AS topic, t.slug, r.id AS responder_id, r.name AS responder, r.credentials
FROM questions q
LEFT JOIN topics t ON t.id = q.topic_id
LEFT JOIN responders r ON r.id = q.responder_id
LEFT JOIN sites s ON s.name = q.site
WHERE q.id IN ({})"""

# The same words as the archive's own index has (pipelines/db/migrations/m003_full_text.sql),
# for one page of texts.
_PAGE = """
CREATE VIRTUAL TABLE page USING fts5(
    title, question, answer, tokenize='porter unicode61 remove_diacritics 2'
)"""
_MARK = f"char({ord(MARK_START)}), char({ord(MARK_END)})"
_MARKED = f"""
SELECT rowid, highlight(page, 0, {_MARK}),
       snippet(page, 1, {_MARK}, '…', 40), snippet(page, 2, {_MARK}, '…', 40)
FROM page WHERE page MATCH ?"""
# A text is marked as far as this; a match beyond it is still found.
_LONGEST = 20_000

_local = threading.local()


def results(connection: Connection, ids: list[int], match: str | None) -> list[dict[str, Any]]:
    """Return the questions with these row ids, in that order, with the matches marked."""
    # A crawl may have withdrawn a row since.
    rows = rows_by_id(connection, _RESULTS, ids)
    marked = _marked(rows, match) if match and rows else {}
    for id_, row in rows.items():
        question, _ = row.pop("question"), row.pop("answer")
        title, *snippets = marked.get(id_, (row["title"], question[:300], ""))
        row |= {"title": title, "snippet": best_snippet(*snippets)}
        row["by_meaning"] = bool(match) and not any(
            MARK_START in text for text in marked.get(id_, ())
        )
    return list(rows.values())


def _marked(rows: dict[int, dict[str, Any]], match: str) -> dict[int, tuple[str, str, str]]:
    """Title and snippets of each row by id, with the words marked.

    A full-text index of these rows alone marks them: to find a row among half a million
    matches takes SQLite longer than to read its text once more.
    """
    if not hasattr(_local, "page"):
        _local.page = connect(":memory:", isolation_level=None)
        _local.page.execute(_PAGE)
    page: Connection = _local.page
    page.execute("BEGIN")
    try:
        page.executemany(
            "INSERT INTO page(rowid, title, question, answer) VALUES (?, ?, ?, ?)",
            (
                (id_, *(row[name][:_LONGEST] for name in ("title", "question", "answer")))
                for id_, row in rows.items()
            ),
        )
        return {id_: texts for id_, *texts in page.execute(_MARKED, (match,))}
    finally:
        page.execute("ROLLBACK")


def best_snippet(in_question: str, in_answer: str) -> str:
    """Return the snippet with more marks; the question's if they are even."""
    return max(in_question, in_answer, key=lambda snippet: snippet.count(MARK_START))


def unmarked(text: str) -> str:
    """Return a text without the marks around matches."""
    return text.replace(MARK_START, "").replace(MARK_END, "")
