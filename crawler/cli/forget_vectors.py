"""Removing vectors of texts that are no longer in the archive."""

from __future__ import annotations

import logging
from pathlib import Path

from publish.semantic import VectorsError, vectors_path

logger = logging.getLogger(__name__)


def forget_vectors(archive: Path) -> None:
    """Remove the vectors of texts that are gone from the file beside an archive, if any.

    Where that cannot be done, the file is removed: a vector says what a text is about.
    """
    path = vectors_path(archive)
    if not path.exists():
        return
    # Only here: numpy and the model take longer to load than all the rest.
    from publish.semantic.build import update_vectors

    try:
        update_vectors(archive)
    except VectorsError as error:
        logger.warning("removed %s, as it cannot be brought up to date: %s", path, error)
        path.unlink()
