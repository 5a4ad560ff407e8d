"""The archive as Datasette opens it: read-only, beside a writer, never stale.

Datasette asks the same small questions on every page: how many rows, how many in each
facet, which columns, which keys. On a large archive those take most of a page's time. The
answers can only change when somebody commits, and SQLite says when that happens: the value
of ``PRAGMA data_version`` changes on a connection as soon as another connection has
committed. So small results are remembered until it changes, and no longer. The version is
read before the query runs, hence an answer can be newer than its version but never older.

A rebuild puts a new file in the place of the old one. Connections to the old file would go
on showing it for ever, so each is dropped once the path leads to another file.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable, Hashable
from math import inf
from pathlib import Path
from sqlite3 import Connection, Cursor, Error, OperationalError, Row
from typing import TYPE_CHECKING, Any, TypeVar

from datasette.database import Database, QueryInterrupted, Results

from pipelines.db.connection import open_read_only, read_only_uri
from publish.datasette.own_sql import BRINGS_SQL, Functions, OwnQuery, OwnSql
from publish.datasette.site_cache import MISSING, CachePart
from publish.datasette.snapshot_mark import is_snapshot

if TYPE_CHECKING:
    from datasette.app import Datasette

T = TypeVar("T")
#: A value that is different after every commit to a file.
Version = tuple[Hashable, ...]

#: The name that web addresses have (``/archive/``), whatever the file is called.
NAME = "archive"

# What is worth remembering is small: counts, facets, labels, the shape of tables. Texts are
# not: they are cheap to read and would fill the memory.
LARGEST_CELLS = 512
LARGEST_TEXT = 400

#: Bytes of all texts that a query of Datasette's pages may answer.
LARGEST_ANSWER = 32_000_000

# The result of such SQL depends on more than the archive's content.
_CHANGEABLE = re.compile(r"random|current_|\bnow\b|date\s*\(|time|julianday|changes", re.I)


def read_only(path: Path, *, timeout: float = 5.0) -> Connection:
    """Return a connection to a file that another thread may close.

    The archive of a snapshot is opened as immutable: nobody writes it, so nothing is locked.

    :raises sqlite3.Error: the file cannot be opened
    """
    # Of a snapshot the path is a link, which may lead elsewhere a moment later.
    file = path.resolve()
    return open_read_only(file, immutable=is_snapshot(file), timeout=timeout, same_thread=False)


class BoundedRows:
    """A row factory of SQLite that ends a query once its answer is larger than allowed."""

    def __init__(self) -> None:
        self._cursor: Cursor | None = None
        self._size = 0

    def __call__(self, cursor: Cursor, values: tuple[Any, ...]) -> Row:
        """Return a row.

        :raises sqlite3.OperationalError: the rows of this cursor are more than LARGEST_ANSWER bytes
        """
        if cursor is not self._cursor:
            self._cursor, self._size = cursor, 0
        self._size += sum(len(value) for value in values if isinstance(value, str | bytes))
        if self._size > LARGEST_ANSWER:
            raise OperationalError(
                f"the answer is larger than {LARGEST_ANSWER // 1_000_000} MB: ask for fewer rows"
            )
        return Row(cursor, values)


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
        """Return which file the path leads to now.

        :raises OSError: to none
        """
        stat = self._path.stat()
        return (stat.st_dev, stat.st_ino)

    def version(self) -> Version:
        """Return a value that is different after every commit, and where it cannot be known."""
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
        """Close the file."""
        with self._lock:
            if self._held:
                self._held[1].close()
            self._held = None


def _remembered(name: str) -> Callable[..., Awaitable[Any]]:
    """Return Datasette's own method, with its results remembered until the next commit."""
    method = getattr(Database, name)

    async def remembered(self: ArchiveDatabase, *arguments: str) -> Any:
        return await self.remember((name, *arguments), lambda: method(self, *arguments))

    return remembered


