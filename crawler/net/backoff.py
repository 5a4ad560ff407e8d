"""How long to wait before a server is asked again. Pure, but for the dice."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime

from pipelines.files.timestamps import parse_http_date

#: What no server means: beyond it, all waits are the same.
LONGEST = 10.0 * 365 * 86_400
_SECONDS = re.compile(r"[0-9]+")


def backoff(nth: int, base: float, most: float, dice: Callable[[], float] = random.random) -> float:
    """Seconds before the next try, after the ``nth`` (from 1) that failed in a row.

    Exponential with full jitter: anything up to ``base`` seconds, doubled each time, up to
    ``most``. Many clients that failed together do not come back together.
    """
    return dice() * min(most, base * 2.0 ** min(nth - 1, 60))


def asked_wait(retry_after: str, date: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3); None if it asks for nothing.

    That is so where it is missing, zero, negative, in the past or unreadable.

    :param date: the response's Date header: a moment is read by the server's own clock,
        where it says what that shows, so that neither clock need be right
    :param now: aware; by our clock
    """
    value = retry_after.strip()
    if _SECONDS.fullmatch(value):
        seconds = min(float(value), LONGEST)
    else:
        moment = parse_http_date(value)
        if moment is None:
            return None
        seconds = min((moment - (parse_http_date(date) or now)).total_seconds(), LONGEST)
    return seconds if seconds > 0 else None
