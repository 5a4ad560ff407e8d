"""What a session of a crawl may cost: pages, bytes, minutes. Pure.

It is no part of what a run is: the same crawl with another budget goes on with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

SPENT = "budget_spent"
"""How a run is left whose budget is spent."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a session may take: ``pages`` that are asked for, ``bytes`` of responses as
    they cross the wire, and ``minutes``."""

    pages: float = inf
    bytes: float = inf
    minutes: float = inf

    def spent(self, pages: int, size: int, seconds: float) -> str:
        """What of it is spent, in words; "" while there is some of all.

        :param pages: asked for, in this session
        :param size: bytes of responses
        """
        if pages >= self.pages:
            return f"{self.pages:g} pages were asked for"
        if size >= self.bytes:
            return f"{size} bytes were received"
        return f"{self.minutes:g} minutes are over" if seconds >= self.minutes * 60 else ""


def without_budget(arguments: dict[str, str]) -> tuple[Budget, dict[str, str]]:
    """Take the budget out of a spider's arguments (``-a pages=1000``); the others are left.

    :raises ValueError: one is no number above zero
    """
    limits = {}
    for name in ("pages", "bytes", "minutes"):
        if name in arguments:
            limits[name] = _number(name, arguments[name])
    return Budget(**limits), {key: arguments[key] for key in arguments if key not in limits}


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not (isfinite(number) and number > 0):
        raise ValueError(f"{name}={text!r} is no number above zero")
    return number
