"""What on a page may be a post's date, its author, its own address: found once, for all readers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from parsers.page.outline import Outline
from parsers.qa.day_forms import names_day
from parsers.threads.hints import AUTHOR, hints, is_profile

_NAME_LIMIT = 48  # characters
_ATTRIBUTES = ("datetime", "data-time", "data-timestamp", "data-date-time", "data-utc", "title")
_NUMBERED = re.compile(r"[a-z][a-z_:-]*\d{1,}(?:[_-][a-z_-]*)?|\d{3,}", re.I)
_DIGITS = re.compile(r"\d+")
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_NO_NAME = re.compile(r"[\W\d_]*")


@dataclass(slots=True)
class Evidence:
    """Numbers of elements, each list in document order.

    ``dates`` have a date of their own, which ``written`` gives, and
    ``label`` what stands just before it; ``authors`` may name a person;
    ``numbered`` have an id or name with a number in it, whose pattern ``patterns`` gives.
    ``hints`` are those of every element.
    """

    hints: list[int] = field(default_factory=list)
    dates: list[int] = field(default_factory=list)
    written: dict[int, str] = field(default_factory=dict)
    label: dict[int, str] = field(default_factory=dict)
    authors: list[int] = field(default_factory=list)
    patterns: dict[int, str] = field(default_factory=dict)


def within(numbers: Sequence[int], first: int, end: int) -> Sequence[int]:
    """Those of ascending numbers that stand in a range."""
    return numbers[bisect_left(numbers, first) : bisect_left(numbers, end)]


def gather(page: Outline) -> Evidence:
    """Look at every element once."""
    evidence = Evidence()
    for number, element in enumerate(page.elements):
        bits = hints(element)
        evidence.hints.append(bits)
        if _may_be_author(page, number, bits):
            evidence.authors.append(number)
        name = element.get("id") or (element.get("name") if page.tags[number] == "a" else None)
        if name and len(name) < 40 and _NUMBERED.fullmatch(name):
            evidence.patterns[number] = _DIGITS.sub("#", name.lower())
        _take_attribute(page, evidence, number)
    for n, piece in enumerate(page.pieces):
        if piece.owner not in evidence.written and names_day(piece.text):
            evidence.written[piece.owner] = piece.text
            evidence.label[piece.owner] = _label(page, n)
    evidence.dates = sorted(evidence.written)
    return evidence


def _label(page: Outline, n: int) -> str:
    """What stands just before a text: the text before it, and the classes around it."""
    before = page.pieces[n - 1].text[-30:] if n else ""
    owner = page.pieces[n].owner
    classes = [page.looks[page.look[each]][1] for each in (owner, page.parent[owner])]
    return " ".join((before, *classes))


def _take_attribute(page: Outline, evidence: Evidence, number: int) -> None:
    """A date in an attribute, which is the exact one: ``<time datetime>``, ``<abbr title>``."""
    get = page.elements[number].get
    for name in _ATTRIBUTES:
        value = get(name)
        if value and len(value) < 64 and (_EPOCH.fullmatch(value) or names_day(value.strip())):
            evidence.written[number] = value.strip()
            evidence.label[number] = _label(page, page.first_piece[number]) if False else ""
            return


def _may_be_author(page: Outline, number: int, bits: int) -> bool:
    length = page.size[number] + page.linked[number]
    if not 0 < length <= _NAME_LIMIT:
        return False
    if page.tags[number] == "a":
        href = page.elements[number].get("href") or ""
        if href and is_profile(href):
            return True
    return bits & AUTHOR != 0
