"""Which questions a query means: those with all of its words, and the nearest others.

Where ENOUGH questions have all words, they are the result. Else those that are nearest in
meaning are added, and where FEW have all words, those with most of the words. A filter
narrows the matches and never changes how words are taken, so counts beside the results hold
true when they are clicked. Quoted words are required.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from publish.search import named, ranking
from publish.search.cache import IndexSnapshot
from publish.search.facet_index import Mask, Positions
from publish.search.query_language import (
    SHORTEST_BEGINNING,
    ParsedQuery,
    Term,
    fts_all,
    fts_any,
    parse,
)
from publish.search.spelling import LONGEST, correct
from publish.semantic.nearest import cosines, unchanged

Mode = Literal["every", "all", "any", "none"]

#: Questions that have all words, up to which others are added: by meaning, and by some words.
ENOUGH = 20
FEW = 5
#: How many are added by each at most, and how near they must be: the part of the best cosine,
#: the least cosine that is more than chance, and the part of the best bm25.
ADDED = 50
NEAR_BEST = 0.6
LEAST_COSINE = 0.3
SCORE_BEST = 0.5
#: So many words that begin as asked for, and have a shorter stem, are searched for besides.
FORMS = 30
#: A word that so few questions have may be a slip.
RARE = 2


@dataclass(frozen=True, slots=True, eq=False)
class SearchHits:
    """The matches of the words, before any filter, as positions in the facet index.

    ``query`` is the query as understood; ``corrected`` means that its spelling was changed,
    and ``suggestion`` is another spelling. Where ``mode`` is ``any``, ``with_all`` is how many
    have all words; the others have some of them or are near in meaning. ``match`` is the FTS5
    query that marks words in a text. ``scores`` are those of ``positions``. ``not_understood``
    are sentences for the reader.
    """

    mode: Mode
    query: ParsedQuery
    positions: Positions
    match: str | None = None
    scores: ranking.Scores | None = None
    with_all: int = 0
    corrected: bool = False
    suggestion: ParsedQuery | None = None
    not_understood: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms that were searched for."""
        return self.query.content_terms if self.match else ()


def match_query(index: IndexSnapshot, text: str) -> SearchHits:
    """Parse a query and find its matches. Never fails because of the text."""
    query = parse(text)
    notes = (*query.not_understood, *named.unknown(index, query))
    return replace(_matches(index, query, text), not_understood=notes)


def _matches(index: IndexSnapshot, query: ParsedQuery, text: str) -> SearchHits:
    if not query.terms and text.strip():
        # A text without a single word (punctuation) matches nothing rather than everything.
        return SearchHits("none", query, np.empty(0, np.int32))
    allowed = allowed_questions(index, query)
    if not query.text_terms:
        everything = np.ones(index.size, np.bool_) if allowed is None else allowed
        return SearchHits("every", query, np.flatnonzero(everything).astype(np.int32))
    return _Matcher(index, allowed).match(_with_forms(index, query))


def allowed_questions(index: IndexSnapshot, query: ParsedQuery) -> Mask | None:
    """Return which questions the names and excluded terms of a query leave; None for all."""
    masks = [named.mask(index, term) for term in query.name_terms]
    if query.excluded_terms:
        masks.append(~index.mask(*(term.fts for term in query.excluded_terms)))
    return np.logical_and.reduce(masks) if masks else None


def _with_forms(index: IndexSnapshot, query: ParsedQuery) -> ParsedQuery:
    """The query with the words that its beginnings stand for, if their stems are shorter.

    The index has stems: "hypertens", which does not begin as hypertensi* does.
    """
    if not any(each.beginning for term in query.terms for each in (term, *term.alternatives)):
        return query
    vocabulary = index.vocabulary(True)

    def expanded(term: Term) -> Term:
        alternatives = tuple(map(expanded, term.alternatives))
        forms = vocabulary.beginning(term.words[-1], FORMS) if term.beginning else ()
        return replace(term, alternatives=alternatives, forms=forms)

    return replace(query, terms=tuple(map(expanded, query.terms)))


