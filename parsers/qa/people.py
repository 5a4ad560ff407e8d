"""Who answered: names, credentials, titles, colleges and institutions.

What is read looks like this, on one line or on several::

    Jane Q Roe, RN, MSN
    Clinical Instructor
    College of Nursing
    University of Cincinnati

With a photo the name stands twice: as the photo's alt text, and as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeVar

from parsers.page.lines import Image, Line, collapse
from parsers.records import Responder
from parsers.words.patterns import pattern, words

_KNOWN = frozenset(words("credentials"))
# Written like credentials, but places: "Columbus, OH", "UC".
_NOT_CREDENTIALS = frozenset(str.split("OH OHIO KY IN PA. USA US UC OSU CWRU UH UHC NIH VA CDC"))
_SHAPE = re.compile(r"(?:[A-Z][A-Za-z]{0,5}[A-Z][A-Za-z]{0,3}|[A-Z]{2,6})(?:[-/][A-Z]{1,4})*")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.I)
_PARTICLE = frozenset(str.split("de da di del der den du el la le van von bin ibn al and & dos"))
_ROLE = pattern("role")
_COLLEGE = pattern("college")
_NOT_COLLEGE = re.compile(r"\b(?:american|royal|international|fellow|diplomate?|professor|director|"
                          r"dean|instructor|lecturer)\b", re.I)  # fmt: skip
_INSTITUTION = pattern("institution")
_BOTH = pattern("institution_and_college")
_PHOTO = re.compile(r"(?:photo(?:graph)?|picture|image|portrait)\s+(?:of\s+)?", re.I)
_COMMA = re.compile(r"\s*[,;]\s*")
_LINE_LIMIT = 160  # characters
_DOUBLE_LIMIT = 3 * _LINE_LIMIT  # of a line that may hold a name twice
_VAGUE_LIMIT = 2000  # of a row of cells that may be about a person

_T = TypeVar("_T")


def _remembered(ask: Callable[[str], _T]) -> Callable[[str], _T]:
    """Cache a function's results for short texts: one expert answers hundreds of questions."""
    known = lru_cache(maxsize=2048)(ask)
    return lambda text: known(text) if len(text) <= _LINE_LIMIT else ask(text)


@dataclass(frozen=True, slots=True)
class Named:
    """A line that begins with a name: the name, its credentials, and what follows."""

    name: str
    credentials: tuple[str, ...]
    rest: tuple[str, ...] = ()


@dataclass(slots=True)
class _Person:
    """A responder while the lines about them are being read."""

    name: str
    credentials: tuple[str, ...] = ()
    titles: list[str] = field(default_factory=list)
    college: str | None = None
    institution: str | None = None
    url: str | None = None

    def done(self) -> Responder:
        title = "\n".join(self.titles) or None
        return Responder(
            self.name, self.credentials, title, self.college, self.institution, self.url
        )


def is_credential(token: str, *, known: bool = False) -> bool:
    """Whether a word is a degree or a licence: "MD", "Ph.D.", "PharmD", "CCC-SLP".

    :param known: accept only those of the list, not every word of that shape
    """
    parts = token.split("/")
    if len(parts) > 1 and token.upper() not in _KNOWN and all(parts):
        return all(is_credential(part, known=known) for part in parts)
    bare = token.replace(".", "").strip("()")
    if bare.upper() in _KNOWN and bare[:1].isupper():
        # "Ma" and "Do" are names, "Esq" and "Pharmd" are not.
        return bare != bare.title() or "." in token or len(bare) > 2
    return not known and bare not in _NOT_CREDENTIALS and _SHAPE.fullmatch(bare) is not None


def folded_name(name: str) -> str:
    """A name by which the same people are recognised, however it is spaced and capitalised."""
    return " ".join(name.casefold().split())


