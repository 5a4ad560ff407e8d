"""The questions whose vectors are nearest to that of a text."""

from __future__ import annotations

import threading
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

from publish.semantic.build import COLUMNS, digest, texts
from publish.semantic.model import NoModel, load
from publish.semantic.vectors import Vectors, VectorsError, read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

_Identity = tuple[int, int, int]
_lock = threading.Lock()
_held: dict[Path, tuple[_Identity, Vectors]] = {}


def by_meaning(
    connection: Connection,
    path: Path,
    text: str,
    among: ArrayLike | None,
    count: int,
) -> list[int]:
    """The row numbers of the nearest questions, the nearest first.

    A question whose text has changed since its vector was made is left out, and so is a row
    number that another question has now: nothing is found for what it no longer says.

    :param among: the row numbers that may be found, in any order; None for all
    :raises VectorsError: the vectors or the model cannot be read
    """
    held = vectors(path)
    try:
        vector = load().embed([text])[0]
    except NoModel as error:
        raise VectorsError(str(error)) from error
    if not vector.any():
        return []
    rows = held.nearest(vector, count, None if among is None else _mask(held, among))
    current = _digests(connection, [int(number) for number in held.ids[rows]])
    return [
        number
        for row in rows
        if current.get(number := int(held.ids[row])) == held.digests[row].tobytes()
    ]


def vectors(path: Path) -> Vectors:
    """The vectors of a file, from memory while the file is the same.

    :raises VectorsError: they cannot be read
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise VectorsError(f"there are no vectors at {path}: run scrapy embed") from error
    identity = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    # Whoever comes second waits: the vectors of a large archive must not be read twice.
    with _lock:
        held = _held.get(path)
        if held is None or held[0] != identity:
            _held.pop(path, None)  # the old ones go before the new ones come
            held = _held[path] = (identity, read(path))
        return held[1]


def _mask(held: Vectors, among: ArrayLike) -> NDArray[np.bool_]:
    """Which vectors are of these questions."""
    import numpy as np

    ids = np.asarray(among, dtype=np.int64)
    mask = np.zeros(len(held), dtype=np.bool_)
    if len(held):
        places = np.searchsorted(held.ids, ids)
        places[places == len(held)] = 0
        mask[places[held.ids[places] == ids]] = True
    return mask


def _digests(connection: Connection, ids: list[int]) -> dict[int, bytes]:
    """The digests of the texts that these questions have now."""
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(f"SELECT {COLUMNS} FROM questions q WHERE q.id IN ({marks})", ids)
    return {row[0]: digest(texts(row)) for row in rows}
