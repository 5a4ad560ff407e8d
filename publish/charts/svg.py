"""From figures to places on a page. Pure: numbers in, numbers out; templates draw them.

Places across are in percent and places down in pixels, so that a chart takes the width that
there is and its writing keeps its size.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEIGHT = 180
HEAT_STEPS = 6
#: From how many characters on an answer counts in each bin: about the same step in proportion.
#: The canned query answer_lengths has the same.
LENGTH_BOUNDS = (
    0, 50, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1200, 1600, 2000, 2500, 3000, 4000,
    5000, 6000, 8000, 10000,
)  # fmt: skip
# So many labels stand beside each other on a wide page, and on a phone.
_ROOM, _NARROW_ROOM = 20, 7


@dataclass(frozen=True, slots=True)
class Bar:
    """One column. ``x``, ``width`` and ``middle`` are percent, ``y`` and ``height`` pixels.

    ``named`` tells where its label is written: "always", "wide" (not on a phone) or "".
    ``tip`` is how much of the top is drawn in another tone, in pixels.
    """

    label: str
    n: int
    x: float
    width: float
    y: float
    height: float
    named: str
    tip: float = 0.0

    @property
    def middle(self) -> float:
        """Where its label is centred."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns over a common ground, with gridlines (pixels from the top, and their value)."""

    bars: tuple[Bar, ...]
    grid: tuple[tuple[float, int], ...]
    height: int = HEIGHT

    @property
    def peak(self) -> Bar:
        """The highest column; the first of equals."""
        return max(self.bars, key=lambda bar: bar.n)

    @property
    def peak_side(self) -> str:
        """Where a note over the highest column is anchored, so that it stays on the page."""
        middle = self.peak.middle
        return "start" if middle < 15 else "end" if middle > 85 else "middle"


def columns(
    values: Sequence[tuple[str, int]],
    *,
    height: int = HEIGHT,
    top: int | None = None,
    tips: Sequence[int] | None = None,
) -> Columns | None:
    """Return columns of equal width; None where there is nothing to show.

    :param values: label and number (0 or more) of each, from left to right
    :param top: the number that reaches the upper edge, for charts that are compared
    :param tips: how much of each number is drawn as its tip
    """
    top = top or max((n for _, n in values), default=0)
    if not any(n for _, n in values):
        return None
    ticks = grid(top)
    scale = height / max(ticks[-1], top)
    slot = 100 / len(values)
    bars = []
    for place, (label, n) in enumerate(values):
        # A column that stands for something is seen, however small.
        tall = round(max(n * scale, 1.0 if n else 0.0), 1)
        tip = round(min(tall, tips[place] * scale), 1) if tips else 0.0
        left, width = round(place * slot + slot * 0.11, 2), round(slot * 0.78, 2)
        named = _named(place, [name for name, _ in values])
        bars.append(Bar(label, n, left, width, round(height - tall, 1), tall, named, tip))
    lines = tuple((round(height - tick * scale, 1), tick) for tick in ticks)
    return Columns(tuple(bars), lines, height)


def _named(place: int, labels: Sequence[str]) -> str:
    """Return where a label is written: of years by fives, else every so many."""
    count = len(labels)

    def every(room: int) -> bool:
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100, count) if count / s <= room or s >= count)
        ends_well = all(label.isdigit() and len(label) == 4 for label in labels)
        return (int(labels[place]) if ends_well else place) % step == 0

    return "always" if every(_NARROW_ROOM) else "wide" if every(_ROOM) else ""


def grid(top: int, lines: int = 4) -> list[int]:
    """Return round numbers from 0 to at least ``top``, in about ``lines`` steps."""
    step = 1
    while step * lines < top:
        # 1, 2, 5, 10, 20, 50 ...
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return list(range(0, top + step, step))


def filled_years(counts: Mapping[int, int]) -> list[tuple[str, int]]:
    """Return every year from the first to the last, those without any included.

    A year that is far from the others (a date misread) does not stretch the axis without
    end: at most 100 years are shown, up to the last.
    """
    if not counts:
        return []
    last = max(counts)
    first = max(min(counts), last - 99)
    return [(str(year), counts.get(year, 0)) for year in range(first, last + 1)]


def filled_months(months: Sequence[str], limit: int = 60) -> list[str]:
    """Every month (``2026-03``) from the first to the last; of more than ``limit`` the last."""
    known = [month for month in months if len(month) == 7 and month[:4].isdigit()]
    numbers = [int(m[:4]) * 12 + int(m[5:]) - 1 for m in known if m[5:].isdigit()]
    if not numbers:
        return []
    first = max(min(numbers), max(numbers) - limit + 1)
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, max(numbers) + 1)]


def length(part: float, whole: float) -> float:
    """Return the length of a bar in percent, which is never too short to be seen."""
    if not part or not whole:
        return 0.0
    return max(0.5, round(100 * part / whole, 1))


def heat(n: int, peak: int) -> int:
    """Return the tone of a cell: 0 for none, else 1 to HEAT_STEPS in equal steps of the number."""
    if not n or not peak:
        return 0
    return max(1, -(-n * HEAT_STEPS // peak))


def length_bin(characters: int) -> int:
    """Return the place of a length among LENGTH_BOUNDS."""
    return max(0, bisect_right(LENGTH_BOUNDS, characters) - 1)


def median(counts: Mapping[int, int]) -> int | None:
    """Return the lower median of numbers that occur so often; None of nothing."""
    half = sum(counts.values())
    so_far = 0
    for value in sorted(counts):
        so_far += counts[value]
        if 2 * so_far >= half:
            return value
    return None
