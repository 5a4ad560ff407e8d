"""Alarms, the thresholds that raise one, and the comparison of a share with a limit. Pure.

A few pages prove little: 2 bad ones of 5 are 40 %, and may well be chance. So a share is
judged by the bound of its confidence interval that speaks for the site: E. B. Wilson,
"Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import get_annotations
from math import sqrt
from statistics import median
from typing import Any

from scrapy.settings import BaseSettings

from pipelines.reports.run_figures import Share

#: Standard deviations: 1 in 200 beyond on one side, since a run is judged in a dozen ways.
_Z = 2.576
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person should look at.

    ``name`` is the monitor, ``field`` the record's field in question, if any;
    ``examples`` are URLs.
    """

    name: str
    field: str | None
    message: str
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One sentence, with a few examples."""
        examples = f"; e.g. {' '.join(self.examples[:SHOWN])}" if self.examples else ""
        return f"{self.name}: {self.message}{examples}"


@dataclass(frozen=True, slots=True)
class AlarmThresholds:
    """The thresholds; :mod:`crawler.settings` says why each is what it is."""

    min_pages: int
    min_altered: int
    min_answer: float
    min_responder: float
    min_topic: float
    max_drop: float
    max_lost: float
    max_parse_errors: float
    max_low_confidence: float
    max_fall: float
    max_bad_status: float
    history: int

    @classmethod
    def of(cls, settings: BaseSettings) -> AlarmThresholds:
        """The thresholds of the settings whose names begin with MONITOR.

        :raises ValueError: a setting is no number
        """
        readers: dict[str, Callable[[str], Any]]
        readers = {"int": settings.getint, "float": settings.getfloat}
        names = get_annotations(cls)
        return cls(
            **{name: readers[kind](f"MONITOR_{name.upper()}") for name, kind in names.items()}
        )

    @property
    def min_coverage(self) -> dict[str, float]:
        """The least share of question pages that must have each field."""
        return {
            "answer": self.min_answer,
            "responder": self.min_responder,
            "topic": self.min_topic,
        }


def surely_above(share: Share, limit: float) -> bool:
    """Return whether a share is above a limit, and not by chance."""
    return share.of > 0 and _wilson(share, -1) > limit


def surely_below(share: Share, limit: float) -> bool:
    """Return whether a share is below a limit, and not by chance."""
    return share.of > 0 and _wilson(share, 1) < limit


def usual(shares: Iterable[Share], least: int) -> tuple[float, int] | None:
    """The median of the shares of ``least`` pages or more, and their number; None without any."""
    values = [share.value for share in shares if share.of >= least]
    return (median(values), len(values)) if values else None


def _wilson(share: Share, side: int) -> float:
    """The lower (``side`` -1) or upper (``side`` 1) bound of the confidence interval."""
    n, p, z2 = share.of, share.value, _Z * _Z
    middle = p + z2 / (2 * n)
    spread = _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (middle + side * spread) / (1 + z2 / n)


def percent(value: float) -> str:
    """A share in words: a whole percentage, with a decimal near 0 and 100."""
    exact = 100 * value
    near_end = 0 < exact < 10 or 90 < exact < 100
    return f"{exact:.1f} %" if near_end else f"{exact:.0f} %"
