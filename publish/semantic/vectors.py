"""The vectors of an archive: a file beside it, derived, replaced as a whole.

A number of a vector is kept as one byte, of its row's largest: a quarter of the size, and
the order of results stays (what is lost is below a thousandth of a cosine).
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.files.durable import replace_durably
from publish.semantic.model import NAME, SIZE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIGEST_BYTES = 16
# Rows that are turned into floats at a time: they fit the processor's second cache.
_CHUNK = 1024


class VectorsError(Exception):
    """A file of vectors cannot be read or written. The message says what to do about it."""


@dataclass(frozen=True)
class Vectors:
    """Rows that go together: a question's row number, the digest of its text, its vector.

    ``ids`` ascend. ``bytes`` times ``scale`` is the vector, at length 1.
    """

    ids: NDArray[np.int64]
    digests: NDArray[np.void]
    bytes: NDArray[np.int8]
    scale: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)

    def nearest(
        self, vector: NDArray[np.float32], count: int, among: NDArray[np.bool_] | None = None
    ) -> NDArray[np.intp]:
        """The rows with the largest cosine to a vector, the nearest first; of equals, the older.

        :param among: which rows may be found; None for all
        """
        import numpy as np

        cosines = np.empty(len(self), dtype=np.float32)
        for start in range(0, len(self), _CHUNK):
            part = slice(start, start + _CHUNK)
            cosines[part] = self.bytes[part].astype(np.float32) @ vector
        cosines *= self.scale
        # A text without a piece has no direction and is near to nothing.
        allowed = self.scale > 0 if among is None else among & (self.scale > 0)
        rows = np.flatnonzero(allowed)
        if len(rows) > count:
            rows = rows[np.argpartition(-cosines[rows], count)[:count]]
        return rows[np.lexsort((self.ids[rows], -cosines[rows]))]


def packed(
    ids: NDArray[np.int64], digests: NDArray[np.void], vectors: NDArray[np.float32]
) -> Vectors:
    """Vectors of length 1 (or zeros) as they are kept."""
    import numpy as np

    scale = (np.abs(vectors).max(axis=1, initial=0.0) / 127).astype(np.float32)
    divided = vectors / np.where(scale > 0, scale, 1)[:, None]
    return Vectors(ids, digests, np.rint(divided).astype(np.int8), scale)


def joined(parts: Sequence[Vectors]) -> Vectors:
    """One after the other."""
    import numpy as np

    if not parts:
        no_digests = np.empty(0, dtype=f"V{DIGEST_BYTES}")
        return packed(np.empty(0, np.int64), no_digests, np.empty((0, SIZE), np.float32))
    return Vectors(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.digests for part in parts]),
        np.concatenate([part.bytes for part in parts]),
        np.concatenate([part.scale for part in parts]),
    )


def read(path: Path) -> Vectors:
    """The vectors of a file.

    :raises VectorsError: it is missing, damaged, or made with another model
    """
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as held:
            if str(held["model"]) != NAME:
                raise VectorsError(f"{path} was made with another model: run scrapy embed")
            found = Vectors(held["ids"], held["digests"], held["bytes"], held["scale"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise VectorsError(f"cannot read {path} ({error}): run scrapy embed --all") from error
    count = len(found.ids)
    shapes = [part.shape for part in (found.digests, found.bytes, found.scale)]
    if shapes != [(count,), (count, SIZE), (count,)] or np.any(np.diff(found.ids) <= 0):
        raise VectorsError(f"{path} has rows that do not go together: run scrapy embed --all")
    return found


def write(path: Path, vectors: Vectors) -> None:
    """Put the vectors in the place of those that were there, at once or not at all.

    One at a time: the caller holds a lock. What a killed one left behind is written over.

    :raises VectorsError: it cannot be written
    """
    import numpy as np

    try:
        with replace_durably(path, partial=path.with_name(f"{path.name}.partial")) as file:
            np.savez(
                file,
                model=np.array(NAME),
                ids=vectors.ids,
                digests=vectors.digests,
                bytes=vectors.bytes,
                scale=vectors.scale,
            )
    except OSError as error:
        raise VectorsError(f"cannot write {path}: {error.strerror or error}") from error
