"""The filters beside the results: each value, and how many questions it would leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publish.search.facet_index import Positions, Value
from publish.search.request import FILTERS
from publish.search.selection import Selection

#: Values that are shown at once; the others are behind a link.
SHOWN = 8

HEADINGS = {
    "topic": "Topic",
    "responder": "Responder",
    "institution": "Institution",
    "year": "Year of answer",
    "status": "Status",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter. ``count`` is what choosing it alone would leave."""

    value: str | int
    label: str
    count: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """A filter and its values: the chosen ones, those to show, and the rest."""

    name: str
    heading: str
    chosen: tuple[Choice, ...]
    shown: tuple[Choice, ...]
    more: tuple[Choice, ...]

    @property
    def all(self) -> tuple[Choice, ...]:
        """Every value."""
        return self.chosen + self.shown + self.more


def facets(selection: Selection) -> list[Choices]:
    """All filters with exact counts.

    The values of a filter are alternatives, so they are counted among the questions that
    the words and the *other* filters leave.
    """
    # ``found`` is remembered as well, and its like is made anew when the vectors change.
    key = ("facets", selection.found, tuple(selection.asked.filters.items()))
    return selection.holding.memory.remember(key, lambda: [_facet(selection, n) for n in FILTERS])


def _facet(selection: Selection, name: str) -> Choices:
    catalogue, asked = selection.holding.catalogue, selection.asked
    facet = catalogue.facets[name]
    chosen: tuple[str | int, ...] = asked.filters.get(name, ())
    positions = _without(selection, name) if chosen else selection.positions
    whole = len(positions) == catalogue.size
    mask = np.zeros(catalogue.size, np.bool_)
    mask[positions] = True
    counts = facet.counts(None if whole else positions, mask).tolist()
    taken = tuple(
        Choice(v, facet.values[place].label, counts[place], True)
        if (place := facet.places.get(v)) is not None
        else Choice(v, str(v), 0, True)
        for v in chosen
    )
    pairs = zip(facet.values, counts, strict=True)
    free = [
        Choice(value.value, value.label, count)
        for value, count in sorted(pairs, key=_by_year if name == "year" else _by_count)
        if count and value.value not in chosen
    ]
    return Choices(name, HEADINGS[name], taken, tuple(free[:SHOWN]), tuple(free[SHOWN:]))


def _by_count(pair: tuple[Value, int]) -> tuple[int, str]:
    return -pair[1], pair[0].label


def _by_year(pair: tuple[Value, int]) -> int:
    return -int(pair[0].value)


def _without(selection: Selection, name: str) -> Positions:
    others = {key: values for key, values in selection.asked.filters.items() if key != name}
    mask = selection.holding.catalogue.filtered(others)
    found = selection.found.positions
    return found if mask is None else found[mask[found]]