@_remembered
def parse_name(text: str) -> Named | None:
    """Read "Jane Roe, Jr., RN, MSN, Director, ..."; return None if it begins with no name."""
    text = collapse(_PHOTO.sub("", text, count=1) if _PHOTO.match(text) else text).strip(" \xa0,;")
    first, *others = _COMMA.split(text)
    words = first.split()
    credentials: list[str] = []
    while len(words) > 2 and is_credential(words[-1], known=True):
        credentials[:0] = _degrees(words.pop())
    name = " ".join(words)
    if not _is_name(words):
        return None
    for n, segment in enumerate(others):
        tokens = segment.split()
        if _SUFFIX.fullmatch(segment) and not credentials:
            name += ", " + segment
        elif tokens and all(is_credential(t) for t in tokens) and len(segment) < 40:
            credentials += [d for t in tokens for d in _degrees(t)]
        elif tokens:
            return Named(name, tuple(credentials), tuple(others[n:]))
    return Named(name, tuple(credentials))


def _degrees(token: str) -> list[str]:
    parts = token.split("/")
    if len(parts) > 1 and all(is_credential(part, known=True) for part in parts):
        return parts
    return [token]


def _is_name(words: Sequence[str]) -> bool:
    if not 1 <= len(words) <= 7:
        return False
    joined = " ".join(words)
    if _ROLE.search(joined) or _INSTITUTION.search(joined) or _COLLEGE.fullmatch(joined):
        return False
    if joined.endswith((":", "?", "!")) or any(map(str.isdigit, joined)):
        return False
    return all(w in _PARTICLE or w.strip("\"'“”‘’(").lstrip()[:1].isupper() for w in words)


def looks_like_person(text: str, *, sure: bool = True) -> bool:
    """Whether a text begins with a person's name.

    :param sure: ask for credentials as well
    """
    named = parse_name(text[:_LINE_LIMIT])
    if named is None:
        return False
    return bool(named.credentials) or (not sure and len(named.name.split()) > 1)


def undouble(text: str) -> str:
    """Return a name once, where a text has the photo's alt text and then the name."""
    words = text.split(" ")
    if len(set(words)) == len(words) or len(text) > _DOUBLE_LIMIT:
        return text  # the usual case
    for n in range(1, len(words)):
        left, right = " ".join(words[:n]), " ".join(words[n:])
        left = _PHOTO.sub("", left, count=1) if _PHOTO.match(left) else left
        if left == right:
            return right
        if len(left.split()) > 1 and right.startswith(left) and right[len(left)] in ", ":
            return right
    return text


def read_people(
    lines: Sequence[Line], rest: str = "", label: Line | None = None
) -> tuple[list[Responder], int]:
    """Return the responders at the beginning of some lines, and how many lines they take.

    :param rest: what stood after the label on its own line, which is ``label``
    """
    people: list[_Person] = []
    alt = ""
    if rest:
        _take(people, undouble(rest), label, alt, first=True)
    used = 0
    for n, line in enumerate(lines):
        texts = line.cells or ((line.text,) if line.text else ())
        if line.text and people and _vague(line.text) and not _place_follows(lines[n + 1 : n + 4]):
            break
        alt = _photo_name(line.images) or alt
        if texts and not all(
            _take(people, undouble(text), line, alt, first=not people) for text in texts
        ):
            break
        if texts:
            alt = ""
        used += 1
    if alt and (named := parse_name(alt)) and not _same(people, named):
        people.append(_Person(named.name, named.credentials))
    return _merged(people), used


@_remembered
def _vague(text: str) -> bool:
    """Whether a line could be a title, but could as well be the beginning of a sentence."""
    if len(text) > _VAGUE_LIMIT:
        return True
    if parse_name(text) is not None and looks_like_person(text):
        return False
    sentence = text.endswith((".", "?", "!")) and len(text.split()) > 3
    return sentence or not (_ROLE.search(text) or _is_affiliation(text))


@_remembered
def _is_affiliation(text: str) -> bool:
    return any(
        _COLLEGE.fullmatch(piece) or _INSTITUTION.search(piece) for piece in _COMMA.split(text)
    )


def _place_follows(lines: Sequence[Line]) -> bool:
    return any(len(line.text) < 100 and _is_affiliation(line.text) for line in lines)


