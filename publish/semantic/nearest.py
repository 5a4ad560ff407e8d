"""How near questions are in meaning to what a reader typed."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from publish.semantic import VectorsError, Version, file_version, vectors_of
from publish.semantic.build import COLUMNS, digest, texts
from publish.semantic.model import load
from publish.semantic.vectors import Vectors, read

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_cache: dict[Path, tuple[Version, Vectors]] = {}


def cosines(
    connection: Connection, text: str, ids: NDArray[np.int64]
) -> NDArray[np.float32] | None:
    """Return the cosine of each question with a text.

    :param ids: row ids of questions, ascending
    :returns: a number for each of them, 0 for those without a vector; None where the archive
        has no vectors that can be read, or the text has no direction
    """
    path = vectors_of(connection)
    if path is None:
        return None
    try:
        vectors = cached_vectors(path)
        vector = load().embed([text])[0]
    except VectorsError as error:
        logger.warning("search by words alone: %s", error)
        return None
    if not vector.any():
        return None
    near = vectors.cosines(vector)
    if np.array_equal(vectors.ids, ids):
        return near
    # A commit since, or a run that was killed before it made the vectors.
    places = np.searchsorted(vectors.ids, ids)
    places[places == len(vectors)] = 0
    aligned = np.zeros(len(ids), np.float32)
    if len(vectors):
        known = vectors.ids[places] == ids
        aligned[known] = near[places[known]]
    return aligned


def unchanged(connection: Connection, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of these questions have the text that their vector was made of.

    A text that has changed since, or a row id that another question has now, must not be
    found by what it no longer says.
    """
    path = vectors_of(connection)
    if path is None:
        return np.zeros(len(ids), np.bool_)
    vectors = cached_vectors(path)
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM questions WHERE id IN ({marks})", ids.tolist()
    )
    now = {row[0]: digest(texts(row)) for row in rows}
    places = np.minimum(np.searchsorted(vectors.ids, ids), len(vectors) - 1)
    return np.array(
        [
            vectors.ids[place] == id_ and now.get(int(id_)) == vectors.digests[place].tobytes()
            for id_, place in zip(ids, places, strict=True)
        ],
        np.bool_,
    )


def cached_vectors(path: Path) -> Vectors:
    """Return the vectors of a file, from memory while the file is the same.

    :raises VectorsError: they cannot be read
    """
    version = file_version(path)
    if version is None:
        raise VectorsError(f"there are no vectors at {path}")
    # A second thread waits: the vectors of a large archive must not be read twice.
    with _lock:
        entry = _cache.get(path)
        if entry is None or entry[0] != version:
            _cache.pop(path, None)  # the old ones go before the new ones come
            entry = _cache[path] = (version, read(path))
        return entry[1]
