"""What is answered in the place of a withheld question: 451, with the reason (RFC 7725).

Withheld questions have no rows, so no page can show them. This stands in front of all pages
under a question's address, those to come included, and says why there is none.
"""

from __future__ import annotations

from sqlite3 import Connection
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from datasette.utils.asgi import Request, Response

from pipelines.db.keys import key_of
from publish.data.lookup import canonical
from publish.datasette.headers import App, Message, Receive, Send
from publish.pages.common import caching, page, publisher, remembered

if TYPE_CHECKING:
    from datasette.app import Datasette

#: HTTP: Unavailable For Legal Reasons.
UNAVAILABLE = 451

Key = tuple[str, str]


def answering(datasette: Datasette, app: App) -> App:
    """The application, with an answer of its own for the addresses of withheld questions."""

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and f"{scope['path']}/".startswith("/q/"):
            entry = await _withheld(datasette, scope)
            if entry is not None:
                request = Request({**scope, "csrftoken": lambda: ""}, receive)
                response = await _answer(datasette, request, entry)
                await response.asgi_send(send)
                return
        await app(scope, receive, send)

    return wrapped


async def _withheld(datasette: Datasette, scope: Message) -> dict[str, Any] | None:
    entries = await remembered(datasette, "withheld", read_all)
    return next((entries[key] for key in keys_of(scope) if key in entries), None)


def read_all(connection: Connection) -> dict[Key, dict[str, Any]]:
    """All that is withheld, by site and number."""
    rows = connection.execute("SELECT site, source_id, url, reason, withheld_on FROM withheld")
    return {(row["site"], row["source_id"]): dict(row) for row in rows}


def keys_of(scope: Message) -> list[Key]:
    """The questions that an address may be of. Pure.

    ``/q/<site>/<number>[.<format>][/...]``, ``/q/<address of the page>``, ``/q?url=``.
    """
    # As it was sent, if the server tells: an escaped slash does not end a part.
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    path = raw.partition(b"?")[0].decode("latin-1")
    named = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("url", [])
    behind = unquote(path.removeprefix("/q/")).strip()
    parts = path.split("/")
    if behind[:4].lower() == "http":
        return [key_of(canonical(behind))]
    if len(parts) < 4:
        return [key_of(canonical(url)) for url in named]
    site, name = unquote(parts[2]), unquote(parts[3])
    return [(site, name), (site, name.partition(".")[0])]


async def _answer(datasette: Datasette, request: Request, entry: dict[str, Any]) -> Response:
    server = publisher(datasette)
    headers = {**caching(datasette), "X-Robots-Tag": "noindex"}
    blocker = server.url or server.contact_uri
    if blocker:
        headers["Link"] = f'<{blocker}>; rel="blocked-by"'
    if _wants_json(request):
        body = {
            "ok": False,
            "status": UNAVAILABLE,
            "title": "Withheld",
            "error": f"The archive withholds this question: {entry['reason']}",
            **{name: entry[name] for name in ("site", "source_id", "reason", "withheld_on")},
        }
        return Response.json(body, status=UNAVAILABLE, headers=headers)
    await datasette.invoke_startup()  # this may be the first request of all
    context = {"w": entry, "contact": server.contact_uri}
    response = await page(datasette, request, "withheld", context, headers)
    response.status = UNAVAILABLE
    return response


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return (
        request.path.endswith(".json")
        or request.args.get("_format") == "json"
        or ("json" in accept and "text/html" not in accept)
    )
