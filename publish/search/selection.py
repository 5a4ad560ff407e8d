"""From a search request to the questions that match: the same for every page.

Pages, exports, citation lists and charts all take their questions from here, so that the
same address means the same questions everywhere.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from sqlite3 import Connection

import numpy as np

from publish import semantic
from publish.search import ranking
from publish.search.cache import IndexSnapshot, index_snapshot
from publish.search.facet_index import Positions
from publish.search.matching import Mode, SearchHits, allowed_questions, match_query
from publish.search.request import SearchRequest


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

        ``every`` (there are no words), ``all`` of them, ``any`` of them, by ``meaning`` as
        well, or ``none`` (no question has even one).
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

    @property
    def is_exact(self) -> bool:
        """Whether the order is by the full formula, or too many matched for that."""
        return self.request.sort != "relevance" or ranking.is_exact(self.index, self.hits)

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
        hits = self.hits
        if (hits.match is None and hits.in_order is None) or self.request.sort != "relevance":
            return None
        score = self.index.cache.get(
            ("scores", *self.words_key), lambda: ranking.score_hits(self.index, hits)
        )
        if score is None or len(self.positions) == len(hits.positions):
            return score
        return score[np.searchsorted(hits.positions, self.positions)]


def select(connection: Connection, request: SearchRequest) -> Selection:
    """Find the questions of a request: words first, then filters."""
    index = index_snapshot(connection)
    meaning = semantic.version(connection) if request.meaning else None
    match = _match_by_meaning if request.meaning else match_query
    key = (request.text, meaning)
    hits = index.cache.get(("hits", *key), lambda: match(index, request.text))
    mask = index.facets.filtered(request.filters)
    positions = hits.positions if mask is None else hits.positions[mask[hits.positions]]
    return Selection(request, key, hits, positions, index)


def _match_by_meaning(index: IndexSnapshot, text: str) -> SearchHits:
    """Return the hits by words and meaning; those by words where there are no vectors."""
    hits = match_query(index, text)
    words = " ".join(word for term in hits.query.text_terms for word in term.words)
    if not words:
        return hits
    ids = index.facets.ids
    score = None if hits.match is None else ranking.score_hits(index, hits)
    in_order = ranking.sort_positions(index, hits.positions, score, "relevance")
    allowed = allowed_questions(index, hits.query)
    merged = semantic.merge(
        index.connection,
        words,
        ids[in_order[: semantic.DEPTH]].tolist(),
        None if allowed is None else ids[allowed],
    )
    if not merged:
        return hits
    places = np.searchsorted(ids, np.array(merged))
    in_order = places[places < index.size].astype(np.int32)
    return replace(hits, mode="meaning", positions=np.sort(in_order), in_order=in_order)
