"""The filters beside the results: each value, and how many questions it would leave."""

from __future__ import annotations

from dataclasses import dataclass

from publish.search.facet_index import Facet
from publish.search.query_language import NONE
from publish.search.request import FILTERS
from publish.search.selection import Selection

#: Values that are shown at once; the others are behind a link.
SHOWN = 8

HEADINGS = {
    "site": "Site",
    "topic": "Topic",
    "responder": "Responder",
    "institution": "Institution",
    "year": "Year of answer",
    "status": "Status",
    "language": "Language",
    "confidence": "Confidence of the reading",
    "answers": "Answered by",
}
#: Filters that say nothing where all questions have one value.
_TELLING = ("site", "language", "confidence", "answers")


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

    @property
    def is_telling(self) -> bool:
        """Whether a reader can narrow anything by it."""
        return bool(self.chosen) or len(self.all) > (1 if self.name in _TELLING else 0)


def count_facets(selection: Selection) -> list[Choices]:
    """Return all filters with exact counts.

    The values of a filter are alternatives, so they are counted among the questions that
    the words and the *other* filters leave.
    """
    # The hits are cached as well, and are others when the vectors change.
    key = ("facets", selection.hits, tuple(selection.request.filters.items()))
    return selection.index.cache.get(key, lambda: [_count(selection, name) for name in FILTERS])


def _count(selection: Selection, name: str) -> Choices:
    facets, filters = selection.index.facets, selection.request.filters
    facet, positions = facets.facets[name], selection.positions
    chosen: tuple[str | int, ...] = filters.get(name, ())
    if chosen:
        positions = selection.hits.positions
        mask = facets.filtered({key: values for key, values in filters.items() if key != name})
        positions = positions if mask is None else positions[mask[positions]]
    counted = {
        value.value: Choice(value.value, value.label, count, value.value in chosen)
        for value, count in zip(facet.values, facet.counts(positions).tolist(), strict=True)
    }
    free = [choice for choice in counted.values() if choice.count and not choice.chosen]
    # The newest year first; of all else, what most questions have. None of them is the last.
    free.sort(
        key=lambda c: (
            c.value == NONE,
            -int(c.value) if name == "year" and c.value != NONE else -c.count,
            c.label,
        )
    )
    return Choices(
        name,
        HEADINGS[name],
        tuple(counted.get(value) or _range(facet, counted, value) for value in chosen),
        tuple(free[:SHOWN]),
        tuple(free[SHOWN:]),
    )


def _range(facet: Facet, counted: dict[str | int, Choice], value: str | int) -> Choice:
    """A chosen range of years. A question has one year, so counts add up."""
    within = (facet.values[code].value for code in facet.codes_of(value))
    return Choice(value, str(value), sum(counted[year].count for year in within), chosen=True)
