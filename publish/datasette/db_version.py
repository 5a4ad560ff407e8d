"""When a SQLite file changes: a value that is different after every commit."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from pathlib import Path
from sqlite3 import Connection, Error

from pipelines.db.connection import open_read_only
from publish.datasette.snapshot_mark import is_snapshot

Version = tuple[Hashable, ...]


def read_only(path: Path, *, timeout: float = 5.0) -> Connection:
    """A connection to a file that another thread may close.

    The archive of a snapshot is opened as immutable: nobody writes it, so nothing is locked.

    :raises sqlite3.Error: the file cannot be opened
    """
    # Of a snapshot the path is a link, which may lead elsewhere a moment later.
    file = path.resolve()
    return open_read_only(file, immutable=is_snapshot(file), timeout=timeout, same_thread=False)


class Watch:
    """Asks one file for its version, whoever writes it and even if it is replaced.

    ``PRAGMA data_version`` changes on a connection as soon as another one has committed; the
    file's identity changes when a rebuild puts a new file in its place.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._held: tuple[Version, Connection] | None = None

    def identity(self) -> Version:
        """Which file the path leads to now.

        :raises OSError: to none
        """
        stat = self._path.stat()
        return (stat.st_dev, stat.st_ino)

    def version(self) -> Version:
        """Different after every commit; equal to no other where it cannot be known."""
        with self._lock:
            try:
                identity = self.identity()
                if self._held is None or self._held[0] != identity:
                    if self._held:
                        self._held[1].close()
                    # A short wait: this may run on the event loop's own thread.
                    self._held = (identity, read_only(self._path, timeout=0.05))
                row = self._held[1].execute("PRAGMA data_version").fetchone()
                return (*identity, row[0])
            except (OSError, Error):
                return (object(),)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._held:
                self._held[1].close()
            self._held = None
