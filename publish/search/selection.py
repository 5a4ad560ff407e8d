"""From a search request to the questions that match: the same for every page.

Pages, exports, citation lists and charts all take their questions from here, so that the
same address means the same questions everywhere.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from sqlite3 import Connection

import numpy as np

from publish.search import ranking
from publish.search.cache import IndexSnapshot, index_snapshot
from publish.search.facet_index import Positions
from publish.search.matching import Mode, SearchHits, match_query
from publish.search.request import Arguments, SearchRequest, refuse_unknown, search_request
from publish.semantic import file_version, vectors_of


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The questions that match a request.

    ``hits`` are the matches of the words alone, ``positions`` those that the filters leave.
    ``words_key`` is what the hits depend on besides the archive.
    """

    request: SearchRequest
    words_key: tuple[Hashable, ...]
    hits: SearchHits
    positions: Positions
    index: IndexSnapshot

    @property
    def mode(self) -> Mode:
        """How the words were taken.

        ``every`` (there are no words), ``all`` of them, ``any`` (some of them, or what is near
        in meaning), or ``none`` (there is nothing near).
        """
        return self.hits.mode

    @property
    def match(self) -> str | None:
        """The FTS5 query that marks the words in a text; None where there are no words."""
        return self.hits.match

    @property
    def count(self) -> int:
        """How many questions match."""
        return len(self.positions)

    @property
    def sites(self) -> int:
        """How many sites the archive has, matching or not."""
        return len(self.index.facets.facets["site"].values)

    def ids(self) -> Iterator[int]:
        """Yield the row ids of all matching questions, ascending."""
        for begin in range(0, len(self.positions), 10_000):
            yield from self.index.facets.ids[self.positions[begin : begin + 10_000]].tolist()

    def ranked(self, limit: int, offset: int = 0) -> list[int]:
        """Return the row ids of one page of matches, in the order of the request."""
        in_order = self.index.cache.get(
            ("order", self.request, *self.words_key),
            lambda: ranking.sort_positions(
                self.index, self.positions, self._scores(), self.request.sort
            ),
        )
        ids: list[int] = self.index.facets.ids[in_order[offset : offset + limit]].tolist()
        return ids

    def _scores(self) -> ranking.Scores | None:
        scores, hits = self.hits.scores, self.hits
        if scores is None or len(self.positions) == len(hits.positions):
            return scores
        return scores[np.searchsorted(hits.positions, self.positions)]


def requested(connection: Connection, arguments: Arguments) -> SearchRequest:
    """Return the search of an address.

    :raises BadRequest: it has a filter or a value that the archive does not know
    """
    request = search_request(arguments)
    if request.filters:
        facets = index_snapshot(connection).facets.facets
        for name, values in request.filters.items():
            known = {value.value: value.label for value in facets[name].values}
            refuse_unknown(name, values, known)
    return request


def select(connection: Connection, request: SearchRequest) -> Selection:
    """Find the questions of a request: words first, then filters."""
    index = index_snapshot(connection)
    # New vectors change hits and order while the archive stays the same.
    path = vectors_of(connection)
    key = (request.text, file_version(path) if path else None)
    hits = index.cache.get(("hits", *key), lambda: match_query(index, request.text))
    mask = index.facets.filtered(request.filters)
    positions = hits.positions if mask is None else hits.positions[mask[hits.positions]]
    return Selection(request, key, hits, positions, index)
