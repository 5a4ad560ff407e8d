"""``/q/<site>/<source_id>/versions`` and ``.../compare``: the texts that a page has had."""

from __future__ import annotations

from sqlite3 import Connection
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Request, Response

from publish.data import provenance_links, version_diff, versions
from publish.data.records import Row, snapshot
from publish.data.urls import question_path
from publish.data.versions import Text, Texts
from publish.pages.cite_page import base_url
from publish.pages.common import Route, page, page_number, paging, read
from publish.pages.question_page import elsewhere, key_of

if TYPE_CHECKING:
    from datasette.app import Datasette

#: More texts than this are chosen by number, not from a list.
MOST_CHOICES = 60


async def listing(datasette: Datasette, request: Request) -> Response:
    """All texts in time, each with its evidence and what it changed."""
    key, number = key_of(request), page_number(request)

    def reader(connection: Connection) -> tuple[Texts | None, list[Row]]:
        with snapshot(connection):
            every = versions.texts(connection, *key)
            return every, versions.listing(connection, every, number) if every else []

    every, shown = await read(datasette, reader)
    if every is None:
        return await elsewhere(datasette, request, "/versions")
    place = paging(request, number, len(every.all), versions.LIST_SIZE)
    context = {"texts": every, "shown": shown, "paging": place, **_form(every)}
    return await page(datasette, request, "versions", context)


async def one(datasette: Datasette, request: Request) -> Response:
    """An earlier text (or the current one), by the digest that it will always have."""
    key, name = key_of(request), unquote(request.url_vars["name"])

    def reader(connection: Connection) -> tuple[Texts | None, Text | None, Row | None]:
        with snapshot(connection):
            every = versions.texts(connection, *key)
            text = every.named(name.lower()) if every else None
            found = versions.reading(connection, every, text) if every and text else None
            return every, text, found

    every, text, found = await read(datasette, reader)
    if every is None:
        return await elsewhere(datasette, request, f"/versions/{request.url_vars['name']}")
    if text is None:
        raise NotFound(f"The archive knows no text {name} of this question.")
    if name != text.short:
        path = question_path(*key) + f"/versions/{text.short}"
        # A number may come to mean another text; a digest never does.
        status = 302 if name.isdigit() and len(name) < versions.FEWEST_DIGITS else 301
        return Response.redirect(datasette.urls.path(path), status=status)
    context = {
        "q": {**found, "site": every.site, "source_id": every.source_id, "url": every.url},
        "texts": every,
        "text_version": text,
        "archived_copy": provenance_links.archived_copy(found["capture"]),
        "address": f"{base_url(datasette, request)}{question_path(*key)}/versions/{text.short}",
    }
    return await page(datasette, request, "text", context)


async def compare(datasette: Datasette, request: Request) -> Response:
    """What differs between two texts, each named by number or digest."""
    key = key_of(request)
    wanted = [(request.args.get(name) or "").strip().lower()[:64] for name in ("from", "to")]

    def reader(connection: Connection) -> dict[str, Any] | None:
        with snapshot(connection):
            every = versions.texts(connection, *key)
            return _compared(connection, every, *wanted) if every else None

    context = await read(datasette, reader)
    if context is None:
        return await elsewhere(datasette, request, "/compare")
    if context["old"] is None or context["new"] is None:
        count = len(context["texts"].all)
        raise NotFound(f"This question has the texts 1 to {count}; name two of them to compare.")
    return await page(datasette, request, "compare", {**context, **_form(context["texts"])})


def _compared(connection: Connection, every: Texts, old: str, new: str) -> dict[str, Any]:
    """Two texts and their difference; the last two of all where none are named."""
    last = every.all[-1] if every.all else None
    second = every.named(new) if new else last
    first = every.named(old) if old else (second and (every.before(second) or second))
    found: list[version_diff.FieldDiff] = []
    if first and second:
        said = versions.records(connection, (first, second))
        found = version_diff.compare_fields(said[first.id], said[second.id])
    return {"texts": every, "old": first, "new": second, "fields": found}


def _form(every: Texts) -> dict[str, Any]:
    return {"choices": every.all if 1 < len(every.all) <= MOST_CHOICES else ()}


_QUESTION = r"^/q/(?P<site>[^/:]+)/(?P<source_id>[^/]+)"

ROUTES: list[Route] = [
    (_QUESTION + r"/versions/?$", listing),
    (_QUESTION + r"/versions/(?P<name>[^/]+)$", one),
    (_QUESTION + r"/compare/?$", compare),
]
