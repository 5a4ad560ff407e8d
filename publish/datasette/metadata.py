"""Datasette's metadata, made from the data dictionary and the canned queries."""

from __future__ import annotations

from typing import Any

from publish.data.canned import CannedQuery
from publish.data.dictionary import FTS, QUESTIONS, TABLES, Table
from publish.data.queries import QUERIES
from publish.datasette.database import NAME

TITLE = "Housecall"
DESCRIPTION = (
    "An archive of health questions that people asked, and of the answers that experts gave. "
    "Each record leads back to the capture it was read from."
)
RIGHTS = (
    "The software is open. The archived texts belong to their authors and publishers and are "
    "shown for research and private study. They are a record of their time and no medical advice."
)


def metadata() -> dict[str, Any]:
    """A fresh copy: Datasette writes into what it is given."""
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "license": "Rights remain with the authors and publishers of the archived pages",
        "databases": {
            NAME: {
                "title": "The archive as data",
                "description": DESCRIPTION,
                "tables": {table.name: _table(table) for table in TABLES},
                "queries": {query.name: _query(query) for query in QUERIES},
            }
        },
    }


def _table(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {
        "title": table.title,
        "description": table.description,
        "columns": dict(table.columns),
    }
    if table.label:
        found["label_column"] = table.label
    if table.facets:
        found["facets"] = list(table.facets)
    if table.sortable:
        # Only columns with an index: sorting by another would read the whole table.
        found["sortable_columns"] = list(table.sortable)
    if table.name == QUESTIONS.name:
        # Datasette finds an index by itself only if its SQL is quoted in one certain way.
        found |= {"fts_table": FTS.name, "fts_pk": "id"}
    if table.plumbing:
        found["hidden"] = True
    return found


def _query(query: CannedQuery) -> dict[str, Any]:
    return {
        "title": query.title,
        "description": query.description,
        "sql": query.sql.strip(),
        "params": [name for name, _ in query.params],
        "hide_sql": True,
    }
