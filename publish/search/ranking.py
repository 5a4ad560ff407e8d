"""The order of matches: bm25 with title over question over answer.

Few matches are ranked by SQLite's own bm25, which reads how often and where each word
stands, a microsecond for each match. Very many matches are ranked by which columns the
words stand in (the same formula, as if each word stood there once), which the postings give;
equal matches stand newest first. Which of the two applies depends on the archive and the
query only, so the same address gives the same order.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from publish.search.cache import IndexSnapshot
from publish.search.facet_index import Positions, parse_ints
from publish.search.matching import SearchHits
from publish.search.query_language import Field, Term, fts_all
from publish.search.request import Sort

Scores = NDArray[np.float32]

# bm25 weights of title, question and answer: a title says what a page is about, a question
# is in the words that readers use, an answer mentions much in passing.
TITLE, QUESTION, ANSWER = 10.0, 3.0, 1.0
WEIGHTS = f"{TITLE}, {QUESTION}, {ANSWER}"
_SATURATION = 1.2

_FIELDS: tuple[tuple[Field, float], ...] = (("question", QUESTION), ("title", TITLE))
#: How many words, the rarest, are looked up by column for very many matches.
MAX_RARE_TERMS = 4

#: Up to so many matches, times words, bm25 is computed.
MAX_EXACT = 20_000

# What a title with all words adds, and words that stand together in it.
ALL_IN_TITLE = 0.35
TOGETHER_IN_TITLE = 0.35
# The part of its score that a question with synonyms alone keeps.
LEAST_COVERED = 0.15
#: The weight of a synonym beside that of the word itself.
SYNONYM_WEIGHT = 0.7

_BM25 = f"""
SELECT group_concat(id), group_concat(score) FROM (
  SELECT rowid AS id, -bm25(questions_fts, {WEIGHTS}) AS score
  FROM questions_fts WHERE questions_fts MATCH ? LIMIT -1 OFFSET 0)"""


def is_exact(index: IndexSnapshot, hits: SearchHits) -> bool:
    """Whether bm25 ranks the hits, or too many matched for that."""
    if hits.match is None or hits.mode not in ("all", "any"):
        return True
    if hits.mode == "any":
        cost = sum(index.frequency(term.fts) for term in (*hits.terms, *hits.synonyms))
    else:
        # What minus or a name took away was matched all the same.
        cost = index.frequency(hits.match) * max(1, len(hits.terms))
    return cost <= MAX_EXACT


def score_hits(index: IndexSnapshot, hits: SearchHits) -> Scores | None:
    """Return a score for each position of the hits, higher is better; None if all are equal."""
    if hits.in_order is not None:
        score = np.empty(index.size, np.float32)
        score[hits.in_order] = np.arange(len(hits.in_order), 0, -1)
        return score[hits.positions]
    base = _bm25(index, hits) if is_exact(index, hits) else _by_columns(index, hits)
    if base is None:
        return None
    if hits.mode == "any":
        base *= _coverage(index, hits)
    return base * _title_bonus(index, hits)


def sort_positions(
    index: IndexSnapshot, positions: Positions, score: Scores | None, sort: Sort
) -> Positions:
    """Return the positions in the order to be shown.

    :param score: of each position; None where all are equal
    """
    chosen = np.zeros(index.size, np.bool_)
    chosen[positions] = True
    in_time = index.facets.oldest if sort == "oldest" else index.facets.newest
    in_time = in_time[chosen[in_time]]
    if score is None or sort != "relevance" or not len(positions):
        return in_time
    everywhere = np.zeros(index.size, np.float32)
    everywhere[positions] = score
    # Integers of 16 bits are sorted many times faster; equal ones keep the order of time.
    scaled = everywhere[in_time] * (65_535 / max(float(score.max()), 1e-9))
    return in_time[np.argsort(65_535 - scaled.astype(np.uint16), kind="stable")]


def _bm25(index: IndexSnapshot, hits: SearchHits) -> Scores | None:
    ids, scores = index.connection.execute(_BM25, (hits.match,)).fetchone()
    everywhere = np.zeros(index.size, np.float32)
    if ids:
        rows, score = parse_ints(ids), np.fromstring(scores, np.float32, sep=",")
        # A commit since may have brought rows that the index has not.
        known = np.isin(rows, index.facets.ids)
        everywhere[index.facets.positions(rows)] = score[known]
    return everywhere[hits.positions]


def inverse_frequency(size: int, count: int) -> float:
    """Return the inverse document frequency, as SQLite's bm25 computes it."""
    return max(math.log((size - count + 0.5) / (count + 0.5)), 0.01)


