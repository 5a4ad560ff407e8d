"""``/q/<site>/<source_id>``: a question made for reading.

In the place of a withheld question: 451, with the reason (RFC 7725).
"""

from __future__ import annotations

import re
from sqlite3 import Connection, OperationalError
from typing import Any
from urllib.parse import parse_qs, unquote

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from pipelines.db import rules
from publish.cite.block import citation_context, preferred_format
from publish.data import lookup, records
from publish.data.records import Row
from publish.data.urls import archived_copy, other_copies, question_path
from publish.datasette.headers import App, Message, Receive, Send
from publish.pages.common import (
    Route,
    base_url,
    caching,
    page,
    publisher,
    read,
    remembered,
    today,
)
from publish.search import neighbours
from publish.search.request import has_search
from publish.search.selection import requested
from publish.search.similar import similar

# What may stand behind an id for another form of its page.
_FORMAT = re.compile(r"\.(json|jsonl|csv|html?|txt|xml)$", re.I)
_MOST_PARTS = 30

#: HTTP: Unavailable For Legal Reasons.
UNAVAILABLE = 451


def key_of(request: Request) -> lookup.Key:
    """Return the site and its id of the question that the address names."""
    return unquote(request.url_vars["site"]), unquote(request.url_vars["source_id"])


async def elsewhere(datasette: Datasette, request: Request, tail: str = "") -> Response:
    """Where there is no such question: the way to the one that another spelling means.

    :raises NotFound: it means none
    """
    site, source_id = key_of(request)
    key = await read(datasette, lambda c: lookup.question_called(c, site, source_id))
    if key is None or (key == (site, source_id) and not request.path.endswith("/")):
        raise NotFound(f"The archive has no question {source_id} from {site}.")
    query = f"?{request.query_string}" if request.query_string else ""
    path = datasette.urls.path(question_path(*key) + tail)
    return Response.redirect(f"{path}{query}", status=301)


async def question(datasette: Datasette, request: Request) -> Response:
    """Return the question, its answer, who answered, and the evidence."""
    context = await read(datasette, lambda c: _question(c, request))
    if context is None or request.path.endswith("/"):
        return await elsewhere(datasette, request)
    # Who asks a question's address for a citation instead of a page is led there, as
    # https://citation.crosscite.org does for DOIs.
    if form := preferred_format(request.headers.get("accept", "")):
        address = f"{request.path}/cite.{form.extension}"
        return Response.redirect(address, status=303, headers={"Vary": "Accept"})
    cite = citation_context(context["q"], base_url(datasette, request), today())
    context |= {
        "cite": cite,
        "archived_copy": archived_copy(context["q"]["capture"]),
        "other_copies": other_copies(context["q"]["url"]),
    }
    headers = {"Link": cite["link"], "Vary": "Accept"}
    return await page(datasette, request, "question", context, headers)


def _question(connection: Connection, request: Request) -> Row | None:
    """Return a question, its place in the search that the address names, and others like it."""
    row = records.question(connection, *key_of(request))
    if row is None:
        return None
    context: Row = {"q": row, "place": None, "similar": []}
    try:
        if (
            has_search(request.args)
            and not (search := requested(connection, request.args)).is_everything
        ):
            context["place"] = neighbours.SearchPosition(search)
            rank = neighbours.parse_rank(request.args.get("at"))
            if rank is not None:
                context["place"] = neighbours.search_position(connection, search, rank, row["id"])
        context["similar"] = similar(connection, row["id"])
    except OperationalError as error:
        # Too busy for what stands beside the question: that itself is there.
        if error.args != ("interrupted",):
            raise
    return context


def answer_withheld(datasette: Datasette, app: App) -> App:
    """Return the application, with an answer of its own for the addresses of withheld questions.

    Withheld questions have no rows, so no page can show them. This stands in front of all
    pages under a question's address, those to come included, and says why there is none.
    """

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and f"{scope['path']}/".startswith("/q/"):
            entry = await _withheld(datasette, scope)
            if entry is not None:
                request = Request({**scope, "csrftoken": lambda: ""}, receive)
                response = await _unavailable(datasette, request, entry)
                await response.asgi_send(send)
                return
        await app(scope, receive, send)

    return wrapped


async def _withheld(datasette: Datasette, scope: Message) -> dict[str, Any] | None:
    entries = await remembered(datasette, "withheld", _read_withheld)
    return next((entries[key] for key in addressed_keys(scope) if key in entries), None)


def _read_withheld(connection: Connection) -> dict[lookup.Key, dict[str, Any]]:
    """Return all that is withheld, by site and id."""
    rows = connection.execute("SELECT site, source_id, url, reason, withheld_on FROM withheld")
    return {(row["site"], row["source_id"]): dict(row) for row in rows}


def addressed_keys(scope: Message) -> list[lookup.Key]:
    """Return the questions that an address may be of. Pure.

    ``/q/<site>/<id>[.<format>][/...]``, ``/q/<address of the page>``, ``/q?url=``. Some servers
    in front of this one unescape the slashes of an id, so every beginning of a path may be one.
    """
    keys = _written_keys(scope)
    # With a page all questions on it are withheld.
    return [*keys, *map(rules.page_of, keys)]


def _written_keys(scope: Message) -> list[lookup.Key]:
    # As it was sent, if the server tells: an escaped slash does not end a part.
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    path = raw.partition(b"?")[0].decode("latin-1")
    named = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("url", [])
    behind = unquote(path.removeprefix("/q/")).strip()
    parts = path.split("/")
    if behind[:4].lower() == "http":
        return [rules.key_of(lookup.canonical(behind))]
    if len(parts) < 4:
        return [rules.key_of(lookup.canonical(url)) for url in named]
    site = unquote(parts[2])
    names = [unquote("/".join(parts[3:end])) for end in range(4, min(len(parts), _MOST_PARTS) + 1)]
    return [(site, each) for name in names for each in (name, _FORMAT.sub("", name))]


async def _unavailable(datasette: Datasette, request: Request, entry: dict[str, Any]) -> Response:
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


#: The beginning of a question's addresses. The slashes of an id are escaped, unless a server in
#: front of this one has unescaped them.
ADDRESS = r"^/q/(?P<site>[^/:]+)/(?P<source_id>.+?)"

ROUTES: list[Route] = [(ADDRESS + r"/?$", question)]
