"""Embedding an archive: a vector for every question, made only where its text is new."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection, Error

import numpy as np
from numpy.typing import NDArray

from pipelines.db.connection import ArchiveError, open_archive
from pipelines.files.locks import Lock, LockHeld, describe
from publish.semantic import VectorsError, vectors_path
from publish.semantic.model import SIZE, Model, load, unit
from publish.semantic.vectors import DIGEST_BYTES, Vectors, concatenate, pack, read, write

logger = logging.getLogger(__name__)

# Texts in memory at a time.
_BATCH = 2_000

#: Title and question: what a reader's words are compared with. An answer mentions much in
#: passing; on judged queries its vector beside these makes results worse (bench/quality.py).
Texts = tuple[str, str]

# What vector and digest of a question are made of; :func:`texts` takes a row of it.
COLUMNS = "id, title, question"


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a run did: ``questions`` have a vector, and ``made`` of these are new.

    ``dropped`` vectors were of texts that are no longer in the archive.
    """

    questions: int
    made: int
    dropped: int


def texts(row: Sequence[str | None]) -> Texts:
    """Return the texts of a row of COLUMNS."""
    return (row[1] or "", row[2] or "")


def digest(question: Texts) -> bytes:
    """Return the BLAKE2b digest of title and question."""
    together = "\0".join(question).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(together, digest_size=DIGEST_BYTES).digest()


def embed_questions(model: Model, questions: Sequence[Texts]) -> NDArray[np.float32]:
    """Return a vector for each question: title and question with the same weight.

    They differ in length by the tenfold; as one text, a question would drown its title.
    """
    titles, bodies = (model.embed([texts[part] for texts in questions]) for part in range(2))
    return unit(titles + bodies)


def update_vectors(archive: Path) -> Embedded:
    """Bring the vectors beside an archive up to date.

    The vector of a text is kept, even under another row id, as after a rebuild.

    :raises VectorsError: the archive cannot be read, or the vectors cannot be written
    """
    path = vectors_path(archive)
    model = load()
    if not archive.is_file():
        raise VectorsError(f"there is no archive at {archive}; a crawl or a rebuild makes one")
    try:
        with Lock(path.with_suffix(".lock"), "embedding"):
            vectors, result = _embed_archive(archive, model, _old_vectors(path))
            write(path, vectors)
    except LockHeld as held:
        who = describe(held.holder)
        raise VectorsError(f"not begun: {path.name} is being made by {who}") from held
    except OSError as error:
        raise VectorsError(f"cannot lock {path}: {error.strerror or error}") from error
    logger.info("wrote %s: %d vectors, %d new", path, result.questions, result.made)
    return result


def _old_vectors(path: Path) -> Vectors:
    if path.exists():
        try:
            return read(path)
        except VectorsError as error:
            logger.warning("all vectors are made anew: %s", error)
    return concatenate([])


def _embed_archive(archive: Path, model: Model, old: Vectors) -> tuple[Vectors, Embedded]:
    rows_of = {key.tobytes(): row for row, key in enumerate(old.digests)}
    parts: list[Vectors] = []
    made, kept_digests = 0, set[bytes]()
    try:
        with closing(open_archive(archive, readonly=True)) as database:
            for questions in _batches(database.conn):
                part, new = _embed_batch(model, questions, old, rows_of)
                parts.append(part)
                made += new
                kept_digests.update(rows_of.keys() & {d.tobytes() for d in part.digests})
    except (ArchiveError, Error) as error:
        raise VectorsError(f"cannot read the archive {archive}: {error}") from error
    vectors = concatenate(parts)
    return vectors, Embedded(len(vectors), made, len(rows_of) - len(kept_digests))


def _batches(connection: Connection) -> Iterator[list[tuple[int, Texts]]]:
    # Ascending, as Vectors are.
    cursor = connection.execute(f"SELECT {COLUMNS} FROM questions ORDER BY id")
    while rows := cursor.fetchmany(_BATCH):
        yield [(row[0], texts(row)) for row in rows]


def _embed_batch(
    model: Model, questions: Sequence[tuple[int, Texts]], old: Vectors, rows_of: dict[bytes, int]
) -> tuple[Vectors, int]:
    """The vectors of some questions, and how many of them are new."""
    digests = [digest(question) for _, question in questions]
    new = [place for place, key in enumerate(digests) if key not in rows_of]
    known = [place for place, key in enumerate(digests) if key in rows_of]
    floats = np.zeros((len(questions), SIZE), dtype=np.float32)
    if new:
        floats[new] = embed_questions(model, [questions[place][1] for place in new])
    vectors = pack(
        np.array([id_ for id_, _ in questions], dtype=np.int64),
        np.frombuffer(b"".join(digests), dtype=f"V{DIGEST_BYTES}"),
        floats,
    )
    source = [rows_of[digests[place]] for place in known]
    vectors.bytes[known] = old.bytes[source]
    vectors.scale[known] = old.scale[source]
    return vectors, len(new)
