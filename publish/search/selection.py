"""From what was asked to the questions that match: the same for every page.

Pages, exports, citation lists and charts all take their questions from here, so that the
same address means the same questions everywhere.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from sqlite3 import Connection

import numpy as np

from publish import semantic
from publish.search import ranking
from publish.search.cache import IndexSnapshot, holding
from publish.search.facet_index import Mask, Positions
from publish.search.matching import Mode, SearchHits, find
from publish.search.request import SearchRequest
from publish.search.semantic_merge import find_by_meaning

__all__ = ["Mode", "Selection", "count", "ids", "is_exact", "ranked", "select"]


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The questions that match.

    ``mode`` tells how the words were taken: ``every`` (no words were given), ``all`` of
    them, ``any`` of them, by ``meaning`` as well, or ``none`` (no question has even one).
    ``match`` is the FTS5 query that marks the words in a text, None where no words were
    given. ``found`` is what the words alone found, and ``positions`` what the filters left.
    """

    asked: SearchRequest
    found: SearchHits
    positions: Positions
    holding: IndexSnapshot

    @property
    def mode(self) -> Mode:
        """How the words were taken."""
        return self.found.mode

    @property
    def match(self) -> str | None:
        """The words as an FTS5 query."""
        return self.found.match


def select(connection: Connection, asked: SearchRequest) -> Selection:
    """Find what an address means: words first, then filters."""
    held = holding(connection)
    key = _words(connection, asked)
    make = find_by_meaning if asked.meaning else find
    found = held.memory.remember(("found", *key), lambda: make(connection, held, asked.text))
    mask = _filters(held, asked)
    positions = found.positions if mask is None else found.positions[mask[found.positions]]
    return Selection(asked, found, positions, held)


def _words(connection: Connection, asked: SearchRequest) -> tuple[Hashable, ...]:
    """What the words' part of a selection depends on besides the archive."""
    return (asked.text, semantic.version(connection) if asked.meaning else None)


def _filters(held: IndexSnapshot, asked: SearchRequest) -> Mask | None:
    return held.catalogue.filtered(asked.filters)


def count(connection: Connection, selection: Selection) -> int:
    """How many questions match."""
    return len(selection.positions)


def ids(connection: Connection, selection: Selection) -> Iterator[int]:
    """The row numbers of all matching questions, ascending."""
    numbers = selection.holding.catalogue.numbers
    for begin in range(0, len(selection.positions), 10_000):
        yield from numbers[selection.positions[begin : begin + 10_000]].tolist()


def ranked(connection: Connection, selection: Selection, limit: int, offset: int = 0) -> list[int]:
    """The row numbers of one page of matches, in the order that was asked for."""
    held, asked = selection.holding, selection.asked

    def make() -> Positions:
        return ranking.order(held, selection.positions, _scores(connection, selection), asked.sort)

    in_order = held.memory.remember(("order", asked, *_words(connection, asked)), make)
    numbers: list[int] = held.catalogue.numbers[in_order[offset : offset + limit]].tolist()
    return numbers


def is_exact(connection: Connection, selection: Selection) -> bool:
    """Whether the order is by the full formula, or too many matched for that."""
    found, held = selection.found, selection.holding
    if found.mode not in ("all", "any") or selection.asked.sort != "relevance":
        return True
    return ranking.is_exact(connection, held, found)


def _scores(connection: Connection, selection: Selection) -> ranking.Scores | None:
    found, held = selection.found, selection.holding
    if (found.match is None and found.in_order is None) or selection.asked.sort != "relevance":
        return None
    score = held.memory.remember(
        ("scores", *_words(connection, selection.asked)),
        lambda: ranking.scores(connection, held, found),
    )
    if score is None or len(selection.positions) == len(found.positions):
        return score
    return score[np.searchsorted(found.positions, selection.positions)]
