"""The formats of downloads: one record or a whole list, written as it is read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from publish.cite.as_bibtex import bibtex
from publish.cite.as_csl import csl_text
from publish.cite.as_ris import ris
from publish.cite.record import Cited


@dataclass(frozen=True, slots=True)
class CitationFormat:
    """A bibliographic format.

    ``one`` writes a record; ``begin``, ``between`` and what ``end`` makes of the number of
    records that were written are put around them. RIS and JSON have no place for a remark,
    so their end does not tell the number.
    """

    label: str
    extension: str
    content_type: str
    one: Callable[[Cited], str]
    begin: str = ""
    between: str = ""
    end: Callable[[int], str] = lambda count: ""

    def written(self, records: Iterable[Cited]) -> Iterator[str]:
        """The text of all records, piece by piece; memory does not grow with their number."""
        count = 0
        yield self.begin
        for record in records:
            yield (self.between if count else "") + self.one(record)
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

bibtex_all = BIBTEX.written
ris_all = RIS.written
csl_json_all = CSL.written


def accepted(accept: str) -> CitationFormat | None:
    """The format that an Accept header prefers to a page, or None (RFC 9110, section 12.5.1)."""
    best: tuple[float, CitationFormat | None] = (0.0, None)
    for item in accept[:1000].split(","):
        media, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter[2:])
        if weight <= best[0]:
            continue
        found = next((f for f in FORMATS.values() if f.content_type.split(";")[0] == media), None)
        if found or media in ("text/html", "text/*", "*/*", "application/xhtml+xml"):
            best = (weight, found)
    return best[1]


def _weight(value: str) -> float:
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