def _weight(index: IndexSnapshot, term: Term) -> float:
    return inverse_frequency(index.size, index.frequency(term.fts))


def _rarest_terms(index: IndexSnapshot, hits: SearchHits) -> tuple[Term, ...]:
    """The rarest terms and synonyms: they distinguish the matches."""
    by_count = sorted(
        (index.frequency(term.fts), place, term)
        for place, term in enumerate((*hits.terms, *hits.synonyms))
    )
    rare = [term for count, _, term in by_count if count <= index.size / 2]
    return tuple(rare[:MAX_RARE_TERMS])


def _by_columns(index: IndexSnapshot, hits: SearchHits) -> Scores | None:
    """Scores by the columns that the rarest terms stand in; None if no term is rare."""
    terms = _rarest_terms(index, hits)
    if not terms:
        return None
    total = np.zeros(index.size, np.float32)
    for term in terms:
        share = SYNONYM_WEIGHT if term in hits.synonyms else 1.0
        weight = share * _weight(index, term)
        times = np.zeros(index.size, np.float32)
        times[index.postings(term.fts) if hits.mode == "any" else hits.positions] = ANSWER
        for field, worth in _FIELDS:
            if term.field in (None, field):
                times[index.postings(term.within(field).fts)] += worth
        total += weight * (times * np.float32(_SATURATION + 1) / (times + np.float32(_SATURATION)))
    return total[hits.positions]


def _coverage(index: IndexSnapshot, hits: SearchHits) -> Scores:
    """The part of the terms that each hit has, rarer terms being more of it."""
    covered = np.zeros(index.size, np.float32)
    total = 0.0
    replaced = [term for stands_for in hits.synonyms.values() for term in stands_for]
    for term in dict.fromkeys((*hits.terms, *replaced)):
        synonyms = [other for other, stands_for in hits.synonyms.items() if term in stands_for]
        known = [term] if index.frequency(term.fts) else synonyms
        weight = min((_weight(index, alternative) for alternative in known), default=0.0)
        part = np.zeros(index.size, np.float32)
        for synonym in synonyms:
            part[index.postings(synonym.fts)] = SYNONYM_WEIGHT
        if term in hits.terms:
            part[index.postings(term.fts)] = 1
        covered += np.float32(weight) * part
        total += weight
    if not total:
        return np.ones(len(hits.positions), np.float32)
    return LEAST_COVERED + (1 - LEAST_COVERED) * covered[hits.positions] / np.float32(total)


def _title_bonus(index: IndexSnapshot, hits: SearchHits) -> Scores:
    """The factor of each hit for words in its title."""
    bonus = np.ones(index.size, np.float32)
    rarest = [term for term in _rarest_terms(index, hits) if term in hits.terms]
    if rarest and all(term.field in (None, "title") for term in hits.terms):
        # The rarest words show cheaply that no title has all words, as is the rule.
        titles = [index.postings(term.within("title").fts) for term in rarest]
        if len(reduce(np.intersect1d, titles)):
            in_title = tuple(term.within("title") for term in hits.terms)
            bonus[index.postings(fts_all(in_title))] += ALL_IN_TITLE
            words = tuple(word for term in hits.terms for word in term.words)
            if len(words) > 1:
                bonus[index.postings(Term(words, "title").fts)] += TOGETHER_IN_TITLE
    return bonus[hits.positions]
