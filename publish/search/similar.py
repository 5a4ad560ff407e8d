"""More like this: questions that share the telling words of one.

The words of a title and its question are ranked by how rare they are in the archive, and
the few rarest are looked for. What a question costs is so bounded by the words, not by the
size of the archive.
"""

from __future__ import annotations

import re
from sqlite3 import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from publish.search.cache import IndexSnapshot, holding
from publish.search.facet_index import Positions
from publish.search.query_language import STOP_WORDS, Field, Term
from publish.search.ranking import inverse_frequency

Row = dict[str, Any]

#: How many words are looked for, of how many that are weighed.
MOST_WORDS = 4
MOST_WEIGHED = 24
# What stands in the title says more of what it is about; what in fewer than two questions
# the archive has says nothing of another.
TITLE_WORTH = 2.0
SAME_TOPIC = 1.25
# So many times what is wanted is looked through for titles that differ.
WIDER = 5
# Words in more than this part of the questions are not looked for: they cost most and tell
# least.
BROAD = 0.05
#: Beyond so many matches in all, no further word is looked for.
MOST_READ = 6_000

_WORDS = re.compile(r"[^\W_]{3,}")

_SHOWN = """
SELECT q.id, q.site, q.source_id, q.title, q.year, q.status, t.name AS topic, t.slug
FROM questions q LEFT JOIN topics t ON t.id = q.topic_id
WHERE q.id IN ({})"""


def similar(connection: Connection, question_id: int, limit: int = 6) -> list[Row]:
    """The questions most like one, best first; none if it is unknown or shares no word.

    Each has id, site, source_id, title, year, status, topic and slug.
    """
    held = holding(connection)
    ids: list[int] = held.memory.remember(
        ("similar", question_id, limit), lambda: _similar(connection, held, question_id, limit)
    )
    if not ids:
        return []
    rows = connection.execute(_SHOWN.format(",".join(map(str, ids))))
    names = ("id", "site", "source_id", "title", "year", "status", "topic", "slug")
    found = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    return [found[number] for number in ids if number in found]


def _similar(
    connection: Connection, held: IndexSnapshot, question_id: int, limit: int
) -> list[int]:
    sql = "SELECT title, substr(question, 1, 4000) FROM questions WHERE id = ?"
    row = connection.execute(sql, (question_id,)).fetchone()
    own = held.catalogue.positions(np.array([question_id]))
    if row is None or not len(own):
        return []
    words = _telling(connection, held, row[0], row[1])
    if not words:
        return []
    places, score = _scored(connection, held, words)
    topics = held.catalogue.facets["topic"]
    score[topics.first[places] == topics.first[own[0]]] *= SAME_TOPIC
    places, score = places[places != own[0]], score[places != own[0]]
    wide = limit * WIDER
    if len(places) > wide:
        least = np.partition(score, -wide)[-wide]
        # Equals at the border are chosen by number, so that the list is always the same.
        places, score = places[score >= least], score[score >= least]
    best = places[np.lexsort((places, -score))]
    return _different(connection, held.catalogue.numbers[best[:wide]].tolist(), limit)


def _scored(
    connection: Connection, held: IndexSnapshot, words: dict[str, tuple[float, int]]
) -> tuple[Positions, NDArray[np.float64]]:
    """Where the words stand, ascending, and what all words that stand there are worth."""
    places, worths = [], []
    for word, (worth, count) in words.items():
        weight = worth * inverse_frequency(held.catalogue.size, count)
        fields: tuple[Field | None, ...] = (None, "title") if worth > 1 else (None,)
        for field in fields:
            found = held.postings(connection, Term((word,), field).fts)
            places.append(found)
            worths.append(np.full(len(found), weight))
    known, which = np.unique(np.concatenate(places), return_inverse=True)
    score = np.bincount(which, np.concatenate(worths), len(known))
    return known, score.astype(np.float64)


def _telling(
    connection: Connection, held: IndexSnapshot, title: str, question: str
) -> dict[str, tuple[float, int]]:
    """The rarest words that other questions have too: what each is worth, and how many have it."""
    counts = held.vocabulary(False).counts
    in_title = dict.fromkeys(_WORDS.findall(title.lower()))
    words = [
        word
        for word in dict.fromkeys([*in_title, *_WORDS.findall(question.lower())])
        if word not in STOP_WORDS
    ]
    # Until the archive's words are counted, long ones pass for rare.
    words.sort(
        key=lambda word: (
            counts.get(word, 1) / (4 if word in in_title else 1),
            -len(word),
            word,
        )
    )
    size = held.catalogue.size
    most = max(50, BROAD * size)
    found: dict[str, tuple[float, int]] = {}
    read = 0
    for word in words[:MOST_WEIGHED]:
        known = counts.get(word, 0)
        if known > most:
            continue
        fts = Term((word,)).fts
        # Where they stand is asked for below anyway, but costs more than their number if the
        # word is common.
        count = len(held.postings(connection, fts)) if known else held.frequency(connection, fts)
        if 1 < count <= most:
            found[word] = (TITLE_WORTH if word in in_title else 1.0, count)
            read += count
        if len(found) == MOST_WORDS or (read > MOST_READ and len(found) > 1):
            break
    return found


def _different(connection: Connection, ids: list[int], limit: int) -> list[int]:
    """The first of these with titles of their own: the same page twice helps nobody."""
    sql = f"SELECT id, title FROM questions WHERE id IN ({','.join(map(str, ids))})"
    titles = {row[0]: row[1].strip().lower() for row in connection.execute(sql)}
    kept: dict[str, int] = {}
    for number in ids:
        kept.setdefault(titles.get(number, ""), number)
    others = [number for number in ids if number not in kept.values()]
    return [*kept.values(), *others][:limit]
