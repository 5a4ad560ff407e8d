"""``/q/<site>/<source_id>``: a question made for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Request, Response

from publish import records
from publish.pages.common import Route, page, read

if TYPE_CHECKING:
    from datasette.app import Datasette


async def question(datasette: Datasette, request: Request) -> Response:
    """The question, its answer, who answered, and the evidence."""
    site, source_id = (unquote(request.url_vars[name]) for name in ("site", "source_id"))
    found = await read(datasette, lambda c: records.question(c, site, source_id))
    if found is None:
        raise NotFound(f"The archive has no question {source_id} from {site}.")
    return await page(datasette, request, "question", {"q": found})


ROUTES: list[Route] = [(r"^/q/(?P<site>[^/]+)/(?P<source_id>[^/]+)$", question)]
