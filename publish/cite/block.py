"""What a question's page shows and says of how to cite it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from publish.cite.citation_formats import FORMATS
from publish.cite.jsonld import data_block, jsonld
from publish.cite.record import cited
from publish.cite.signposts import link_header
from publish.cite.styles import apa, chicago
from publish.data.urls import question_path


def context(question: Mapping[str, Any], base: str, retrieved: date) -> dict[str, Any]:
    """What ``_cite.html`` and ``_jsonld.html`` show, and the header ``Link``.

    :param question: what :func:`publish.data.records.question` gives
    :param base: scheme and host of stable addresses
    :param retrieved: the reader's day
    """
    of = cited(question, base, retrieved)
    path = question_path(question["site"], question["source_id"])
    return {
        "apa": apa(of),
        "chicago": chicago(of),
        "address": of.address,
        "digest": of.digest,
        "downloads": [
            {"label": form.label, "path": f"{path}/cite.{form.extension}"}
            for form in FORMATS.values()
        ],
        "jsonld": data_block(jsonld(of, question["question"], question["answer"])),
        "link": link_header(of, base, f"/archive/questions/{question['id']}.json?_shape=objects"),
    }
