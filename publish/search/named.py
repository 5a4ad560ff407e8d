"""Names in a query: of people, topics, sites and years, behind a prefix or typed alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from sqlite3 import Connection

import numpy as np

from parsers.urls import site_of
from publish.data import lookup
from publish.data.urls import institution_path, question_path, quoted
from publish.search.cache import IndexSnapshot
from publish.search.facet_index import Facet, Mask
from publish.search.query_language import NONE, ParsedQuery, Term, parse

_FACETS = {"by": "responder", "topic": "topic", "site": "site", "year": "year"}
_KINDS = {"by": "person", "topic": "topic", "site": "site"}
#: People and topics that are named above the results at most.
MOST_NAMED = 5
_TITLES = frozenset({
    "dr", "prof", "professor", "mr", "mrs", "ms", "md", "phd", "do", "rn", "od", "dds", "dmd",
    "pharmd", "rph", "rd", "ld", "msn", "mph", "edd",
})  # fmt: skip
_NUMBER = re.compile(r"(?:question\s+|no\.?\s*|#)?(\d{1,18})", re.I)
_OUR_ADDRESS = re.compile(r"(?:\S*/)?q/([^/\s:]+)/([^\s?]+)(?:\?\S*)?", re.I)
_OTHER_ADDRESS = re.compile(r"https?:\S+|[\w-]+(?:\.[\w-]+)+(?::\d+)?/\S+", re.I)


@dataclass(frozen=True, slots=True)
class NamedMatch:
    """What a reader has named: a question, topic, person or institution, and its page.

    ``count`` is of its questions; None for a question.
    """

    kind: str
    label: str
    path: str
    count: int | None = None


def mask(index: IndexSnapshot, term: Term) -> Mask:
    """Return which questions have what a term with a prefix names, or have it not (minus)."""
    allowed: Mask = np.zeros(index.size, np.bool_)
    for each in term.alternatives or (term,):
        allowed |= _facet(index, each).mask(_codes(index, each))
    return ~allowed if term.minus else allowed


def unknown(index: IndexSnapshot, query: ParsedQuery) -> tuple[str, ...]:
    """Return a sentence about each name that the archive has not."""
    terms = (each for term in query.name_terms for each in term.alternatives or (term,))
    return tuple(
        f"The archive knows no {_KINDS[term.field]} “{' '.join(term.words)[:60]}”."
        for term in terms
        if term.field in _KINDS and not _codes(index, term) and term.words != (NONE,)
    )


def _facet(index: IndexSnapshot, term: Term) -> Facet:
    return index.facets.facets[_FACETS[str(term.field)]]


def _codes(index: IndexSnapshot, term: Term) -> list[int]:
    facet = _facet(index, term)
    if term.field == "year" or term.words == (NONE,):
        return facet.codes_of(term.words[0])
    if term.field == "site" and (name := _site(facet, term.typed)) is not None:
        return [facet.codes[name]]
    wanted = frozenset(map(plain, term.words))
    return [
        code
        for code, known in enumerate(_label_words(index, _FACETS[str(term.field)]))
        if facet.values[code].value != NONE and _has_all(known, wanted, term)
    ]


def _site(facet: Facet, typed: str) -> str | None:
    """The name of a site, of which a reader gives the name or the host."""
    names = (typed.lower(), site_of(f"http://{typed.lower()}/"))
    return next((name for name in names if name in facet.codes), None)


def _has_all(known: frozenset[str], wanted: frozenset[str], term: Term) -> bool:
    """Whether a name has all the words, in any order: "lindqvist maria" is Maria Lindqvist."""
    return all(
        word in known
        or (
            (term.beginning or (term.field == "topic" and len(word) > 3))
            and any(each.startswith(word) for each in known)
        )
        for word in wanted
    )


def _label_words(index: IndexSnapshot, name: str) -> list[frozenset[str]]:
    """The words of the label of each value of a facet."""
    values = index.facets.facets[name].values
    return index.cache.get(("label words", name), lambda: [_words(v.label) for v in values])


def _words(text: str) -> frozenset[str]:
    return frozenset(plain(word) for term in parse(text).terms for word in term.words)


def plain(word: str) -> str:
    """Return a word without accents and case."""
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def named(connection: Connection, index: IndexSnapshot, text: str) -> tuple[NamedMatch, ...]:
    """Return what a text names that is a number, an address or a name, and nothing else."""
    text = text.strip()
    questions = _questions(connection, index, text)
    query = parse(text)
    if any(term.field or term.minus or term.beginning or term.alternatives for term in query.terms):
        return questions
    typed = frozenset(plain(word) for term in query.terms for word in term.words)
    return (
        *questions,
        *_called(index, "topic", "Topic", typed, lambda v, _: f"/topic/{quoted(str(v))}"),
        *_called(index, "responder", "Person", typed, lambda v, _: f"/responder/{v}"),
        *_called(index, "institution", "Institution", typed, lambda _, n: institution_path(n)),
    )


def _questions(connection: Connection, index: IndexSnapshot, text: str) -> tuple[NamedMatch, ...]:
    keys: list[lookup.Key | None] = []
    if number := _NUMBER.fullmatch(text):
        sites = [str(value.value) for value in index.facets.facets["site"].values]
        keys = [lookup.question_called(connection, site, number[1]) for site in sites]
    elif ours := _OUR_ADDRESS.fullmatch(text):
        keys = [lookup.question_called(connection, *ours.groups())]
    if not any(keys) and _OTHER_ADDRESS.fullmatch(text):
        rows = lookup.questions_at(connection, text)
        keys = [(row["site"], row["source_id"]) for row in rows]
    several = len(index.facets.facets["site"].values) > 1
    return tuple(
        NamedMatch("Question", f"{key[1]} ({key[0]})" if several else key[1], question_path(*key))
        for key in [key for key in keys if key][:MOST_NAMED]
    )


def _called(
    index: IndexSnapshot,
    name: str,
    kind: str,
    typed: frozenset[str],
    path: Callable[[str | int, str], str],
) -> list[NamedMatch]:
    """The values of a facet that are called so. Of people some of the names will do."""
    facet = index.facets.facets[name]
    wanted = typed - _TITLES if name == "responder" else frozenset(map(_singular, typed))
    found = []
    for code, known in enumerate(_label_words(index, name)):
        value = facet.values[code]
        if name == "responder":
            # With the family name among them.
            family = parse(value.label).terms[-1:] if wanted and wanted <= known else ()
            same = any(plain(word) in wanted for term in family for word in term.words)
        else:
            same = bool(wanted) and value.value != NONE and wanted == set(map(_singular, known))
        if same:
            count = int(facet.mask([code]).sum())
            found.append(NamedMatch(kind, value.label, path(value.value, value.label), count))
    return sorted(found, key=lambda each: (-(each.count or 0), each.label))[:MOST_NAMED]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
