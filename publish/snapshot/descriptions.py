"""How a snapshot describes itself: ``datapackage.json``, ``croissant.json``, ``README.md``.

Data Package 2.0 (datapackage.org) and Croissant 1.0
(https://docs.mlcommons.org/croissant/docs/croissant-spec.html). What is the same in every
snapshot is data: ``descriptions.toml``. Every figure is from the snapshot itself.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from publish.data.texts import number
from publish.datasette import metadata
from publish.export.fields import ANSWERS, EXPORTED, PARTS, QUESTIONS, ExportField, ExportTable
from publish.snapshot.facts import Facts
from publish.snapshot.files import ANSWERS_CSV, CHANGES, CSV, README, ListedFile
from publish.snapshot.snapshot_diff import KINDS

# Never null, but a page may have an empty one.
_MAY_BE_EMPTY = ("title", "question", "answer", "text", "language")


@cache
def _fixed() -> dict[str, Any]:
    """Return the tables ``datapackage`` and ``croissant`` of descriptions.toml."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def datapackage(name: str, facts: Facts, files: Iterable[ListedFile]) -> dict[str, Any]:
    """Return the Data Package, with the size and the digest of each file."""
    described = _fixed()["datapackage"]["files"]
    return {
        **_fixed()["datapackage"]["package"],
        "title": metadata.TITLE,
        "description": f"{metadata.DESCRIPTION} {metadata.RIGHTS}",
        "version": name,
        "created": facts.newest or "1970-01-01T00:00:00Z",
        "licenses": [{"title": metadata.metadata()["license"], "path": README}],
        "sources": [
            {"title": site.title, **({"path": site.url} if site.url else {})}
            for site in facts.sites
        ],
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
    if file.name in _SCHEMAS:
        resource |= {"type": "table", "schema": _SCHEMAS[file.name]()}
    return resource


def _schema(table: ExportTable, *more_keys: str) -> dict[str, Any]:
    """A Table Schema. An empty cell is an empty text or null."""
    return {
        "fields": [_package_field(field) for field in table.fields],
        "primaryKey": ["site", "source_id", *more_keys],
        "missingValues": [""],
    }


def _answers_schema() -> dict[str, Any]:
    key = ["site", "source_id"]
    of_question = {"fields": key, "reference": {"resource": "questions", "fields": key}}
    return {**_schema(ANSWERS, "position"), "foreignKeys": [of_question]}


def _package_field(field: ExportField) -> dict[str, Any]:
    meaning = field.meaning
    if field.kind in PARTS:
        parts = "; ".join(f"{name}: {meant}" for name, meant in PARTS[field.kind].items())
        meaning = f"{meaning} Each is an object. {parts}"
    described: dict[str, Any] = {
        "name": field.name,
        "type": _fixed()["datapackage"]["types"][field.kind],
        "description": meaning,
    }
    if field.required and field.name not in _MAY_BE_EMPTY:
        described["constraints"] = {"required": True}
    return described


def _changes_schema() -> dict[str, Any]:
    change, *others = _fixed()["datapackage"]["changes"]
    meanings = "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items())
    change = change | {
        "description": f"{change['description']} {meanings}",
        "constraints": change["constraints"] | {"enum": list(KINDS)},
    }
    return {"fields": [change, *others], "missingValues": [""]}


_SCHEMAS = {
    CSV: lambda: _schema(QUESTIONS),
    ANSWERS_CSV: _answers_schema,
    CHANGES: _changes_schema,
}


def croissant(
    name: str, facts: Facts, files: Iterable[ListedFile], url: str, cite_as: str
) -> dict[str, Any]:
    """Return the Croissant dataset.

    :param url: the address that the archive has in public, or ""
    :param cite_as: how to cite the snapshot
    """
    described = _fixed()["croissant"]["files"]
    return {
        **_fixed()["croissant"]["dataset"],
        "name": metadata.TITLE,
        "description": f"{metadata.DESCRIPTION} {metadata.RIGHTS}",
        **({"url": url} if url else {}),
        "license": metadata.metadata()["license"],
        "creator": {"@type": "sc:Organization", "name": metadata.TITLE},
        "datePublished": facts.day,
        # It has to be three numbers: the day. The name of the snapshot is in alternateName.
        "version": ".".join(str(int(part)) for part in facts.day.split("-")),
        "alternateName": name,
        "citeAs": cite_as,
        "distribution": [_dataset_file(file) for file in files if file.name in described],
        "recordSet": [
            {
                **_fixed()["croissant"]["records"][table.name],
                "field": [_dataset_field(table.name, field) for field in table.fields],
            }
            for table in EXPORTED.values()
        ],
    }


def _dataset_file(file: ListedFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        **_fixed()["croissant"]["files"][file.name],
        "contentUrl": file.name,
        "contentSize": f"{file.size} B",
        "sha256": file.sha256,
    }


def _dataset_field(table: str, field: ExportField) -> dict[str, Any]:
    described = _described(f"{table}/{field.name}", field.name, field.meaning)
    source = {"fileObject": {"@id": f"{table}.parquet"}, "extract": {"column": field.name}}
    if field.kind in PARTS:
        parts = [
            {
                **_described(f"{table}/{field.name}/{name}", name, meaning),
                "dataType": "sc:Text",
                "source": {**source, "transform": {"jsonPath": f"$.{name}"}},
            }
            for name, meaning in PARTS[field.kind].items()
        ]
        return {**described, "repeated": True, "subField": parts}
    described |= {"dataType": _fixed()["croissant"]["types"][field.kind], "source": source}
    return {**described, "repeated": True} if field.kind == "texts" else described


def _described(path: str, name: str, meaning: str) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": path, "name": name, "description": meaning}


def cite_as(name: str, facts: Facts, archive: ListedFile, url: str) -> str:
    """Return how to cite the snapshot: the digest distinguishes it from every other."""
    sites = ", ".join(site.title for site in facts.sites) or "no site yet"
    place = f" {url}." if url else ""
    return (
        f"{metadata.TITLE}. Health questions and answers archived from {sites}. Snapshot {name}, "
        f"captured until {facts.day}. {number(facts.questions)} questions.{place} "
        f"archive.db sha256:{archive.sha256}"
    )


def readme(
    name: str,
    facts: Facts,
    files: Sequence[ListedFile],
    changes: Mapping[str, int],
    before: str | None,
    citation: str,
) -> str:
    """Return the text, in Markdown.

    :param changes: how many there are of each kind since ``before``: the name of the snapshot
        before, None if there is none
    """
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["number"] = number
    return templates.get_template("README.md.j2").render(
        title=metadata.TITLE,
        description=metadata.DESCRIPTION,
        license=metadata.metadata()["license"],
        rights=metadata.RIGHTS,
        name=name,
        facts=facts,
        rows=facts.rows,
        files=files,
        changes=changes,
        before=before,
        meanings=KINDS,
        citation=citation,
    )
