"""What the page of a question shows of how to cite it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from publish.cite.citation_formats import FORMATS
from publish.cite.jsonld import data_block, jsonld
from publish.cite.record import cite
from publish.cite.signposts import link_header
from publish.cite.styles import apa, chicago
from publish.data.urls import question_path


def citation_context(question: Mapping[str, Any], base: str, retrieved: date) -> dict[str, Any]:
    """Return what ``_cite.html`` and ``_jsonld.html`` show, and the header ``Link``.

    :param question: what :func:`publish.data.records.question` gives
    :param base: scheme and host of stable addresses
    :param retrieved: the reader's day
    """
    citation = cite(question, base, retrieved)
    path = question_path(question["site"], question["source_id"])
    return {
        "apa": apa(citation),
        "chicago": chicago(citation),
        "address": citation.address,
        "digest": citation.digest,
        "downloads": [
            {"label": form.label, "path": f"{path}/cite.{form.extension}"}
            for form in FORMATS.values()
        ],
        "jsonld": data_block(jsonld(citation, question["question"], question["answer"])),
        "link": link_header(
            citation, base, f"/archive/questions/{question['id']}.json?_shape=objects"
        ),
    }
