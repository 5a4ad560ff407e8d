"""SQL of one's own: whatever it asks for, memory stays below a bound, and it is said why."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from sqlite3 import OperationalError

import pytest

from publish.datasette.own_sql import MOST_MEMORY, OwnQuery, OwnSql
from tests.publish.conftest import Get

MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
#: Queries that take much, with a part of what is said of each; empty: an answer will do as well.
GREEDY = {
    "a value": ("SELECT zeroblob(300000000)", "too big"),
    "columns": (f"SELECT {', '.join(['hex(zeroblob(7900000))'] * 20)}", "memory"),
    "one value in many columns": (
        f"SELECT {', '.join('x' * 40)} FROM (SELECT hex(zeroblob(7900000)) x)",
        "memory",
    ),
    "wide letters": (
        "SELECT char(128512) || hex(zeroblob(7000000)), hex(zeroblob(7000000)) || char(128512)",
        "",
    ),
    "control characters": (
        "SELECT replace(hex(zeroblob(2500000)), '0', char(1))",
        "",
    ),
    "rows": (f"{MANY} SELECT hex(zeroblob(40000)) FROM n", "larger than 24 MB"),
    "a sort": (
        f"{MANY} SELECT i, randomblob(4000000) r FROM n WHERE i < 60 ORDER BY r",
        "",
    ),
    "distinct values": (
        f"{MANY} SELECT count(DISTINCT randomblob(4000000)) FROM n LIMIT 1",
        "",
    ),
    "a list": (f"{MANY} SELECT json_group_array(hex(zeroblob(4000))) FROM n", ""),
    "lists of lists": (
        f"{MANY} SELECT json_group_array(i) FILTER (WHERE i > 0), "
        "group_concat(hex(zeroblob(2000))), group_concat(hex(zeroblob(2100))) FROM n",
        "",
    ),
    "JSON": (
        "SELECT json_array_length('[' || replace(hex(zeroblob(3900000)), '0', '1,') || '1]')",
        "",
    ),
    "many columns": (f"SELECT {', '.join(['randomblob(300000)'] * 500)}", "too many columns"),
    "long SQL": (f"SELECT {'+'.join(['1'] * 60_000)}", "too large"),
    "one step without end": (
        "SELECT instr(hex(zeroblob(7000000)), hex(zeroblob(3000000)) || '1')",
        "took too long",
    ),
    "no end": (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n",
        "interrupted",
    ),
}


@pytest.fixture(scope="module")
def own_sql() -> Iterator[OwnSql]:
    made = OwnSql((("twice", 1, str.title),))
    yield made
    made.close()


def query(path: Path, sql: str) -> OwnQuery:
    return OwnQuery(f"{path.as_uri()}?mode=ro", sql, {}, 5001, 1.0)


def _child_peak() -> int:
    """The most bytes that the process for SQL has had."""
    for children in Path("/proc/self/task").glob("*/children"):
        for child in children.read_text().split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                status = Path(f"/proc/{child}/status").read_text()
                return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    raise AssertionError("no process for SQL")


@pytest.mark.parametrize("case", GREEDY)
def test_memory_is_bounded(own_sql: OwnSql, archive: Path, case: str) -> None:
    sql, why = GREEDY[case]
    refusal = ""
    try:
        own_sql.run(query(archive, sql))
    except OperationalError as error:
        refusal = str(error)
    assert why in refusal
    if "took" not in why:
        assert _child_peak() < MOST_MEMORY + 100_000_000


def test_rows_are_those_of_sqlite(own_sql: OwnSql, archive: Path) -> None:
    rows, described = own_sql.run(
        query(archive, "SELECT 1 AS \"a\"\"b\", twice('x') AS t, x'00ff' AS z, NULL AS n, 1.5")
    )
    assert [column[0] for column in described.description] == ['a"b', "t", "z", "n", "1.5"]
    assert tuple(rows[0]) == (1, "X", b"\0\xff", None, 1.5)
    assert rows[0]["t"] == "X"


def test_a_process_that_dies_is_started_again(archive: Path) -> None:
    dying = OwnSql((("die", 1, os._exit),))
    with pytest.raises(OperationalError, match="was ended"):
        dying.run(query(archive, "SELECT die(9)"))
    assert tuple(dying.run(query(archive, "SELECT 1"))[0][0]) == (1,)
    dying.close()


def test_pages_answer_as_before(get: Get) -> None:
    """Named columns, filters by SQL, facets of them, parameters, too long, wrong."""
    answer = get("/archive.json?sql=select+id,+title+from+questions+where+id=:p&p=1&_shape=objects")
    assert answer.json()["rows"][0]["id"] == 1
    answer = get("/archive/questions.json?_where=id+<+3&_facet=status&_labels=on")
    assert [row["id"] for row in answer.json()["rows"]] == [1, 2]
    assert answer.json()["facet_results"]["status"]["results"]
    assert get("/archive/questions?_where=id+<+3").status_code == 200
    rows = get("/archive.csv?sql=select+id+from+questions+order+by+id+limit+2").text
    assert rows.split() == ["id", "1", "2"]
    refused = get("/archive.json?sql=select+zeroblob(300000000)")
    assert (refused.status_code, "16 MB" in refused.text) == (400, True)
    refused = get("/archive/questions.json?_where=nosuchcolumn=1")
    assert (refused.status_code, "nosuchcolumn" in refused.text) == (400, True)


def test_a_long_record_is_shown(archive: Path, own_sql: OwnSql) -> None:
    with sqlite3.connect(":memory:") as memory:
        (longest,) = memory.execute("SELECT hex(zeroblob(7000000))").fetchone()
    rows, _ = own_sql.run(query(archive, "SELECT hex(zeroblob(7000000))"))
    assert rows[0][0] == longest
