"""What every table and column of archive.db means, and the canned queries.

Both are data in the form of Datasette's metadata: ``tables.yaml`` and ``queries.yaml`` beside
this module. They feed that metadata (:mod:`publish.datasette.metadata`), the data dictionary of
the documentation (:func:`data_dictionary`), the exports' fields and the headings of pages.
``export_fields.yaml`` (:mod:`publish.export.fields`) and ``counts.yaml``
(:mod:`publish.charts.counts`) are beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

# libyaml is ten times as fast, and part of the usual wheels.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view: ``columns`` maps each column to its meaning, in schema order.

    ``facets`` names columns. A ``hidden`` table exists for the software alone.
    """

    name: str
    title: str
    description: str
    columns: Mapping[str, str]
    view: bool = False
    hidden: bool = False
    facets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CannedQuery:
    """A canned query. ``params`` maps each parameter to the hint that the form shows."""

    name: str
    title: str
    description: str
    sql: str
    params: Mapping[str, str] = field(default_factory=dict)


def read_yaml(name: str) -> dict[str, Any]:
    """Return a fresh copy of what a YAML file beside this module says.

    :raises OSError: there is no such file
    """
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.load(text, _LOADER)
    return content


def _typed(kind: type[Any], entries: Mapping[str, Mapping[str, Any]]) -> Any:
    """The entries of a file as values, by name; keys that ``kind`` has no field for are left."""
    names = {member.name for member in fields(kind)}
    return MappingProxyType(
        {
            name: kind(name=name, **{key: entry[key] for key in names & entry.keys()})
            for name, entry in entries.items()
        }
    )


_ARCHIVE = read_yaml("tables.yaml")["databases"]["archive"]
TABLES: Mapping[str, Table] = _typed(Table, _ARCHIVE["tables"])
QUERIES: Mapping[str, CannedQuery] = _typed(CannedQuery, read_yaml("queries.yaml"))


def data_dictionary() -> str:
    """Return the data dictionary as Markdown: a section and a table of columns for each table."""
    return "\n\n".join(_section(table) for table in TABLES.values() if not table.hidden) + "\n"


def _section(table: Table) -> str:
    rows = "\n".join(
        f"| `{name}` | {meaning.replace('|', chr(92) + '|')} |"
        for name, meaning in table.columns.items()
    )
    return (
        f"## `{table.name}`: {table.title}{' (a view)' if table.view else ''}\n\n"
        f"{table.description}\n\n"
        f"| column | meaning |\n|---|---|\n{rows}"
    )
