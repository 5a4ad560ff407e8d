"""The facets of all questions, in memory: what filters and counts are made from.

Rows of ``questions`` are wide, and their facets lie behind the texts: to count a third of
600,000 from the file takes seconds. Here a facet is two arrays of integers, some 20 MB for
600,000 questions, and any filter or count takes a few milliseconds.

The *position* of a question is its place in the ascending order of row ids (0, 1, ...).
Arrays of positions are ascending.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from publish.data.texts import language
from publish.search.query_language import NONE, years
from publish.search.request import FILTERS

Positions = NDArray[np.int32]
Mask = NDArray[np.bool_]

# One row of text is read many times faster than a row for each id.
_IDS = """
SELECT group_concat(id) FROM (SELECT id FROM questions INDEXED BY questions_facets ORDER BY id)"""
_DATED = """
SELECT group_concat(id) FROM (
  SELECT id FROM questions WHERE answered_on IS NOT NULL ORDER BY answered_on {}, id)"""
# Of the answers that experts signed: to find the question of each in SQL takes ten times as long.
_SIGNED = (
    "SELECT {0}, group_concat(answer_id) FROM answer_responders WHERE {0} IS NOT NULL GROUP BY 1"
)
_OF_ANSWERS = frozenset({"responder", "institution", "answers"})
_ANSWERS = "SELECT group_concat(id), group_concat(question_id) FROM answers"
_VALUES = {
    "site": "SELECT site, group_concat(id) FROM questions GROUP BY 1",
    "topic": "SELECT topic_id, group_concat(question_id) FROM question_topics GROUP BY 1",
    "responder": _SIGNED.format("responder_id"),
    "institution": _SIGNED.format("institution"),
    "year": "SELECT year, group_concat(id) FROM questions WHERE year IS NOT NULL GROUP BY 1",
    "status": "SELECT status, group_concat(id) FROM questions GROUP BY 1",
    "language": "SELECT language, group_concat(id) FROM questions WHERE language <> '' GROUP BY 1",
    "confidence": (
        "SELECT CASE WHEN confidence < 0.8 THEN 'low' WHEN confidence < 1 THEN 'good' "
        "ELSE 'full' END, group_concat(id) FROM questions GROUP BY 1"
    ),
    # Where experts answer, an answer without a name is one of theirs as well.
    "answers": """
SELECT 'experts', group_concat(answer_id) FROM (SELECT DISTINCT answer_id FROM answer_responders)
UNION ALL
SELECT CASE WHEN s.answers = 'public' THEN 'public' ELSE 'experts' END, group_concat(a.id)
FROM answers a JOIN questions q ON q.id = a.question_id LEFT JOIN sites s ON s.name = q.site
WHERE a.id NOT IN (SELECT answer_id FROM answer_responders) GROUP BY 1""",
}
#: The facets in which a question without any value has the value NONE.
_WITHOUT = {"topic": "No topic", "year": "No date"}
_IN_WORDS = {
    "full": "1: each part has its own mark",
    "good": "0.8 to 1",
    "low": "below 0.8",
    "experts": "experts",
    "public": "members of the public",
}
_LABELS = {
    "site": (
        "SELECT site, site, coalesce((SELECT title FROM sites WHERE name = site), site) "
        "FROM questions GROUP BY site"
    ),
    "topic": "SELECT id, slug, name FROM topics",
    "responder": "SELECT id, id, name FROM responders",
}
_NO_POSITIONS = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet: as it stands in an address, and as it is shown."""

    value: str | int
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Facet:
    """Which questions have which values. A code is an index of ``values``.

    ``first`` has one code for each question, or ``len(values)`` for a question without a
    value. Most questions have one value at most; ``more_questions`` and ``more_codes`` are
    pairs of a position and a code for the further values.
    """

    values: tuple[Value, ...]
    codes: dict[str | int, int]
    first: Positions
    more_questions: Positions
    more_codes: Positions

    def codes_of(self, value: str | int) -> list[int]:
        """Return the codes that a value of a filter means: several where it is a range of years."""
        if value in self.codes:
            return [self.codes[value]]
        period = years(str(value))
        if period is None:
            return []
        first, last = period
        numbers = ((number, code) for number, code in self.codes.items() if number != NONE)
        return [code for number, code in numbers if first <= int(number) <= last]

    def mask(self, codes: list[int]) -> Mask:
        """Return which questions have one of these values."""
        chosen = np.zeros(len(self.values) + 1, np.bool_)
        chosen[codes] = True
        mask = chosen[self.first]
        mask[self.more_questions[chosen[self.more_codes]]] = True
        return mask

    def counts(self, positions: Positions) -> NDArray[np.int64]:
        """Return how many of the questions at these positions have each value."""
        first, more = self.first, self.more_codes
        if len(positions) < len(first):
            mask = np.zeros(len(first), np.bool_)
            mask[positions] = True
            first, more = first[positions], more[mask[self.more_questions]]
        size = len(self.values) + 1
        return (np.bincount(first, minlength=size) + np.bincount(more, minlength=size))[:-1]


