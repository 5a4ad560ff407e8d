"""Other words for the same: what people say, and what doctors write."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from publish.search.query_language import Term

_TABLE = Path(__file__).parent / "synonyms.toml"
_LONGEST = 4


@cache
def _groups() -> dict[tuple[str, ...], frozenset[tuple[str, ...]]]:
    found: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for group in tomllib.loads(_TABLE.read_text("utf-8"))["groups"]:
        forms = {tuple(form.split()) for form in group}
        for form in forms:
            found.setdefault(form, set()).update(forms - {form})
    return {form: frozenset(others) for form, others in found.items()}


@cache
def _words() -> frozenset[str]:
    return frozenset(word for form in _groups() for word in form)


def is_word(word: str) -> bool:
    """Whether the table has it: it is no slip then, even if no question has it."""
    return word.lower() in _words()


def other_words(terms: tuple[Term, ...]) -> dict[Term, tuple[Term, ...]]:
    """Terms that mean the same as some of these, and for which of them each stands.

    Only words that may stand anywhere are looked at: what is quoted is meant as typed.
    """
    found: dict[Term, tuple[Term, ...]] = {}
    for begin in range(len(terms)):
        for end in range(begin + 1, min(begin + _LONGEST, len(terms)) + 1):
            run = terms[begin:end]
            if any(term.quoted or term.field for term in run):
                break
            form = tuple(word.lower() for term in run for word in term.words)
            for other in sorted(_groups().get(form, ())):
                term = Term(other)
                found[term] = tuple(dict.fromkeys((*found.get(term, ()), *run)))
    own = {tuple(word.lower() for word in term.words) for term in terms}
    return {term: stands for term, stands in found.items() if term.words not in own}
