"""The dictionary describes the schema as it is, no more and no less."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlite_utils import Database

from pipelines.db.schema import migrations
from publish.data.dictionary import BY_NAME, TABLES, Table, data_dictionary
from publish.data.queries import QUERIES
from publish.datasette.metadata import metadata


@pytest.fixture(scope="module")
def schema() -> Iterator[Database]:
    database = Database(memory=True)
    migrations.apply(database)
    yield database
    database.close()


def test_every_table_and_view_is_described(schema: Database) -> None:
    real = {
        name
        for name in schema.table_names() + schema.view_names()
        if not name.startswith(("questions_fts_", "sqlite_"))
    }
    assert set(BY_NAME) == real
    assert {table.name for table in TABLES if table.view} == set(schema.view_names())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_described_in_order(schema: Database, table: Table) -> None:
    real = [row[1] for row in schema.execute(f"PRAGMA table_info([{table.name}])").fetchall()]
    assert list(table.columns) == real
    assert all(len(meaning) > 5 and meaning.endswith(".") for meaning in table.columns.values())
    assert {*table.facets, *table.sortable} <= set(real)
    assert table.label is None or table.label in real


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_sorting_has_an_index(schema: Database, table: Table) -> None:
    for column in table.sortable:
        plan = schema.execute(
            f"EXPLAIN QUERY PLAN SELECT * FROM [{table.name}] ORDER BY [{column}] LIMIT 9"
        ).fetchall()
        assert not any("TEMP B-TREE" in row[3] for row in plan), (table.name, column)


def test_plumbing_is_hidden() -> None:
    tables = metadata()["databases"]["archive"]["tables"]
    hidden = {name for name, about in tables.items() if about.get("hidden")}
    assert hidden == {"questions_fts", "_sqlite_migrations", "_warc_files"}


def test_canned_queries_are_enough_and_bounded() -> None:
    assert len({query.name for query in QUERIES}) == len(QUERIES) >= 10
    for query in QUERIES:
        assert query.title
        assert query.description.endswith(".")
        few = ("year", "site", "length", "age")  # one row for each
        assert "LIMIT" in query.sql or any(word in query.name for word in few)
        for name, hint in query.params:
            assert f":{name}" in query.sql
            assert hint


def test_the_data_dictionary_is_markdown_of_all_of_it() -> None:
    text = data_dictionary()
    for table in TABLES:
        assert (f"## `{table.name}`" in text) is not table.plumbing
    assert "| `source_id` | The site's own number" in text


def test_metadata_is_fresh_each_time() -> None:
    metadata()["databases"].clear()
    assert metadata()["databases"]
