"""SQL that a person writes, run in a process whose memory is bounded.

What a query takes cannot be told from its text: sorts, aggregates and values that grow take
memory inside of SQLite, and a row takes it again in Python. SQLite's own limits are for one
value or for a whole process. So such queries have a process of their own, with a limit of the
kernel on its memory (RLIMIT_DATA, see setrlimit(2)) and on its temporary files. They run one
after the other, and whoever reads pages meanwhile does not notice.
"""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from contextvars import ContextVar
from dataclasses import dataclass
from json import dumps
from multiprocessing import get_context, parent_process
from pathlib import Path
from sqlite3 import Connection, Cursor, OperationalError, Row
from typing import Any

#: Whether the request that is being answered brings SQL.
BRINGS_SQL: ContextVar[bool] = ContextVar("BRINGS_SQL", default=False)

#: Bytes that a query may take, beside what the process has without one.
MOST_MEMORY = 160_000_000
#: Bytes of the longest value. A record of a page of 8 MB, the longest that is read, fits.
LONGEST_VALUE = 16_000_000
#: Bytes of an answer, as JSON.
LARGEST_ANSWER = 24_000_000
#: Bytes of a temporary file, for a sort or a table in between.
LARGEST_FILE = 500_000_000
#: All tables of the archive together have fewer.
MOST_COLUMNS = 200
LONGEST_SQL = 100_000
_CACHE_KB = 8_000
# Instructions of SQLite's machine between two looks at the clock: some 10 microseconds.
_STEPS = 100
# A single instruction may take for ever, as instr() does in long texts made for that.
_GRACE = 1.0

#: Name, number of arguments and function: what SQL may call beside SQLite's own.
Functions = Sequence[tuple[str, int, Callable[..., Any]]]
#: Rows, and the names of their columns.
Answer = tuple[list[tuple[Any, ...]], list[str]]


@dataclass(frozen=True, slots=True)
class OwnQuery:
    """A query: of which database (a URI of SQLite), how many rows at most, how long at most."""

    database: str
    sql: str
    parameters: Mapping[str, Any] | tuple[Any, ...]
    most_rows: int | None
    seconds: float


class OwnSql:
    """The process that runs queries; it is started by the first."""

    def __init__(self, functions: Functions = ()) -> None:
        self._functions = functions
        self._starting = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def run(self, query: OwnQuery) -> tuple[list[Row], Cursor]:
        """Return the rows of a query and a cursor that describes them. Blocks.

        :raises sqlite3.OperationalError: it is wrong or takes too much; "interrupted" says that
            it took too long
        """
        with self._starting:
            pool = self._pool = self._pool or ProcessPoolExecutor(
                1, get_context("spawn"), _begin, (self._functions,)
            )
        try:
            rows, names = pool.submit(_run, query).result()
        except BrokenProcessPool as error:
            with self._starting:
                self._pool = None if self._pool is pool else self._pool
            raise OperationalError("the query took too long or too much, and was ended") from error
        described = _describing(names)
        return [Row(described, row) for row in rows], described

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _describing(names: list[str]) -> Cursor:
    """Return a cursor whose rows would have these columns: sqlite3.Row wants to have it."""
    columns = ", ".join('0 AS "{}"'.format(name.replace('"', '""')) for name in names)
    return sqlite3.connect(":memory:").execute(f"SELECT {columns}")


_functions: Functions = ()


def _begin(functions: Functions) -> None:
    global _functions
    _functions = functions
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    statm = Path("/proc/self/statm")
    if statm.exists():  # Linux. Elsewhere the limits of SQLite are all that there is.
        most = int(statm.read_text().split()[5]) * resource.getpagesize() + MOST_MEMORY
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def _run(query: OwnQuery) -> Answer:
    """Run a query, in the process for it.

    :raises sqlite3.OperationalError: see :meth:`OwnSql.run`
    """
    signal.setitimer(signal.ITIMER_REAL, query.seconds + _GRACE)
    try:
        with closing(sqlite3.connect(query.database, uri=True)) as connection:
            _limit(connection, query.seconds)
            return _rows(connection.execute(query.sql, query.parameters), query.most_rows)
    except MemoryError:
        raise OperationalError(
            f"the query takes more than {MOST_MEMORY // 1_000_000} MB of memory"
        ) from None
    except sqlite3.DataError as error:
        raise OperationalError(
            f"{error} (a value may have {LONGEST_VALUE // 1_000_000} MB, SQL {LONGEST_SQL} bytes)"
        ) from None
    except sqlite3.Error as error:
        # Only its text: the error of a function of ours may be more than pickle can carry.
        written = str(error)
        if written == "disk I/O error":
            written += f" (a temporary file may have {LARGEST_FILE // 1_000_000} MB)"
        raise OperationalError(written) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _limit(connection: Connection, seconds: float) -> None:
    connection.execute("PRAGMA temp_store = FILE")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    connection.execute("PRAGMA query_only = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, LONGEST_SQL)
    connection.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, MOST_COLUMNS)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    for name, arguments, function in _functions:
        connection.create_function(name, arguments, function, deterministic=True)
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)


def _rows(cursor: Cursor, most: int | None) -> Answer:
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in cursor:
        size += len(dumps(row, default=bytes.hex))
        if size > LARGEST_ANSWER:
            raise OperationalError(
                f"the answer is larger than {LARGEST_ANSWER // 1_000_000} MB: ask for fewer rows "
                "or columns"
            )
        rows.append(row)
        if len(rows) == most:
            break
    return rows, [column[0] for column in cursor.description or ()]
