"""``/q/<site>/<source_id>``: a question made for reading."""

from __future__ import annotations

from sqlite3 import Connection, OperationalError
from typing import TYPE_CHECKING
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Request, Response

from publish.data import lookup, provenance_links, records
from publish.data.records import Row
from publish.data.urls import question_path
from publish.pages.cite_page import citing, negotiated
from publish.pages.common import Route, page, read
from publish.search import neighbours
from publish.search.request import SearchRequest, search_request
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
    key, wanted = key_of(request), search_request(request.args)
    at = neighbours.parse_rank(request.args.get("at"))
    found: Row | None = await read(datasette, lambda c: _found(c, key, wanted, at))
    if found is None or request.path.endswith("/"):
        return await elsewhere(datasette, request)
    if citation := negotiated(request):
        return citation
    cite = citing(datasette, request, found["q"])
    context = {
        **found,
        "cite": cite,
        "archived_copy": provenance_links.archived_copy(found["q"]["capture"]),
        "other_copies": provenance_links.other_copies(found["q"]["url"]),
    }
    headers = {"Link": cite["link"], "Vary": "Accept"}
    return await page(datasette, request, "question", context, headers)


def _found(
    connection: Connection, key: lookup.Key, wanted: SearchRequest, at: int | None
) -> Row | None:
    """A question, its place in the search that the address names, and others like it."""
    found = records.question(connection, *key)
    if found is None:
        return None
    place = None if wanted.is_everything else neighbours.SearchPosition(wanted)
    alike: list[Row] = []
    try:
        if place and at is not None:
            place = neighbours.search_position(connection, wanted, at, found["id"])
        alike = similar(connection, found["id"])
    except OperationalError as error:
        # Too busy for what stands beside the question: that itself is there.
        if error.args != ("interrupted",):
            raise
    return {"q": found, "place": place, "similar": alike}


ROUTES: list[Route] = [(r"^/q/(?P<site>[^/:]+)/(?P<source_id>[^/]+)/?$", question)]
