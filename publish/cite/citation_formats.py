"""The formats of downloads: one record or a whole list, written as it is read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from publish.cite.as_bibtex import bibtex
from publish.cite.as_csl import csl_text
from publish.cite.as_ris import ris
from publish.cite.record import Citation


@dataclass(frozen=True, slots=True)
class CitationFormat:
    """A bibliographic format.

    ``write`` returns the text of one citation. A list has ``begin``, the citations with
    ``between`` between them, and ``end(count)``. RIS and JSON have no place for a remark, so
    their end does not name the count.
    """

    label: str
    extension: str
    content_type: str
    write: Callable[[Citation], str]
    begin: str = ""
    between: str = ""
    end: Callable[[int], str] = lambda count: ""

    def write_all(self, citations: Iterable[Citation]) -> Iterator[str]:
        """Yield the text of a list, piece by piece; memory does not grow with its length."""
        count = 0
        yield self.begin
        for citation in citations:
            yield (self.between if count else "") + self.write(citation)
            count += 1
        yield self.end(count)


BIBTEX = CitationFormat(
    "BibTeX",
    "bib",
    "application/x-bibtex; charset=utf-8",
    bibtex,
    # BibTeX and biber pass over it; a reader of the file sees whether it is whole.
    end=lambda count: f"@comment{{{count} records, complete}}\n",
)
RIS = CitationFormat("RIS", "ris", "application/x-research-info-systems; charset=utf-8", ris)
CSL = CitationFormat(
    "CSL-JSON",
    "json",
    "application/vnd.citationstyles.csl+json",
    csl_text,
    begin="[",
    between=",\n",
    end=lambda count: "]\n",
)

#: By the end of an address.
FORMATS = {form.extension: form for form in (BIBTEX, RIS, CSL)}
