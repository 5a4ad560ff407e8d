"""Citations of many questions, exported as questions are. Pure.

:mod:`publish.export` reads the questions, sends the file and counts its rows; this module
writes the bibliography.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from publish.cite.citation_formats import CitationFormat
from publish.cite.record import Citation, cite
from publish.export.export_formats import ExportFormat
from publish.export.rows import Record
from publish.export.text_formats import in_pieces


def export_format(form: CitationFormat, name: str, base: str, retrieved: date) -> ExportFormat:
    """Return a citation format as an export format, for one reader on one day.

    :param name: the ending of its address, such as ``csl.json``
    """

    def pieces(records: Iterable[Record]) -> Iterator[bytes]:
        return in_pieces(form.write_all(cite_record(record, base, retrieved) for record in records))

    return ExportFormat(name, form.label, form.content_type, pieces)


def cite_record(record: Record, base: str, retrieved: date) -> Citation:
    """Return the citation of an exported question."""
    topics = [{"name": name} for name in record["topics"]]
    return cite({**record, "capture": record, "topics": topics}, base, retrieved)
