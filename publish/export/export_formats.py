"""The formats that questions are exported in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from publish.export.parquet import parquet
from publish.export.rows import Record
from publish.export.text_formats import jsonl, plain_csv, spreadsheet


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format of exports.

    ``name`` is the ending of addresses and file names. ``pieces`` takes records one by one
    and yields the file in pieces, without ever holding all of it.
    """

    name: str
    title: str
    media_type: str
    pieces: Callable[[Iterable[Record]], Iterator[bytes]]


CSV = ExportFormat("csv", "CSV", "text/csv; charset=utf-8; header=present", plain_csv)
JSONL = ExportFormat("jsonl", "JSON Lines", "application/jsonl; charset=utf-8", jsonl)
PARQUET = ExportFormat("parquet", "Parquet", "application/vnd.apache.parquet", parquet)
#: The format of ``spreadsheet=1``.
SPREADSHEET = ExportFormat("csv", "CSV for a spreadsheet", CSV.media_type, spreadsheet)

FORMATS = {form.name: form for form in (CSV, JSONL, PARQUET)}
