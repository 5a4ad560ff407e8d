"""Datasette's metadata: tables.yaml and queries.yaml as one."""

from __future__ import annotations

from typing import Any

from publish.data.dictionary import read_yaml

_SITE = read_yaml("tables.yaml")
TITLE: str = _SITE["title"]
DESCRIPTION: str = _SITE["description"]
RIGHTS: str = _SITE["rights"]


def metadata() -> dict[str, Any]:
    """Return a fresh copy, without our own keys: Datasette writes into what it is given."""
    site = read_yaml("tables.yaml")
    del site["rights"]
    archive = site["databases"]["archive"]
    for table in archive["tables"].values():
        table.pop("view", None)
    archive["queries"] = {
        name: {**query, "params": list(query.get("params", ())), "hide_sql": True}
        for name, query in read_yaml("queries.yaml").items()
    }
    return site
