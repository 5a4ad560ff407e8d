"""One export: a connection of its own, one moment of the archive, and a count that must agree."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from sqlite3 import Connection
from threading import Lock
from typing import Any

from publish.export.export_formats import ExportFormat
from publish.export.rows import ExportError, Record, prepare, records
from publish.search.request import SearchRequest
from publish.search.selection import select

# Steps of SQLite's machine between two looks at whether the export is still wanted.
_STEPS = 20_000


@dataclass
class Delivered:
    """What was handed on so far; ``sha256`` is of all its bytes."""

    rows: int = 0
    size: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def add(self, piece: bytes) -> None:
        """Count a piece."""
        self.size += len(piece)
        self._digest.update(piece)

    @property
    def sha256(self) -> str:
        """In hex."""
        return str(self._digest.hexdigest())


class Export:
    """The questions that were asked for, in a format, piece by piece.

    All is read in one read transaction, so that the number of rows, which is told first, and
    the rows are of one moment. Nothing here is done on the event loop's thread; the calls may
    come from several threads, one after the other.

    :param connect: opens a connection to the archive, for this export alone
    :param seconds: after which it is ended, as a read transaction that stays open keeps the
        write-ahead log of a crawl from being emptied
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        request: SearchRequest,
        written: ExportFormat,
        *,
        seconds: float = float("inf"),
    ) -> None:
        self._connect = connect
        self._request = request
        self.format = written
        self._until = time.monotonic() + seconds
        self._unwanted = False
        self._lock = Lock()
        self._connection: Connection | None = None
        self._pieces: Iterator[bytes] = iter(())
        self.delivered = Delivered()
        #: How many questions there are, and when the newest of the archive was captured.
        self.rows = 0
        self.newest = ""

    def open(self) -> None:
        """Begin the read transaction, select and count.

        :raises sqlite3.Error: the archive cannot be read
        """
        with self._lock:
            self._connection = connection = self._connect()
            prepare(connection)
            connection.set_progress_handler(self._is_over, _STEPS)
            connection.execute("BEGIN")
            selection = select(connection, self._request)
            self.rows = selection.count
            row = connection.execute("SELECT max(last_captured_at) FROM questions").fetchone()
            self.newest = row[0] or ""
            numbers = selection.ids()
            self._pieces = self.format.pieces(self._counted(records(connection, numbers)))

    def next(self) -> bytes | None:
        """The next piece, or None at the end, where the rows have been counted.

        :raises ExportError: the rows are not as many as was said, or time is up
        :raises sqlite3.Error: the archive cannot be read
        """
        with self._lock:
            if self._is_over():
                raise ExportError("it took too long, or nobody wants it any more")
            piece = next(self._pieces, None)
            if piece is not None:
                self.delivered.add(piece)
                return piece
        if self.delivered.rows != self.rows:
            raise ExportError(f"{self.rows} rows were announced, {self.delivered.rows} were read")
        return None

    def stop(self) -> None:
        """Let whatever runs end soon. Any thread may say so."""
        self._unwanted = True

    def close(self) -> None:
        """End the read transaction and close the connection; can be called twice."""
        with self._lock:
            self._pieces = iter(())
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _counted(self, found: Iterator[Record]) -> Iterator[Record]:
        for record in found:
            self.delivered.rows += 1
            yield record

    def _is_over(self) -> bool:
        return self._unwanted or time.monotonic() > self._until
