"""``/export/questions.csv`` (``.jsonl``, ``.parquet``): all questions that were asked for.

``/export/answers.csv`` has their answers.

``/export`` says what there is. The words and filters are those of ``/search``.
"""

from __future__ import annotations

import re
from sqlite3 import Connection
from weakref import WeakKeyDictionary

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from publish.datasette.database import NAME, ArchiveDatabase
from publish.export.export_formats import CSV, FORMATS, SPREADSHEET, ExportFormat
from publish.export.fields import EXPORTED, PARTS, QUESTIONS, ExportTable
from publish.export.source import Export
from publish.export.stream import RETRY_AFTER, Exports, Receive, Send
from publish.pages.common import Route, asked, database, page, read
from publish.search.selection import select

# For the pages of the indices; each page of a table is read once.
CACHE_KB = 8_000

_EXPORTS: WeakKeyDictionary[Datasette, Exports] = WeakKeyDictionary()


def exports_of(datasette: Datasette) -> Exports:
    """Return the exports of an application."""
    if datasette not in _EXPORTS:
        _EXPORTS[datasette] = Exports()
    return _EXPORTS[datasette]


async def export_page(datasette: Datasette, request: Request) -> Response:
    """Return the page that says what can be downloaded, and how many rows it is."""
    query = await asked(datasette, request)
    count = await read(datasette, lambda c: select(c, query).count)
    context = {
        "search": query,
        "rows": count,
        "tables": EXPORTED.values(),
        "field_parts": PARTS,
    }
    return await page(datasette, request, "export", context)


async def rows(
    datasette: Datasette, request: Request, receive: Receive, send: Send
) -> Response | None:
    """Return all rows, streamed. Returns None where it has answered itself."""
    table = EXPORTED[request.url_vars["table"]]
    return await deliver(datasette, request, receive, send, _format(request), table)


async def deliver(
    datasette: Datasette,
    request: Request,
    receive: Receive,
    send: Send,
    written: ExportFormat,
    table: ExportTable = QUESTIONS,
) -> Response | None:
    """Return all that the address asks for, in any format; None where it has answered itself."""
    if request.method not in ("GET", "HEAD"):
        return Response.text("Ask with GET.\n", 405, {"Allow": "GET, HEAD"})
    query = await asked(datasette, request)
    exports = exports_of(datasette)
    if not exports.admit():
        busy = "As many exports as this server makes at a time are under way. Try again soon.\n"
        return Response.text(busy, 503, {"Retry-After": str(RETRY_AFTER)})
    archive = database(datasette)
    export = Export(
        lambda: _connection(datasette, archive),
        query,
        written,
        table,
        seconds=exports.max_seconds,
    )
    await exports.send(export, _headers, receive, send, body=request.method == "GET")
    return None


def _format(request: Request) -> ExportFormat:
    written = FORMATS.get(request.url_vars["format"])
    if written is None:
        raise NotFound(f"Questions and answers are exported as {', '.join(FORMATS)}.")
    if written is CSV and request.args.get("spreadsheet") == "1":
        return SPREADSHEET
    return written


def _connection(datasette: Datasette, archive: ArchiveDatabase) -> Connection:
    """Return a connection like those of the pages, but of one export, and closed with it."""
    connection = archive.connect()
    archive._all_file_connections.remove(connection)
    datasette._prepare_connection(connection, NAME)
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    return connection


def _headers(export: Export, token: str) -> dict[str, str]:
    # The date is that of the data, so that the same archive gives the same name.
    day = re.sub(r"[^0-9-]", "", export.newest[:10]) or "empty"
    name = f"housecall-{day}-{export.rows}-{export.table.name}.{export.format.name}"
    return {
        "Content-Type": export.format.media_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Row-Count": str(export.rows),
        "Link": f'</export/receipts/{token}>; rel="describedby"; type="application/json"',
        # As long as the archive, and another after each commit: nothing to keep.
        "Cache-Control": "no-store",
    }


async def export_receipt(datasette: Datasette, request: Request) -> Response:
    """Return how an export ended, for those who want to be sure of their file."""
    receipt = exports_of(datasette).receipt(request.url_vars["token"])
    if receipt is None:
        raise NotFound("This export has not ended yet, or is no longer on record.")
    return Response.json(receipt, headers={"Cache-Control": "no-store"})


ROUTES: list[Route] = [
    (r"^/export/?$", export_page),
    (r"^/export/(?P<table>questions|answers)\.(?P<format>[a-z]+)$", rows),
    (r"^/export/receipts/(?P<token>[A-Za-z0-9_-]+)$", export_receipt),
]
