"""``/q/<site>/<id>/cite.<format>`` and ``/export/questions.<format>``: citations to download."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Request, Response

from publish.cite.as_bibtex import citation_key
from publish.cite.block import citation_context
from publish.cite.citation_formats import FORMATS, preferred_format
from publish.cite.lists import export_format
from publish.cite.record import cite
from publish.data import lookup, records
from publish.data.urls import question_path
from publish.datasette.publisher import PLUGIN, Publisher
from publish.export.stream import Receive, Send
from publish.pages.common import Route, cache_control, read
from publish.pages.export_page import deliver

if TYPE_CHECKING:
    from datasette.app import Datasette


def publisher(datasette: Datasette) -> Publisher:
    """Who serves this archive."""
    return Publisher.of(datasette.plugin_config(PLUGIN))


def base_url(datasette: Datasette, request: Request) -> str:
    """Scheme and host of absolute addresses: as configured, else as the request came."""
    return publisher(datasette).base(request.scheme, request.host)


def today() -> date:
    """The day on which a reader retrieves a page, in UTC."""
    return datetime.now(UTC).date()


def citing(datasette: Datasette, request: Request, question: dict[str, Any]) -> dict[str, Any]:
    """Return how to cite a question; see :func:`publish.cite.block.citation_context`."""
    return citation_context(question, base_url(datasette, request), today())


def negotiated(request: Request) -> Response | None:
    """The way to a citation, for who asks a question's address for one instead of a page.

    As https://citation.crosscite.org does for DOIs.
    """
    found = preferred_format(request.headers.get("accept", ""))
    if found is None:
        return None
    address = f"{request.path}/cite.{found.extension}"
    return Response.redirect(address, status=303, headers={"Vary": "Accept"})


async def one(datasette: Datasette, request: Request) -> Response:
    """The citation of one question, as a file."""
    site, source_id = (unquote(request.url_vars[name]) for name in ("site", "source_id"))
    form = FORMATS[request.url_vars["format"]]
    found = await read(datasette, lambda c: records.question(c, site, source_id))
    if found is None:
        # As with the page: another spelling of the address leads to the right one.
        other = await read(datasette, lambda c: lookup.question_called(c, site, source_id))
        if other is None:
            raise NotFound(f"The archive has no question {source_id} from {site}.")
        path = f"{question_path(*other)}/cite.{form.extension}"
        return Response.redirect(datasette.urls.path(path), status=301)
    record = cite(found, base_url(datasette, request), today())
    name = citation_key(record).replace(":", "-")[:100]
    return Response(
        form.begin + form.write(record) + (form.end(1) if form.begin else ""),
        headers=_headers(datasette, f"{name}.{form.extension}"),
        content_type=form.content_type,
    )


async def several(
    datasette: Datasette, request: Request, receive: Receive, send: Send
) -> Response | None:
    """The citations of all questions that were asked for, streamed as exports are."""
    name = request.url_vars["format"]
    form = FORMATS[name.removeprefix("csl.")]
    written = export_format(form, name, base_url(datasette, request), today())
    return await deliver(datasette, request, receive, send, written)


def _headers(datasette: Datasette, name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": cache_control(datasette),
    }


ROUTES: list[Route] = [
    (r"^/q/(?P<site>[^/]+)/(?P<source_id>[^/]+)/cite\.(?P<format>bib|ris|json)$", one),
    (r"^/export/questions\.(?P<format>bib|ris|csl\.json)$", several),
]
