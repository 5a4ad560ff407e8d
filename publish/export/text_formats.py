"""Questions as CSV (RFC 4180) and as JSON Lines, both in UTF-8.

The texts are verbatim in both: what an archived page says is evidence, even where it looks
like a formula to a spreadsheet. Who wants to open the CSV in one asks for
:func:`spreadsheet`, which marks such cells.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from publish.export.fields import NAMES
from publish.export.rows import Record

# Characters after which what was written is handed on: a few packets of the network.
PIECE = 128 * 1024
# What spreadsheets take for the beginning of a formula (OWASP, "CSV Injection"), the wide
# forms of East Asian keyboards included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def jsonl(records: Iterable[Record]) -> Iterator[bytes]:
    """A JSON object a line, ended by a line feed (jsonlines.org)."""
    lines: list[str] = []
    size = 0
    for record in records:
        line = _JSON(record) + "\n"
        lines.append(line)
        size += len(line)
        if size >= PIECE:
            yield "".join(lines).encode()
            lines.clear()
            size = 0
    yield "".join(lines).encode()


def plain_csv(records: Iterable[Record]) -> Iterator[bytes]:
    """A header and a row a question, rows ended by CR LF. Lists are JSON in their cell."""
    return _csv(records, _cell)


def spreadsheet(records: Iterable[Record]) -> Iterator[bytes]:
    """The same for a spreadsheet program: with a byte order mark, formulas made harmless.

    A cell that would begin a formula begins with an apostrophe, so it is not verbatim.
    """
    yield b"\xef\xbb\xbf"
    yield from _csv(records, lambda value: harmless(_cell(value)))


def harmless(cell: Any) -> Any:
    """A cell that no spreadsheet program takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _csv(records: Iterable[Record], cell: Callable[[Any], Any]) -> Iterator[bytes]:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(NAMES)
    for record in records:
        writer.writerow([cell(value) for value in record.values()])
        if written.tell() >= PIECE:
            yield written.getvalue().encode()
            written.seek(0)
            written.truncate()
    yield written.getvalue().encode()


def _cell(value: Any) -> Any:
    return _JSON(value) if isinstance(value, list) else value
