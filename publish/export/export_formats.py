"""The formats of exports.

CSV (RFC 4180) and JSON Lines are made here, both in UTF-8. The texts are verbatim in both: what
an archived page says is evidence, even where it looks like a formula to a spreadsheet.
:func:`spreadsheet` marks such cells.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from publish.export.fields import ExportField
from publish.export.parquet import parquet
from publish.export.rows import Record

# Characters of a piece: a few packets of the network.
PIECE = 128 * 1024
# What begins a formula in a spreadsheet (OWASP, "CSV Injection"), the wide forms of East Asian
# keyboards included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
Fields = Sequence[ExportField]

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def jsonl(records: Iterable[Record], fields: Fields) -> Iterator[bytes]:
    """Write a JSON object a line, ended by a line feed (jsonlines.org)."""
    return in_pieces(_JSON(record) + "\n" for record in records)


def plain_csv(records: Iterable[Record], fields: Fields) -> Iterator[bytes]:
    """Write a header and a row a record, ended by CR LF. Lists are JSON in their cell."""
    return _csv(records, fields, _cell)


def spreadsheet(records: Iterable[Record], fields: Fields) -> Iterator[bytes]:
    """Write CSV for a spreadsheet program: with a byte order mark, formulas made harmless.

    A cell that would begin a formula begins with an apostrophe, so it is not verbatim.
    """
    yield b"\xef\xbb\xbf"
    yield from _csv(records, fields, lambda value: harmless(_cell(value)))


def harmless(cell: Any) -> Any:
    """Return a cell that no spreadsheet program takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _csv(records: Iterable[Record], fields: Fields, cell: Callable[[Any], Any]) -> Iterator[bytes]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    rows = ([cell(value) for value in record.values()] for record in records)
    return in_pieces(
        writer.writerow(row) for row in chain([[field.name for field in fields]], rows)
    )


class _Echo:
    """A file whose ``write`` returns the text, which ``writerow`` hands on."""

    def write(self, text: str) -> str:
        return text


def in_pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """Join texts into pieces of UTF-8 for the network; at least one, which may be empty."""
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= PIECE:
            yield "".join(piece).encode()
            piece.clear()
            size = 0
    yield "".join(piece).encode()


def _cell(value: Any) -> Any:
    return _JSON(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format of exports.

    ``name`` is the ending of addresses and file names. ``pieces`` takes records one by one, and
    the fields that each has, and yields the file in pieces, without ever holding all of it.
    """

    name: str
    title: str
    media_type: str
    pieces: Callable[[Iterable[Record], Fields], Iterator[bytes]]


CSV = ExportFormat("csv", "CSV", "text/csv; charset=utf-8; header=present", plain_csv)
JSONL = ExportFormat("jsonl", "JSON Lines", "application/jsonl; charset=utf-8", jsonl)
PARQUET = ExportFormat("parquet", "Parquet", "application/vnd.apache.parquet", parquet)
#: The format of ``spreadsheet=1``.
SPREADSHEET = ExportFormat("csv", "CSV for a spreadsheet", CSV.media_type, spreadsheet)

FORMATS = {form.name: form for form in (CSV, JSONL, PARQUET)}
