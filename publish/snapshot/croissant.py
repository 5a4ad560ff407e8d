"""``croissant.json``: the snapshot as a dataset for machine learning tools.

Croissant 1.0, https://docs.mlcommons.org/croissant/docs/croissant-spec.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from publish.datasette import metadata
from publish.export.fields import FIELDS, PARTS, ExportField
from publish.snapshot.facts import Facts
from publish.snapshot.files import ARCHIVE, CSV, JSONL, PARQUET, ListedFile

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"

# As the specification gives it: tools compare it.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_MEDIA = {
    ARCHIVE: ("application/vnd.sqlite3", "The whole archive as a SQLite database."),
    CSV: ("text/csv", "All questions as CSV."),
    JSONL: ("application/jsonlines", "All questions as JSON Lines."),
    PARQUET: ("application/x-parquet", "All questions as Parquet."),
}
_TYPES = {
    "text": "sc:Text",
    "date": "sc:Date",
    "moment": "sc:Date",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "texts": "sc:Text",
}


def croissant(
    name: str, facts: Facts, files: Iterable[ListedFile], url: str, cite_as: str
) -> dict[str, Any]:
    """The description.

    :param url: the address that the archive has in public, or ""
    :param cite_as: how to cite the snapshot
    """
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
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
        "keywords": ["health", "questions and answers", "web archive"],
        "inLanguage": "en",
        "isLiveDataset": False,
        "distribution": [_file(file) for file in files if file.name in _MEDIA],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "questions",
                "name": "questions",
                "description": "One record for each question, as it stands in its newest capture.",
                "key": [{"@id": "questions/site"}, {"@id": "questions/source_id"}],
                "field": [_field(field) for field in FIELDS],
            }
        ],
    }


def _file(file: ListedFile) -> dict[str, Any]:
    media_type, description = _MEDIA[file.name]
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "description": description,
        "contentUrl": file.name,
        "contentSize": f"{file.size} B",
        "encodingFormat": media_type,
        "sha256": file.sha256,
    }


def _field(field: ExportField) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"questions/{field.name}",
        "name": field.name,
        "description": field.meaning,
    }
    if field.kind in PARTS:
        parts = [_part(field, name, what) for name, what in PARTS[field.kind].items()]
        return {**made, "repeated": True, "subField": parts}
    made |= {"dataType": _TYPES[field.kind], "source": _source(field.name)}
    return {**made, "repeated": True} if field.kind == "texts" else made


def _part(field: ExportField, name: str, what: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"questions/{field.name}/{name}",
        "name": name,
        "description": what,
        "dataType": "sc:Text",
        "source": {**_source(field.name), "transform": {"jsonPath": f"$.{name}"}},
    }


def _source(column: str) -> dict[str, Any]:
    return {"fileObject": {"@id": PARQUET}, "extract": {"column": column}}
