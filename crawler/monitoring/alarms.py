"""What an alarm is, the limits that raise one, and how a share is judged. Pure.

A few pages prove little: 2 bad ones of 5 are 40 %, and may well be chance. So a share is
judged by the bound of its confidence interval that speaks for the site: E. B. Wilson,
"Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import median

from scrapy.settings import BaseSettings

from pipelines.reports.run_figures import Share

#: Standard deviations: 1 in 200 beyond on one side, since a run is judged in a dozen ways.
_Z = 2.576
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person should look at.

    ``name`` is the monitor, ``field`` the record's field that it is about, if any;
    ``examples`` are addresses.
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

    min_pages: int = 20
    min_altered: int = 10
    min_coverage: tuple[tuple[str, float], ...] = (
        ("answer", 0.5),
        ("responder", 0.5),
        ("topic", 0.3),
    )
    max_drop: float = 0.1
    max_lost: float = 0.1
    max_parse_errors: float = 0.05
    max_low_confidence: float = 0.25
    max_fall: float = 0.1
    max_bad_status: float = 0.2
    history: int = 5

    @classmethod
    def of(cls, settings: BaseSettings) -> AlarmThresholds:
        """From the settings whose names begin with MONITOR.

        :raises ValueError: one of them is no number
        """
        share = settings.getfloat
        return cls(
            min_pages=settings.getint("MONITOR_MIN_PAGES"),
            min_altered=settings.getint("MONITOR_MIN_ALTERED"),
            min_coverage=(
                ("answer", share("MONITOR_MIN_ANSWER")),
                ("responder", share("MONITOR_MIN_RESPONDER")),
                ("topic", share("MONITOR_MIN_TOPIC")),
            ),
            max_drop=share("MONITOR_MAX_DROP"),
            max_lost=share("MONITOR_MAX_LOST"),
            max_parse_errors=share("MONITOR_MAX_PARSE_ERRORS"),
            max_low_confidence=share("MONITOR_MAX_LOW_CONFIDENCE"),
            max_fall=share("MONITOR_MAX_FALL"),
            max_bad_status=share("MONITOR_MAX_BAD_STATUS"),
            history=settings.getint("MONITOR_HISTORY"),
        )


def surely_above(share: Share, limit: float) -> bool:
    """Whether a share is above a limit, and not by chance."""
    return share.of > 0 and _wilson(share, -1) > limit


def surely_below(share: Share, limit: float) -> bool:
    """Whether a share is below a limit, and not by chance."""
    return share.of > 0 and _wilson(share, 1) < limit


def usual(shares: Iterable[Share], least: int) -> tuple[float, int] | None:
    """The median of earlier shares, and of how many; None if none is of ``least`` pages."""
    values = [one.value for one in shares if one.of >= least]
    return (median(values), len(values)) if values else None


def _wilson(share: Share, side: int) -> float:
    """A bound of the interval: the lower with ``side`` -1, the upper with 1."""
    n, p, z2 = share.of, share.value, _Z * _Z
    middle = p + z2 / (2 * n)
    spread = _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (middle + side * spread) / (1 + z2 / n)


def percent(value: float) -> str:
    """A share as a person reads it: whole, but with a decimal near 0 and 100."""
    exact = 100 * value
    near_end = 0 < exact < 10 or 90 < exact < 100
    return f"{exact:.1f} %" if near_end else f"{exact:.0f} %"
