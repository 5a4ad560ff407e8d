"""Who wrote an answer and when, where only the page says so: "Posted on May 4 by Jane Roe, MD".

Such a line stands between the title and the question, or below the answer; so does a box "About
Jane Roe, MD".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from parsers.page.lines import Line
from parsers.page.opened import OpenPage
from parsers.qa.experts import expert_of
from parsers.qa.layout import Page
from parsers.qa.people import parse_name
from parsers.readers.days import day_in
from parsers.records import Responder
from parsers.urls import resolve

_ABOVE, _BELOW = 12, 12  # lines
_LIMIT = 160  # characters
_DIGIT = re.compile(r"\d")


class Byline(NamedTuple):
    """When a page was published and who wrote it; None and () where it does not say so."""

    day: date | None
    responders: tuple[Responder, ...]


def read_byline(
    page: OpenPage, layout: Page, place: int, end: int, language: str, *, experts: bool
) -> Byline:
    """What stands around a question and its answer.

    :param place: the number of the question's first line
    :param end: the number of the line after the answer
    :param experts: whether experts answer on this site, so that a name alone is one's
    """
    above = range(place - 1, max(-1, place - _ABOVE), -1)
    below = range(end, min(len(layout.lines), end + _BELOW))
    numbers = [n for n in (*above, *below) if 0 < len(layout.lines[n].text) <= _LIMIT]
    lines = [layout.lines[n] for n in numbers]
    days = (_day(page, layout, n, language) for n in numbers if n < place)
    day = next((each for each in days if each), None)
    return Byline(day, _experts(lines, page, layout, experts=experts))


def _day(page: OpenPage, layout: Page, n: int, language: str) -> date | None:
    """The day of a line that is not one of dates with labels."""
    line = layout.lines[n]
    if n in layout.dates or not _DIGIT.search(line.text) or line.level:
        return None
    named = day_in(line.text, language, page.capture.captured_at)
    return named.day if named and not named.relative else None


def _experts(
    lines: Iterable[Line], page: OpenPage, layout: Page, *, experts: bool
) -> tuple[Responder, ...]:
    by, about = layout.words.by, layout.words.about
    for line in lines:
        match = by.search(line.text) or about.match(line.text)
        if match is None or layout.words.reviewed.search(line.text, 0, match.start()):
            continue
        name = line.text[match.end() :]
        expert = expert_of(name) or (_named(name) if experts else None)
        if expert is not None:
            links = [link.href for link in line.links if expert.name in link.text]
            url = resolve(page.document.base or page.url, links[0]) if links else None
            return (Responder(expert.name, expert.credentials, expert.title, url=url),)
    return ()


def _named(text: str) -> Responder | None:
    named = parse_name(text)
    if named is None or not 2 <= len(named.name.split()) <= 4:
        return None
    return Responder(named.name, named.credentials)
