"""Search by meaning: an option that needs the extra ``meaning`` and an embedded archive.

The extra is one package (INSTALL); ``scrapy embed`` embeds an archive. Nothing here loads
numpy or the model before it is needed.

Vectors come from the static word embeddings that the package wordllama ships: a file of one
vector for each of 32,000 pieces of words. They are read from its folder; nothing is ever
downloaded, and no neural network runs. The results by vector are merged with the results by
words, by reciprocal rank (Cormack, Clarke and Büttcher 2009).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

logger = logging.getLogger(__name__)

#: How to install the extra.
INSTALL = "pip install 'wordllama>=0.4,<0.5'"

#: How many results of each search are merged, and how many the merged list has at most.
DEPTH = 200

#: Identifies a file of vectors: inode, time of change in nanoseconds, size in bytes.
Version = tuple[int, int, int]

_NEEDED = ("numpy", "safetensors", "tokenizers", "wordllama")


class VectorsError(Exception):
    """Vectors cannot be made, read or written. The message says what to do about it."""


def available() -> bool:
    """Whether the extra is installed. Imports nothing."""
    return all(find_spec(name) is not None for name in _NEEDED)


def vectors_path(archive: Path) -> Path:
    """Return the path of an archive's vectors: beside the file that a link leads to."""
    file = archive.resolve()
    return file.with_name(f"{file.name}.vectors.npz")


def file_version(path: Path) -> Version | None:
    """Return the version of a file of vectors; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def version(connection: Connection) -> Version | None:
    """Return the version of an archive's vectors; None where it cannot be searched by meaning."""
    archive = _archive(connection)
    return file_version(vectors_path(archive)) if archive and available() else None


def ready(connection: Connection) -> bool:
    """Whether the archive of this connection can be searched by meaning."""
    return version(connection) is not None


def merge(
    connection: Connection,
    text: str,
    by_words: Sequence[int],
    among: ArrayLike | None = None,
    limit: int = DEPTH,
) -> list[int] | None:
    """Merge the results by words with those by meaning, the best first.

    :param connection: to the archive
    :param text: the required words, without prefixes
    :param by_words: row ids of the results by words, in their order (DEPTH of them will do)
    :param among: the row ids that may be found, in any order; None for all
    :param limit: the most row ids to return
    :returns: distinct row ids, or None where a search by meaning cannot be had (no extra, no
        vectors, or vectors that cannot be read)
    """
    archive = _archive(connection)
    if archive is None or not ready(connection):
        return None
    from publish.semantic.nearest import nearest_questions

    try:
        nearest = nearest_questions(connection, vectors_path(archive), text, among, DEPTH)
    except VectorsError as error:
        logger.warning("search by words alone: %s", error)
        return None
    return reciprocal_rank([by_words[:DEPTH], nearest])[:limit]


# Cormack, Clarke and Büttcher found 60 on their collections; nobody has found a better one.
_K = 60


def reciprocal_rank(lists: Sequence[Sequence[int]]) -> list[int]:
    """Merge lists: each gives an item 1 / (60 + its rank), and these are added.

    Of equal items, the one that comes first in the first list comes first.
    """
    scores: defaultdict[int, float] = defaultdict(float)
    for ranked in lists:
        for rank, item in enumerate(ranked, 1):
            scores[item] += 1 / (_K + rank)
    return sorted(scores, key=lambda item: -scores[item])


def _archive(connection: Connection) -> Path | None:
    for row in connection.execute("PRAGMA database_list"):
        if row[1] == "main" and row[2]:
            return Path(row[2])
    return None
