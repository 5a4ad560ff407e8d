"""The date of an answer: by its label; without a label, a date between title and end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from parsers.qa.dates import ANSWERED, BARE, date_label, trailing_date
from parsers.qa.doubt import Doubt
from parsers.qa.labels import WEAK
from parsers.qa.layout import Page
from parsers.qa.sections import Sections
from parsers.words.vocabulary import ANSWER, RESPONSE

_RANKS = (("answer", 0), ("respon", 0), ("repl", 0), ("publi", 1), ("post", 1))


def answer_date(page: Page, sections: Sections) -> tuple[date | None, str, tuple[Doubt, ...]]:
    """The date of the answer, what shows it, and what is doubted of it."""
    top = sections.title.line if sections.title.line is not None else 0
    last = max([block.end for block in sections.people] + [sections.more.stop]) or len(page.lines)
    dated: list[_Dated] = []
    bare: list[date] = []
    for n, items in page.dates.items():
        above = page.lines[n - 1].text if n else ""
        kind_above = date_label(above)
        for item in items if n >= top - 3 else ():
            kind = kind_above if item.kind == BARE and kind_above else item.kind
            label = item.label or (above if kind_above else "")
            if kind == ANSWERED:
                dated.append(_Dated(_rank(label), n, item.value, label.strip(" :\xa0").lower()))
            elif kind == BARE and top < n <= last and item.value:
                bare.append(item.value)
    for n, mark in (*page.marked(ANSWER, WEAK), *page.marked(RESPONSE, WEAK)):
        text = page.lines[n].text
        if n >= top - 3 and n not in page.dates and len(text) < 200:
            value = trailing_date(text, page.words.day_first)[1]
            if value is not None and (mark.kind == RESPONSE or not mark.rest):
                dated.append(_Dated(0, n, value, f"date beside the {mark.kind} label"))
    return _choose(dated, bare)


class _Dated(NamedTuple):
    """A date of the answer: how far to trust its label (0 most), where it stands, the day."""

    rank: int
    line: int
    value: date | None
    label: str


def _rank(label: str) -> int:
    return next((rank for word, rank in _RANKS if label.lower().startswith(word)), 2)


def _choose(
    dated: Sequence[_Dated], bare: Sequence[date]
) -> tuple[date | None, str, tuple[Doubt, ...]]:
    days = sorted((day for day in dated if day.value), key=lambda day: (day.rank, day.line))
    if days:
        best = days[0]
        doubts: tuple[Doubt, ...] = ()
        if any(day.rank == best.rank and day.value != best.value for day in days):
            doubts = (Doubt("dates of the answer differ; the first was taken", 0.9),)
        return best.value, best.label, doubts
    if dated:
        return None, "", (Doubt("the date of the answer is no date of the calendar", 0.95),)
    if bare:
        return bare[0], "a date without a label", (Doubt("the date has no label", 0.9),)
    return None, "", ()
