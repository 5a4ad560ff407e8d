"""``/site/<name>``, ``/topic/<slug>``, ``/responder/<id>``, ``/institution/<slug>``.

Each of the four is a filter that a search has as well. So their questions, their order and
all counts beside them are those of the search.
"""

from __future__ import annotations

from functools import partial
from sqlite3 import Connection
from urllib.parse import unquote

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from pipelines.db import rules
from publish.data.records import Row, first, rows, rows_by_id
from publish.pages.common import Route, page, page_number, paging, read, remembered
from publish.search.facet_counts import Choice, count_facets
from publish.search.query_language import NONE
from publish.search.request import SearchRequest
from publish.search.selection import Selection, select

LIST_SIZE = 30
#: People and topics beside the questions of a page.
MOST_BESIDE = 15

_LISTED = """
SELECT q.id, q.site, coalesce(s.title, q.site) AS site_title, q.source_id, q.title, q.answers,
       q.year, q.status, q.gone_at,
       substr(q.question, 1, 500) AS question,
       t.name AS topic, t.slug, r.id AS responder_id, r.name AS responder, r.credentials
FROM questions q
LEFT JOIN topics t ON t.id = q.topic_id
LEFT JOIN responders r ON r.id = q.responder_id
LEFT JOIN sites s ON s.name = q.site
WHERE q.id IN ({})"""
_SIGNATURES = """
SELECT name, credentials, title, college, institution, count(*) AS n
FROM answer_responders WHERE responder_id = :id
GROUP BY 1, 2, 3, 4, 5 ORDER BY n DESC, 1, 2, 3, 4, 5 LIMIT 20"""
_INSTITUTIONS = """
SELECT institution AS name, count(*) AS n FROM answer_responders
WHERE institution IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"""


# Each is answered by an index, but for what a site's answers and failures are.
_SITE = """
SELECT q.site AS name, coalesce(s.title, q.site) AS title, s.url, s.language, s.answers AS by_whom,
    (SELECT last_captured_at FROM questions INDEXED BY questions_last_captured
     WHERE site = :name AND last_captured_at < strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '1 day')
     ORDER BY last_captured_at DESC LIMIT 1) AS newest,
    (SELECT count(*) FROM answers a JOIN questions n ON n.id = a.question_id
     WHERE n.site = :name) AS answers
FROM (SELECT site FROM questions WHERE site = :name LIMIT 1) q
LEFT JOIN sites s ON s.name = q.site"""
_FAILURES = """
SELECT count(DISTINCT canonical_url) AS n FROM failures
WHERE canonical_url >= :first AND canonical_url < :last AND resolved_by IS NULL"""


async def site(datasette: Datasette, request: Request) -> Response:
    """``/site/<name>``: a site and its questions."""
    name = unquote(request.url_vars["name"])
    about = await remembered(datasette, f"site {name}", lambda c: _site(c, name))
    if about is None:
        raise NotFound(f"The archive has no question from a site called {name}.")
    search = SearchRequest(site=(name,), sort="newest")
    return await _page(datasette, request, "site", about, search)


def _site(connection: Connection, name: str) -> Row | None:
    row = first(connection, _SITE, name=name)
    if row is None or not row["url"]:
        return row
    origin = "/".join(row["url"].split("/")[:3])
    # All addresses below it: "0" is the character after the slash.
    failed = first(connection, _FAILURES, first=f"{origin}/", last=f"{origin}0")
    return {**row, "origin": origin, "failures": failed["n"] if failed else 0}


async def topic(datasette: Datasette, request: Request) -> Response:
    """``/topic/<slug>``: a health topic and its questions."""
    slug = unquote(request.url_vars["slug"])
    sql = "SELECT * FROM topics WHERE slug = :slug"
    about = await remembered(datasette, f"topic {slug}", partial(first, sql=sql, slug=slug))
    if about is None:
        raise NotFound(f"The archive has no health topic called {slug}.")
    search = SearchRequest(topic=(slug,), sort="newest")
    return await _page(datasette, request, "topic", about, search)


