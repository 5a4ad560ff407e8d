"""Days as they are written with numbers and the names of months, in many languages.

What is counted from today ("2 days ago") is recognised here, and counted in
:mod:`parsers.qa.days`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from parsers.words.patterns import pattern, rows

_PREFIXES = ("ב", "ה", "ל")  # Hebrew writes "in", "the" and "to" before a month's name
_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_CJK = re.compile(r"((?:19|20)\d\d)\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일号號]?")
_NUMBERS = re.compile(
    r"(?<![\d.,:/-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?((?:19|20)\d\d|\d\d)(?![\d/+-]|[.,:]\d)"
)
_YEAR = r"(?:[\s,.-]+|\s+(?:de|del|of|г)\s+|\s*')((?:19|20)\d\d|\d\d(?![\d:h]))(?!\d|:\d\d)"
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|°|ª|\.)?[\s.,-]*(?:(?:de|of|d')\s*)?([^\W\d_]{2,})\.?"
    rf"(?:{_YEAR})?"
)
_MONTH_DAY = re.compile(
    rf"(?<![^\W\d_])([^\W\d_]{{3,}})\.?[\s-]+(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])(?:{_YEAR})?"
)
_EPOCH = re.compile(r"(1[0-9]{9})(?:\d{3})?")


class Day(NamedTuple):
    """A day that a text names.

    ``relative`` says that it was counted from when the page was captured ("2 days ago"), or
    that the capture gave the year.
    """

    day: date
    relative: bool = False


def plain_form(text: str) -> str:
    """Lower case, without accents: "Févr." and "fevr" are the same month."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in parts if not "\u0300" <= c <= "\u036f"))


_MONTHS = {
    plain_form(name): number
    for number, names in enumerate(rows("months"), 1)
    for name in names.split()
}


def _month(name: str) -> int:
    """The number of a month, 0 if a word is none."""
    found = _MONTHS.get(name, 0)
    if not found and name[:1] in _PREFIXES:
        found = _MONTHS.get(name[1:], 0)
    return found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(year: str) -> int:
    number = int(year)
    if len(year) == 4:
        return number
    return 2000 + number if number < 70 else 1900 + number


def of_names(text: str, today: date) -> Day | None:
    """A day with its month in letters; the last such day where the year is not given."""
    for form, at in ((_DAY_MONTH, (1, 2)), (_MONTH_DAY, (2, 1))):
        for match in form.finditer(text):
            month = _month(match[at[1]])
            if not month:
                continue
            if match[3]:
                day = _date(_full_year(match[3]), month, int(match[at[0]]))
                if day:
                    return Day(day)
                continue
            day = _date(today.year, month, int(match[at[0]]))
            if day and day > today + timedelta(days=1):
                day = _date(today.year - 1, month, int(match[at[0]]))
            if day:
                return Day(day, relative=True)
    return None


def of_numbers(text: str, day_first: bool) -> Day | None:
    match = _ISO.search(text) or _CJK.search(text)
    if match:
        numbers = [n for n in match.groups() if n.isdigit()]
        day = _date(int(numbers[0]), int(numbers[1]), int(numbers[2]))
        return Day(day) if day else None
    match = _NUMBERS.search(text)
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[3]), _full_year(match[4])
    if (day_first or match[2] == "." or first > 12) and second <= 12:
        first, second = second, first
    day = _date(year, first, second)
    return Day(day) if day else None


def is_day_first(texts: Iterable[str], language: str) -> bool:
    """Whether the first number of 3/4/2019 is a day, by a page's other dates and its language."""
    for text in texts:
        match = _NUMBERS.search(text)
        if match and match[2] != ".":
            if int(match[1]) > 12:
                return True
            if int(match[3]) > 12:
                return False
    tag = language.lower().replace("_", "-")
    return not (tag in ("", "en", "en-us", "en-ph") or tag.endswith("-us"))


RELATIVE = pattern("relative", 0)
_WRITTEN = (
    re.compile(
        r"(?:^|\D)\d{1,2}(?:st|nd|rd|th|\.|º)?[\s.,-]*(?:(?:de|of) )?([^\W\d_]{3,})\.?(?:[\s,.-]|$)"
    ),
    re.compile(r"([^\W\d_]{3,})\.?[\s-]+\d{1,2}(?!\d)"),
)
_DIGIT = re.compile(r"\d")
_SHORT = 64  # characters; a longer text has a date in it, and is none


@lru_cache(maxsize=8192)
def names_day(text: str) -> bool:
    """Whether a short text seems to be a date, with hardly anything else."""
    if len(text) > _SHORT:
        return False
    if len(text) > 24 and not _DIGIT.search(text):
        return False
    text = plain_form(text)
    if _ISO.search(text) or _NUMBERS.search(text) or _CJK.search(text) or RELATIVE.search(text):
        return True
    return any(_month(match[1]) for pattern in _WRITTEN for match in pattern.finditer(text))