def _photo_name(images: Sequence[Image]) -> str:
    for image in images:
        named = parse_name(image.alt) if image.alt else None
        if named and (named.credentials or len(named.name.split()) > 1):
            return image.alt
    return ""


def _take(people: list[_Person], text: str, line: Line | None, alt: str, *, first: bool) -> bool:
    """Add one line to the people; return False if it says nothing about a person."""
    if len(text) > _LINE_LIMIT or (len(text) > 60 and text.endswith((".", "?", "!"))):
        return False
    named = parse_name(text) if len(text) <= _LINE_LIMIT else None
    url = line.links[0].href if line and line.links else None
    if named and (named.credentials or first or _may_follow(people, named, line)):
        if not _same(people, named):
            people.append(_Person(named.name, named.credentials))
        person = people[-1]
        person.credentials = person.credentials or named.credentials
        person.url = person.url or url
        if named.rest:
            _affiliate(person, ", ".join(named.rest))
        return True
    if not people or (alt and not _same(people, parse_name(alt))):
        pictured = parse_name(alt) if alt else None
        if pictured is None:
            return False
        people.append(_Person(pictured.name, pictured.credentials, url=url))
    return _affiliate(people[-1], text)


def _may_follow(people: Sequence[_Person], named: Named, line: Line | None) -> bool:
    """Whether a name without credentials begins a further person."""
    complete = bool(people) and (people[-1].institution or people[-1].college)
    return bool(complete and not named.rest and len(named.name.split()) in (2, 3, 4)
                and line is not None and (line.bold or line.links or line.item))  # fmt: skip


def _same(people: Sequence[_Person], named: Named | None) -> bool:
    return bool(people) and named is not None and _key(people[-1].name) == _key(named.name)


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).casefold().strip()


class _Piece(NamedTuple):
    """A part of a line about a person, and whether it names a college or an institution."""

    text: str
    college: bool
    institution: bool


@_remembered
def _pieces(text: str) -> tuple[_Piece, ...]:
    both = _BOTH.fullmatch(text)
    if both and not _ROLE.search(both["inst"]) and "," not in both["inst"]:
        parts = [both["inst"], *_COMMA.split(both["college"])]
    else:
        parts = _COMMA.split(text)
    return tuple(
        _Piece(
            part,
            bool(_COLLEGE.fullmatch(part)) and not _NOT_COLLEGE.search(part),
            bool(_INSTITUTION.search(part)) and _is_place(part),
        )
        for part in (part.strip(" \xa0") for part in parts)
        if part
    )


def _affiliate(person: _Person, text: str) -> bool:
    """Read title, college and institution; return False if the text is none of them."""
    title: list[str] = []
    is_place = False
    for piece in _pieces(text):
        if person.college is None and piece.college:
            person.college, is_place = piece.text, True
        elif person.institution is None and piece.institution:
            person.institution, is_place = piece.text, True
        else:
            title.append(piece.text)
    whole = ", ".join(title)
    if not whole:
        return is_place
    if is_place or not (person.college or person.institution) or _ROLE.search(whole):
        person.titles.append(whole)
        return True
    return False


def _is_place(piece: str) -> bool:
    """Whether a text names a place: "University Hospital", not "Director, University Hospital"."""
    return not re.match(
        r"(?:(?:assistant|associate|clinical|adjunct|emeritus|visiting|research|staff|nurse|the)\s+)*"
        r"(?:professor|director|instructor|chair|chief|head|dean|manager|coordinator|fellow|lecturer"
        r"|nurse|physician|staff|resident)\b",
        piece,
        re.I,
    )


def _merged(people: Sequence[_Person]) -> list[Responder]:
    """Return one responder for each person, who may be named twice."""
    merged: dict[str, _Person] = {}
    for person in people:
        known = merged.setdefault(_key(person.name), person)
        if known is not person:
            known.credentials = known.credentials or person.credentials
            known.titles = known.titles or person.titles
            known.college = known.college or person.college
            known.institution = known.institution or person.institution
            known.url = known.url or person.url
    return [person.done() for person in merged.values()]
