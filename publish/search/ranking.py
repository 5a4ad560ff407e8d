"""The order of what was found: bm25 with title over question over answer.

Few matches are ranked by SQLite's own bm25, which reads how often and where each word
stands. That costs a microsecond for each match. Where very many match, the order goes by
where the words stand alone (the same formula, as if each stood once), which the postings
tell; equals stand newest first. Which of the two it is depends on the archive only, so an
order can be come back to.
"""

from __future__ import annotations

import math
from functools import reduce
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from publish.search.cache import IndexSnapshot
from publish.search.facet_index import Positions
from publish.search.matching import SearchHits
from publish.search.query_language import Field, Term, every
from publish.search.request import Sort

Scores = NDArray[np.float32]

# bm25 weights of title, question and answer: a title says what a page is about, a question
# is in the words that readers use, an answer mentions much in passing.
TITLE, QUESTION, ANSWER = 10.0, 3.0, 1.0
WEIGHTS = f"{TITLE}, {QUESTION}, {ANSWER}"
_SATURATION = 1.2

_FIELDS: tuple[tuple[Field, float], ...] = (("question", QUESTION), ("title", TITLE))
#: Of how many words it is read where they stand, if the short way is taken.
MOST_TELLING = 4

#: Beyond so many matches, times words, the short way is taken.
MOST_EXACT = 20_000

# What a title with all words adds, and words that stand together in it.
ALL_IN_TITLE = 0.35
TOGETHER_IN_TITLE = 0.35
# What a question keeps of its score that has none of the words, but for others like them.
LEAST_COVERED = 0.15
#: What a word counts that only means the same as one that was asked for.
OTHER_WORD = 0.7

_BM25 = f"""
SELECT group_concat(number), group_concat(score) FROM (
  SELECT rowid AS number, -bm25(questions_fts, {WEIGHTS}) AS score
  FROM questions_fts WHERE questions_fts MATCH ? LIMIT -1 OFFSET 0)"""


def is_exact(connection: Connection, holding: IndexSnapshot, found: SearchHits) -> bool:
    """Whether all that was found is ranked by the full formula."""
    if found.match is None:
        return True
    words = max(1, len(found.terms))
    if found.mode == "any":
        looked_for = (*found.terms, *found.others)
        cost = sum(holding.frequency(connection, term.fts) for term in looked_for)
    else:
        # What minus or a name took away was matched all the same.
        cost = holding.frequency(connection, found.match) * words
    return cost <= MOST_EXACT


def scores(connection: Connection, holding: IndexSnapshot, found: SearchHits) -> Scores | None:
    """A number for each position that was found: more is better. None if all are equal."""
    if found.in_order is not None:
        score = np.empty(holding.catalogue.size, np.float32)
        score[found.in_order] = np.arange(len(found.in_order), 0, -1)
        return score[found.positions]
    if is_exact(connection, holding, found):
        base: Scores | None = _bm25(connection, holding, found)
    else:
        base = _presence(connection, holding, found)
    if base is None:
        return None
    if found.mode == "any":
        base *= _covered(connection, holding, found)
    return base * _title_bonus(connection, holding, found)


def order(
    holding: IndexSnapshot, positions: Positions, score: Scores | None, sort: Sort
) -> Positions:
    """The positions in the order to be shown.

    :param score: of each position; None where the words tell no order
    """
    catalogue = holding.catalogue
    chosen = np.zeros(catalogue.size, np.bool_)
    chosen[positions] = True
    in_time = catalogue.oldest if sort == "oldest" else catalogue.newest
    in_time = in_time[chosen[in_time]]
    if score is None or sort != "relevance" or not len(positions):
        return in_time
    everywhere = np.zeros(catalogue.size, np.float32)
    everywhere[positions] = score
    # Whole numbers of 16 bits are sorted many times faster; equals keep the order of time.
    steep = everywhere[in_time] * (65_535 / max(float(score.max()), 1e-9))
    return in_time[np.argsort(65_535 - steep.astype(np.uint16), kind="stable")]


