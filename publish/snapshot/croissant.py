"""``croissant.json``: the snapshot as a dataset for machine learning tools.

Croissant 1.0, https://docs.mlcommons.org/croissant/docs/croissant-spec.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from publish.datasette import metadata
from publish.export.fields import FIELDS, PARTS, ExportField
from publish.snapshot.descriptions import descriptions
from publish.snapshot.facts import Facts
from publish.snapshot.files import PARQUET, ListedFile

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"


def croissant(
    name: str, facts: Facts, files: Iterable[ListedFile], url: str, cite_as: str
) -> dict[str, Any]:
    """Return the description.

    :param url: the address that the archive has in public, or ""
    :param cite_as: how to cite the snapshot
    """
    described = descriptions()["croissant"]["files"]
    return {
        "@context": descriptions()["croissant"]["context"],
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
        "distribution": [_file(file) for file in files if file.name in described],
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
    described = descriptions()["croissant"]["files"][file.name]
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "description": described["description"],
        "contentUrl": file.name,
        "contentSize": f"{file.size} B",
        "encodingFormat": described["encodingFormat"],
        "sha256": file.sha256,
    }


def _field(field: ExportField) -> dict[str, Any]:
    described: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"questions/{field.name}",
        "name": field.name,
        "description": field.meaning,
    }
    if field.kind in PARTS:
        parts = [_part(field, name, meaning) for name, meaning in PARTS[field.kind].items()]
        return {**described, "repeated": True, "subField": parts}
    described |= {
        "dataType": descriptions()["croissant"]["types"][field.kind],
        "source": _source(field.name),
    }
    return {**described, "repeated": True} if field.kind == "texts" else described


def _part(field: ExportField, name: str, meaning: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"questions/{field.name}/{name}",
        "name": name,
        "description": meaning,
        "dataType": "sc:Text",
        "source": {**_source(field.name), "transform": {"jsonPath": f"$.{name}"}},
    }


def _source(column: str) -> dict[str, Any]:
    return {"fileObject": {"@id": PARQUET}, "extract": {"column": column}}
