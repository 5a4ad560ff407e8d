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
        return self.sql.format(where=condition).strip()


YEARS = Count("""
SELECT q.year AS year, count(*) AS questions
FROM questions q
WHERE {where}
GROUP BY q.year""")

_BY_YEAR = """
SELECT {alias}.{name} AS {name}, q.year AS year, count(DISTINCT {alias}.question_id) AS {sum}
FROM {table} {alias}
JOIN questions q ON q.id = {alias}.question_id
WHERE {{where}}
GROUP BY {alias}.{name}, q.year"""


def _by_year(name: str, table: str, alias: str, sum: str) -> Count:
    sql = _BY_YEAR.format(name=name, table=table, alias=alias, sum=sum)
    return Count(sql, keys=2, row=f"{alias}.question_id")


TOPIC_YEARS = _by_year("topic_id", "question_topics", "qt", "questions")
RESPONDER_YEARS = _by_year("responder_id", "question_responders", "qr", "answers")
INSTITUTION_YEARS = _by_year("institution", "question_responders", "qr", "answers")

LENGTHS = Count("""
SELECT length(q.answer) AS characters, count(*) AS answers
FROM questions q
WHERE q.status = 'answered' AND {where}
GROUP BY length(q.answer)""")

# The first topic and the first person of a question stand in its own row, and in an index
# that alone has all that is wanted: most questions have no second. So all of the archive is
# counted by the first ones, and then the few others; the sum is what the SQL above counts.
_FIRST = """
SELECT q.{name} AS {name}, q.year AS year, count(*) AS questions
FROM questions q INDEXED BY questions_facets
WHERE q.{present} IS NOT NULL AND {{where}}
GROUP BY q.{name}, q.year"""
_FURTHER = """
SELECT l.{name} AS {name}, q.year AS year, count(DISTINCT l.question_id) AS questions
FROM {table} l
CROSS JOIN questions q INDEXED BY questions_facets ON q.id = l.question_id
WHERE l.position > 0 AND l.{name} IS NOT q.{name} AND {{where}}
GROUP BY l.{name}, q.year"""


def _first_and_further(name: str, table: str, present: str) -> tuple[Count, Count]:
    return (
        Count(_FIRST.format(name=name, present=present), keys=2),
        Count(_FURTHER.format(name=name, table=table), keys=2, row="l.question_id"),
    )


ALL_TOPIC_YEARS = _first_and_further("topic_id", "question_topics", "topic_id")
ALL_RESPONDER_YEARS = _first_and_further("responder_id", "question_responders", "responder_id")
ALL_INSTITUTION_YEARS = _first_and_further("institution", "question_responders", "responder_id")

COVERAGE = Count(
    """
SELECT q.site AS site, substr(q.first_captured_at, 1, 7) AS first_month, count(*) AS questions,
       sum(q.status = 'answered') AS answered, sum(q.answered_on IS NOT NULL) AS dated,
       sum(q.responder_id IS NOT NULL) AS with_responder, sum(q.topic_id IS NOT NULL) AS with_topic,
       sum(q.versions > 1) AS changed, sum(q.gone_at IS NOT NULL) AS gone,
       sum(q.confidence < 0.8) AS low_confidence
FROM questions q
WHERE {where}
GROUP BY q.site, 2""",
    keys=2,
)

CAPTURE_MONTHS = Count(
    """
SELECT substr(c.captured_at, 1, 7) AS month, c.status AS status, count(*) AS captures
FROM captures c
WHERE {where}
GROUP BY 1, 2""",
    keys=2,
    row="c.id",
    table="captures",
)


def last_of_range(connection: Connection, table: str, after: int, size: int) -> int | None:
    """Return the last row number of the next ``size`` rows after one; None if there are no more."""
    last: int | None = connection.execute(
        f"SELECT max(id) FROM (SELECT id FROM {table} WHERE id > ? ORDER BY id LIMIT ?)",
        (after, size),
    ).fetchone()[0]
    return last


def count_range(connection: Connection, count: Count, after: int, last: int) -> Counted:
    """Count the rows whose numbers are above ``after`` and up to ``last``."""
    condition = f"{count.row} > :after AND {count.row} <= :last"
    return count_where(connection, count, condition, {"after": after, "last": last})


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