async def responder(datasette: Datasette, request: Request) -> Response:
    """``/responder/<id>``: a person and what they answered; also by the slug of the name.

    The number is made of the profile's address, or else of name and institution, so it is
    the same in every archive, and two people of one name have two.
    """
    name = unquote(request.url_vars["id"])
    people = await remembered(datasette, f"called {name}", lambda c: _responders_called(c, name))
    if not people:
        raise NotFound(f"The archive knows no responder {name}.")
    if len(people) > 1:
        return await page(datasette, request, "namesakes", {"people": people})
    number = people[0]["id"]
    if name != str(number):
        return Response.redirect(datasette.urls.path(f"/responder/{number}"))
    signatures = await remembered(
        datasette, f"signed {name}", partial(rows, sql=_SIGNATURES, id=number)
    )
    about = {**people[0], "printed_as": signatures}
    search = SearchRequest(responder=(number,), sort="newest")
    return await _page(datasette, request, "responder", about, search)


async def institution(datasette: Datasette, request: Request) -> Response:
    """``/institution/<slug>``: an institution, by all spellings that have this slug."""
    slug = unquote(request.url_vars["slug"])
    names = await remembered(datasette, f"spellings {slug}", lambda c: _spellings(c, slug))
    if not names:
        plain = rules.slug(slug)
        others = await read(datasette, lambda c: _spellings(c, plain))
        if plain != slug and others:
            return Response.redirect(datasette.urls.path(f"/institution/{plain}"), status=301)
        raise NotFound(f"The archive knows no institution {slug}.")
    about = {"name": names[0], "spellings": names}
    search = SearchRequest(institution=names, sort="newest")
    return await _page(datasette, request, "institution", about, search)


async def _page(
    datasette: Datasette, request: Request, template: str, about: Row, search: SearchRequest
) -> Response:
    number = page_number(request)
    holdings = await read(datasette, lambda c: _holdings(c, search, number))
    place = paging(request, number, holdings["count"], LIST_SIZE)
    context = {"about": about, "contents": holdings, "search": search, "paging": place}
    return await page(datasette, request, template, context)


def _holdings(connection: Connection, search: SearchRequest, page: int) -> Row:
    """Return the count of a filter, one page of its questions, its years, people and topics."""
    selection = select(connection, search)
    start = (page - 1) * LIST_SIZE
    questions = rows_by_id(connection, _LISTED, selection.ranked(LIST_SIZE, start))
    return {
        "count": selection.count,
        "start": start,
        "several_sites": selection.sites > 1,
        "questions": list(questions.values()),
        **_beside(connection, selection),
    }


def _beside(connection: Connection, selection: Selection) -> Row:
    facets = {choices.name: choices.all for choices in count_facets(selection)}
    years = sorted((int(c.value), c.count) for c in facets["year"] if c.value != NONE)
    people = _most_frequent(facets["responder"])
    names = rows_by_id(
        connection,
        "SELECT id, name, credentials FROM responders WHERE id IN ({})",
        [int(choice.value) for choice in people],
    )
    return {
        "years": [{"year": year, "n": n} for year, n in years],
        "topics": [
            {"slug": choice.value, "name": choice.label, "n": choice.count}
            for choice in _most_frequent(facets["topic"])
        ],
        "people": [
            {**names[choice.value], "n": choice.count} for choice in people if choice.value in names
        ],
    }


def _most_frequent(choices: tuple[Choice, ...]) -> list[Choice]:
    named = (choice for choice in choices if choice.value != NONE)
    return sorted(named, key=lambda choice: (-choice.count, choice.label))[:MOST_BESIDE]


def _responders_called(connection: Connection, name: str) -> list[Row]:
    """Return the people whose number is ``name``, or whose name has that slug."""
    if name.isascii() and name.isdigit() and len(name) < 19:
        return rows(connection, "SELECT * FROM responders WHERE id = :id", id=int(name))
    people = rows(connection, "SELECT * FROM responders ORDER BY name, institution, id")
    return [person for person in people if rules.slug(person["name"]) == name]


def _spellings(connection: Connection, slug: str) -> tuple[str, ...]:
    """Return all spellings of the institution that has this slug, the most frequent first."""
    names = (row["name"] for row in rows(connection, _INSTITUTIONS))
    return tuple(name for name in names if rules.slug(name) == slug)


ROUTES: list[Route] = [
    (r"^/site/(?P<name>[^/]+)$", site),
    (r"^/topic/(?P<slug>[^/]+)$", topic),
    (r"^/responder/(?P<id>[^/]+)$", responder),
    (r"^/institution/(?P<slug>[^/]+)$", institution),
]
