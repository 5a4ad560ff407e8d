"""The vectors for search by meaning, made anew for a snapshot if its archive has them."""

from __future__ import annotations

from pathlib import Path

from publish.semantic import vectors_path


def add_vectors(source: Path, copy: Path) -> str:
    """Embed a copy of an archive if the archive is embedded.

    Not a copy of its vectors: there may be some in it of what is withheld now.

    :returns: why there are none though the archive has them; "" if all is well
    """
    if not vectors_path(source).exists():
        return ""
    # They draw in numpy and the model.
    from publish.semantic.build import update
    from publish.semantic.model import NoModel
    from publish.semantic.vectors import VectorsError

    path = vectors_path(copy)
    try:
        update(copy)
    except (NoModel, VectorsError) as error:
        path.unlink(missing_ok=True)
        return f"search by meaning is left out: {error}"
    finally:
        path.with_suffix(".lock").unlink(missing_ok=True)
    return ""
