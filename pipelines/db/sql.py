"""Statements over many rows at once.

Each statement that touches a full-text index ends with a flush of it, so that one INSERT of
a hundred rows costs half of a hundred INSERTs. SQLite takes 32,766 parameters a statement.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

_MAX_PARAMETERS = 16_000
_MAX_ROWS = 250


def insert_many(
    connection: sqlite3.Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    tail: str = "",
) -> None:
    """Insert rows with as few statements as can be; ``tail`` is an ON CONFLICT clause."""
    places = f"({','.join('?' * len(columns))})"
    head = f"INSERT INTO {table} ({','.join(columns)}) VALUES "
    for chunk in chunks(rows, min(_MAX_ROWS, _MAX_PARAMETERS // len(columns))):
        statement = f"{head}{','.join([places] * len(chunk))} {tail}"
        connection.execute(statement, [value for row in chunk for value in row])


def select_in(
    connection: sqlite3.Connection, query: str, keys: Iterable[Any]
) -> Iterator[tuple[Any, ...]]:
    """Run a query whose ``{}`` stands for a list of keys, in as few statements as can be.

    :param keys: values; or tuples of them, for ``VALUES {}``
    """
    for chunk in chunks(keys, _MAX_ROWS):
        if isinstance(chunk[0], tuple):
            mark = f"({','.join('?' * len(chunk[0]))})"
            values = [value for key in chunk for value in key]
        else:
            mark, values = "?", chunk
        yield from connection.execute(query.replace("{}", ",".join([mark] * len(chunk))), values)


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of up to ``size`` items, in order."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
