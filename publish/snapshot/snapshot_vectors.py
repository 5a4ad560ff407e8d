"""The vectors for search by meaning, made anew for a snapshot if its archive has them."""

from __future__ import annotations

from pathlib import Path

from publish.semantic import VectorsError, vectors_path


def add_vectors(source: Path, copy: Path) -> str:
    """Embed the copy of an archive if the archive is embedded.

    Its vectors are not copied: there may be some of questions that are withheld now.

    :returns: why there are none though the archive has them; "" otherwise
    """
    if not vectors_path(source).exists():
        return ""
    # It draws in the model.
    from publish.semantic.build import update_vectors

    path = vectors_path(copy)
    try:
        update_vectors(copy)
    except VectorsError as error:
        path.unlink(missing_ok=True)
        return f"search by meaning is left out: {error}"
    finally:
        path.with_suffix(".lock").unlink(missing_ok=True)
    return ""
