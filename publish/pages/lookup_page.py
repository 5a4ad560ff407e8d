"""``/q?url=...`` and ``/q/http://...``: a question by any address that its page ever had."""

from __future__ import annotations

from urllib.parse import unquote

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from publish.data import lookup
from publish.data.urls import question_path
from publish.pages.common import Route, page, read


async def by_field(datasette: Datasette, request: Request) -> Response:
    """Return a form to find a question by web address, and where it leads."""
    return await _found(datasette, request, request.args.get("url") or "")


async def by_path(datasette: Datasette, request: Request) -> Response:
    """Return the same for a web address that was written behind ours."""
    query = f"?{request.query_string}" if request.query_string else ""
    return await _found(datasette, request, unquote(request.url_vars["url"]) + query)


async def _found(datasette: Datasette, request: Request, text: str) -> Response:
    text = text.strip()[: lookup.MOST_CHARACTERS]
    if text:
        questions = await read(datasette, lambda c: lookup.questions_at(c, text))
        if len(questions) == 1:
            path = question_path(questions[0]["site"], questions[0]["source_id"])
            # Not for ever: another page may come to have this address.
            return Response.redirect(datasette.urls.path(path), status=302)
    else:
        questions = []
    context = {"address": text, "questions": questions}
    response = await page(datasette, request, "lookup", context)
    response.status = 404 if text and not questions else 200
    return response


ROUTES: list[Route] = [
    (r"^/q/?$", by_field),
    (r"^/q/(?P<url>(?i:https?(?::|%3A)).*)$", by_path),
]
