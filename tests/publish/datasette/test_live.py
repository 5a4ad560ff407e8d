"""Beside a writer: what is shown is what was committed, at once and never half."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from datasette.database import Database

from publish.datasette.column_facets import TableRows, count_each
from publish.datasette.database import NAME, ArchiveDatabase
from publish.serve import application
from tests.publish.archives import DIABETES, Archive, page, small

Fetch = Callable[[str], Awaitable[Any]]


def _run(archive: Path, steps: Callable[[Datasette, Fetch], Awaitable[None]]) -> None:
    site = application(archive)

    async def fetch(path: str) -> Any:
        response = await site.client.get(path)
        assert response.status_code == 200, (path, response.text)
        return response.json()

    asyncio.run(steps(site, fetch))  # type: ignore[arg-type]


COUNTS = "/archive/questions.json?_size=0"
SEARCHED = "/archive/questions.json?_size=0&_search=dawn"


def _seen(found: dict[str, Any]) -> tuple[int, int]:
    topics = found["facet_results"]["topic_id"]["results"]
    return found["filtered_table_rows_count"], sum(one["count"] for one in topics)


def test_counts_and_facets_follow_each_commit(tmp_path: Path) -> None:
    made = small(tmp_path / "a.db")

    async def steps(site: Datasette, fetch: Fetch) -> None:
        assert _seen(await fetch(COUNTS)) == (7, 7)
        before = _seen(await fetch(SEARCHED))
        assert _seen(await fetch(COUNTS)) == (7, 7)
        made.add(page(201, topics=(DIABETES,)))
        assert _seen(await fetch(COUNTS)) == (7, 7)
        made.commit()
        assert _seen(await fetch(COUNTS)) == (8, 8)
        assert _seen(await fetch(SEARCHED)) == (before[0] + 1, before[1] + 1)
        front = await site.client.get("/")
        assert "8</strong> questions" in front.text

    _run(made.path, steps)
    made.close()


def test_the_same_is_not_asked_twice_between_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = small(tmp_path / "a.db")
    asked: list[str] = []
    execute = Database.execute

    async def noted(self: Database, sql: str, *more: Any, **named: Any) -> Any:
        asked.append(sql)
        return await execute(self, sql, *more, **named)

    monkeypatch.setattr(Database, "execute", noted)

    async def steps(site: Datasette, fetch: Fetch) -> None:
        await fetch(COUNTS)
        assert [sql for sql in asked if "count(*) from questions" in sql]
        asked.clear()
        await fetch(COUNTS)
        assert not [sql for sql in asked if "count(*) from questions" in sql]
        made.add(page(202))
        made.commit()
        await fetch(COUNTS)
        assert [sql for sql in asked if "count(*) from questions" in sql]

    _run(made.path, steps)
    made.close()


def test_changeable_sql_is_never_remembered(tmp_path: Path) -> None:
    made = small(tmp_path / "a.db")

    async def steps(site: Datasette, fetch: Fetch) -> None:
        sql = "/archive.json?_shape=arrays&sql=select+hex(randomblob(16))"
        assert (await fetch(sql))["rows"] != (await fetch(sql))["rows"]
        typed = [
            (await fetch(f"/archive.json?_shape=arrays&sql=select+typeof({value})"))["rows"]
            for value in ("1", "1.0", "'1'")
        ]
        assert typed == [[["integer"]], [["real"]], [["text"]]]

    _run(made.path, steps)
    made.close()


def test_a_rebuilt_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    small(tmp_path / "archive.db").close()
    rebuilt = Archive(tmp_path / "new.db")
    rebuilt.add(page(301, title="Only one"))
    rebuilt.close()

    async def steps(site: Datasette, fetch: Fetch) -> None:
        for _ in range(8):
            assert _seen(await fetch(COUNTS))[0] == 7
        for side in ("-wal", "-shm"):
            (tmp_path / f"archive.db{side}").unlink(missing_ok=True)
        os.replace(tmp_path / "new.db", tmp_path / "archive.db")  # noqa: PTH105
        for _ in range(8):
            assert _seen(await fetch(COUNTS))[0] == 1
        assert "Only one" in (await site.client.get("/q/netwellness/301")).text

    _run(tmp_path / "archive.db", steps)


def test_a_writer_in_the_middle_of_a_transaction_disturbs_nobody(tmp_path: Path) -> None:
    made = small(tmp_path / "a.db")

    async def steps(site: Datasette, fetch: Fetch) -> None:
        with closing(sqlite3.connect(made.path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("UPDATE questions SET status = 'x', title = 'half done'")
            found = await fetch("/archive/questions.json?_shape=objects&_size=20")
            assert not [row for row in found["rows"] if row["title"] == "half done"]
            assert "half done" not in (await site.client.get("/q/netwellness/101")).text
            writer.execute("ROLLBACK")

    _run(made.path, steps)
    made.close()


def test_facets_counted_in_one_pass_are_those_that_sql_counts(archive: Path) -> None:
    columns = ["topic_id", "responder_id", "institution", "year", "status"]
    filters: list[tuple[str, dict[str, Any]]] = [
        ("", {}),
        ("where status = :p0 ", {"p0": "answered"}),
        ("where answer like :p0 ", {"p0": "%blood%"}),
        (
            "where id in (select rowid from questions_fts where questions_fts match :s) ",
            {"s": "sleep"},
        ),
        ("where topic_id = :p0 and year > :p1 ", {"p0": 1, "p1": "2000"}),
    ]
    with closing(sqlite3.connect(archive)) as connection:
        for index in ("", "CREATE INDEX i ON questions(id, " + ", ".join(columns) + ")"):
            connection.execute(index)
            for where, params in filters:
                rows = TableRows("questions", f"select * from questions {where}", params)
                counted = count_each(connection, rows, columns)
                for column in columns:
                    plain = connection.execute(
                        f"SELECT {column}, count(*) FROM ({rows.sql}) "
                        f"WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
                        params,
                    ).fetchall()
                    assert counted[column] == plain, (where, column)
        connection.execute("DROP INDEX i")


def test_an_unreadable_version_is_equal_to_no_other(tmp_path: Path) -> None:
    made = small(tmp_path / "a.db")
    site = application(made.path)
    database = site.get_database(NAME)
    assert isinstance(database, ArchiveDatabase)
    assert database.version() == database.version()
    made.close()
    made.path.rename(tmp_path / "b.db")
    assert database.version() != database.version()
