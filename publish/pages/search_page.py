"""``/search`` and ``/search.json``: ranked results for words and filters."""

from __future__ import annotations

import json
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Request, Response

from publish import semantic
from publish.data.urls import question_path
from publish.pages.common import Route, cache_control, page, page_number, paging, read
from publish.search.facet_counts import Choices, count_facets
from publish.search.matching import SearchHits
from publish.search.query_language import parse
from publish.search.request import SearchRequest, search_request
from publish.search.results import LAST_PAGE, PAGE_SIZE, results, unmarked
from publish.search.selection import select

if TYPE_CHECKING:
    from datasette.app import Datasette


async def search(datasette: Datasette, request: Request) -> Response:
    """One page of results as a web page. No query is an error."""
    context = await _answer(datasette, request)
    return await page(datasette, request, "search", context)


async def search_json(datasette: Datasette, request: Request) -> Response:
    """The same as JSON."""
    context = await _answer(datasette, request)
    body = json.dumps(_as_json(context), ensure_ascii=True)
    return Response(
        body,
        content_type="application/json; charset=utf-8",
        headers={"Cache-Control": cache_control(datasette)},
    )


async def _answer(datasette: Datasette, request: Request) -> dict[str, Any]:
    query = search_request(request.args)
    number = min(page_number(request), LAST_PAGE)
    context: dict[str, Any] = await read(datasette, lambda c: _found(c, query, number))
    reach = min(context["count"], LAST_PAGE * PAGE_SIZE)
    return {
        **context,
        "text": query.text,
        "asked": query,
        "paging": paging(request, number, reach, PAGE_SIZE),
        "start": (number - 1) * PAGE_SIZE,
        "reach": reach,
    }


def _found(connection: Connection, query: SearchRequest, number: int) -> dict[str, Any]:
    chosen = select(connection, query)
    offset = (number - 1) * PAGE_SIZE
    ids = chosen.ranked(PAGE_SIZE, offset)
    return {
        "mode": chosen.mode,
        "words": chosen.hits,
        "count": chosen.count,
        "found": results(connection, ids, chosen.match),
        "facets": count_facets(chosen),
        "by_meaning": semantic.ready(connection),
        "is_exact": chosen.is_exact,
        **_otherwise(query, chosen.hits),
    }


def _otherwise(query: SearchRequest, found: SearchHits) -> dict[str, Any]:
    """Other texts that a reader may want to search for."""
    typed = parse(query.text)
    changed = tuple(term for term in typed.terms if term not in found.query.terms)
    strict = found.query.exactly(found.query.content_terms)
    return {
        "as_typed": str(typed.exactly(changed)) if found.corrected else None,
        "strictly": str(strict) if found.mode == "any" and found.with_all else None,
        "suggestion": str(found.suggestion) if found.suggestion else None,
    }


def _as_json(context: dict[str, Any]) -> dict[str, Any]:
    query, found = context["asked"], context["words"]
    return {
        "query": str(found.query),
        "mode": context["mode"],
        "corrected": found.corrected,
        "suggestion": context["suggestion"],
        "left_out": [str(term) for term in found.left_out],
        "other_words": [str(term) for term in found.synonyms],
        "filters": {name: list(values) for name, values in query.filters.items()},
        "sort": query.sort,
        "count": context["count"],
        "page": context["paging"]["page"],
        "pages": context["paging"]["last"],
        "page_size": PAGE_SIZE,
        "results": [_result_as_json(row) for row in context["found"]],
        "facets": {choices.name: _facet_as_json(choices) for choices in context["facets"]},
    }


def _result_as_json(row: dict[str, Any]) -> dict[str, Any]:
    same = ("site", "source_id", "url", "topic", "responder", "institution", "year", "status")
    return {
        **{name: row[name] for name in same},
        "title": unmarked(row["title"]),
        "snippet": unmarked(row["snippet"]),
        "path": question_path(row["site"], row["source_id"]),
    }


def _facet_as_json(choices: Choices) -> list[dict[str, Any]]:
    return [
        {"value": one.value, "label": one.label, "count": one.count, "chosen": one.chosen}
        for one in choices.all
    ]


ROUTES: list[Route] = [(r"^/search/?$", search), (r"^/search\.json$", search_json)]
