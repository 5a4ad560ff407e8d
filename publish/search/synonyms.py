"""Synonyms: what people say, and what doctors write."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from publish.search.query_language import Term

_TABLE = Path(__file__).parent / "synonyms.toml"
_LONGEST = 4


@cache
def _groups() -> dict[tuple[str, ...], frozenset[tuple[str, ...]]]:
    groups: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for group in tomllib.loads(_TABLE.read_text("utf-8"))["groups"]:
        forms = {tuple(form.split()) for form in group}
        for form in forms:
            groups.setdefault(form, set()).update(forms - {form})
    return {form: frozenset(others) for form, others in groups.items()}


@cache
def _words() -> frozenset[str]:
    return frozenset(word for form in _groups() for word in form)


def is_known(word: str) -> bool:
    """Whether the table has a word: it is no slip then, even if no question has it."""
    return word.lower() in _words()


def synonyms_of(terms: tuple[Term, ...]) -> dict[Term, tuple[Term, ...]]:
    """Return the synonyms of runs of these terms, each with the terms that it stands for.

    Quoted terms and those of one field have no synonyms.
    """
    synonyms: dict[Term, tuple[Term, ...]] = {}
    for begin in range(len(terms)):
        for end in range(begin + 1, min(begin + _LONGEST, len(terms)) + 1):
            run = terms[begin:end]
            if any(term.quoted or term.field for term in run):
                break
            form = tuple(word.lower() for term in run for word in term.words)
            for words in sorted(_groups().get(form, ())):
                synonym = Term(words)
                stands_for = (*synonyms.get(synonym, ()), *run)
                synonyms[synonym] = tuple(dict.fromkeys(stands_for))
    own = {tuple(word.lower() for word in term.words) for term in terms}
    return {term: run for term, run in synonyms.items() if term.words not in own}
