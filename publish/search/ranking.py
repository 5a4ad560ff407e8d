"""The order of matches: one score of words and meaning for all queries.

The score is the weighted sum of bm25 (Robertson and Zaragoza 2009, as SQLite's FTS5 has it,
the title weighing more) and of the cosine of the query's vector with that of title and
question, each scaled to 0..1 over the archive. Linear sums of scaled scores do better than
sums of ranks (Bruch, Gai and Ingber 2023). The weights are those that did best on judged
queries (bench/quality.py); around them nothing changes much.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from publish.search.cache import IndexSnapshot
from publish.search.facet_index import Positions, parse_ints
from publish.search.query_language import Term, fts_any
from publish.search.request import Sort

Scores = NDArray[np.float32]

#: The weight of the words; that of the meaning is the rest of 1.
WORDS = np.float32(0.35)
#: What all words of a query add to a score; what they add where they stand near each other, and
#: again where they follow each other.
ALL_WORDS = np.float32(0.1)
TOGETHER = np.float32(0.1)
#: So many words lie between them at most.
NEAR = 10

# bm25 weights of title, question and answer: a title says what a page is about, an answer
# mentions much in passing.
_WEIGHTS = "5.0, 1.0, 1.0"
#: Up to so many matches of its words, bm25 of a query is computed: a microsecond for each.
MAX_EXACT = 20_000

_BM25 = f"""
SELECT group_concat(id), group_concat(score) FROM (
  SELECT rowid AS id, -bm25(questions_fts, {_WEIGHTS}) AS score
  FROM questions_fts WHERE questions_fts MATCH ? LIMIT -1 OFFSET 0)"""


def word_scores(index: IndexSnapshot, terms: tuple[Term, ...]) -> Scores:
    """Return the bm25 of some terms for every question, scaled to 0..1."""
    scores = np.zeros(index.size, np.float32)
    match = fts_any(affordable(index, terms))
    ids, values = index.connection.execute(_BM25, (match,)).fetchone() if match else ("", "")
    if ids and values:
        rows, score = parse_ints(ids), np.fromstring(values, np.float32, sep=",")
        # A commit since may have brought rows that the index has not.
        known = np.isin(rows, index.facets.ids)
        scores[index.facets.positions(rows)] = score[known]
    return scaled(scores)


def affordable(index: IndexSnapshot, terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Return the rarest terms, as many as have MAX_EXACT matches at most.

    A word that a large part of a large archive has hardly changes the order. Where the rarest
    has too many matches itself, it is looked up in titles.
    """
    counts = [(index.frequency(term.fts), place) for place, term in enumerate(terms)]
    by_count = [(count, terms[place]) for count, place in sorted(counts) if count]
    costs = accumulate(count for count, _ in by_count)
    chosen = [term for (_, term), cost in zip(by_count, costs, strict=True) if cost <= MAX_EXACT]
    if by_count and not chosen and by_count[0][1].field is None:
        title = by_count[0][1].within("title")
        chosen = [title] if index.frequency(title.fts) <= MAX_EXACT else []
    return tuple(chosen)


def mixed(words: Scores, near: Scores) -> Scores:
    """Return one score of two, for every question.

    :param words: 0..1
    :param near: cosines
    """
    return WORDS * words + (1 - WORDS) * scaled(near)


def reward(index: IndexSnapshot, scores: Scores, exact: Positions, terms: tuple[Term, ...]) -> None:
    """Add to the scores of questions what all words and words near each other are worth."""
    scores[exact] += ALL_WORDS
    if len(terms) > 1 and 0 < len(exact) <= MAX_EXACT and not any(map(_is_set, terms)):
        phrases = " ".join(term.fts for term in terms)
        scores[index.postings(f"NEAR({phrases}, {NEAR})")] += TOGETHER
        scores[index.postings(Term(tuple(w for term in terms for w in term.words)).fts)] += TOGETHER


def _is_set(term: Term) -> bool:
    """Whether it cannot stand within NEAR()."""
    return bool(term.field or term.alternatives or term.forms)


def scaled(scores: Scores) -> Scores:
    """Return scores as 0..1; all 0 where they are equal."""
    low = scores.min(initial=np.inf)
    reach = scores.max(initial=-np.inf) - low
    return (scores - low) / reach if reach > 0 else np.zeros_like(scores)


def sort_positions(
    index: IndexSnapshot, positions: Positions, score: Scores | None, sort: Sort
) -> Positions:
    """Return the positions in the order to be shown; equal ones are the newest first.

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
    ranked = everywhere[in_time] * (65_535 / max(float(score.max()), 1e-9))
    return in_time[np.argsort(65_535 - ranked.astype(np.uint16), kind="stable")]


def inverse_frequency(size: int, count: int) -> float:
    """Return the inverse document frequency, as SQLite's bm25 computes it."""
    return max(float(np.log((size - count + 0.5) / (count + 0.5))), 0.01)
