"""The vectors of an archive: a file beside it, derived, replaced as a whole.

Each number of a vector is stored in one byte, as a part of the row's largest: a quarter of
the size, and the order of results stays (the loss is below a thousandth of a cosine).
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.files.durable import replace_durably
from publish.semantic import VectorsError
from publish.semantic.model import NAME, SIZE

DIGEST_BYTES = 16
# Rows that are turned into floats at a time: they fit the processor's second cache.
_CHUNK = 1024


@dataclass(frozen=True)
class Vectors:
    """Parallel arrays: the row id of a question, the digest of its text, its vector.

    ``ids`` ascend. ``bytes`` times ``scale`` is the vector, of length 1.
    """

    ids: NDArray[np.int64]
    digests: NDArray[np.void]
    bytes: NDArray[np.int8]
    scale: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)

    def cosines(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of each row with a vector of length 1; 0 for rows of zeros."""
        cosines = np.empty(len(self), dtype=np.float32)
        for start in range(0, len(self), _CHUNK):
            part = slice(start, start + _CHUNK)
            cosines[part] = self.bytes[part].astype(np.float32) @ vector
        cosines *= self.scale
        return cosines


_FIELDS = tuple(field.name for field in fields(Vectors))


def pack(
    ids: NDArray[np.int64], digests: NDArray[np.void], vectors: NDArray[np.float32]
) -> Vectors:
    """Store vectors of length 1 (or zeros) as bytes."""
    scale = (np.abs(vectors).max(axis=1, initial=0.0) / 127).astype(np.float32)
    divided = vectors / np.where(scale > 0, scale, 1)[:, None]
    return Vectors(ids, digests, np.rint(divided).astype(np.int8), scale)


def concatenate(parts: Sequence[Vectors]) -> Vectors:
    """Join vectors in their order."""
    empty = pack(
        np.empty(0, np.int64),
        np.empty(0, dtype=f"V{DIGEST_BYTES}"),
        np.empty((0, SIZE), np.float32),
    )
    every = (empty, *parts)
    return Vectors(*(np.concatenate([getattr(part, name) for part in every]) for name in _FIELDS))


def read(path: Path) -> Vectors:
    """Read a file of vectors.

    :raises VectorsError: it is missing, damaged, or made with another model
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["model"]) != NAME:
                raise VectorsError(f"{path} was made with another model")
            vectors = Vectors(*(file[name] for name in _FIELDS))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise VectorsError(f"cannot read {path}: {error}") from error
    count = len(vectors.ids)
    shapes = [part.shape for part in (vectors.digests, vectors.bytes, vectors.scale)]
    if shapes != [(count,), (count, SIZE), (count,)] or np.any(np.diff(vectors.ids) <= 0):
        raise VectorsError(f"{path} has rows that do not go together")
    return vectors


def write(path: Path, vectors: Vectors) -> None:
    """Replace a file of vectors, at once or not at all.

    The caller holds a lock. What a killed process left behind is written over.

    :raises VectorsError: it cannot be written
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        with replace_durably(path, partial=partial) as file:
            np.savez(file, model=np.array(NAME), **vars(vectors))
    except OSError as error:
        raise VectorsError(f"cannot write {path}: {error.strerror or error}") from error
