"""``/search``: ranked results for words and filters."""

from __future__ import annotations

from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Request, Response

from publish import search, selection
from publish.asked import Asked, asked
from publish.pages.common import Route, page, page_number, paging, read

if TYPE_CHECKING:
    from datasette.app import Datasette


async def results(datasette: Datasette, request: Request) -> Response:
    """One page of results. No query is an error."""
    query = asked(request.args)
    number = min(page_number(request), search.LAST_PAGE)
    context: dict[str, Any] = {"text": query.text, "asked": query, "found": [], "count": 0}
    context["words"] = search.terms(query.text)
    if not query.is_everything:
        context |= await read(datasette, lambda c: _found(c, query, number))
    reach = min(context["count"], search.LAST_PAGE * search.PAGE_SIZE)
    context["paging"] = paging(request, number, reach, search.PAGE_SIZE)
    context["start"] = (number - 1) * search.PAGE_SIZE
    return await page(datasette, request, "search", context)


def _found(connection: Connection, query: Asked, number: int) -> dict[str, Any]:
    chosen = selection.select(connection, query)
    offset = (number - 1) * search.PAGE_SIZE
    ids = selection.ranked(connection, chosen, search.PAGE_SIZE, offset)
    return {
        "mode": chosen.mode,
        "count": selection.count(connection, chosen),
        "found": search.results(connection, ids, chosen.match),
    }


ROUTES: list[Route] = [(r"^/search/?$", results)]
