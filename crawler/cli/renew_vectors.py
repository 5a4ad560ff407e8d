"""Bringing the vectors beside an archive up to date, whatever changed its texts."""

from __future__ import annotations

import logging
from pathlib import Path

from publish.semantic import VectorsError, vectors_path

logger = logging.getLogger(__name__)


def renew_vectors(archive: Path, *, forget: bool = False) -> None:
    """Make vectors of the texts that are new, and drop those of texts that are gone.

    Where that cannot be done it is logged: searches go on with the vectors that there are, and
    for questions without one by their words.

    :param forget: something is withheld, and a vector says what a text is about: the file is
        removed where it cannot be renewed
    """
    path = vectors_path(archive)
    if not archive.is_file() or (forget and not path.exists()):
        return
    # Only here: the model takes longer to load than all the rest.
    from publish.semantic.build import update_vectors

    try:
        update_vectors(archive)
    except VectorsError as error:
        logger.warning("the vectors of %s are not up to date: %s", archive, error)
        if forget:
            path.unlink(missing_ok=True)