def _bm25(connection: Connection, holding: IndexSnapshot, found: SearchHits) -> Scores:
    numbers, values = connection.execute(_BM25, (found.match,)).fetchone()
    everywhere = np.zeros(holding.catalogue.size, np.float32)
    if numbers:
        rows = np.fromstring(numbers, np.int64, sep=",")
        score = np.fromstring(values, np.float32, sep=",")
        # A commit since may have brought rows that the catalogue has not.
        known = np.isin(rows, holding.catalogue.numbers) if len(rows) else rows
        everywhere[holding.catalogue.positions(rows)] = score[known]
    return everywhere[found.positions]


def inverse_frequency(size: int, count: int) -> float:
    """The inverse document frequency, as SQLite has it."""
    return max(math.log((size - count + 0.5) / (count + 0.5)), 0.01)


def _weight(connection: Connection, holding: IndexSnapshot, term: Term) -> float:
    count = holding.frequency(connection, term.fts)
    return inverse_frequency(holding.catalogue.size, count)


def _telling(connection: Connection, holding: IndexSnapshot, found: SearchHits) -> tuple[Term, ...]:
    """The rarest words that were looked for: they tell the matches apart."""
    by_count = sorted(
        (holding.frequency(connection, term.fts), place, term)
        for place, term in enumerate((*found.terms, *found.others))
    )
    half = holding.catalogue.size / 2
    return tuple(term for count, _, term in by_count if count <= half)[:MOST_TELLING]


def _presence(connection: Connection, holding: IndexSnapshot, found: SearchHits) -> Scores | None:
    telling = _telling(connection, holding, found)
    if not telling:
        return None
    everywhere = np.zeros(holding.catalogue.size, np.float32)
    for term in telling:
        share = OTHER_WORD if term in found.others else 1.0
        weight = share * _weight(connection, holding, term)
        times = np.zeros(holding.catalogue.size, np.float32)
        if found.mode == "any":
            times[holding.postings(connection, term.fts)] = ANSWER
        else:
            times[found.positions] = ANSWER
        for field, worth in _FIELDS:
            if term.field in (None, field):
                times[holding.postings(connection, term.within(field).fts)] += worth
        everywhere += weight * _value_of(times)
    return everywhere[found.positions]


def _value_of(times: Scores) -> Scores:
    return times * np.float32(_SATURATION + 1) / (times + np.float32(_SATURATION))


def _covered(connection: Connection, holding: IndexSnapshot, found: SearchHits) -> Scores:
    """The part of what was asked for that each question has, rarer words being more of it."""
    covered = np.zeros(holding.catalogue.size, np.float32)
    total = 0.0
    for term in dict.fromkeys((*found.terms, *(t for s in found.others.values() for t in s))):
        others = [other for other, stands_for in found.others.items() if term in stands_for]
        known = [term] if holding.frequency(connection, term.fts) else others
        weight = min((_weight(connection, holding, one) for one in known), default=0.0)
        part = np.zeros(holding.catalogue.size, np.float32)
        for other in others:
            part[holding.postings(connection, other.fts)] = OTHER_WORD
        if term in found.terms:
            part[holding.postings(connection, term.fts)] = 1
        covered += np.float32(weight) * part
        total += weight
    if not total:
        return np.ones(len(found.positions), np.float32)
    return LEAST_COVERED + (1 - LEAST_COVERED) * covered[found.positions] / np.float32(total)


def _title_bonus(connection: Connection, holding: IndexSnapshot, found: SearchHits) -> Scores:
    bonus = np.ones(holding.catalogue.size, np.float32)
    telling = [t for t in _telling(connection, holding, found) if t in found.terms]
    if telling and all(term.field in (None, "title") for term in found.terms):
        # The rarest words say cheaply that no title has them all, as is the rule.
        lists = [holding.postings(connection, t.within("title").fts) for t in telling]
        if len(reduce(np.intersect1d, lists)):
            in_title = tuple(term.within("title") for term in found.terms)
            bonus[holding.postings(connection, every(in_title))] += ALL_IN_TITLE
            words = tuple(word for term in found.terms for word in term.words)
            if len(words) > 1:
                together = Term(words, "title").fts
                bonus[holding.postings(connection, together)] += TOGETHER_IN_TITLE
    return bonus[found.positions]
