"""The formats of downloads: one record or a whole list, written as it is read. Pure.

:mod:`publish.export` reads the questions of a list, sends the file and counts its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from publish.cite.as_bibtex import bibtex
from publish.cite.as_csl import csl_text
from publish.cite.as_ris import ris
from publish.cite.record import Citation, cite
from publish.export.export_formats import ExportFormat, in_pieces
from publish.export.rows import Record


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

#: By the end of an address: of one citation, and of a list.
FORMATS = {form.extension: form for form in (BIBTEX, RIS, CSL)}
LISTS = {"bib": BIBTEX, "ris": RIS, "csl.json": CSL}


def export_format(form: CitationFormat, name: str, base: str, retrieved: date) -> ExportFormat:
    """Return a citation format as an export format, for one reader on one day.

    :param name: the ending of its address, such as ``csl.json``
    """

    def pieces(records: Iterable[Record], fields: object) -> Iterator[bytes]:
        return in_pieces(form.write_all(cite_record(record, base, retrieved) for record in records))

    return ExportFormat(name, form.label, form.content_type, pieces)


def cite_record(record: Record, base: str, retrieved: date) -> Citation:
    """Return the citation of an exported question."""
    topics = [{"name": name} for name in record["topics"]]
    return cite({**record, "capture": record, "topics": topics}, base, retrieved)
