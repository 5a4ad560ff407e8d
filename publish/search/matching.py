"""Which questions a query means: all of its words, else some of them.

The words decide alone: a filter narrows what they found and never changes how they are
taken, so counts beside the results hold true when they are clicked.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from sqlite3 import Connection
from typing import Literal

import numpy as np

from publish.search.cache import IndexSnapshot
from publish.search.facet_index import FacetIndex, Mask, Positions
from publish.search.query_language import ParsedQuery, Term, every, parse, some
from publish.search.spelling import corrections
from publish.search.synonyms import is_word, other_words

Mode = Literal["every", "all", "any", "meaning", "none"]

# A sentence of which fewer questions have every word is answered with the best of those
# that have some as well.
FEW = 5
SENTENCE = 3
# A word that stands in more than this part of a large archive tells questions apart no more.
BROAD = 0.2
LARGE = 2_000
#: With fewer letters words have nothing in common but chance.
SHORTEST_BEGINNING = 3
#: A slip is suspected of a word that so few questions have.
RARE = 2


@dataclass(frozen=True, slots=True, eq=False)
class SearchHits:
    """What the words found, before any filter. ``positions`` are those of the catalogue.

    ``terms`` are the words that were looked for, ``others`` those that mean the same as some
    words of the query, with the words that each stands for, ``left_out`` those that nearly
    every question has. ``with_all`` is how many questions have all words where ``mode`` is
    ``any``. ``query`` is as understood, ``corrected`` tells that its spelling is ours, and
    ``suggestion`` is another spelling. What was found by meaning as well has an order of its
    own, ``in_order``.
    """

    mode: Mode
    query: ParsedQuery
    positions: Positions
    match: str | None = None
    terms: tuple[Term, ...] = ()
    others: dict[Term, tuple[Term, ...]] = field(default_factory=dict)
    left_out: tuple[Term, ...] = ()
    with_all: int = 0
    corrected: bool = False
    suggestion: ParsedQuery | None = None
    in_order: Positions | None = None


def find(connection: Connection, holding: IndexSnapshot, text: str) -> SearchHits:
    """Understand a query and find what it means. No text is an error."""
    query = parse(text)
    catalogue = holding.catalogue
    if not query.terms and text.strip():
        # A text without a single word (punctuation) finds nothing rather than everything.
        return SearchHits("none", query, np.empty(0, np.int32))
    kept = allowed(connection, holding, query)
    if not query.wanted:
        return SearchHits("every", query, _all(catalogue, kept))
    return _Finder(connection, holding, kept).find(query)


def _all(catalogue: FacetIndex, allowed: Mask | None) -> Positions:
    if allowed is None:
        return np.arange(catalogue.size, dtype=np.int32)
    return np.flatnonzero(allowed).astype(np.int32)


def allowed(connection: Connection, holding: IndexSnapshot, query: ParsedQuery) -> Mask | None:
    """What names and minus leave; None for all."""
    catalogue = holding.catalogue
    mask: Mask | None = None
    for term in query.names:
        facet = catalogue.facets["responder" if term.field == "by" else "topic"]
        codes = [c for c, value in enumerate(facet.values) if _names(term, value.label)]
        one = facet.mask(codes) != term.minus
        mask = one if mask is None else mask & one
    for term in query.unwanted:
        if mask is None:
            mask = np.ones(catalogue.size, np.bool_)
        mask[holding.postings(connection, term.fts)] = False
    return mask


def _names(term: Term, label: str) -> bool:
    """Whether a name has all the words, in any order: "lindqvist maria" is Maria Lindqvist."""
    have = {word for named in parse(label).terms for word in map(_plain, named.words)}
    return all(
        any(
            known == word or (term.field == "topic" and len(word) > 3 and known.startswith(word))
            for known in have
        )
        for word in map(_plain, term.words)
    )


def _plain(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@dataclass(frozen=True, slots=True)
class _Finder:
    connection: Connection
    holding: IndexSnapshot
    allowed: Mask | None

    def find(self, query: ParsedQuery) -> SearchHits:
        found = self._with_all(query)
        if len(found.positions) or all(term.quoted for term in query.wanted):
            found = self._suggested(found)
        else:
            found = self._corrected(query) or self._with_some(query)
            if found.mode == "none":
                found = self._with_beginnings(query) or found
        sentence = len(found.query.telling) >= SENTENCE
        if found.mode == "all" and sentence and len(found.positions) < FEW:
            wider = self._with_some(found.query, len(found.positions))
            if len(wider.positions) > len(found.positions):
                return replace(wider, corrected=found.corrected, suggestion=found.suggestion)
        return found

    def _with_all(self, query: ParsedQuery) -> SearchHits:
        match = every(query.telling)
        positions = self._kept(self.holding.postings(self.connection, match))
        mode: Mode = "all" if len(positions) else "none"
        return SearchHits(mode, query, positions, match, query.telling)

    def _with_some(self, query: ParsedQuery, with_all: int = 0) -> SearchHits:
        quoted = tuple(term for term in query.telling if term.quoted)
        known = {
            term: count for term in _loosened(query.telling) if (count := self._frequency(term))
        }
        broad = self._broad(known)
        others = {
            term: stands_for
            for term, stands_for in other_words(query.telling).items()
            if self._frequency(term) and not (broad and self._is_broad(term))
        }
        terms = tuple(term for term in known if term not in broad)
        looked_for = terms + tuple(others)
        if not looked_for:
            return SearchHits("none", query, np.empty(0, np.int32))
        mask = np.zeros(self.holding.catalogue.size, np.bool_)
        for term in looked_for:
            mask[self.holding.postings(self.connection, term.fts)] = True
        match = some(looked_for)
        for term in quoted:
            mask &= self._mask(term)
            match = f"({match}) AND {term.fts}"
        positions = self._kept(np.flatnonzero(mask).astype(np.int32))
        mode: Mode = "any" if len(positions) else "none"
        return SearchHits(
            mode, query, positions, match, terms, others, tuple(broad), with_all=with_all
        )

    def _broad(self, known: dict[Term, int]) -> list[Term]:
        if self.holding.catalogue.size < LARGE:
            return []
        broad = [term for term in known if self._is_broad(term)]
        return broad if len(broad) < len(known) else []

    def _is_broad(self, term: Term) -> bool:
        return self._frequency(term) > BROAD * self.holding.catalogue.size

    def _corrected(self, query: ParsedQuery) -> SearchHits | None:
        unknown = [
            term
            for term in _singles(query)
            if not is_word(term.words[0]) and not self._frequency(term)
        ]
        if not unknown:
            return None
        words = self.holding.vocabulary(True)
        better = corrections(query, [term.words[0] for term in unknown], words)
        if better is None:
            return None
        found = self._with_all(better)
        if not len(found.positions):
            found = self._with_some(better)
        return replace(found, corrected=True) if len(found.positions) else None

    def _with_beginnings(self, query: ParsedQuery) -> SearchHits | None:
        """What has words that begin alike, for a query that finds nothing in any other way."""
        begun = [one for term in _singles(query) if (one := self._begun(term))]
        if not begun:
            return None
        kept = [term for term in query.terms if term.quoted or term.minus or term in query.names]
        found = self._with_some(ParsedQuery((*begun, *kept)))
        return replace(found, corrected=True) if len(found.positions) else None

    def _begun(self, term: Term) -> Term | None:
        """The longest beginning of a word that some question has a word with."""
        word = term.words[0]
        for length in range(len(word) - 1, max(SHORTEST_BEGINNING, len(word) // 2) - 1, -1):
            part = Term((word[:length],), term.field, beginning=True)
            if self._frequency(part):
                return part
        return None

    def _suggested(self, found: SearchHits) -> SearchHits:
        """The same, with another spelling if a word is rare beside one much like it."""
        if len(found.positions) > RARE:
            return found
        rare = [term.words[0] for term in _singles(found.query) if self._frequency(term) <= RARE]
        if not rare:
            return found
        words = self.holding.vocabulary(True)
        better = corrections(found.query, [w for w in rare if words.is_doubtful(w)], words)
        return replace(found, suggestion=better) if better else found

    def _frequency(self, term: Term) -> int:
        return self.holding.frequency(self.connection, term.fts)

    def _mask(self, term: Term) -> Mask:
        mask = np.zeros(self.holding.catalogue.size, np.bool_)
        mask[self.holding.postings(self.connection, term.fts)] = True
        return mask

    def _kept(self, positions: Positions) -> Positions:
        return positions if self.allowed is None else positions[self.allowed[positions]]


def _singles(query: ParsedQuery) -> list[Term]:
    return [t for t in query.telling if len(t.words) == 1 and not t.quoted]


def _loosened(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """What may be looked for alone: the words of it's or follow-up, but not what is quoted."""
    found: dict[Term, None] = {}
    for term in terms:
        if term.quoted:
            continue
        if term.beginning:
            found[term] = None
            continue
        parts = [Term((word,), term.field) for word in term.words]
        found |= {part: None for part in parts if part.is_telling or len(term.words) == 1}
    return tuple(found)
