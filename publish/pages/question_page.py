"""``/q/<site>/<source_id>``: a question made for reading."""

from __future__ import annotations

from sqlite3 import Connection, OperationalError
from typing import TYPE_CHECKING
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Request, Response

from publish.cite.block import citation_context
from publish.cite.citation_formats import preferred_format
from publish.data import lookup, records
from publish.data.records import Row
from publish.data.urls import archived_copy, other_copies, question_path
from publish.pages.common import Route, base_url, page, read, today
from publish.search import neighbours
from publish.search.request import search_request
from publish.search.similar import similar

if TYPE_CHECKING:
    from datasette.app import Datasette


def key_of(request: Request) -> lookup.Key:
    """The site and the number that the address names."""
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
    """The question, its answer, who answered, and the evidence."""
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
    """A question, its place in the search that the address names, and others like it."""
    row = records.question(connection, *key_of(request))
    if row is None:
        return None
    context: Row = {"q": row, "place": None, "similar": []}
    try:
        if request.query_string and not (search := search_request(request.args)).is_everything:
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


ROUTES: list[Route] = [(r"^/q/(?P<site>[^/:]+)/(?P<source_id>[^/]+)/?$", question)]
