"""Citations: from a question in the archive to what bibliographies take."""

from publish.cite.as_bibtex import bibtex
from publish.cite.as_csl import csl_json
from publish.cite.as_ris import ris
from publish.cite.block import context
from publish.cite.citation_formats import (
    FORMATS,
    CitationFormat,
    accepted,
    bibtex_all,
    csl_json_all,
    ris_all,
)
from publish.cite.record import Author, Cited, cited
from publish.cite.styles import Reference, apa, chicago

__all__ = [
    "FORMATS",
    "Author",
    "CitationFormat",
    "Cited",
    "Reference",
    "accepted",
    "apa",
    "bibtex",
    "bibtex_all",
    "chicago",
    "cited",
    "context",
    "csl_json",
    "csl_json_all",
    "ris",
    "ris_all",
]
