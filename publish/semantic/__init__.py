"""Search by meaning: an option, there once its extra is installed and an archive is embedded.

The extra ``meaning`` is one package (INSTALL); then ``scrapy embed``. Without it nothing here
loads anything, and :func:`available` is False.

Vectors come from the static word embeddings that the package wordllama ships: a file of one
vector for each of 32,000 pieces of words. They are read from its folder; nothing is ever
downloaded, and no neural network runs. What is near a query by its vector is put together
with what the words find, by reciprocal rank (Cormack, Clarke and Büttcher 2009).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: How the extra comes into the environment.
INSTALL = "pip install 'wordllama>=0.4,<0.5'"

#: How deep both lists are read, and the most that a search by meaning finds.
DEPTH = 200

#: Tells one file of vectors from the next.
Version = tuple[int, int, int]

_NEEDED = ("numpy", "safetensors", "tokenizers", "wordllama")


def available() -> bool:
    """Whether the extra is installed. Imports nothing."""
    return all(find_spec(name) is not None for name in _NEEDED)


def vectors_path(archive: Path) -> Path:
    """Where the vectors of an archive are: beside the file itself, wherever a link to it is."""
    there = archive.resolve()
    return there.with_name(f"{there.name}.vectors.npz")


def version(connection: Connection) -> Version | None:
    """What changes with the vectors of this connection's archive; None where there are none."""
    archive = _archive(connection)
    if archive is None or not available():
        return None
    try:
        stat = vectors_path(archive).stat()
    except OSError:
        return None
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def ready(connection: Connection) -> bool:
    """Whether the archive of this connection can be searched by meaning."""
    return version(connection) is not None


def merge(
    connection: Connection,
    text: str,
    words: Sequence[int],
    among: ArrayLike | None = None,
    limit: int = DEPTH,
) -> list[int] | None:
    """The questions for a text, by its words and its meaning together, the best first.

    :param connection: to the archive
    :param text: the words that are asked for, without prefixes and what must not be found
    :param words: row numbers that the words find, in their order (DEPTH of them will do)
    :param among: the row numbers that may be found (filters, words that must not stand in a
        text), in any order; None for all
    :param limit: the most row numbers to give
    :returns: row numbers, none twice; or None where a search by meaning cannot be had (no
        extra, no vectors, or vectors that cannot be read): search by words then
    """
    archive = _archive(connection)
    if archive is None or not ready(connection):
        return None
    from publish.semantic.nearest import by_meaning
    from publish.semantic.vectors import VectorsError

    try:
        near = by_meaning(connection, vectors_path(archive), text, among, DEPTH)
    except VectorsError:
        return None
    return reciprocal_rank([words[:DEPTH], near])[:limit]


# Cormack, Clarke and Büttcher found 60 on their collections; nobody has found a better one.
_K = 60


def reciprocal_rank(lists: Sequence[Sequence[int]]) -> list[int]:
    """One list out of several: each gives an item 1 / (60 + its rank), and these add up.

    Of equals, that which came first in the first list comes first.
    """
    scores: dict[int, float] = {}
    for ranked in lists:
        for rank, item in enumerate(ranked, 1):
            scores[item] = scores.get(item, 0.0) + 1 / (_K + rank)
    return sorted(scores, key=lambda item: -scores[item])


def _archive(connection: Connection) -> Path | None:
    for row in connection.execute("PRAGMA database_list"):
        if row[1] == "main" and row[2]:
            return Path(row[2])
    return None
