"""The ranked search: from what a reader types to FTS5, without ever a syntax error.

All terms are asked for first. Where no question has them all, any of them will do, without
the words that stand in every text; the page says which of the two it shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from publish.asked import MOST_CHARACTERS
from publish.text import MARK_END, MARK_START

MAX_TERMS = 24
PAGE_SIZE = 20
LAST_PAGE = 50

# bm25 weights of title, question and answer: a title says what a page is about, a question
# is in the words that readers use, an answer mentions much in passing.
WEIGHTS = "10.0, 3.0, 1.0"

_TERM = re.compile(r'"([^"]*)"|([^"\s]+)')
_WORD = re.compile(r"[^\W_]+")

_STOP_WORDS = """
a about after all also am an and any are as at be because been before being but by can could
did do does doing for from get got had has have having he her him his how i if in into is it
its just like me more my no not of on or our out she should so some than that the their them
then there these they this to too up us very was we were what when where which while who why
will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True, slots=True)
class Terms:
    """What was asked for: words and phrases, each a tuple of words."""

    phrases: tuple[tuple[str, ...], ...]

    def all(self) -> str:
        """FTS5 for rows that have every term."""
        return " AND ".join(map(_quoted, self.phrases))

    def any(self) -> str:
        """FTS5 for rows that have one of the terms, stop words aside."""
        telling = [p for p in self.phrases if len(p) > 1 or p[0].lower() not in STOP_WORDS]
        words = dict.fromkeys((word,) for phrase in telling for word in phrase)
        return " OR ".join(map(_quoted, words or self.phrases))


def _quoted(phrase: tuple[str, ...]) -> str:
    # Only letters and digits are left by now: nothing in it can end the quotation.
    return f'"{" ".join(phrase)}"'


def terms(text: str) -> Terms:
    """The words and "quoted phrases" of a query. Whatever is neither is dropped."""
    found: dict[tuple[str, ...], None] = {}
    for quoted, word in _TERM.findall(text[:MOST_CHARACTERS]):
        phrase = tuple(_WORD.findall(quoted or word))
        if phrase:
            found[phrase[:MAX_TERMS]] = None
    return Terms(tuple(found)[:MAX_TERMS])


def fts_words(text: str | None) -> str:
    """The SQL function of the same name: a text as an FTS5 query for all its terms."""
    return terms(text or "").all() or '""'


_RESULTS = """
SELECT q.id, q.site, q.source_id, q.year, q.status, q.institution, q.gone_at,
       t.name AS topic, t.slug, r.id AS responder_id, r.name AS responder, r.credentials,
       {texts}
FROM questions q {join}
LEFT JOIN topics t ON t.id = q.topic_id
LEFT JOIN responders r ON r.id = q.responder_id
WHERE {condition} q.id IN ({ids})"""
_MARK = f"char({ord(MARK_START)}), char({ord(MARK_END)})"
_MARKED_TEXTS = f"""highlight(questions_fts, 0, {_MARK}) AS title,
       snippet(questions_fts, 1, {_MARK}, '…', 40) AS in_question,
       snippet(questions_fts, 2, {_MARK}, '…', 40) AS in_answer"""
_PLAIN_TEXTS = "q.title, substr(q.question, 1, 300) AS in_question, '' AS in_answer"


def results(connection: Connection, ids: list[int], match: str | None) -> list[dict[str, Any]]:
    """The questions to show for these row numbers, in that order, matches marked."""
    named = {f"id{i}": number for i, number in enumerate(ids)}
    sql = _RESULTS.format(
        texts=_MARKED_TEXTS if match else _PLAIN_TEXTS,
        join="JOIN questions_fts ON questions_fts.rowid = q.id" if match else "",
        condition="questions_fts MATCH :match AND" if match else "",
        ids=", ".join(f":{name}" for name in named),
    )
    found = connection.execute(sql, {**named, "match": match}).fetchall()
    by_id = {
        row["id"]: {**dict(row), "snippet": best_snippet(row["in_question"], row["in_answer"])}
        for row in found
    }
    # A crawl may have withdrawn a row between the two reads.
    return [by_id[number] for number in ids if number in by_id]


def best_snippet(in_question: str, in_answer: str) -> str:
    """The snippet that shows more of what was asked for; the question's if they are even."""
    return max(in_question, in_answer, key=lambda snippet: snippet.count(MARK_START))
