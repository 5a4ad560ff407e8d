"""``datapackage.json``: what is in the folder, for machines (Data Package 2.0, datapackage.org)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from publish.datasette import metadata
from publish.export.fields import FIELDS, PARTS, ExportField
from publish.snapshot.facts import Facts
from publish.snapshot.files import ARCHIVE, CHANGES, CSV, JSONL, PARQUET, README, ListedFile
from publish.snapshot.snapshot_diff import KINDS

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

_TYPES = {
    "text": "string",
    "date": "date",
    "moment": "datetime",
    "integer": "integer",
    "number": "number",
    "texts": "array",
    "people": "array",
    "links": "array",
}
# Never null, but a page may have an empty one.
_MAY_BE_EMPTY = ("title", "question", "answer")
_ABOUT = {
    ARCHIVE: (
        "archive",
        "The whole archive as a SQLite database, with versions, captures and full-text index.",
        {"format": "sqlite", "mediatype": "application/vnd.sqlite3"},
    ),
    CSV: (
        "questions",
        "All questions, a row each. Lists are JSON in their cell.",
        {"format": "csv", "mediatype": "text/csv", "encoding": "utf-8"},
    ),
    # Readers of Data Packages take "jsonl" and "parquet" for tables, and fail where the
    # libraries for these are not there. The table is the CSV; these are files beside it.
    JSONL: (
        "questions-jsonl",
        "The same questions as JSON Lines: an object a line, lists as lists.",
        {"format": "jsonlines", "mediatype": "application/jsonl", "encoding": "utf-8"},
    ),
    PARQUET: (
        "questions-parquet",
        "The same questions as Parquet, with typed columns.",
        {"format": "apache-parquet", "mediatype": "application/vnd.apache.parquet"},
    ),
    CHANGES: (
        "changes",
        "What is different from the snapshot before, question by question.",
        {"format": "csv", "mediatype": "text/csv", "encoding": "utf-8"},
    ),
}


def datapackage(name: str, facts: Facts, files: Iterable[ListedFile]) -> dict[str, Any]:
    """The description, with the size and the digest of each file."""
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
        "resources": [_resource(file) for file in files if file.name in _ABOUT],
    }


def _resource(file: ListedFile) -> dict[str, Any]:
    name, title, form = _ABOUT[file.name]
    found: dict[str, Any] = {
        "name": name,
        "path": file.name,
        "title": title,
        **form,
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
    }
    if file.name == CSV:
        found |= {"type": "table", "schema": schema(FIELDS)}
    if file.name == CHANGES:
        found |= {"type": "table", "schema": _CHANGES_SCHEMA}
    return found


def schema(fields: Iterable[ExportField]) -> dict[str, Any]:
    """A Table Schema. An empty cell is an empty text, or that there is nothing to say."""
    return {
        "fields": [_field(field) for field in fields],
        "primaryKey": ["site", "source_id"],
        "missingValues": [""],
    }


def _field(field: ExportField) -> dict[str, Any]:
    meaning = field.meaning
    if field.kind in PARTS:
        parts = "; ".join(f"{name}: {what}" for name, what in PARTS[field.kind].items())
        meaning = f"{meaning} Each is an object. {parts}"
    made: dict[str, Any] = {
        "name": field.name,
        "type": _TYPES[field.kind],
        "description": meaning,
    }
    if field.required and field.name not in _MAY_BE_EMPTY:
        made["constraints"] = {"required": True}
    return made


def _text(name: str, meaning: str, **more: object) -> Mapping[str, object]:
    return {"name": name, "type": "string", "description": meaning, **more}


_CHANGES_SCHEMA: dict[str, Any] = {
    "fields": [
        _text(
            "change",
            "What happened. " + "; ".join(f"{kind}: {what}" for kind, what in KINDS.items()),
            constraints={"required": True, "enum": list(KINDS)},
        ),
        _text("site", "The site of the question.", constraints={"required": True}),
        _text("source_id", "The site's own number for it.", constraints={"required": True}),
        _text("address", "Its path in the archive's pages.", constraints={"required": True}),
        _text("before", "SHA-256 of its record in the snapshot before, where known."),
        _text("after", "SHA-256 of its record in this snapshot, where known."),
    ],
    "missingValues": [""],
}
