"""``datapackage.json``: what is in the folder, for machines (Data Package 2.0, datapackage.org)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from publish.datasette import metadata
from publish.export.fields import FIELDS, PARTS, ExportField
from publish.snapshot.descriptions import descriptions
from publish.snapshot.facts import Facts
from publish.snapshot.files import CHANGES, CSV, README, ListedFile
from publish.snapshot.snapshot_diff import KINDS

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

# Never null, but a page may have an empty one.
_MAY_BE_EMPTY = ("title", "question", "answer")


def datapackage(name: str, facts: Facts, files: Iterable[ListedFile]) -> dict[str, Any]:
    """Return the description, with the size and the digest of each file."""
    described = descriptions()["datapackage"]["files"]
    return {
        "$schema": PROFILE,
        "name": "housecall",
        "title": metadata.TITLE,
        "description": f"{metadata.DESCRIPTION} {metadata.RIGHTS}",
        "version": name,
        "created": facts.newest or "1970-01-01T00:00:00Z",
        "keywords": ["health", "questions and answers", "web archive", "WARC"],
        "licenses": [{"title": metadata.metadata()["license"], "path": README}],
        "sources": [{"title": site.name} for site in facts.sites],
        "resources": [
            _resource(file, described[file.name]) for file in files if file.name in described
        ],
    }


def _resource(file: ListedFile, described: dict[str, str]) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "name": described["name"],
        "path": file.name,
        **described,
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
    }
    schemas = {CSV: _questions_schema, CHANGES: _changes_schema}
    if file.name in schemas:
        resource |= {"type": "table", "schema": schemas[file.name]()}
    return resource


def _questions_schema() -> dict[str, Any]:
    """A Table Schema. An empty cell is an empty text or null."""
    return {
        "fields": [_field(field) for field in FIELDS],
        "primaryKey": ["site", "source_id"],
        "missingValues": [""],
    }


def _field(field: ExportField) -> dict[str, Any]:
    meaning = field.meaning
    if field.kind in PARTS:
        parts = "; ".join(f"{name}: {meant}" for name, meant in PARTS[field.kind].items())
        meaning = f"{meaning} Each is an object. {parts}"
    described: dict[str, Any] = {
        "name": field.name,
        "type": descriptions()["datapackage"]["types"][field.kind],
        "description": meaning,
    }
    if field.required and field.name not in _MAY_BE_EMPTY:
        described["constraints"] = {"required": True}
    return described


def _changes_schema() -> dict[str, Any]:
    change, *others = descriptions()["datapackage"]["changes"]
    meanings = "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items())
    change = change | {
        "description": f"{change['description']} {meanings}",
        "constraints": change["constraints"] | {"enum": list(KINDS)},
    }
    return {"fields": [change, *others], "missingValues": [""]}
