"""The facets of all questions, in memory: what filters and counts are made from.

Rows of ``questions`` are wide, and their facets lie behind the texts: to count a third of
600,000 from the file takes seconds. Here a facet is two arrays of numbers, some 20 MB for
600,000 questions, and any filter or count a few milliseconds.

A question has a *position* in here (0, 1, ... in the order of its row number); arrays of
positions are ascending.
"""

from __future__ import annotations

from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from publish.search.request import FILTERS

Positions = NDArray[np.int32]
Mask = NDArray[np.bool_]

# One row of text is read many times faster than a row for each number.
_NUMBERS = """
SELECT group_concat(id) FROM (SELECT id FROM questions INDEXED BY questions_facets ORDER BY id)"""
_DATED = """
SELECT group_concat(id) FROM (
  SELECT id FROM questions WHERE answered_on IS NOT NULL ORDER BY answered_on {}, id)"""
_VALUES = {
    "topic": "SELECT topic_id, group_concat(question_id) FROM question_topics GROUP BY 1",
    "responder": (
        "SELECT responder_id, group_concat(question_id) FROM question_responders GROUP BY 1"
    ),
    "institution": (
        "SELECT institution, group_concat(question_id) FROM question_responders "
        "WHERE institution IS NOT NULL GROUP BY 1"
    ),
    "year": "SELECT year, group_concat(id) FROM questions WHERE year IS NOT NULL GROUP BY 1",
    "status": "SELECT status, group_concat(id) FROM questions GROUP BY 1",
}
_LABELS = {
    "topic": "SELECT id, slug, name FROM topics",
    "responder": "SELECT id, id, name FROM responders",
}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet: as it stands in an address, and as it is shown."""

    value: str | int
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Facet:
    """Which questions have which values. A code is a place in ``values``.

    ``first`` has one code for each question, that of none being ``len(values)``; most
    questions have no more. What further values they have stands in pairs.
    """

    values: tuple[Value, ...]
    places: dict[str | int, int]
    first: Positions
    more_questions: Positions
    more_codes: Positions

    def mask(self, codes: list[int]) -> Mask:
        """Which questions have one of these values."""
        wanted = np.zeros(len(self.values) + 1, np.bool_)
        wanted[codes] = True
        mask = wanted[self.first]
        mask[self.more_questions[wanted[self.more_codes]]] = True
        return mask

    def counts(self, chosen: Positions | None, mask: Mask | None) -> NDArray[np.int64]:
        """How many of the questions have each value; of all questions for None.

        :param mask: the same questions as ``chosen``
        """
        first, more = self.first, self.more_codes
        if chosen is not None and mask is not None:
            first, more = first[chosen], more[mask[self.more_questions]]
        size = len(self.values) + 1
        counts = np.bincount(first, minlength=size) + np.bincount(more, minlength=size)
        return counts[:-1]


@dataclass(frozen=True, slots=True, eq=False)
class FacetIndex:
    """All questions: row numbers, facets, order of time."""

    numbers: NDArray[np.int64]
    facets: dict[str, Facet]
    newest: Positions
    oldest: Positions

    @property
    def size(self) -> int:
        """How many questions there are."""
        return len(self.numbers)

    def positions(self, numbers: NDArray[np.int64]) -> Positions:
        """Where these row numbers are, ascending; those that are not here are left out."""
        if not self.size:
            return np.empty(0, np.int32)
        if self.numbers[-1] - self.numbers[0] == self.size - 1:  # no gaps
            places = numbers - self.numbers[0]
            known: NDArray[np.int64] = places[(places >= 0) & (places < self.size)]
        else:
            places = np.searchsorted(self.numbers, numbers)
            places[places == self.size] = 0
            known = places[self.numbers[places] == numbers]
        return known.astype(np.int32)

    def filtered(self, filters: dict[str, tuple[str | int, ...]]) -> Mask | None:
        """Which questions pass all filters; None without filters."""
        mask: Mask | None = None
        for name, values in filters.items():
            facet = self.facets[name]
            codes = [facet.places[value] for value in values if value in facet.places]
            one = facet.mask(codes)
            mask = one if mask is None else mask & one
        return mask


def load(connection: Connection) -> FacetIndex:
    """Read the catalogue, all of one moment."""
    begun = not connection.in_transaction
    if begun:
        connection.execute("BEGIN")
    try:
        numbers = _ints(_text(connection, _NUMBERS))
        bare = FacetIndex(numbers, {}, _NONE, _NONE)
        facets = {name: _facet(connection, bare, name) for name in FILTERS}
        newest, oldest = (_in_order(connection, bare, way) for way in ("DESC", "ASC"))
    finally:
        if begun:
            connection.execute("ROLLBACK")
    return FacetIndex(numbers, facets, newest, oldest)


_NONE = np.empty(0, np.int32)


def _text(connection: Connection, sql: str) -> str | None:
    row = connection.execute(sql).fetchone()
    return row[0] if row else None


def _ints(text: str | None) -> NDArray[np.int64]:
    return np.fromstring(text, np.int64, sep=",") if text else np.empty(0, np.int64)


def _in_order(connection: Connection, bare: FacetIndex, way: str) -> Positions:
    dated = bare.positions(_ints(_text(connection, _DATED.format(way))))
    undated = np.ones(bare.size, np.bool_)
    undated[dated] = False
    return np.concatenate([dated, np.flatnonzero(undated).astype(np.int32)])


def _facet(connection: Connection, bare: FacetIndex, name: str) -> Facet:
    labels: dict[Any, Value] | None = None
    if name in _LABELS:
        rows = connection.execute(_LABELS[name])
        labels = {key: Value(value, label) for key, value, label in map(tuple, rows)}
    values, lists = [], []
    for key, joined in map(tuple, connection.execute(_VALUES[name])):
        value = Value(key, str(key)) if labels is None else labels.get(key)
        if value is not None:
            values.append(value)
            found = bare.positions(_ints(joined))
            # A question counts once, though a page may name a topic twice.
            lists.append(found if np.all(found[1:] > found[:-1]) else np.unique(found))
    questions = np.concatenate([_NONE, *lists])
    codes = np.repeat(np.arange(len(lists), dtype=np.int32), [len(one) for one in lists])
    first = np.full(bare.size, len(lists), np.int32)
    # The last assignment stands: that of the lowest code.
    first[questions[::-1]] = codes[::-1]
    more = codes != first[questions]
    places = {value.value: place for place, value in enumerate(values)}
    return Facet(tuple(values), places, first, questions[more], codes[more])
