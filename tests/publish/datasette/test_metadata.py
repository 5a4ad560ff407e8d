"""The dictionary describes the schema as it is, no more and no less."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlite_utils import Database

from pipelines.db.connection import migrations
from publish.data.dictionary import QUERIES, TABLES, Table, data_dictionary
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
    assert set(TABLES) == real
    assert {table.name for table in TABLES.values() if table.view} == set(schema.view_names())


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_is_described_in_order(schema: Database, table: Table) -> None:
    real = [row[1] for row in schema.execute(f"PRAGMA table_info([{table.name}])").fetchall()]
    assert list(table.columns) == real
    assert all(len(meaning) > 5 and meaning.endswith(".") for meaning in table.columns.values())
    entry = metadata()["databases"]["archive"]["tables"][table.name]
    named = {*entry.get("facets", ()), *entry.get("sortable_columns", ())}
    assert named | {entry.get("label_column", real[0])} <= set(real)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_sorting_has_an_index(schema: Database, table: Table) -> None:
    entry = metadata()["databases"]["archive"]["tables"][table.name]
    for column in entry.get("sortable_columns", ()):
        plan = schema.execute(
            f"EXPLAIN QUERY PLAN SELECT * FROM [{table.name}] ORDER BY [{column}] LIMIT 9"
        ).fetchall()
        assert not any("TEMP B-TREE" in row[3] for row in plan), (table.name, column)


def test_tables_of_the_software_are_hidden() -> None:
    tables = metadata()["databases"]["archive"]["tables"]
    hidden = {name for name, about in tables.items() if about.get("hidden")}
    assert hidden == {
        "questions_fts",
        "_sqlite_migrations",
        "_warc_files",
        "_declarations",
        "_withheld_words",
    }


def test_canned_queries_are_enough_and_bounded() -> None:
    assert len(QUERIES) >= 10
    for query in QUERIES.values():
        assert query.title
        assert query.description.endswith(".")
        few = ("year", "site", "length", "age")  # one row for each
        assert "LIMIT" in query.sql or any(word in query.name for word in few)
        for name, hint in query.params.items():
            assert f":{name}" in query.sql
            assert hint


def test_the_data_dictionary_is_markdown_of_all_of_it() -> None:
    text = data_dictionary()
    for table in TABLES.values():
        assert (f"## `{table.name}`" in text) is not table.hidden
    assert "| `source_id` | The site's own id" in text


def test_metadata_is_fresh_each_time() -> None:
    metadata()["databases"].clear()
    assert metadata()["databases"]
