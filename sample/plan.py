"""Which page stands at which number: ids, kinds and states.

Genuine question pages are counted 0, 1, 2, ... Their ids start after a few odd ones (the
oldest pages of any site are the first to be moved or removed), and each hundred ids have
some more that are not genuine. Everything is a pure function of the options and a number.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .dice import pick, roll, share
from .options import FIRST_ID, Options

PER_BLOCK = 96  # genuine ids of every hundred

# What the first ids are, whatever the size of the site.
FIRST_ODD = (
    "soft-gone",  # says "no longer available", with status 200
    "soft-gone",
    "missing",  # 404
    "gone",  # 410
    "merged",  # 301 to a genuine question
    "to-home",  # 302 to the home page
    "cut",  # always cut short
    "article",  # a page under a question's address that is no question
    "form",  # the same, with a form
    "crash",  # an error page of the site's own software, with status 200
)
LATER_ODD = ("soft-gone", "missing", "gone", "merged", "article")

# Genuine pages that are special, by their number.
ERROR_ONCE = 3  # 500, then 200
SLOW = 5
CUT_ONCE = 7  # cut short, then whole
BIG = 11
HOSTILE = (13, 17, 19, 23)

STATE_DAY = datetime(2012, 6, 1, 12, 0, 0)  # when the first state was finished
LATER_DAY = datetime(2012, 9, 3, 12, 0, 0)  # when the later state was


def page_id(number: int) -> int:
    """The site's id of the genuine page ``number``."""
    return FIRST_ID + len(FIRST_ODD) + number + (number // PER_BLOCK) * (100 - PER_BLOCK)


def page_number(options: Options, identifier: int) -> int | None:
    """Which genuine page has this id, or None."""
    block, place = divmod(identifier - FIRST_ID - len(FIRST_ODD), 100)
    number = block * PER_BLOCK + place
    return number if block >= 0 and place < PER_BLOCK and number < options.total else None


def odd_count(options: Options) -> int:
    """How many ids are known that are no genuine questions."""
    return len(FIRST_ODD) + options.pages // PER_BLOCK * (100 - PER_BLOCK)


def odd_id(index: int) -> int:
    """The id of the odd page ``index``."""
    if index < len(FIRST_ODD):
        return FIRST_ID + index
    block, place = divmod(index - len(FIRST_ODD), 100 - PER_BLOCK)
    return FIRST_ID + len(FIRST_ODD) + block * 100 + PER_BLOCK + place


def odd_kind(options: Options, identifier: int) -> str | None:
    """What stands at an id that is no genuine question (None: never heard of it)."""
    index = identifier - FIRST_ID
    if 0 <= index < len(FIRST_ODD):
        return FIRST_ODD[index]
    block, place = divmod(index - len(FIRST_ODD), 100)
    if index < 0 or place < PER_BLOCK or block >= options.pages // PER_BLOCK:
        return None
    return pick(LATER_ODD, options.seed, "odd", identifier)


def merged_into(options: Options, identifier: int) -> int:
    """The genuine page (its number) that a merged id redirects to."""
    return roll(options.seed, "merged", identifier) % options.pages


def is_unanswered(options: Options, number: int) -> bool:
    """Whether the question still waits for its answer (3 in 100, and number 1)."""
    special = number in (ERROR_ONCE, CUT_ONCE, BIG, *HOSTILE)
    return not special and (number == 1 or share(options.seed, "unanswered", number) < 0.03)


def is_changed(options: Options, number: int) -> bool:
    """Whether the answer has been revised since the first state."""
    return (
        number < options.pages
        and share(options.seed, "changed", number) < options.changed
        and not is_unanswered(options, number)
        and gone_as(options, number) is None
    )


def gone_as(options: Options, number: int) -> str | None:
    """How a genuine page has been removed (``gone``, ``missing``, ``soft-gone``) or None."""
    if number >= options.pages or share(options.seed, "gone", number) >= options.gone:
        return None
    return pick(("gone", "missing", "soft-gone"), options.seed, "gone-as", number)


def fails_once(options: Options, number: int) -> bool:
    """Whether the first request for the page gets a 500 (1 in 500, and number 3)."""
    return number == ERROR_ONCE or share(options.seed, "once", number) < 0.002


def modified(options: Options, number: int) -> datetime:
    """When the page last changed (UTC, without zone)."""
    if number >= options.pages or is_changed(options, number):
        return LATER_DAY + timedelta(minutes=roll(options.seed, "later", number) % 10_000)
    return STATE_DAY - timedelta(minutes=roll(options.seed, "modified", number) % 4_000_000)


def listed_modified(options: Options) -> datetime:
    """When the lists last changed (UTC, without zone)."""
    later = options.changed or options.gone or options.added
    return LATER_DAY + timedelta(days=8) if later else STATE_DAY
