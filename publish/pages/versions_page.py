"""``/q/<site>/<source_id>/versions`` and ``.../compare``: the texts that a page has had."""

from __future__ import annotations

from collections.abc import Callable
from sqlite3 import Connection
from typing import Any, TypeVar
from urllib.parse import unquote

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from publish.data import version_diff, versions
from publish.data.records import Row, snapshot
from publish.data.urls import archived_copy, question_path
from publish.data.versions import Text, Texts
from publish.pages.common import Route, base_url, page, page_number, paging, read
from publish.pages.question_page import ADDRESS, elsewhere, key_of

T = TypeVar("T")

#: More texts than this are chosen by number, not from a list.
MOST_CHOICES = 60


async def listing(datasette: Datasette, request: Request) -> Response:
    """Return all texts in time, each with its evidence and what it changed."""
    number = page_number(request)
    result = await _read(datasette, request, lambda c, texts: versions.listing(c, texts, number))
    if result is None:
        return await elsewhere(datasette, request, "/versions")
    texts, shown = result
    place = paging(request, number, len(texts.all), versions.LIST_SIZE)
    context = {"texts": texts, "shown": shown, "paging": place, "choices": _choices(texts)}
    return await page(datasette, request, "versions", context)


async def text_page(datasette: Datasette, request: Request) -> Response:
    """Return an earlier text (or the current one), by the digest that it will always have."""
    name = unquote(request.url_vars["name"])

    def reader(connection: Connection, texts: Texts) -> tuple[Text, Row] | None:
        text = texts.named(name.lower())
        return (text, versions.reading(connection, texts, text)) if text else None

    result = await _read(datasette, request, reader)
    if result is None:
        return await elsewhere(datasette, request, f"/versions/{request.url_vars['name']}")
    texts, named = result
    if named is None:
        raise NotFound(f"The archive knows no text {name} of this question.")
    text, reading = named
    path = question_path(*key_of(request)) + f"/versions/{text.short}"
    if name != text.short:
        # A number may come to mean another text; a digest never does.
        status = 302 if name.isdigit() and len(name) < versions.FEWEST_DIGITS else 301
        return Response.redirect(datasette.urls.path(path), status=status)
    url = texts.url if text.part == 1 else reading["capture"]["url"]
    context = {
        "q": {**reading, "site": texts.site, "source_id": texts.source_id, "url": url},
        "texts": texts,
        "text_version": text,
        "archived_copy": archived_copy(reading["capture"]),
        "address": f"{base_url(datasette, request)}{path}",
    }
    return await page(datasette, request, "text", context)


async def compare(datasette: Datasette, request: Request) -> Response:
    """Return what differs between two texts, each named by number or digest."""
    old, new = ((request.args.get(name) or "").strip().lower()[:64] for name in ("from", "to"))
    result = await _read(datasette, request, lambda c, texts: _compared(c, texts, old, new))
    if result is None:
        return await elsewhere(datasette, request, "/compare")
    texts, context = result
    if context["old"] is None or context["new"] is None:
        count = len(texts.all)
        raise NotFound(f"This question has the texts 1 to {count}; name two of them to compare.")
    return await page(datasette, request, "compare", context)


async def _read(
    datasette: Datasette, request: Request, reader: Callable[[Connection, Texts], T]
) -> tuple[Texts, T] | None:
    """The texts of a question and what ``reader`` gives for them; None without the question."""

    def read_both(connection: Connection) -> tuple[Texts, T] | None:
        with snapshot(connection):
            texts = versions.texts(connection, *key_of(request))
            return (texts, reader(connection, texts)) if texts else None

    return await read(datasette, read_both)


def _compared(connection: Connection, texts: Texts, old: str, new: str) -> dict[str, Any]:
    """Return two texts and their difference; those of the last change where none are named."""
    second = texts.named(new) if new else texts.newest
    first = texts.named(old) if old else (second and (texts.before(second) or second))
    fields: list[version_diff.FieldDiff] = []
    if first and second:
        records = versions.records(connection, (first, second))
        fields = version_diff.compare_fields(records[first.id], records[second.id])
    return {
        "texts": texts,
        "old": first,
        "new": second,
        "fields": fields,
        "choices": _choices(texts),
    }


def _choices(texts: Texts) -> tuple[Text, ...]:
    return texts.all if 1 < len(texts.all) <= MOST_CHOICES else ()


ROUTES: list[Route] = [
    (ADDRESS + r"/versions/?$", listing),
    (ADDRESS + r"/versions/(?P<name>[^/]+)$", text_page),
    (ADDRESS + r"/compare/?$", compare),
]
