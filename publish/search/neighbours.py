"""The position of a question within a search: its rank, and what comes before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from sqlite3 import Connection

from publish.data.records import Row, rows_by_id
from publish.search.request import SearchRequest
from publish.search.results import PAGE_SIZE
from publish.search.selection import select

#: Ranks on either side that are looked at, for questions whose rank has moved.
MARGIN = 10
#: Nobody gets further by reading on; a larger rank was made up.
LAST_RANK = 99_999

_NEIGHBOURS = "SELECT id, site, source_id, title FROM questions WHERE id IN ({})"


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
    before, after = ids[max(0, here - 1) : here], ids[here + 1 : here + 2]
    by_id = rows_by_id(connection, _NEIGHBOURS, before + after)
    previous, following = (next((by_id.get(id_) for id_ in near), None) for near in (before, after))
    return SearchPosition(request, start + here, selection.count, previous, following)
