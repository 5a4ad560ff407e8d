"""``/topic/<slug>``, ``/responder/<id>``, ``/institution/<slug>``: what the archive holds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Request, Response

from pipelines.db import ids
from publish.data.records import Row
from publish.pages import holdings_rows
from publish.pages.common import Route, kept, page, page_number, paging, read
from publish.search.request import SearchRequest

if TYPE_CHECKING:
    from datasette.app import Datasette


async def topic(datasette: Datasette, request: Request) -> Response:
    """``/topic/<slug>``: a health topic and its questions."""
    slug = unquote(request.url_vars["slug"])
    found = await kept(datasette, f"topic {slug}", lambda c: holdings_rows.topic(c, slug))
    if found is None:
        raise NotFound(f"The archive has no health topic called {slug}.")
    asked = SearchRequest(topic=(slug,), sort="newest")
    return await _page(datasette, request, "topic", found, asked)


async def responder(datasette: Datasette, request: Request) -> Response:
    """``/responder/<id>``: a person and what they answered; also by the slug of the name.

    The number is made of the profile's address, or else of name and institution, so it is
    the same in every archive, and two people of one name have two.
    """
    name = unquote(request.url_vars["id"])
    people = await kept(
        datasette, f"called {name}", lambda c: holdings_rows.responders_called(c, name)
    )
    if not people:
        raise NotFound(f"The archive knows no responder {name}.")
    if len(people) > 1:
        return await page(datasette, request, "namesakes", {"people": people})
    number = people[0]["id"]
    if name != str(number):
        return Response.redirect(datasette.urls.path(f"/responder/{number}"))
    printed = await kept(datasette, f"signed {name}", lambda c: holdings_rows.signatures(c, number))
    found = {**people[0], "printed_as": printed}
    asked = SearchRequest(responder=(number,), sort="newest")
    return await _page(datasette, request, "responder", found, asked)


async def institution(datasette: Datasette, request: Request) -> Response:
    """``/institution/<slug>``: an institution, by all spellings that have this slug."""
    slug = unquote(request.url_vars["slug"])
    names = await _spellings(datasette, slug)
    if not names:
        plain = ids.slug(slug)
        if plain != slug and await _spellings(datasette, plain):
            return Response.redirect(datasette.urls.path(f"/institution/{plain}"), status=301)
        raise NotFound(f"The archive knows no institution {slug}.")
    found = {"name": names[0], "spellings": names}
    asked = SearchRequest(institution=names, sort="newest")
    return await _page(datasette, request, "institution", found, asked)


async def _spellings(datasette: Datasette, slug: str) -> tuple[str, ...]:
    found: tuple[str, ...] = await kept(
        datasette, f"spellings {slug}", lambda c: holdings_rows.institutions_called(c, slug)
    )
    return found


async def _page(
    datasette: Datasette, request: Request, template: str, about: Row, asked: SearchRequest
) -> Response:
    number = page_number(request)
    held = await read(datasette, lambda c: holdings_rows.held(c, asked, number))
    place = paging(request, number, held["count"], holdings_rows.LIST_SIZE)
    context = {"about": about, "held": held, "asked": asked, "paging": place}
    return await page(datasette, request, template, context)


ROUTES: list[Route] = [
    (r"^/topic/(?P<slug>[^/]+)$", topic),
    (r"^/responder/(?P<id>[^/]+)$", responder),
    (r"^/institution/(?P<slug>[^/]+)$", institution),
]