class ArchiveDatabase(Database):  # type: ignore[misc]  # Datasette has no type hints
    """Datasette's :class:`Database` with a memory that a commit empties.

    :param datasette: the application that it belongs to
    :param path: the SQLite file, opened read-only
    :param functions: what SQL may call beside SQLite's own functions
    """

    def __init__(self, datasette: Datasette, path: Path, functions: Functions = ()) -> None:
        super().__init__(datasette, path=str(path), is_mutable=True)
        self._own_sql = OwnSql(functions)
        self._file = path
        self._local = threading.local()
        self._memory: tuple[Version, CachePart] = ((), CachePart())
        self._watched = Watch(path)

    def version(self) -> Version:
        """Return a value that is different after every commit, whoever makes it."""
        return self._watched.version()

    async def remember(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """``await make()``, or what it gave for this key since the last commit."""
        version = self.version()
        if version != self._memory[0]:
            self._memory[1].clear()
            self._memory = (version, CachePart())
        memory = self._memory[1]
        if (value := memory.find(key)) is MISSING:
            value = await make()
            if not isinstance(value, Results) or _is_small(value):
                memory.store(key, value)
        return value

    async def execute(
        self,
        sql: str,
        params: Any = None,
        truncate: bool = False,
        custom_time_limit: int | None = None,
        page_size: int | None = None,
        log_sql_errors: bool = True,
    ) -> Results:
        """As Datasette's own, from memory where the same was asked since the last commit.

        What a person's own SQL asks is run apart from this process.
        """

        async def run() -> Results:
            if BRINGS_SQL.get():
                seconds = min(custom_time_limit or inf, self.ds.sql_time_limit_ms) / 1000
                return await self._run_apart(sql, params, truncate, page_size, seconds)
            # Whoever asked sees the error of their SQL; what people ask for is not logged.
            return await super(ArchiveDatabase, self).execute(
                sql, params, truncate, custom_time_limit, page_size, log_sql_errors=False
            )

        values = _plain(params)
        if values is None or _CHANGEABLE.search(sql):
            return await run()
        return await self.remember((sql, values, truncate, page_size), run)

    async def _run_apart(
        self, sql: str, params: Any, truncate: bool, page_size: int | None, seconds: float
    ) -> Results:
        most = self.ds.max_returned_rows
        if most == (page_size or self.ds.page_size):
            most += 1  # as Datasette does, to see whether there is a next page
        file = self._file.resolve()
        query = OwnQuery(
            read_only_uri(file, immutable=is_snapshot(file)),
            sql,
            dict(params or {}) if not isinstance(params, list | tuple) else tuple(params),
            most + 1 if truncate else None,
            seconds,
        )
        try:
            rows, cursor = await asyncio.to_thread(self._own_sql.run, query)
        except OperationalError as error:
            if error.args == ("interrupted",):
                raise QueryInterrupted(error, sql, params) from error
            raise
        truncated = truncate and len(rows) > most
        return Results(rows[:most] if truncated else rows, truncated, cursor.description)

    def close(self) -> None:
        """Close all connections, and end the process for SQL."""
        self._own_sql.close()
        super().close()

    async def execute_fn(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` with this thread's connection to the file that is there now."""
        executor = self.ds.executor
        if executor is None:
            return fn(self._connection())
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(executor, lambda: fn(self._connection()))

    def connect(self, write: bool = False) -> Connection:
        """Open the file for reading, as immutable if it is a snapshot; never for writing."""
        if write:
            raise PermissionError("the archive is opened for reading only")
        connection = read_only(self._file)
        self._all_file_connections.append(connection)
        return connection

    def _connection(self) -> Connection:
        identity = self._watched.identity()
        file, connection = getattr(self._local, "opened", (None, None))
        if file != identity or connection is None:
            if connection is not None:
                self._all_file_connections.remove(connection)
                connection.close()
                self._local.opened = (None, None)
            connection = self.connect()
            self.ds._prepare_connection(connection, self.name)
            self._local.opened = (identity, connection)
        return connection

    # Datasette asks for the shape of the tables many times a page, by these methods.

    table_columns = _remembered("table_columns")
    table_column_details = _remembered("table_column_details")
    primary_keys = _remembered("primary_keys")
    fts_table = _remembered("fts_table")
    foreign_keys_for_table = _remembered("foreign_keys_for_table")
    get_all_foreign_keys = _remembered("get_all_foreign_keys")
    _hidden_table_names = _remembered("hidden_table_names")

    async def hidden_table_names(self) -> Any:
        # A copy: Datasette adds to the list that it gets.
        return list(await self._hidden_table_names())


def _plain(params: Any) -> tuple[Hashable, ...] | None:
    """Return the parameters as a key, or None for those that compute their values when read."""
    if params is None:
        return ()
    if type(params) is dict:
        return tuple(sorted((str(name), _typed(value)) for name, value in params.items()))
    if type(params) in (list, tuple):
        return tuple(_typed(value) for value in params)
    return None


def _typed(value: Any) -> tuple[str, str]:
    # 1, 1.0, True and "1" are equal or alike to Python, but not to SQLite.
    return (type(value).__name__, repr(value))


def _is_small(results: Results) -> bool:
    if len(results.rows) * len(results.columns) > LARGEST_CELLS:
        return False
    return all(
        not isinstance(cell, str | bytes) or len(cell) <= LARGEST_TEXT
        for row in results.rows
        for cell in row
    )
