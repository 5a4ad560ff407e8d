"""Experts who sign: "— Jane Roe, MD", "Dr. med. Hans Muster, Facharzt für Innere Medizin".

A name counts as an expert's if a degree or licence stands behind it, or a doctor's or
professor's title before it, in the languages of :mod:`parsers.words.vocabulary`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from parsers.page.lines import Line, collapse
from parsers.qa.people import parse_name, read_people
from parsers.records import Responder

_DEGREE = (
    r"(?:med|dent|vet|phil|psych|pharm|rer|nat|sc|hum|biol|habil|univ|h\s?\.?\s?c|mult|chir)\b\.?"
)
_TITLE = (
    r"(?:univ\.?[\s-]*prof|prof|professor|professorin|professeur|profesor|profesora|professore"
    r"|professoressa|pd|priv\.?[\s-]*doz|dr|drs|dra|doctor|doctora|docteur|doutor|doutora"
    r"|dott\.?\s?ssa|dott|dottor|dottore|dottoressa|dipl\.?[\s-]*(?:med|psych)|mag|frau|herr)\b\.?"
)
_TITLES = re.compile(rf"((?:{_TITLE}(?:\s*{_DEGREE})*\s*){{1,5}})(?=\S)", re.I)
_DOCTOR = re.compile(r"\b(?:prof|pd|priv|dr|dra|docteur|doctor|doctora|doutor|dott|dipl)", re.I)
_DASHES = "-–—―~•* \xa0"
_ARTICLE = re.compile(r"(?:(?:le|la|il|lo|el|o|a|der|die|the|de|by|von|par|por)\s+)", re.I)
_ABOUT = re.compile(r"\A(?:about|by|über|à\s+propos\s+d[eu]|sobre)\s+", re.I)
_SEPARATOR = re.compile(r"\s*[,;|(]\s*|\s+[-–—]\s+")
_LIMIT = 160  # characters
_SIGNATURE = 6  # lines


class Signature(NamedTuple):
    """Who signs a text, and how many of its lines stand above the signature."""

    length: int
    responders: tuple[Responder, ...]


def expert_of(text: str) -> Responder | None:
    """The expert whom a short text names; None if it names nobody, or nobody's degree."""
    text = _ABOUT.sub("", collapse(text).strip(_DASHES).rstrip(".:"), count=1)
    if not 4 < len(text) <= _LIMIT:
        return None
    article = _ARTICLE.match(text)
    title = _TITLES.match(text, article.end() if article else 0)
    if title is None:
        named = parse_name(text)
        if named is None or not named.credentials or len(named.name.split()) < 2:
            return None
        return Responder(named.name, named.credentials, ", ".join(named.rest) or None)
    if not _DOCTOR.search(title[1]):
        return None
    first, *others = _SEPARATOR.split(text[title.end() :], maxsplit=1)
    words = first.split()
    if not 1 <= len(words) <= 5 or any(not _is_name_word(word) for word in words):
        return None
    degrees, rest = _degrees(words, others[0].strip(" )") if others else "")
    return Responder(" ".join(words), (title[1].strip(), *degrees), rest or None)


def _degrees(words: list[str], rest: str) -> tuple[tuple[str, ...], str]:
    """Degrees that follow a name, and what follows them."""
    named = parse_name(f"{' '.join(words)}, {rest}") if rest else None
    if named is None:
        return (), rest
    return named.credentials, ", ".join(named.rest)


def _is_name_word(word: str) -> bool:
    particles = {"de", "la", "del", "van", "von", "der", "den", "da", "di", "du", "dos", "zu", "y"}
    return word in particles or (word[:1].isupper() and not any(map(str.isdigit, word)))


def signature(lines: Sequence[Line]) -> Signature:
    """The experts at the very end of a text, with the lines about them."""
    full = [n for n, line in enumerate(lines) if line.text]
    for n in full[1:][-_SIGNATURE:]:
        expert = expert_of(lines[n].text)
        if expert is None:
            continue
        below = [lines[k] for k in full if k > n]
        if any(len(line.text) > _LIMIT for line in below):
            continue
        people, used = read_people(lines[n:])
        if people and used >= len(below) and people[0].name == expert.name:
            return Signature(n, tuple(people))
        about = [line.text for line in below]
        if expert.title:
            about.insert(0, expert.title)
        if len(about) <= 3:
            title = "\n".join(about) or None
            return Signature(n, (Responder(expert.name, expert.credentials, title),))
    return Signature(len(lines), ())
