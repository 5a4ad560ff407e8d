"""Where a question stands within a search: its rank, and what comes before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from sqlite3 import Connection

from publish.data.records import Row, rows
from publish.search import selection
from publish.search.request import SearchRequest
from publish.search.results import PAGE_SIZE

#: Ranks on either side that are looked at, for questions whose rank has moved.
MARGIN = 10
#: Nobody gets further by reading on; a larger rank was made up.
LAST_RANK = 99_999

_NAMED = "SELECT id, site, source_id, title FROM questions WHERE id IN (:previous, :next)"


@dataclass(frozen=True, slots=True)
class SearchPosition:
    """A question within a search. Without ``at`` only the way back to the results is known."""

    asked: SearchRequest
    at: int | None = None
    count: int = 0
    previous: Row | None = None
    next: Row | None = None

    @property
    def results(self) -> str:
        """The query part of the address of the results, at the page with this question."""
        number = (self.at or 0) // PAGE_SIZE + 1
        return self.asked.query(page=number if number > 1 else None)


def rank(value: str | None) -> int | None:
    """The rank that an address gives, or None if it gives none."""
    plain = value or ""
    if plain.isascii() and plain.isdigit() and len(plain) < 9 and int(plain) <= LAST_RANK:
        return int(plain)
    return None


def place(
    connection: Connection, asked: SearchRequest, at: int, question_id: int
) -> SearchPosition:
    """Where a question stands in a search, if that is near the rank that the address gives."""
    chosen = selection.select(connection, asked)
    start = max(0, at - MARGIN)
    ids = selection.ranked(connection, chosen, 2 * MARGIN + 1, start)
    if question_id not in ids:
        return SearchPosition(asked)
    here = ids.index(question_id)
    around = {
        "previous": ids[here - 1] if here else None,
        "next": next(iter(ids[here + 1 :]), None),
    }
    found = rows(connection, _NAMED, **around)
    known = {row["id"]: row for row in found}
    count = selection.count(connection, chosen)
    return SearchPosition(asked, start + here, count, *(known.get(id_) for id_ in around.values()))
