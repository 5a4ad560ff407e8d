"""``/search`` and ``/search.json``: ranked results for words and filters."""

from __future__ import annotations

import json
from dataclasses import asdict
from sqlite3 import Connection
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from publish.data.urls import question_path
from publish.pages.common import Route, asked, caching, page, page_number, paging, read
from publish.search.facet_counts import Choices, count_facets
from publish.search.matching import SearchHits
from publish.search.named import named
from publish.search.query_language import parse
from publish.search.request import SearchRequest
from publish.search.results import LAST_PAGE, PAGE_SIZE, results, unmarked
from publish.search.selection import select


async def search(datasette: Datasette, request: Request) -> Response:
    """Return one page of results as a web page. No query is an error."""
    context = await _answer(datasette, request)
    return await page(datasette, request, "search", context)


async def search_json(datasette: Datasette, request: Request) -> Response:
    """Return the same as JSON."""
    context = await _answer(datasette, request)
    body = json.dumps(_as_json(context), ensure_ascii=True)
    return Response(
        body,
        content_type="application/json; charset=utf-8",
        headers=caching(datasette),
    )


async def _answer(datasette: Datasette, request: Request) -> dict[str, Any]:
    query = await asked(datasette, request)
    number = min(page_number(request), LAST_PAGE)
    context = await read(datasette, lambda c: _results(c, query, number))
    reach = min(context["count"], LAST_PAGE * PAGE_SIZE)
    return {
        **context,
        "text": query.text,
        "search": query,
        "paging": paging(request, number, reach, PAGE_SIZE),
        "start": (number - 1) * PAGE_SIZE,
        "reach": reach,
    }


def _results(connection: Connection, query: SearchRequest, number: int) -> dict[str, Any]:
    selection = select(connection, query)
    offset = (number - 1) * PAGE_SIZE
    ids = selection.ranked(PAGE_SIZE, offset)
    return {
        "mode": selection.mode,
        "words": selection.hits,
        "count": selection.count,
        "results": results(connection, ids, selection.match),
        "facets": count_facets(selection),
        "several_sites": selection.sites > 1,
        "named": named(connection, selection.index, query.text),
        **_other_queries(query, selection.hits),
    }


def _other_queries(query: SearchRequest, hits: SearchHits) -> dict[str, Any]:
    """Return other texts that a reader may want to search for."""
    typed = parse(query.text)
    changed = tuple(term for term in typed.terms if term not in hits.query.terms)
    strict = hits.query.exactly(hits.query.content_terms)
    return {
        "as_typed": str(typed.exactly(changed)) if hits.corrected else None,
        "strictly": str(strict) if hits.mode == "any" and hits.with_all else None,
        "suggestion": str(hits.suggestion) if hits.suggestion else None,
    }


def _as_json(context: dict[str, Any]) -> dict[str, Any]:
    query, hits = context["search"], context["words"]
    return {
        "query": str(hits.query),
        "mode": context["mode"],
        "corrected": hits.corrected,
        "suggestion": context["suggestion"],
        "with_all_words": hits.with_all,
        "not_understood": list(hits.not_understood),
        "named": [asdict(each) for each in context["named"]],
        "filters": {name: list(values) for name, values in query.filters.items()},
        "sort": query.sort,
        "count": context["count"],
        "page": context["paging"]["page"],
        "pages": context["paging"]["last"],
        "page_size": PAGE_SIZE,
        "results": [_result_as_json(row) for row in context["results"]],
        "facets": {choices.name: _facet_as_json(choices) for choices in context["facets"]},
    }


def _result_as_json(row: dict[str, Any]) -> dict[str, Any]:
    same = (
        "site", "source_id", "url", "topic", "responder", "institution", "year", "status",
        "answers",
    )  # fmt: skip
    return {
        **{name: row[name] for name in same},
        "title": unmarked(row["title"]),
        "snippet": unmarked(row["snippet"]),
        "path": question_path(row["site"], row["source_id"]),
        "by_meaning": row["by_meaning"],
    }


def _facet_as_json(choices: Choices) -> list[dict[str, Any]]:
    return [
        {name: getattr(choice, name) for name in ("value", "label", "count", "chosen")}
        for choice in choices.all
    ]


ROUTES: list[Route] = [(r"^/search/?$", search), (r"^/search\.json$", search_json)]
