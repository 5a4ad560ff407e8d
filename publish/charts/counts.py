"""Counts that add up: of a range of row numbers, of a selection, or of all.

A count over a large archive takes longer than one read may take. Each SQL here counts
questions (or captures) of one range of row numbers, under keys; the counts of ranges are
added up. A question counts once under each of its topics, responders and institutions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from publish.data.dictionary import read_yaml

#: What was counted: from the key columns to the sums.
Counts = Mapping[tuple[Any, ...], tuple[int, ...]]
Counted = Sequence[tuple[tuple[Any, ...], tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Count:
    """SQL that counts, with ``{where}`` for a condition.

    ``keys`` is how many of its columns are keys: they come first, the others are sums.
    ``row`` is what ranges of row numbers are of, ``table`` the table that has them.
    """

    sql: str
    keys: int = 1
    row: str = "q.id"
    table: str = "questions"

    def within(self, condition: str) -> str:
        """Return the SQL for the rows for which a condition holds."""
        return self.sql.format(where=condition)


#: The parts of each count of ``counts.yaml``, by its name.
COUNTS: Mapping[str, tuple[Count, ...]] = {
    name: tuple(Count(**part) for part in parts) for name, parts in read_yaml("counts.yaml").items()
}


def count_range(
    connection: Connection, count: Count, after: int, size: int
) -> tuple[int | None, Counted]:
    """Count the next ``size`` rows whose numbers are above ``after``.

    :returns: the last number of these rows, None if there are no more; and what was counted
    """
    (last,) = connection.execute(
        f"SELECT max(id) FROM (SELECT id FROM {count.table} WHERE id > ? ORDER BY id LIMIT ?)",
        (after, size),
    ).fetchone()
    if last is None:
        return None, []
    condition = f"{count.row} > :after AND {count.row} <= :last"
    return last, count_where(connection, count, condition, {"after": after, "last": last})


def count_where(
    connection: Connection, count: Count, condition: str, params: Mapping[str, Any]
) -> Counted:
    """Count the rows for which a condition holds."""
    rows = connection.execute(count.within(condition), dict(params))
    return [(tuple(row[: count.keys]), tuple(row[count.keys :])) for row in rows]


def merge(parts: Iterable[Counted]) -> Counts:
    """Return the counts of several ranges as one."""
    total: dict[tuple[Any, ...], tuple[int, ...]] = {}
    for part in parts:
        for key, sums in part:
            before = total.get(key, (0,) * len(sums))
            total[key] = tuple(a + (b or 0) for a, b in zip(before, sums, strict=True))
    return total
