"""The folder that snapshots stand in: ``current`` leads to the one that is served.

::

    public/
      20261122T170828Z-5113ff57a2c4/   archive.db, questions.parquet, ... read-only
      current -> 20261122T170828Z-5113ff57a2c4

A snapshot is made in a folder of another name, renamed when it is whole, and then the link
is replaced by a rename. Both are atomic, so ``current`` leads to a whole snapshot at
every instant, and what a killed run leaves has a name that says so.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from pipelines.files.durable import rename_durably
from publish.snapshot.files import ARCHIVE, SUMS

logger = logging.getLogger(__name__)

CURRENT = "current"
LOCK = ".publish.lock"
_MAKING = ".making-"
_OLD = ".removing-"
_LINK = ".current-"
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}")


class SnapshotFolder:
    """A folder for snapshots. Changing it takes its lock, LOCK."""

    def __init__(self, folder: Path) -> None:
        # Absolute, as the target of ``current`` is compared with the paths in it.
        self.folder = folder.resolve()

    @property
    def current(self) -> Path | None:
        """The snapshot that is served now; None if there is none that is whole."""
        link = self.folder / CURRENT
        if not link.is_symlink():
            return None
        target = link.resolve()
        return target if (target / ARCHIVE).is_file() and (target / SUMS).is_file() else None

    @property
    def snapshots(self) -> list[Path]:
        """All snapshots, the newest first."""
        snapshots = [path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)]
        return sorted(snapshots, key=lambda path: (_made_at(path), path.name), reverse=True)

    def clean(self) -> None:
        """Remove what killed runs have left."""
        for path in list(self.folder.iterdir()):
            if path.name.startswith((_MAKING, _OLD)):
                _remove(path)
            elif path.name.startswith(_LINK):
                path.unlink()

    def begin(self) -> Path:
        """Make an empty folder to make a snapshot in."""
        folder = self.folder / f"{_MAKING}{os.getpid()}"
        folder.mkdir()
        return folder

    def put(self, work: Path, name: str) -> None:
        """Give a snapshot its name, and let ``current`` lead to it."""
        target = self.folder / name
        if target.exists():  # made once, and never served or no longer
            self.remove(target)
        rename_durably(work, target)
        link = self.folder / f"{_LINK}{os.getpid()}"
        link.symlink_to(name)
        rename_durably(link, self.folder / CURRENT)

    def remove(self, snapshot: Path) -> None:
        """Remove a snapshot; servers that have it open can read it on."""
        old = self.folder / f"{_OLD}{snapshot.name}"
        _remove(old)
        snapshot.rename(old)
        _remove(old)
        logger.info("removed snapshot %s", snapshot.name)

    def prune(self, keep: int, unfit: Iterable[Path] = ()) -> list[str]:
        """Remove all but ``keep`` snapshots and all ``unfit`` ones, but never the current one.

        :returns: the names of the removed snapshots
        """
        current = self.current
        others = [path for path in self.snapshots if path != current]
        unwanted = set(others[max(0, keep - 1) :]) | set(unfit)
        removed = [path for path in others if path in unwanted]
        for path in removed:
            self.remove(path)
        return [path.name for path in removed]


def _made_at(snapshot: Path) -> int:
    """When a snapshot was made, in nanoseconds; 0 for a damaged one."""
    try:
        return (snapshot / SUMS).stat().st_mtime_ns
    except OSError:
        return 0


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
