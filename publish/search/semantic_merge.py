"""Words and meaning together, where the archive has been embedded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from publish import semantic
from publish.search.cache import IndexSnapshot
from publish.search.matching import SearchHits, allowed_questions, match_query
from publish.search.ranking import score_hits, sort_positions


def merge_by_meaning(index: IndexSnapshot, text: str) -> SearchHits:
    """Return the hits by words and meaning; those by words where there are no vectors."""
    hits = match_query(index, text)
    words = " ".join(word for term in hits.query.text_terms for word in term.words)
    if not words:
        return hits
    ids = index.facets.ids
    score = None if hits.match is None else score_hits(index, hits)
    in_order = sort_positions(index, hits.positions, score, "relevance")
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
