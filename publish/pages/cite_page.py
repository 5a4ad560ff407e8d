"""``/q/<site>/<id>/cite.<format>`` and ``/export/questions.<format>``: citations to download."""

from __future__ import annotations

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from publish.cite.as_bibtex import citation_key
from publish.cite.citation_formats import FORMATS, LISTS, export_format
from publish.cite.record import cite
from publish.data import records
from publish.export.stream import Receive, Send
from publish.pages.common import Route, base_url, caching, read, today
from publish.pages.export_page import deliver
from publish.pages.question_page import ADDRESS, elsewhere, key_of


async def citation(datasette: Datasette, request: Request) -> Response:
    """Return the citation of one question, as a file."""
    form = FORMATS[request.url_vars["format"]]
    question = await read(datasette, lambda c: records.question(c, *key_of(request)))
    if question is None:
        return await elsewhere(datasette, request, f"/cite.{form.extension}")
    record = cite(question, base_url(datasette, request), today())
    name = citation_key(record).replace(":", "-")[:100]
    return Response(
        form.begin + form.write(record) + (form.end(1) if form.begin else ""),
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{form.extension}"',
            **caching(datasette),
        },
        content_type=form.content_type,
    )


async def citations(
    datasette: Datasette, request: Request, receive: Receive, send: Send
) -> Response | None:
    """Return the citations of all questions that were asked for, streamed as exports are."""
    name = request.url_vars["format"]
    written = export_format(LISTS[name], name, base_url(datasette, request), today())
    return await deliver(datasette, request, receive, send, written)


ROUTES: list[Route] = [
    (ADDRESS + r"/cite\.(?P<format>bib|ris|json)$", citation),
    (r"^/export/questions\.(?P<format>bib|ris|csl\.json)$", citations),
]