@dataclass(frozen=True, slots=True, eq=False)
class FacetIndex:
    """All questions: row ids (ascending), facets by name, positions in the order of time.

    ``withheld`` is the state of what is withheld (:func:`withheld_state`) when they were read.
    """

    ids: NDArray[np.int64]
    facets: dict[str, Facet]
    newest: Positions
    oldest: Positions
    withheld: str = ""

    @property
    def size(self) -> int:
        """How many questions there are."""
        return len(self.ids)

    def positions(self, ids: NDArray[np.int64]) -> Positions:
        """Return the positions of ascending row ids; unknown ids are left out."""
        if not self.size:
            return _NO_POSITIONS
        if self.ids[-1] - self.ids[0] == self.size - 1:  # no gaps
            places = ids - self.ids[0]
            known: NDArray[np.int64] = places[(places >= 0) & (places < self.size)]
        else:
            places = np.searchsorted(self.ids, ids)
            places[places == self.size] = 0
            known = places[self.ids[places] == ids]
        return known.astype(np.int32)

    def filtered(self, filters: dict[str, tuple[str | int, ...]]) -> Mask | None:
        """Return which questions pass all filters; None without filters."""
        mask: Mask | None = None
        for name, values in filters.items():
            facet = self.facets[name]
            passing = facet.mask([code for value in values for code in facet.codes_of(value)])
            mask = passing if mask is None else mask & passing
        return mask


def load_facet_index(connection: Connection) -> FacetIndex:
    """Read the facets of all questions in one read transaction."""
    outermost = not connection.in_transaction
    if outermost:
        connection.execute("BEGIN")
    try:
        withheld = withheld_state(connection)
        ids = _select_ints(connection, _IDS)
        bare = FacetIndex(ids, {}, _NO_POSITIONS, _NO_POSITIONS)
        answered = _questions_of_answers(connection)
        facets = {name: _load_facet(connection, bare, name, answered) for name in FILTERS}
        newest, oldest = (_time_order(connection, bare, order) for order in ("DESC", "ASC"))
    finally:
        if outermost:
            connection.execute("ROLLBACK")
    return FacetIndex(ids, facets, newest, oldest, withheld)


def withheld_state(connection: Connection) -> str:
    """What an archive withholds, as text that changes with every withholding, and whenever a new
    text of something withheld is blanked where others repeat it.

    Whatever is derived from texts is worth nothing once this is another.
    """
    sql = (
        "SELECT group_concat(site || '/' || source_id, char(10)), "
        "(SELECT count(*) FROM _withheld_words) FROM withheld"
    )
    keys, words = connection.execute(sql).fetchone()
    return f"{keys or ''} {words}"


def parse_ints(text: str | None) -> NDArray[np.int64]:
    """Return the integers of SQLite's ``group_concat``; none for None."""
    return np.fromstring(text, np.int64, sep=",") if text else np.empty(0, np.int64)


def _select_ints(connection: Connection, sql: str) -> NDArray[np.int64]:
    return parse_ints(connection.execute(sql).fetchone()[0])


def _time_order(connection: Connection, bare: FacetIndex, order: str) -> Positions:
    dated = bare.positions(_select_ints(connection, _DATED.format(order)))
    undated = np.ones(bare.size, np.bool_)
    undated[dated] = False
    return np.concatenate([dated, np.flatnonzero(undated).astype(np.int32)])


def _questions_of_answers(connection: Connection) -> Callable[[NDArray[np.int64]], Any]:
    """Return a function from row ids of answers to those of their questions, each once."""
    ids, questions = map(parse_ints, connection.execute(_ANSWERS).fetchone())
    order = np.argsort(ids)
    ids, questions = ids[order], questions[order]
    return lambda answers: np.unique(questions[np.searchsorted(ids, answers)])


def _load_facet(
    connection: Connection,
    bare: FacetIndex,
    name: str,
    answered: Callable[[NDArray[np.int64]], NDArray[np.int64]],
) -> Facet:
    labels: dict[Any, Value] | None = None
    if name in _LABELS:
        rows = connection.execute(_LABELS[name])
        labels = {key: Value(value, label) for key, value, label in map(tuple, rows)}
    found: dict[Value, Positions] = {}
    for key, joined in map(tuple, connection.execute(_VALUES[name])):
        value = labels.get(key) if labels is not None else Value(key, _label(name, key))
        numbers = parse_ints(joined)
        if value is not None and len(numbers):
            positions = bare.positions(answered(numbers) if name in _OF_ANSWERS else numbers)
            # A question counts once, though a page may name a topic twice.
            ascending = value not in found and np.all(positions[1:] > positions[:-1])
            found[value] = (
                positions if ascending else np.union1d(found.get(value, _NO_POSITIONS), positions)
            )
    if name in _WITHOUT:
        without = np.ones(bare.size, np.bool_)
        without[np.concatenate([_NO_POSITIONS, *found.values()])] = False
        if without.any():
            found[Value(NONE, _WITHOUT[name])] = np.flatnonzero(without).astype(np.int32)
    values, lists = list(found), list(found.values())
    questions = np.concatenate([_NO_POSITIONS, *lists])
    codes = np.repeat(np.arange(len(lists), dtype=np.int32), [len(listed) for listed in lists])
    first = np.full(bare.size, len(lists), np.int32)
    # The last assignment stands: that of the lowest code.
    first[questions[::-1]] = codes[::-1]
    more = codes != first[questions]
    by_value = {value.value: code for code, value in enumerate(values)}
    return Facet(tuple(values), by_value, first, questions[more], codes[more])


def _label(name: str, key: str | int) -> str:
    return language(str(key)) if name == "language" else _IN_WORDS.get(str(key), str(key))
