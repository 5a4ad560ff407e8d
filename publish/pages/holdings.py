"""``/topic/<slug>``, ``/responder/<id>``: what the archive holds of each."""

from __future__ import annotations

from sqlite3 import Connection
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Request, Response

from publish import records
from publish.pages.common import Route, kept, page, page_number, paging, read

if TYPE_CHECKING:
    from datasette.app import Datasette


async def topic(datasette: Datasette, request: Request) -> Response:
    """``/topic/<slug>``: a health topic and its questions."""
    slug, number = unquote(request.url_vars["slug"]), page_number(request)

    def reader(connection: Connection) -> Any:
        return records.topic(connection, slug, number)

    # Only first pages are asked for again and again.
    keep = number == 1
    found = await (kept(datasette, f"topic {slug}", reader) if keep else read(datasette, reader))
    if found is None:
        raise NotFound(f"The archive has no health topic called {slug}.")
    place = paging(request, number, found["count"], records.LIST_SIZE)
    return await page(datasette, request, "topic", {"t": found, "paging": place})


async def responder(datasette: Datasette, request: Request) -> Response:
    """``/responder/<id>``: a person and what they answered; also by the slug of the name."""
    name, number = unquote(request.url_vars["id"]), page_number(request)
    people = await read(datasette, lambda c: records.responders_called(c, name))
    if not people:
        raise NotFound(f"The archive knows no responder {name}.")
    if len(people) > 1:
        return await page(datasette, request, "responders", {"people": people})
    person = people[0]
    if name != str(person["id"]):
        return Response.redirect(datasette.urls.path(f"/responder/{person['id']}"))
    found = await read(datasette, lambda c: records.responder(c, person, number))
    place = paging(request, number, found["count"], records.LIST_SIZE)
    return await page(datasette, request, "responder", {"r": found, "paging": place})


ROUTES: list[Route] = [
    (r"^/topic/(?P<slug>[^/]+)$", topic),
    (r"^/responder/(?P<id>[^/]+)$", responder),
]
