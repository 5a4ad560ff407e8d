"""What is held of texts beside the archive, and must go with them."""

from __future__ import annotations

from pathlib import Path


def forget_vectors(archive: Path) -> None:
    """Take the vectors of what is gone out of the file beside an archive, if there is one.

    Where that cannot be done, the file is removed: a vector says what a text is about.
    """
    # Only here: numpy and the model take longer to load than all the rest.
    from publish.semantic import vectors_path

    path = vectors_path(archive)
    if not path.exists():
        return
    from publish.semantic.build import update
    from publish.semantic.model import NoModel
    from publish.semantic.vectors import VectorsError

    try:
        update(archive)
    except (NoModel, VectorsError):
        path.unlink()
