"""Words and meaning together, where the archive has been embedded."""

from __future__ import annotations

from dataclasses import replace
from sqlite3 import Connection

import numpy as np

from publish import semantic
from publish.search.cache import IndexSnapshot
from publish.search.matching import SearchHits, allowed, find
from publish.search.ranking import order, scores


def find_by_meaning(connection: Connection, holding: IndexSnapshot, text: str) -> SearchHits:
    """What words and meaning find together; what words alone find where that cannot be had."""
    found = find(connection, holding, text)
    words = " ".join(word for term in found.query.wanted for word in term.words)
    if not words:
        return found
    catalogue = holding.catalogue
    score = None if found.match is None else scores(connection, holding, found)
    in_order = order(holding, found.positions, score, "relevance")
    kept = allowed(connection, holding, found.query)
    among = None if kept is None else catalogue.numbers[kept]
    numbers = catalogue.numbers[in_order[: semantic.DEPTH]].tolist()
    fused = semantic.fused(connection, words, numbers, among)
    if not fused:
        return found
    places = np.searchsorted(catalogue.numbers, np.array(fused))
    known = places < catalogue.size
    in_order = places[known].astype(np.int32)
    return replace(found, mode="meaning", positions=np.sort(in_order), in_order=in_order)
