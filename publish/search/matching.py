"""Which questions a query means: those with all of its words, else with some of them.

The words decide alone. A filter narrows their matches and never changes how they are taken,
so counts beside the results hold true when they are clicked.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from publish.search.cache import IndexSnapshot
from publish.search.facet_index import Mask, Positions
from publish.search.query_language import ParsedQuery, Term, fts_all, fts_any, parse
from publish.search.spelling import LONGEST, correct
from publish.search.synonyms import is_known, synonyms_of

Mode = Literal["every", "all", "any", "meaning", "none"]

# Where fewer questions than FEW have every word of a sentence (SENTENCE content terms), those
# that have some of its words are matches too.
FEW = 5
SENTENCE = 3
# A word in more than this part of a large archive does not distinguish questions.
BROAD = 0.2
LARGE = 2_000
#: With fewer letters words have nothing in common but chance.
SHORTEST_BEGINNING = 3
#: A word that so few questions have may be a slip.
RARE = 2


@dataclass(frozen=True, slots=True, eq=False)
class SearchHits:
    """The matches of the words, before any filter, as positions in the facet index.

    ``query`` is the query as understood; ``corrected`` means that its spelling was changed,
    and ``suggestion`` is another spelling. ``terms`` are the terms that were searched for,
    ``synonyms`` further ones with the terms that each stands for, ``left_out`` those that
    nearly every question has. Where ``mode`` is ``any``, ``with_all`` is how many questions
    have all words. ``match`` is the FTS5 query. A search by meaning has its own order,
    ``in_order``.
    """

    mode: Mode
    query: ParsedQuery
    positions: Positions
    match: str | None = None
    terms: tuple[Term, ...] = ()
    synonyms: dict[Term, tuple[Term, ...]] = field(default_factory=dict)
    left_out: tuple[Term, ...] = ()
    with_all: int = 0
    corrected: bool = False
    suggestion: ParsedQuery | None = None
    in_order: Positions | None = None


def match_query(index: IndexSnapshot, text: str) -> SearchHits:
    """Parse a query and find its matches. Never fails because of the text."""
    query = parse(text)
    if not query.terms and text.strip():
        # A text without a single word (punctuation) matches nothing rather than everything.
        return SearchHits("none", query, np.empty(0, np.int32))
    allowed = allowed_questions(index, query)
    if not query.text_terms:
        everything = np.ones(index.size, np.bool_) if allowed is None else allowed
        return SearchHits("every", query, np.flatnonzero(everything).astype(np.int32))
    return _Matcher(index, allowed).match(query)


def allowed_questions(index: IndexSnapshot, query: ParsedQuery) -> Mask | None:
    """Return which questions the names and excluded terms of a query leave; None for all."""
    masks = []
    for term in query.name_terms:
        facet = index.facets.facets["responder" if term.field == "by" else "topic"]
        codes = [c for c, value in enumerate(facet.values) if _matches_name(term, value.label)]
        masks.append(facet.mask(codes) != term.minus)
    if query.excluded_terms:
        masks.append(~index.mask(*(term.fts for term in query.excluded_terms)))
    return np.logical_and.reduce(masks) if masks else None


def _matches_name(term: Term, label: str) -> bool:
    """Whether a name has all the words, in any order: "lindqvist maria" is Maria Lindqvist."""
    label_words = {word for named in parse(label).terms for word in map(_plain, named.words)}
    return all(
        any(
            known == word or (term.field == "topic" and len(word) > 3 and known.startswith(word))
            for known in label_words
        )
        for word in map(_plain, term.words)
    )


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@dataclass(frozen=True, slots=True)
class _Matcher:
    index: IndexSnapshot
    allowed: Mask | None

    def match(self, query: ParsedQuery) -> SearchHits:
        hits = self._with_all(query)
        if len(hits.positions) or all(term.quoted for term in query.text_terms):
            hits = self._with_suggestion(hits)
        else:
            hits = self._corrected(query) or self._with_some(query)
            if hits.mode == "none":
                hits = self._with_beginnings(query) or hits
        sentence = len(hits.query.content_terms) >= SENTENCE
        if hits.mode == "all" and sentence and len(hits.positions) < FEW:
            wider = self._with_some(hits.query, len(hits.positions))
            if len(wider.positions) > len(hits.positions):
                return replace(wider, corrected=hits.corrected, suggestion=hits.suggestion)
        return hits

    def _with_all(self, query: ParsedQuery) -> SearchHits:
        match = fts_all(query.content_terms)
        positions = self._allowed(self.index.postings(match))
        mode: Mode = "all" if len(positions) else "none"
        return SearchHits(mode, query, positions, match, query.content_terms)

    def _with_some(self, query: ParsedQuery, with_all: int = 0) -> SearchHits:
        known = [term for term in _loosened(query.content_terms) if self._frequency(term)]
        broad = self._broad(known)
        synonyms = {
            term: stands_for
            for term, stands_for in synonyms_of(query.content_terms).items()
            if self._frequency(term) and not (broad and self._is_broad(term))
        }
        terms = tuple(term for term in known if term not in broad)
        alternatives = terms + tuple(synonyms)
        if not alternatives:
            return SearchHits("none", query, np.empty(0, np.int32))
        mask = self.index.mask(*(term.fts for term in alternatives))
        match = fts_any(alternatives)
        for term in query.content_terms:
            if term.quoted:
                mask &= self.index.mask(term.fts)
                match = f"({match}) AND {term.fts}"
        positions = self._allowed(np.flatnonzero(mask).astype(np.int32))
        mode: Mode = "any" if len(positions) else "none"
        return SearchHits(
            mode, query, positions, match, terms, synonyms, tuple(broad), with_all=with_all
        )

    def _broad(self, terms: list[Term]) -> list[Term]:
        """The terms that very many questions have; none of them if all are so."""
        if self.index.size < LARGE:
            return []
        broad = [term for term in terms if self._is_broad(term)]
        return broad if len(broad) < len(terms) else []

    def _is_broad(self, term: Term) -> bool:
        return self._frequency(term) > BROAD * self.index.size

    def _corrected(self, query: ParsedQuery) -> SearchHits | None:
        """Hits of the query with its unknown words corrected; None if there are none."""
        words = [term.words[0] for term in _single_words(query) if not self._frequency(term)]
        unknown = [word for word in words if not is_known(word)]
        better = correct(query, unknown, self.index.vocabulary(True)) if unknown else None
        if better is None:
            return None
        hits = self._with_all(better)
        if not len(hits.positions):
            hits = self._with_some(better)
        return replace(hits, corrected=True) if len(hits.positions) else None

    def _with_beginnings(self, query: ParsedQuery) -> SearchHits | None:
        """Hits of words with the same beginning, for a query without any other hit."""
        beginnings = [part for term in _single_words(query) if (part := self._beginning(term))]
        if not beginnings:
            return None
        names = query.name_terms
        required = [term for term in query.terms if term.quoted or term.minus or term in names]
        hits = self._with_some(ParsedQuery((*beginnings, *required)))
        return replace(hits, corrected=True) if len(hits.positions) else None

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
        if len(hits.positions) > RARE:
            return hits
        query = hits.query
        rare = [term.words[0] for term in _single_words(query) if self._frequency(term) <= RARE]
        if not rare:
            return hits
        vocabulary = self.index.vocabulary(True)
        doubtful = [word for word in rare if vocabulary.is_doubtful(word)]
        return replace(hits, suggestion=correct(query, doubtful, vocabulary))

    def _frequency(self, term: Term) -> int:
        return self.index.frequency(term.fts)

    def _allowed(self, positions: Positions) -> Positions:
        return positions if self.allowed is None else positions[self.allowed[positions]]


def _single_words(query: ParsedQuery) -> list[Term]:
    return [term for term in query.content_terms if len(term.words) == 1 and not term.quoted]


def _loosened(terms: tuple[Term, ...]) -> list[Term]:
    """The words that may match alone: those of it's or follow-up, but not of quoted terms."""
    loosened: dict[Term, None] = {}
    for term in terms:
        if term.beginning:
            loosened[term] = None
        elif not term.quoted:
            words = [Term((word,), term.field) for word in term.words]
            loosened |= {word: None for word in words if word.is_content or len(words) == 1}
    return list(loosened)
