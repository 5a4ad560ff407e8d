"""Citations of many questions, in the way of the other exports. Pure.

:mod:`publish.export` reads the questions, sends the file and counts its rows; here is only
how a bibliography is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from publish.cite.citation_formats import CitationFormat
from publish.cite.record import Cited, cited
from publish.export import export_formats
from publish.export.rows import Record
from publish.export.text_formats import PIECE


def exported(
    form: CitationFormat, name: str, base: str, retrieved: date
) -> export_formats.ExportFormat:
    """The format as an export, for one reader on one day.

    :param name: the ending of its address, such as ``csl.json``
    """

    def pieces(records: Iterable[Record]) -> Iterator[bytes]:
        return _pieces(form.written(of_record(record, base, retrieved) for record in records))

    return export_formats.ExportFormat(name, form.label, form.content_type, pieces)


def of_record(record: Record, base: str, retrieved: date) -> Cited:
    """From an exported question, which has the same facts in another order."""
    topics = [{"name": name} for name in record["topics"]]
    return cited({**record, "capture": record, "topics": topics}, base, retrieved)


def _pieces(written: Iterable[str]) -> Iterator[bytes]:
    texts: list[str] = []
    size = 0
    for text in written:
        texts.append(text)
        size += len(text)
        if size >= PIECE:
            yield "".join(texts).encode()
            texts.clear()
            size = 0
    # An empty list of citations is a file too: a piece without bytes is sent as nothing.
    yield "".join(texts).encode()
