"""Facet counts that do not slow a page down.

Datasette counts each facet in a query of its own, and each time finds the matching rows
again. Here the rows are found once and all facets of the page are counted in that one pass;
the counts are remembered until the next commit. They are exact, filtered or not.

With nothing filtered, a query for each column is quicker, as the column's index alone
answers it. A filter by a facet is answered by that facet's index, which has the others
behind it. For any other filter the pass reads a covering index where the schema has one (its
first column is the key, and the others include all facets): the rows themselves are wide,
and the columns to count lie behind the texts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from sqlite3 import Connection, OperationalError
from typing import Any, cast

from datasette.database import QueryInterrupted
from datasette.facets import ColumnFacet
from datasette.utils import (
    escape_sqlite,
    path_with_added_args,
    path_with_removed_args,
    sqlite_timelimit,
)

from publish.datasette.database import ArchiveDatabase
from publish.datasette.own_sql import BRINGS_SQL

Counts = list[tuple[Any, int]]
Results = tuple[list[dict[str, Any]], list[str]]


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows that a table page is about: ``select ... from table where ...``."""

    table: str
    sql: str
    params: dict[str, Any]

    @property
    def where(self) -> str:
        """What follows the table's name; empty where nothing is filtered."""
        return self.sql.partition(f" from {escape_sqlite(self.table)} ")[2].strip()


def count_each(connection: Connection, rows: TableRows, columns: list[str]) -> dict[str, Counts]:
    """Return the values of each column and how many rows have them, most frequent first."""
    if not columns:
        return {}
    if not rows.where:
        return {column: _grouped(connection, rows, column) for column in columns}
    matches = _matching(connection, rows, columns)
    by_column = zip(*matches, strict=True) if matches else ((),) * len(columns)
    return {
        column: sorted(
            ((_decoded(value), n) for value, n in Counter(values).items() if value is not None),
            key=lambda pair: (-pair[1], str(type(pair[0])), pair[0]),
        )
        for column, values in zip(columns, by_column, strict=True)
    }


def _grouped(connection: Connection, rows: TableRows, column: str) -> Counts:
    name = escape_sqlite(column)
    sql = (
        f"select {name}, count(*) from ({rows.sql}) where {name} is not null "
        f"group by {name} order by 2 desc, 1"
    )
    return [tuple(row) for row in connection.execute(sql, rows.params)]


def _matching(connection: Connection, rows: TableRows, columns: list[str]) -> list[tuple[Any]]:
    names = ", ".join(map(escape_sqlite, columns))
    plain = f"select {names} from ({rows.sql})"
    index = _covering_index(connection, rows.table, columns)
    if index and not _is_index_alone(connection, plain, rows.params):
        hinted = (
            f"select {names} from {escape_sqlite(rows.table)} "
            f"indexed by {escape_sqlite(index)} {rows.where}"
        )
        try:
            return _tuples(connection, hinted, rows.params)
        except OperationalError as error:
            # A filter on a column outside the index cannot use it.
            if "no query solution" not in str(error):
                raise
    return _tuples(connection, plain, rows.params)


def _is_index_alone(connection: Connection, sql: str, params: dict[str, Any]) -> bool:
    """Return whether SQLite finds the rows by an index that has all that is wanted of them."""
    plan = connection.execute(f"explain query plan {sql}", params).fetchall()
    return len(plan) == 1 and "SEARCH" in plan[0][3] and "COVERING INDEX" in plan[0][3]


def _tuples(connection: Connection, sql: str, params: dict[str, Any]) -> list[tuple[Any]]:
    # Plain tuples, and texts still in bytes: there can be as many as the table has rows, and
    # only the few different texts need decoding (which Datasette does in Python).
    cursor = connection.cursor()
    cursor.row_factory = None
    decode = connection.text_factory
    connection.text_factory = bytes
    try:
        return cursor.execute(sql, params).fetchall()
    finally:
        connection.text_factory = decode


def _decoded(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _covering_index(connection: Connection, table: str, columns: list[str]) -> str | None:
    sql = (
        "select l.name, group_concat(i.name, char(0)) from pragma_index_list(:table) l, "
        "pragma_index_info(l.name) i where not l.partial group by l.name having "
        "count(*) > 1 and min(i.cid) = 0 and max(i.cid * (i.seqno = 0)) = 0"
    )
    for row in connection.execute(sql, {"table": table}):
        if set(columns) <= set(row[1].split("\0")):
            return str(row[0])
    return None


class ArchiveFacet(ColumnFacet):  # type: ignore[misc]  # Datasette has no type hints
    """Datasette's column facet, counted by :func:`count_each` on the archive."""

    async def facet_results(self) -> Results:
        database = self.ds.get_database(self.database)
        configs = {
            config["config"].get("column") or config["config"]["simple"]: config["source"]
            for config in reversed(self.get_configs())
        }
        if not isinstance(database, ArchiveDatabase) or not self.table or BRINGS_SQL.get():
            return cast(Results, await super().facet_results())
        known = await database.table_columns(self.table)
        columns = [column for column in reversed(configs) if column in known]
        try:
            counts = await self._counts(database, columns)
        except QueryInterrupted:
            return [], columns
        results = [
            await self._result(column, configs[column], counts[column]) for column in columns
        ]
        return results, []

    async def _counts(self, database: ArchiveDatabase, columns: list[str]) -> dict[str, Counts]:
        rows = TableRows(self.table, self.sql, dict(self.params))
        limit = self.ds.setting("facet_time_limit_ms")

        def read(connection: Connection) -> dict[str, Counts]:
            with sqlite_timelimit(connection, limit):
                try:
                    return count_each(connection, rows, columns)
                except OperationalError as error:
                    if error.args == ("interrupted",):
                        raise QueryInterrupted(error, rows.sql, rows.params) from error
                    raise

        async def make() -> dict[str, Counts]:
            return cast(dict[str, Counts], await database.execute_fn(read))

        key = ("facets", rows.sql, repr(sorted(rows.params.items())), tuple(columns))
        return cast(dict[str, Counts], await database.remember(key, make))

    async def _result(self, column: str, source: str, counts: Counts) -> dict[str, Any]:
        """Return the dictionary that Datasette's templates and JSON expect of a facet."""
        size = self.get_facet_size()
        shown = counts[:size]
        labels = await self.ds.expand_foreign_keys(
            self.database, self.table, column, [value for value, _ in shown]
        )
        return {
            "name": column,
            "type": self.type,
            "hideable": source != "metadata",
            "toggle_url": self.ds.urls.path(
                path_with_removed_args(self.request, {"_facet": column})
            ),
            "results": [
                self._value(column, value, count, labels.get((column, value), value))
                for value, count in shown
            ],
            "truncated": len(counts) > size,
        }

    def _value(self, column: str, value: Any, count: int, label: Any) -> dict[str, Any]:
        argument = f"{column}__exact" if column.startswith("_") else column
        selected = (argument, str(value)) in self.get_querystring_pairs()
        path = (
            path_with_removed_args(self.request, {argument: str(value)})
            if selected
            else path_with_added_args(self.request, {argument: value, "_next": None})
        )
        return {
            "value": value,
            "label": label,
            "count": count,
            "toggle_url": self.ds.absolute_url(self.request, self.ds.urls.path(path)),
            "selected": selected,
        }
