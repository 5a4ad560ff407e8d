"""The day that a written date means, in the forms and languages that web pages print.

Numbers and the names of months come first (:mod:`parsers.qa.day_forms`). What is left, relative
dates and rarer languages, goes to dateparser, which knows two hundred languages and takes a
thousand times as long.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from parsers.qa.day_forms import RELATIVE, Day, is_day_first, of_names, of_numbers, plain_form

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

__all__ = ["Day", "day_in", "is_day_first", "shown_day"]

_LIMIT = 100  # characters; no date is longer
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "sv", "fi", "pl", "ru", "he", "zh", "ja")
_CLOCK = re.compile(r"\d{1,2}(?:[:.]|\s?h\s?)\d\d|\d\s?[ap]\.?m\b", re.I)
_EPOCH = re.compile(r"(1\d{9})(?:\d{3})?")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_EXACT = ("time", "day", "week")  # "2 months ago" names no day


@lru_cache(maxsize=4096)
def day_in(
    text: str, language: str, captured_at: datetime, day_first: bool | None = None
) -> Day | None:
    """The day that a short text names; None if it names none.

    :param language: a tag of BCP 47, "" if nobody knows
    :param captured_at: when the page was captured: what "yesterday" is counted from
    :param day_first: whether 3/4/2019 is in April; None to go by the language
    """
    text = text[:_LIMIT].strip()
    plain = plain_form(text)
    if day_first is None:
        day_first = is_day_first((text,), language)
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        return Day((datetime(1970, 1, 1) + timedelta(seconds=int(epoch[1]))).date())
    return (
        of_numbers(plain, day_first)
        or of_names(plain, captured_at.date())
        or _by_library(text, plain, language, captured_at)
    )


def shown_day(day: date, text: str, captured_at: datetime, *, day_first: bool) -> date:
    """The day that a page shows, where the exact time beside it is that of another time zone."""
    plain = plain_form(text[:_LIMIT].strip())
    shown = of_numbers(plain, day_first) or of_names(plain, captured_at.date())
    is_near = shown is not None and not shown.relative and abs((shown.day - day).days) == 1
    return shown.day if shown is not None and is_near else day


def _by_library(text: str, plain: str, language: str, captured_at: datetime) -> Day | None:
    """What dateparser makes of a text."""
    has_words = any(map(str.isdigit, plain)) and any(map(str.isalpha, plain))
    if not has_words and not RELATIVE.search(plain):
        return None
    # Counted from a day with the weekday of the capture: the library keeps its settings for
    # ever, and has no need to see one for each capture.
    base = datetime(2001, 1, 1, 12) + timedelta(days=captured_at.weekday())
    try:
        found = _library(language[:2].lower(), captured_at.weekday()).get_date_data(text)
        moment = found.date_obj
    except (ValueError, OverflowError, TypeError, AttributeError, KeyError, RecursionError):
        return None  # of a library that reads what strangers wrote
    if moment is None or found.period not in _EXACT:
        return None
    year = _YEAR.search(plain)
    if year:
        return Day(moment.date()) if moment.year == int(year[0]) else None
    if not RELATIVE.search(plain) and abs(moment - base) > timedelta(days=8):
        return None
    return _counted(moment, base, captured_at, clock=_CLOCK.search(plain) is not None)


def _counted(moment: datetime, base: datetime, captured_at: datetime, *, clock: bool) -> Day | None:
    """The day that is as far from the capture as a moment is from a base."""
    if clock:  # the day is counted, and the time is that of the clock
        day: date = captured_at.date() - (base.date() - moment.date())
    else:
        day = (captured_at - (base - moment)).date()
    return Day(day, relative=True) if day <= captured_at.date() else None


@lru_cache(maxsize=128)
def _library(language: str, weekday: int) -> DateDataParser:
    """The library for a language, or for all usual ones, and a day of the week."""
    from dateparser.data.languages_info import language_order
    from dateparser.date import DateDataParser  # slow to load, and most pages need none

    languages = [language, "en"] if language in language_order else list(_LANGUAGES)
    settings = {
        "RELATIVE_BASE": datetime(2001, 1, 1, 12) + timedelta(days=weekday),
        "PREFER_DATES_FROM": "past",
        "RETURN_AS_TIMEZONE_AWARE": False,
        "PARSERS": ["relative-time", "absolute-time"],
    }
    return DateDataParser(languages=list(dict.fromkeys(languages)), settings=settings)
