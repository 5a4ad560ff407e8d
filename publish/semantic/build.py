"""Embedding an archive: a vector for every question, made only where its text is new."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection, Error
from typing import TYPE_CHECKING

from pipelines.db.connection import ArchiveError, open_archive
from pipelines.files.locks import Lock, LockHeld, describe
from publish.semantic import vectors_path
from publish.semantic.model import Model, load, unit
from publish.semantic.vectors import (
    DIGEST_BYTES,
    Vectors,
    VectorsError,
    joined,
    packed,
    read,
    write,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Texts in memory at a time; also how often progress is told.
_BATCH = 2_000

#: Title, question and answer.
Texts = tuple[str, str, str]

# What a question is made of, for its vector and its digest; :func:`texts` reads a row of it.
COLUMNS = "q.id, q.title, q.question, q.answer"


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a run did: ``questions`` have a vector now, of which ``made`` got it in this run.

    ``dropped`` vectors were of texts that are no longer in the archive.
    """

    questions: int
    made: int
    dropped: int


def texts(row: Sequence[str | None]) -> Texts:
    """The texts of a row of COLUMNS."""
    return (row[1] or "", row[2] or "", row[3] or "")


def digest(of: Texts) -> bytes:
    """What tells one title, question and answer from another (BLAKE2b)."""
    together = "\0".join(of).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(together, digest_size=DIGEST_BYTES).digest()


def embed(model: Model, several: Sequence[Texts]) -> NDArray[np.float32]:
    """A vector for each question: title, question and answer, each with the same weight.

    They differ in length by the hundredfold; as one text, an answer would drown a title.
    """
    parts = [model.embed([of[part] for of in several]) for part in range(3)]
    return unit(parts[0] + parts[1] + parts[2])


def update(
    archive: Path, *, anew: bool = False, progress: Callable[[int], object] = lambda done: None
) -> Embedded:
    """Bring the vectors beside an archive up to date.

    A text that has a vector keeps it, even under another row number, as after a rebuild.

    :param anew: make all vectors anew, whatever is there
    :param progress: called with the number of questions looked at since the last call
    :raises VectorsError: the archive or the vectors cannot be read, or not written
    :raises NoModel: the extra is not installed
    """
    path = vectors_path(archive)
    model = load()
    if not archive.is_file():
        raise VectorsError(f"there is no archive at {archive}; a crawl or a rebuild makes one")
    try:
        with Lock(path.with_suffix(".lock"), "embedding"):
            return _update(archive, path, model, anew, progress)
    except LockHeld as held:
        who = describe(held.holder)
        raise VectorsError(f"not begun: {path.name} is being made by {who}") from held
    except OSError as error:
        raise VectorsError(f"cannot lock {path}: {error.strerror or error}") from error


def _update(
    archive: Path, path: Path, model: Model, anew: bool, progress: Callable[[int], object]
) -> Embedded:
    known = None if anew or not path.exists() else read(path)
    places = {} if known is None else {d.tobytes(): i for i, d in enumerate(known.digests)}
    parts: list[Vectors] = []
    kept: set[bytes] = set()
    made = 0
    try:
        with closing(open_archive(archive, readonly=True)) as database:
            for rows in _batches(database.conn):
                part, fresh = _part(model, rows, known, places)
                parts.append(part)
                made += fresh
                kept.update(places.keys() & {d.tobytes() for d in part.digests})
                progress(len(rows))
    except (ArchiveError, Error) as error:
        raise VectorsError(f"cannot read the archive {archive}: {error}") from error
    now = joined(parts)
    write(path, now)
    return Embedded(len(now), made, len(places) - len(kept))


def _batches(connection: Connection) -> Iterator[list[tuple[int, Texts]]]:
    # Ascending, as Vectors are.
    cursor = connection.execute(f"SELECT {COLUMNS} FROM questions q ORDER BY q.id")
    while rows := cursor.fetchmany(_BATCH):
        yield [(row[0], texts(row)) for row in rows]


def _part(
    model: Model,
    rows: Sequence[tuple[int, Texts]],
    known: Vectors | None,
    places: dict[bytes, int],
) -> tuple[Vectors, int]:
    """The vectors of some rows, and how many of them had to be made."""
    import numpy as np

    digests = [digest(of) for _, of in rows]
    new = [row for row, one in enumerate(digests) if one not in places]
    part = packed(
        np.array([number for number, _ in rows], dtype=np.int64),
        np.frombuffer(b"".join(digests), dtype=f"V{DIGEST_BYTES}"),
        _scattered(model, rows, new),
    )
    if known is not None and len(new) < len(rows):
        old = [row for row, one in enumerate(digests) if one in places]
        source = [places[digests[row]] for row in old]
        part.bytes[old] = known.bytes[source]
        part.scale[old] = known.scale[source]
    return part, len(new)


def _scattered(
    model: Model, rows: Sequence[tuple[int, Texts]], new: Sequence[int]
) -> NDArray[np.float32]:
    import numpy as np

    made = np.zeros((len(rows), model.pieces.shape[1]), dtype=np.float32)
    if new:
        made[new] = embed(model, [rows[row][1] for row in new])
    return made
