"""The ranked search: from what a reader types to FTS5, without ever a syntax error.

All terms are asked for first. Where no question has them all, any of them will do, without
the words that stand in every text; the page says which of the two it shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from publish.text import MARK_END, MARK_START

#: Longer input is cut: nobody types more, and FTS5 limits the depth of an expression.
MAX_CHARACTERS = 2000
MAX_TERMS = 24
PAGE_SIZE = 20
LAST_PAGE = 50

# bm25 weights of title, question and answer: a title says what a page is about, a question
# is in the words that readers use, an answer mentions much in passing.
WEIGHTS = "10.0, 3.0, 1.0"

# Ranking reads the length of every matching row. Above this many matches, the order within
# an any-term result is noise anyway, and the page must stay quick.
RANK_LIMIT_MS = 700

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
    for quoted, word in _TERM.findall(text[:MAX_CHARACTERS]):
        phrase = tuple(_WORD.findall(quoted or word))
        if phrase:
            found[phrase[:MAX_TERMS]] = None
    return Terms(tuple(found)[:MAX_TERMS])


def fts_words(text: str | None) -> str:
    """The SQL function of the same name: a text as an FTS5 query for all its terms."""
    return terms(text or "").all() or '""'


COUNT = "SELECT count(*) FROM questions_fts WHERE questions_fts MATCH :match"

RANKED = f"""
SELECT rowid FROM questions_fts WHERE questions_fts MATCH :match
ORDER BY bm25(questions_fts, {WEIGHTS}), rowid LIMIT :limit OFFSET :offset"""

UNRANKED = """
SELECT rowid FROM questions_fts WHERE questions_fts MATCH :match
ORDER BY rowid LIMIT :limit OFFSET :offset"""


def shown(count: int) -> str:
    """SQL for ``count`` results by id (``:id0`` ...): the record and its marked snippets."""
    ids = ", ".join(f":id{i}" for i in range(count))
    mark = f"char({ord(MARK_START)}), char({ord(MARK_END)})"
    return f"""
SELECT q.id, q.site, q.source_id, q.year, q.status, q.institution, q.gone_at,
       t.name AS topic, t.slug, r.id AS responder_id, r.name AS responder, r.credentials,
       highlight(questions_fts, 0, {mark}) AS title,
       snippet(questions_fts, 1, {mark}, '…', 40) AS in_question,
       snippet(questions_fts, 2, {mark}, '…', 40) AS in_answer
FROM questions_fts
JOIN questions q ON q.id = questions_fts.rowid
LEFT JOIN topics t ON t.id = q.topic_id
LEFT JOIN responders r ON r.id = q.responder_id
WHERE questions_fts MATCH :match AND questions_fts.rowid IN ({ids})"""


def best_snippet(in_question: str, in_answer: str) -> str:
    """The snippet that shows more of what was asked for; the question's if they are even."""
    return max(in_question, in_answer, key=lambda snippet: snippet.count(MARK_START))
