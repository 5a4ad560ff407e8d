"""Dates as pages print them: "Published: May 4, 2003", "5/4/2003", "4 May 2003".

5/4/2003 is the fourth of May, as in America, unless the page's language says otherwise. A date
that says when a page was reviewed or changed, or when a question was asked, is not the date of
the answer.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from parsers.qa.day_forms import of_names, of_numbers, plain_form

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
         "august aug", "september sept sep", "october oct", "november nov", "december dec"), 1
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_DATE = (
    rf"{_WEEKDAY}(?:(?P<mname>{_MONTH})\s*(?P<mday>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s*"
    r"(?P<myear>\d{4})"
    rf"|(?P<dday>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?(?P<dname>{_MONTH})[\s,-]*"
    r"(?P<dyear>\d{4})"
    r"|(?P<iyear>\d{4})[-/.](?P<imonth>\d{1,2})[-/.](?P<iday>\d{1,2})(?:T[\d:.Z+-]+)?"
    r"|(?P<smonth>\d{1,2})(?P<ssep>[-/.])(?P<sday>\d{1,2})(?P=ssep)(?P<syear>\d{4}|\d{2}))(?!\d)"
)
_ANSWERED = (
    r"(?:answered|published|posted|(?:(?:expert'?s?\s+)?(?:answer|response|reply|publication|"
    r"publish(?:ed)?|post(?:ed|ing)?|answered)\s+)?date(?:\s+(?:answered|published|posted|of\s+"
    r"(?:answer|response|reply|publication)))?|(?:this\s+)?(?:answer|response)\s+(?:was\s+)?"
    r"(?:published|posted|given|written)|(?:this\s+question\s+was\s+)answered|responded|replied)"
)
_OTHER = (
    r"(?:(?:this\s+page\s+was\s+)?(?:last|date|page|content)?\s*(?:re-?viewed|modified|updated|"
    r"revised|changed|review|revision|update|created|accessed|retrieved|printed|asked|submitted|"
    r"received|archived)(?:\s+date)?|(?:question|date)\s+(?:asked|submitted|received)|"
    r"(?:review|question|today'?s|revision|next\s+review|submission)\s+date|effective)"
)
_ITEM = re.compile(
    rf"[\s(\[|;,•·.–—-]*(?:(?P<other>{_OTHER})|(?P<answered>{_ANSWERED}))?"
    rf"(?:\s*[:\-–—]\s*|\s+(?:on|by\s+date)\b\s*:?\s*|\s*)(?:{_DATE})[\s)\]|;,•·.–—-]*",
    re.I,
)
_LABEL_ONLY = re.compile(
    rf"\s*(?:(?P<other>{_OTHER})|(?P<answered>{_ANSWERED}))(?:\s+on)?\s*:\s*", re.I
)
_TRAILING = re.compile(rf"[\s,(\[–—-]*(?:\bon\b|\bdated\b)?[\s:]*(?:{_DATE})[\s)\].]*$", re.I)
# A year, or two numbers with a sign between: in every date, and in few lines.
MAY_DATE = re.compile(r"\d(?:\d{3}|[-/.]\d)")
_LIMIT = 160  # characters; dates stand in short lines
_FIRST_YEAR = 1990  # two-digit years: the web is younger than this
_NAMED, _MOST_WORDS = 60, 4  # characters, and words in letters: more are no date alone
_WORDS = re.compile(r"[^\W\d_]+")
ANSWERED, OTHER, BARE = "answered", "other", "bare"


class DateItem(NamedTuple):
    """A date that a line states.

    ``kind`` is "answered", "other" (reviewed, modified, asked) or "bare" (no label).
    ``value`` is None where the numbers are no date. ``label`` is as printed.
    """

    kind: str
    value: date | None
    label: str


def date_items(text: str, day_first: str = "") -> tuple[DateItem, ...]:
    """The dates of a line that consists of dates alone; () for any other line.

    :param day_first: the signs between numbers of which the first is the day: "." in Germany
    """
    if len(text) > _LIMIT or not MAY_DATE.search(text):
        return ()
    return _date_items(text, day_first)


@lru_cache(maxsize=512)  # several ask it of the same line
def _date_items(text: str, day_first: str) -> tuple[DateItem, ...]:
    items = []
    position = 0
    while position < len(text):
        match = _ITEM.match(text, position)
        if match is None:
            return ()
        label = match["answered"] or match["other"] or ""
        kind = ANSWERED if match["answered"] else OTHER if match["other"] else BARE
        items.append(DateItem(kind, _value(match, day_first), label.strip()))
        position = match.end()
    return tuple(items)


def date_label(text: str) -> str | None:
    """ "answered" or "other" where a line is a date's label alone ("Published:")."""
    if len(text) > 40 or not text.endswith((":", ": ", ":\xa0")):
        return None
    match = _LABEL_ONLY.fullmatch(text)
    if match is None:
        return None
    return ANSWERED if match["answered"] else OTHER


def trailing_date(text: str, day_first: str = "") -> tuple[str, date | None]:
    """A line without the date at its end, and that date: "Jane Roe, RN on May 4, 2003"."""
    match = _TRAILING.search(text, max(0, len(text) - _LIMIT)) if MAY_DATE.search(text) else None
    if match is None:
        return text, None
    return text[: match.start()], _value(match, day_first)


def strip_date(text: str) -> str:
    """What is left of a label's rest when it is a date: "" for "(May 4, 2003)"."""
    items = date_items(text) if text else ()
    return "" if items and items[0].kind == BARE else text


def _value(match: re.Match[str], day_first: str) -> date | None:
    g = match.groupdict()
    if g["myear"]:
        return _date(int(g["myear"]), _month(g["mname"]), int(g["mday"]))
    if g["dyear"]:
        return _date(int(g["dyear"]), _month(g["dname"]), int(g["dday"]))
    if g["iyear"]:
        return _date(int(g["iyear"]), int(g["imonth"]), int(g["iday"]))
    month, day = int(g["smonth"]), int(g["sday"])
    if month > 12 >= day or (g["ssep"] in day_first and day <= 12):
        month, day = day, month
    return _date(_century(g["syear"]), month, day)


def _century(year: str) -> int:
    if len(year) == 4:
        return int(year)
    return 1900 + int(year) if int(year) >= _FIRST_YEAR % 100 else 2000 + int(year)


def _month(name: str) -> int:
    return _MONTHS[name.rstrip(".").lower()]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def named_date(text: str, label: re.Pattern[str]) -> tuple[DateItem, ...]:
    """The date of a line that is one in any language: "Veröffentlicht am 3. Mai 2019".

    :param label: what may stand before it; groups ``answered`` and ``other``
    """
    match = label.match(text) if len(text) <= _NAMED else None
    rest = plain_form(text[match.end() :]) if match else ""
    if match is None or len(_WORDS.findall(rest)) > _MOST_WORDS:
        return ()
    day = of_numbers(rest, day_first=True) or of_names(rest, date(_FIRST_YEAR, 1, 1))
    if day is None or day.relative:
        return ()
    kind = ANSWERED if match["answered"] else OTHER if match["other"] else BARE
    return (DateItem(kind, day.day, match["answered"] or match["other"] or ""),)