@dataclass(frozen=True, slots=True)
class _Matcher:
    index: IndexSnapshot
    allowed: Mask | None

    def match(self, query: ParsedQuery) -> SearchHits:
        exact = self._with_all(query)
        if len(exact) or all(term.quoted for term in query.text_terms):
            return self._with_suggestion(self._hits(query, exact))
        for other in (self._corrected(query), query, self._with_beginnings(query)):
            if other is not None:
                hits = self._hits(other, self._with_all(other))
                if hits.mode != "none":
                    return replace(hits, corrected=other is not query)
        return SearchHits("none", query, exact)

    def _with_all(self, query: ParsedQuery) -> Positions:
        return self._allowed(self.index.postings(fts_all(query.content_terms)))

    def _hits(self, query: ParsedQuery, exact: Positions) -> SearchHits:
        """Score the questions with all words, and add the nearest others if these are few."""
        terms = tuple(_loosened(query.content_terms))
        words = ranking.word_scores(self.index, terms or query.content_terms)
        near = self._cosines(query)
        scores = words if near is None else ranking.mixed(words, near)
        ranking.reward(self.index, scores, exact, query.content_terms)
        positions = exact
        if terms and len(exact) < ENOUGH:
            by_words = _best(words, SCORE_BEST) if len(exact) < FEW else exact
            others = np.concatenate([by_words, self._near_in_meaning(near)])
            positions = np.union1d(exact, self._required(query, others)).astype(np.int32)
        mode: Mode = "all" if len(positions) == len(exact) else "any"
        return SearchHits(
            mode if len(positions) else "none",
            query,
            positions,
            fts_any((*query.content_terms, *terms)),
            scores[positions],
            len(exact),
        )

    def _cosines(self, query: ParsedQuery) -> ranking.Scores | None:
        """The cosine of each question with the words; None where it has no say.

        A prefix or quotation marks ask for words, wherever else their meaning is met.
        """
        terms = query.content_terms
        if any(term.quoted or term.field or term.beginning for term in terms):
            return None
        return cosines(self.index.connection, query.text, self.index.facets.ids)

    def _near_in_meaning(self, near: ranking.Scores | None) -> Positions:
        if near is None:
            return np.empty(0, np.int32)
        best = _best(near, NEAR_BEST, LEAST_COSINE)
        return best[unchanged(self.index.connection, self.index.facets.ids[best])]

    def _required(self, query: ParsedQuery, positions: Positions) -> Positions:
        """Those of the positions that have all quoted terms, and that the names leave."""
        for term in query.content_terms:
            if term.quoted:
                positions = positions[np.isin(positions, self.index.postings(term.fts))]
        return self._allowed(positions)

    def _corrected(self, query: ParsedQuery) -> ParsedQuery | None:
        """The query with its unknown words corrected; None if there is nothing to correct."""
        words = [term.words[0] for term in _single_words(query) if not self._frequency(term)]
        return correct(query, words, self.index.vocabulary(True)) if words else None

    def _with_beginnings(self, query: ParsedQuery) -> ParsedQuery | None:
        """The query with words cut to beginnings that some question has; None without any."""
        beginnings = [part for term in _single_words(query) if (part := self._beginning(term))]
        names = query.name_terms
        required = [term for term in query.terms if term.quoted or term.minus or term in names]
        return ParsedQuery((*beginnings, *required)) if beginnings else None

    def _beginning(self, term: Term) -> Term | None:
        """The longest beginning of a word that a word of some question has too."""
        word = term.words[0]
        if len(word) > LONGEST:
            return None
        for length in range(len(word) - 1, max(SHORTEST_BEGINNING, len(word) // 2) - 1, -1):
            part = Term((word[:length],), term.field, beginning=True)
            if self._frequency(part):
                return part
        return None

    def _with_suggestion(self, hits: SearchHits) -> SearchHits:
        """The hits, with another spelling if a word is rare beside one much like it."""
        if hits.with_all > RARE or hits.mode == "none":
            return hits
        words = _single_words(hits.query)
        rare = [term.words[0] for term in words if self._frequency(term) <= RARE]
        if not rare:
            return hits
        vocabulary = self.index.vocabulary(True)
        doubtful = [word for word in rare if vocabulary.is_doubtful(word)]
        return replace(hits, suggestion=correct(hits.query, doubtful, vocabulary))

    def _frequency(self, term: Term) -> int:
        return self.index.frequency(term.fts)

    def _allowed(self, positions: Positions) -> Positions:
        return positions if self.allowed is None else positions[self.allowed[positions]]


def _best(scores: ranking.Scores, part: float, least: float = 0.0) -> Positions:
    """The positions of the ADDED highest scores that reach a part of the highest of all."""
    if not len(scores):
        return np.empty(0, np.int32)
    enough = max(part * float(scores.max()), least, 1e-6)
    places = np.flatnonzero(scores >= enough)
    if len(places) > ADDED:
        places = places[np.argpartition(-scores[places], ADDED)[:ADDED]]
    return places.astype(np.int32)


def _single_words(query: ParsedQuery) -> list[Term]:
    return [
        term
        for term in query.content_terms
        if len(term.words) == 1 and not term.quoted and not term.beginning
    ]


def _loosened(terms: tuple[Term, ...]) -> list[Term]:
    """The words that may match alone: those of it's or follow-up, but not of quoted terms."""
    loosened: dict[Term, None] = {}
    for term in terms:
        if term.beginning:
            loosened[term] = None
        elif term.alternatives:
            # Required, and yet what ranks the questions that have some of them.
            loosened |= dict.fromkeys(term.alternatives)
        elif not term.quoted:
            words = [Term((word,), term.field) for word in term.words]
            loosened |= {word: None for word in words if word.is_content or len(words) == 1}
    return list(loosened)
