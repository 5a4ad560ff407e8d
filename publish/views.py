"""The pages of Housecall's own: each reads, renders a template and is done."""

from __future__ import annotations

from collections.abc import Callable
from sqlite3 import Connection, OperationalError
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, unquote, urlencode

from datasette.database import QueryInterrupted
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import NotFound, Request, Response
from datasette.views.base import DatasetteError

from publish import figures, records, search
from publish.database import NAME, ArchiveDatabase

if TYPE_CHECKING:
    from datasette.app import Datasette

# Our own reads have the same limit as everybody's SQL, so no page can hold a thread.
READ_LIMIT_MS = 2000


async def front(datasette: Datasette, request: Request) -> Response:
    """``/``: the front door."""
    return await _page(datasette, request, "front", await _kept(datasette, "front", figures.front))


async def charts(datasette: Datasette, request: Request) -> Response:
    """``/charts``: the archive in figures."""
    found = await _kept(datasette, "charts", figures.charts)
    return await _page(datasette, request, "charts", found)


async def question(datasette: Datasette, request: Request) -> Response:
    """``/q/<site>/<source_id>``: a question made for reading."""
    site, source_id = (unquote(request.url_vars[name]) for name in ("site", "source_id"))
    found = await _read(datasette, lambda c: records.question(c, site, source_id))
    if found is None:
        raise NotFound(f"The archive has no question {source_id} from {site}.")
    return await _page(datasette, request, "question", {"q": found})


async def topic(datasette: Datasette, request: Request) -> Response:
    """``/topic/<slug>``: a health topic and its questions."""
    slug, page = unquote(request.url_vars["slug"]), _page_number(request)

    def read(connection: Connection) -> Any:
        return records.topic(connection, slug, page)

    # Only first pages are asked for again and again.
    keep = page == 1
    found = await (_kept(datasette, f"topic {slug}", read) if keep else _read(datasette, read))
    if found is None:
        raise NotFound(f"The archive has no health topic called {slug}.")
    paging = _paging(request, page, found["count"], records.LIST_SIZE)
    return await _page(datasette, request, "topic", {"t": found, "paging": paging})


async def responder(datasette: Datasette, request: Request) -> Response:
    """``/responder/<id>``: a person and what they answered; also by the slug of the name."""
    name, page = unquote(request.url_vars["id"]), _page_number(request)
    people = await _read(datasette, lambda c: records.responders_called(c, name))
    if not people:
        raise NotFound(f"The archive knows no responder {name}.")
    if len(people) > 1:
        return await _page(datasette, request, "responders", {"people": people})
    person = people[0]
    if name != str(person["id"]):
        return Response.redirect(datasette.urls.path(f"/responder/{person['id']}"))
    found = await _read(datasette, lambda c: records.responder(c, person, page))
    paging = _paging(request, page, found["count"], records.LIST_SIZE)
    return await _page(datasette, request, "responder", {"r": found, "paging": paging})


async def results(datasette: Datasette, request: Request) -> Response:
    """``/search?q=``: ranked results. No query is an error."""
    text = (request.args.get("q") or "")[: search.MAX_CHARACTERS]
    page = min(_page_number(request), search.LAST_PAGE)
    asked = search.terms(text)
    context: dict[str, Any] = {"text": text, "asked": asked, "found": [], "count": 0, "mode": ""}
    if asked.phrases:
        context |= await _search(datasette, asked, page)
    reach = min(context["count"], search.LAST_PAGE * search.PAGE_SIZE)
    context["paging"] = _paging(request, page, reach, search.PAGE_SIZE)
    context["start"] = (page - 1) * search.PAGE_SIZE
    return await _page(datasette, request, "search", context)


async def _search(datasette: Datasette, asked: search.Terms, page: int) -> dict[str, Any]:
    """Count, rank and show: all terms first, any of them if no question has all."""
    database = _database(datasette)

    async def count(match: str) -> int:
        return int((await database.execute(search.COUNT, {"match": match})).rows[0][0])

    mode, match = "all", asked.all()
    if not (matches := await count(match)):
        mode, match = "any", asked.any()
        if not (matches := await count(match)):
            return {"mode": "none"}
    params = {
        "match": match,
        "limit": search.PAGE_SIZE,
        "offset": (page - 1) * search.PAGE_SIZE,
    }
    ranked = True
    try:
        order = await database.execute(
            search.RANKED, params, custom_time_limit=search.RANK_LIMIT_MS
        )
    except QueryInterrupted:
        order, ranked = await database.execute(search.UNRANKED, params), False
    ids = [row[0] for row in order.rows]
    values = {"match": match, **{f"id{i}": number for i, number in enumerate(ids)}}
    by_id = {
        row["id"]: {
            **dict(row),
            "snippet": search.best_snippet(row["in_question"], row["in_answer"]),
        }
        for row in (await database.execute(search.shown(len(ids)), values)).rows
    }
    # A crawl may have withdrawn a row between the two reads.
    found = [by_id[number] for number in ids if number in by_id]
    return {"mode": mode, "count": matches, "found": found, "ranked": ranked}


def _database(datasette: Datasette) -> ArchiveDatabase:
    return cast(ArchiveDatabase, datasette.get_database(NAME))


async def _read(datasette: Datasette, read: Callable[[Connection], Any]) -> Any:
    def limited(connection: Connection) -> Any:
        with sqlite_timelimit(connection, READ_LIMIT_MS):
            try:
                return read(connection)
            except OperationalError as error:
                if error.args == ("interrupted",):
                    why = "The archive is too busy to show this page. Try again in a moment."
                    raise DatasetteError(why, title="Busy", status=503) from error
                raise

    return await _database(datasette).execute_fn(limited)


async def _kept(datasette: Datasette, key: str, read: Callable[[Connection], Any]) -> Any:
    """What ``read`` gives, remembered until the next commit."""
    return await _database(datasette).remember(("page", key), lambda: _read(datasette, read))


async def _page(
    datasette: Datasette, request: Request, template: str, context: dict[str, Any]
) -> Response:
    html = await datasette.render_template(
        f"housecall/{template}.html", context, request=request, view_name=template
    )
    return Response.html(html, headers={"Cache-Control": cache_control(datasette)})


def cache_control(datasette: Datasette) -> str:
    """The same caching as Datasette gives its own pages."""
    seconds = int(datasette.setting("default_cache_ttl"))
    return f"max-age={seconds}" if seconds > 0 else "no-cache"


def _page_number(request: Request) -> int:
    value = request.args.get("page") or ""
    if value.isascii() and value.isdigit() and len(value) < 6:
        return max(1, int(value))
    return 1


def _paging(request: Request, page: int, count: int, size: int) -> dict[str, Any]:
    """Where a list stands, and the addresses of its neighbours."""
    last = max(1, -(-count // size))

    def address(number: int) -> str:
        kept = [(k, v) for k in request.args for v in request.args.getlist(k) if k != "page"]
        extra = [("page", str(number))] if number > 1 else []
        query = urlencode(kept + extra, quote_via=quote, errors="replace")
        return f"{request.path}?{query}" if query else str(request.path)

    return {
        "page": page,
        "last": last,
        "previous": address(min(page - 1, last)) if page > 1 else None,
        "next": address(page + 1) if page < last else None,
    }
