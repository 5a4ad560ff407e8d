"""One export: a connection of its own, one moment of the archive, and a count that must agree."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from sqlite3 import Connection
from threading import Lock

from publish.export.export_formats import ExportFormat
from publish.export.fields import QUESTIONS, ExportTable
from publish.export.rows import (
    ExportError,
    Record,
    count_answers,
    prepare_connection,
    read_answers,
    read_questions,
)
from publish.search.request import SearchRequest
from publish.search.selection import select

# Steps of SQLite's machine between two checks whether the export is over.
_STEPS = 20_000


class Export:
    """The questions of a search request or their answers, in a format, piece by piece.

    All is read in one read transaction, so that the number of rows, which is announced first,
    and the rows are of one moment. The calls may come from several threads, one after the
    other, but not from the event loop's: they wait for SQLite.

    :param connect: opens a connection to the archive, for this export alone
    :param seconds: after so many it ends, as a read transaction that stays open keeps the
        write-ahead log of a crawl from being emptied
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        request: SearchRequest,
        form: ExportFormat,
        table: ExportTable = QUESTIONS,
        *,
        seconds: float = float("inf"),
    ) -> None:
        self._connect = connect
        self._request = request
        self.format = form
        self.table = table
        self._until = time.monotonic() + seconds
        self._stopped = False
        self._lock = Lock()
        self._connection: Connection | None = None
        self._pieces: Iterator[bytes] = iter(())
        self._digest = hashlib.sha256()
        #: How many rows there are, and when the newest of the archive was captured.
        self.rows = 0
        self.newest = ""
        #: What was delivered so far: rows, and bytes.
        self.delivered_rows = 0
        self.size = 0

    @property
    def sha256(self) -> str:
        """The SHA-256 of all bytes delivered so far, in hex."""
        return self._digest.hexdigest()

    def open(self) -> None:
        """Begin the read transaction, select and count.

        :raises sqlite3.Error: the archive cannot be read
        """
        with self._lock:
            self._connection = connection = self._connect()
            prepare_connection(connection)
            connection.set_progress_handler(self._is_over, _STEPS)
            connection.execute("BEGIN")
            selection = select(connection, self._request)
            of_questions = self.table == QUESTIONS
            self.rows = (
                selection.count if of_questions else count_answers(connection, selection.ids())
            )
            row = connection.execute("SELECT max(last_captured_at) FROM questions").fetchone()
            self.newest = row[0] or ""
            read = read_questions if of_questions else read_answers
            records = self._counted(read(connection, selection.ids()))
            self._pieces = self.format.pieces(records, self.table.fields)

    def next(self) -> bytes | None:
        """Return the next piece, or None at the end, where the rows have been counted.

        :raises ExportError: the rows are not as many as announced, or time is up
        :raises sqlite3.Error: the archive cannot be read
        """
        with self._lock:
            if self._is_over():
                raise ExportError("it took too long, or nobody wants it any more")
            piece = next(self._pieces, None)
            if piece is not None:
                self.size += len(piece)
                self._digest.update(piece)
                return piece
        if self.delivered_rows != self.rows:
            raise ExportError(f"{self.rows} rows were announced, {self.delivered_rows} were read")
        return None

    def stop(self) -> None:
        """Have the call that runs end soon. Any thread may call this."""
        self._stopped = True

    def close(self) -> None:
        """End the read transaction and close the connection; can be called twice."""
        with self._lock:
            self._pieces = iter(())
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _counted(self, records: Iterator[Record]) -> Iterator[Record]:
        for record in records:
            self.delivered_rows += 1
            yield record

    def _is_over(self) -> bool:
        return self._stopped or time.monotonic() > self._until
