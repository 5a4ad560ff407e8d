"""The questions whose vectors are nearest to that of a text."""

from __future__ import annotations

import threading
from pathlib import Path
from sqlite3 import Connection

import numpy as np
from numpy.typing import ArrayLike, NDArray

from publish.semantic import VectorsError, Version, file_version
from publish.semantic.build import COLUMNS, digest, texts
from publish.semantic.model import load
from publish.semantic.vectors import Vectors, read

_lock = threading.Lock()
_cache: dict[Path, tuple[Version, Vectors]] = {}


def nearest_questions(
    connection: Connection,
    path: Path,
    text: str,
    among: ArrayLike | None,
    count: int,
) -> list[int]:
    """Return the row ids of the nearest questions, the nearest first.

    A question whose text has changed since its vector was made is left out, and so is a row
    id that another question has now: nothing is found for what it no longer says.

    :param among: the row ids that may be found, in any order; None for all
    :raises VectorsError: the vectors or the model cannot be read
    """
    vectors = cached_vectors(path)
    vector = load().embed([text])[0]
    if not vector.any():
        return []
    rows = vectors.nearest(vector, count, None if among is None else _mask(vectors, among))
    current = _digests(connection, vectors.ids[rows].tolist())
    return [
        id_
        for row in rows
        if current.get(id_ := int(vectors.ids[row])) == vectors.digests[row].tobytes()
    ]


def cached_vectors(path: Path) -> Vectors:
    """Return the vectors of a file, from memory while the file is the same.

    :raises VectorsError: they cannot be read
    """
    version = file_version(path)
    if version is None:
        raise VectorsError(f"there are no vectors at {path}: run scrapy embed")
    # A second thread waits: the vectors of a large archive must not be read twice.
    with _lock:
        entry = _cache.get(path)
        if entry is None or entry[0] != version:
            _cache.pop(path, None)  # the old ones go before the new ones come
            entry = _cache[path] = (version, read(path))
        return entry[1]


def _mask(vectors: Vectors, among: ArrayLike) -> NDArray[np.bool_]:
    """Which vectors are of these questions."""
    ids = np.asarray(among, dtype=np.int64)
    mask = np.zeros(len(vectors), dtype=np.bool_)
    if len(vectors):
        places = np.searchsorted(vectors.ids, ids)
        places[places == len(vectors)] = 0
        mask[places[vectors.ids[places] == ids]] = True
    return mask


def _digests(connection: Connection, ids: list[int]) -> dict[int, bytes]:
    """The digests of the texts that these questions have now."""
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(f"SELECT {COLUMNS} FROM questions q WHERE q.id IN ({marks})", ids)
    return {row[0]: digest(texts(row)) for row in rows}
