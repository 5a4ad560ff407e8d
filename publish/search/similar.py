"""More like this: questions that share the rare words of a question.

The words of a title and its question are ranked by how rare they are in the archive, and
the few rarest are searched for. So the cost is bounded by the words, not by the size of the
archive.
"""

from __future__ import annotations

import re
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from publish.data.records import Row, rows_by_id
from publish.data.stop_words import STOP_WORDS
from publish.search.cache import IndexSnapshot, index_snapshot
from publish.search.facet_index import Positions
from publish.search.query_language import Field, Term
from publish.search.ranking import inverse_frequency

#: How many words are searched for, of how many candidates.
MAX_WORDS = 4
MAX_CANDIDATES = 24
# A word of the title says more of what a question is about than another word.
TITLE_WEIGHT = 2.0
SAME_TOPIC = 1.25
# So many times ``limit`` are looked through for titles that differ.
WIDER = 5
# Words in more than this part of the questions are not searched for: they cost most and say
# least.
BROAD = 0.05
#: Beyond so many matches in all, no further word is searched for.
MAX_MATCHES = 6_000

_WORDS = re.compile(r"[^\W_]{3,}")

_LISTED = """
SELECT q.id, q.site, q.source_id, q.title, q.year, q.status, t.name AS topic, t.slug
FROM questions q LEFT JOIN topics t ON t.id = q.topic_id
WHERE q.id IN ({})"""


def similar(connection: Connection, question_id: int, limit: int = 6) -> list[Row]:
    """Return the questions most like one, best first; none if it is unknown or shares no word.

    Each has id, site, source_id, title, year, status, topic and slug.
    """
    index = index_snapshot(connection)
    ids: list[int] = index.cache.get(
        ("similar", question_id, limit), lambda: _similar_ids(index, question_id, limit)
    )
    return list(rows_by_id(connection, _LISTED, ids).values())


def _similar_ids(index: IndexSnapshot, question_id: int, limit: int) -> list[int]:
    sql = "SELECT title, substr(question, 1, 4000) FROM questions WHERE id = ?"
    row = index.connection.execute(sql, (question_id,)).fetchone()
    own = index.facets.positions(np.array([question_id]))
    if row is None or not len(own):
        return []
    words = _rare_words(index, row[0], row[1])
    if not words:
        return []
    places, score = _score_words(index, words)
    topics = index.facets.facets["topic"]
    score[topics.first[places] == topics.first[own[0]]] *= SAME_TOPIC
    places, score = places[places != own[0]], score[places != own[0]]
    wide = limit * WIDER
    if len(places) > wide:
        least = np.partition(score, -wide)[-wide]
        # Equal scores at the border are chosen by id, so that the list is always the same.
        places, score = places[score >= least], score[score >= least]
    best = places[np.lexsort((places, -score))]
    return _with_distinct_titles(index.connection, index.facets.ids[best[:wide]].tolist(), limit)


def _score_words(
    index: IndexSnapshot, words: dict[str, tuple[float, int]]
) -> tuple[Positions, NDArray[np.float64]]:
    """The positions (ascending) that have some of the words, with the sum of their weights."""
    places, weights = [], []
    for word, (worth, count) in words.items():
        weight = worth * inverse_frequency(index.size, count)
        fields: tuple[Field | None, ...] = (None, "title") if worth > 1 else (None,)
        for field in fields:
            positions = index.postings(Term((word,), field).fts)
            places.append(positions)
            weights.append(np.full(len(positions), weight))
    distinct, which = np.unique(np.concatenate(places), return_inverse=True)
    score = np.bincount(which, np.concatenate(weights), len(distinct))
    return distinct, score.astype(np.float64)


def _rare_words(index: IndexSnapshot, title: str, question: str) -> dict[str, tuple[float, int]]:
    """The rarest words that other questions have too, with weight and frequency."""
    counts = index.vocabulary(False).counts
    in_title = dict.fromkeys(_WORDS.findall(title.lower()))
    candidates = dict.fromkeys([*in_title, *_WORDS.findall(question.lower())])
    # Until the archive's words are counted, long ones pass for rare.
    ordered = sorted(
        (word for word in candidates if word not in STOP_WORDS),
        key=lambda word: (counts.get(word, 1) / (4 if word in in_title else 1), -len(word), word),
    )
    most = max(50, BROAD * index.size)
    rare: dict[str, tuple[float, int]] = {}
    matches = 0
    for word in ordered[:MAX_CANDIDATES]:
        written = counts.get(word, 0)
        if written > most:
            continue
        fts = Term((word,)).fts
        # The postings are read below anyway, but cost more than their number if the word is
        # common.
        count = len(index.postings(fts)) if written else index.frequency(fts)
        if 1 < count <= most:
            rare[word] = (TITLE_WEIGHT if word in in_title else 1.0, count)
            matches += count
        if len(rare) == MAX_WORDS or (matches > MAX_MATCHES and len(rare) > 1):
            break
    return rare


def _with_distinct_titles(connection: Connection, ids: list[int], limit: int) -> list[int]:
    """The first of these, those with equal titles last: the same page twice helps nobody."""
    sql = f"SELECT id, title FROM questions WHERE id IN ({','.join(map(str, ids))})"
    titles = {row[0]: row[1].strip().lower() for row in connection.execute(sql)}
    first_with: dict[str, int] = {}
    for id_ in ids:
        first_with.setdefault(titles.get(id_, ""), id_)
    others = [id_ for id_ in ids if id_ not in first_with.values()]
    return [*first_with.values(), *others][:limit]
