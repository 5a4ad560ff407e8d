"""Who wrote an answer and when, where only the page says so: "Posted on May 4 by Jane Roe, MD".

Such a line stands between the title and the question, or below the answer; so does a box "About
Jane Roe, MD".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from parsers.page.lines import Line
from parsers.page.opened import OpenPage
from parsers.qa.days import day_in
from parsers.qa.experts import expert_of
from parsers.qa.layout import Page
from parsers.qa.people import parse_name
from parsers.records import Responder
from parsers.sites.site import EXPERTS, Site
from parsers.threads.evidence import bare_name
from parsers.urls import resolve
from parsers.words.vocabulary import Vocabulary

_ABOVE, _BELOW = 12, 12  # lines
_LIMIT = 160  # characters
_DIGIT = re.compile(r"\d")


class Byline(NamedTuple):
    """When a page was published and who wrote it; None and () where it does not say so."""

    day: date | None
    responders: tuple[Responder, ...]


def read_byline(page: OpenPage, layout: Page, place: int, end: int, site: Site) -> Byline:
    """What stands around a question and its answer.

    :param place: the number of the question's first line
    :param end: the number of the line after the answer
    """
    above = range(place - 1, max(-1, place - _ABOVE), -1)
    below = range(end, min(len(layout.lines), end + _BELOW))
    dated = [layout.lines[n] for n in above if n not in layout.dates]
    lines = [layout.lines[n] for n in (*above, *below)]
    day = byline_of(dated, page, layout.words, site).day
    return Byline(day, byline_of(lines, page, layout.words, site).responders)


def byline_of(lines: Sequence[Line], page: OpenPage, words: Vocabulary, site: Site) -> Byline:
    """The day that some lines name, and who wrote the page, the first of each."""
    short = [line for line in lines if 0 < len(line.text) <= _LIMIT]
    language = site.language or page.language
    days = (_day(page, line, words, language) for line in short if not line.level)
    people = _experts(short, page, words, experts=site.answers == EXPERTS)
    return Byline(next((day for day in days if day), None), people)


def _day(page: OpenPage, line: Line, words: Vocabulary, language: str) -> date | None:
    digit = _DIGIT.search(line.text)
    if digit is None or words.reviewed.search(line.text, 0, digit.start()):
        return None
    named = day_in(line.text, language, page.capture.captured_at)
    return named.day if named and not named.relative else None


def _experts(
    lines: Iterable[Line], page: OpenPage, words: Vocabulary, *, experts: bool
) -> tuple[Responder, ...]:
    for line in lines:
        match = words.by.search(line.text) or words.about.match(line.text)
        if match is None or words.reviewed.search(line.text, 0, match.start()):
            continue
        name = line.text[match.end() :]
        expert = expert_of(name) or expert_of(bare := bare_name(name))
        expert = expert or (named_expert(name) or named_expert(bare) if experts else None)
        if expert is not None:
            links = [link.href for link in line.links if expert.name in link.text]
            url = resolve(page.base, links[0]) if links else None
            return (Responder(expert.name, expert.credentials, expert.title, url=url),)
    return ()


def named_expert(text: str) -> Responder | None:
    """The person whom a short text names, on a site where experts answer."""
    named = parse_name(text)
    if named is None or not 2 <= len(named.name.split()) <= 4:
        return None
    return Responder(named.name, named.credentials)


def named_in_full(
    people: tuple[Responder, ...], credited: tuple[Responder, ...]
) -> tuple[Responder, ...]:
    """Those who answer, or who wrote the page where nobody else does: "Dr. Roe" is Jane Roe."""
    if len(people) == len(credited) == 1 and not people[0].title:
        name, whole = people[0].name.casefold(), credited[0].name.casefold()
        return credited if whole.endswith(f" {name}") else people
    return people or credited
