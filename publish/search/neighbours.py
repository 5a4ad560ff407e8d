"""The position of a question within a search: its rank, and what comes before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from sqlite3 import Connection

from publish.data.records import Row, rows
from publish.search.request import SearchRequest
from publish.search.results import PAGE_SIZE
from publish.search.selection import select

#: Ranks on either side that are looked at, for questions whose rank has moved.
MARGIN = 10
#: Nobody gets further by reading on; a larger rank was made up.
LAST_RANK = 99_999

_NEIGHBOURS = "SELECT id, site, source_id, title FROM questions WHERE id IN (:previous, :next)"


@dataclass(frozen=True, slots=True)
class SearchPosition:
    """A question within a search. Without ``at`` only the way back to the results is known."""

    request: SearchRequest
    at: int | None = None
    count: int = 0
    previous: Row | None = None
    next: Row | None = None

    @property
    def results(self) -> str:
        """The query part of the address of the results page with this question."""
        number = (self.at or 0) // PAGE_SIZE + 1
        return self.request.query(page=number if number > 1 else None)


def parse_rank(value: str | None) -> int | None:
    """Return the rank that an address gives, or None if it gives none."""
    text = value or ""
    if text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= LAST_RANK:
        return int(text)
    return None


def search_position(
    connection: Connection, request: SearchRequest, at: int, question_id: int
) -> SearchPosition:
    """Return the position of a question in a search, if that is near the rank ``at``."""
    selection = select(connection, request)
    start = max(0, at - MARGIN)
    ids = selection.ranked(2 * MARGIN + 1, start)
    if question_id not in ids:
        return SearchPosition(request)
    here = ids.index(question_id)
    around = {
        "previous": ids[here - 1] if here else None,
        "next": next(iter(ids[here + 1 :]), None),
    }
    by_id = {row["id"]: row for row in rows(connection, _NEIGHBOURS, **around)}
    neighbours = (by_id.get(id_) for id_ in around.values())
    return SearchPosition(request, start + here, selection.count, *neighbours)
