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


def preferred_format(accept: str) -> CitationFormat | None:
    """Return the format that an Accept header prefers to HTML, or None (RFC 9110, 12.5.1)."""
    best: tuple[float, CitationFormat | None] = (0.0, None)
    for item in accept[:1000].split(","):
        media, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter[2:])
        if weight <= best[0]:
            continue
        form = next((f for f in FORMATS.values() if f.content_type.split(";")[0] == media), None)
        if form or media in ("text/html", "text/*", "*/*", "application/xhtml+xml"):
            best = (weight, form)
    return best[1]


def _weight(value: str) -> float:
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
