"""What the archive holds of a topic, a responder, an institution: SQL in, dictionaries out.

Each of the three is a filter that a search has as well (:class:`publish.search.request.SearchRequest`). So
their questions, their order and all counts beside them are those of the search.
"""

from __future__ import annotations

from sqlite3 import Connection
from typing import Any

from pipelines.db.ids import slug
from publish.data.records import Row, first, rows
from publish.search.facet_counts import Choice, count_facets
from publish.search.request import SearchRequest
from publish.search.selection import Selection, select

LIST_SIZE = 30
#: People and topics beside the questions of a page.
MOST_BESIDE = 15

_LISTED = """
SELECT q.id, q.site, q.source_id, q.title, q.year, q.status, q.gone_at,
       substr(q.question, 1, 500) AS question,
       t.name AS topic, t.slug, r.id AS responder_id, r.name AS responder, r.credentials
FROM questions q
LEFT JOIN topics t ON t.id = q.topic_id
LEFT JOIN responders r ON r.id = q.responder_id
WHERE q.id IN ({})"""


def held(connection: Connection, asked: SearchRequest, page: int) -> Row:
    """What a filter leaves: its number, one page of questions, its years, people, topics."""
    chosen = select(connection, asked)
    start = (page - 1) * LIST_SIZE
    ids = chosen.ranked(LIST_SIZE, start)
    found = _by_number(connection, _LISTED, ids)
    return {
        "count": chosen.count,
        "start": start,
        "questions": [found[number] for number in ids if number in found],
        **_beside(connection, chosen),
    }


def _beside(connection: Connection, chosen: Selection) -> Row:
    counted = {choices.name: choices.all for choices in count_facets(chosen)}
    years = sorted((int(one.value), one.count) for one in counted["year"])
    topics, people = _most(counted["topic"]), _most(counted["responder"])
    named = _by_number(
        connection,
        "SELECT id, name, credentials FROM responders WHERE id IN ({})",
        [int(one.value) for one in people],
    )
    return {
        "years": [{"year": year, "n": n} for year, n in years],
        "topics": [{"slug": one.value, "name": one.label, "n": one.count} for one in topics],
        "people": [{**named[one.value], "n": one.count} for one in people if one.value in named],
    }


def _most(choices: tuple[Choice, ...]) -> list[Choice]:
    return sorted(choices, key=lambda one: (-one.count, one.label))[:MOST_BESIDE]


def _by_number(connection: Connection, sql: str, ids: list[int]) -> dict[Any, Row]:
    named = {f"id{at}": number for at, number in enumerate(ids)}
    found = rows(connection, sql.format(", ".join(f":{name}" for name in named)), **named)
    return {row["id"]: row for row in found}


def topic(connection: Connection, name: str) -> Row | None:
    """A health topic by its slug, or None."""
    return first(connection, "SELECT * FROM topics WHERE slug = :slug", slug=name)


def responders_called(connection: Connection, name: str) -> list[Row]:
    """The people whose number is ``name``, or whose name has that slug."""
    if name.isascii() and name.isdigit() and len(name) < 19:
        return rows(connection, "SELECT * FROM responders WHERE id = :id", id=int(name))
    found = rows(connection, "SELECT * FROM responders ORDER BY name, institution, id")
    return [person for person in found if slug(person["name"]) == name]


def signatures(connection: Connection, number: int) -> list[Row]:
    """How a responder's name and position were printed, the most frequent first."""
    return rows(
        connection,
        "SELECT name, credentials, title, college, institution, count(*) AS n "
        "FROM question_responders WHERE responder_id = :id "
        "GROUP BY 1, 2, 3, 4, 5 ORDER BY n DESC, 1, 2, 3, 4, 5 LIMIT 20",
        id=number,
    )


def institutions_called(connection: Connection, name: str) -> tuple[str, ...]:
    """All spellings of the institution that has this slug, the most frequent first."""
    found = rows(
        connection,
        "SELECT institution AS name, count(*) AS n FROM question_responders "
        "WHERE institution IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
    )
    return tuple(row["name"] for row in found if slug(row["name"]) == name)
