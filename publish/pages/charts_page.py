"""``/charts``: the archive in figures, or what was asked for in figures.

Counting a large archive takes seconds. It is done in parts, each within the limit of a page's
read, once per commit, and by one visitor at a time: the others wait for the same figures and
the pages that people read have the threads.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from datasette.utils.asgi import Request, Response
from datasette.views.base import DatasetteError

from publish.charts import chart_urls, counts, series
from publish.charts.counts import Count, Counted, Counts
from publish.charts.svg import length
from publish.data.dictionary import QUERIES
from publish.data.records import Row, rows
from publish.pages.common import Route, database, kept, page, read
from publish.search.request import SearchRequest, search_request
from publish.search.selection import select

if TYPE_CHECKING:
    from datasette.app import Datasette

#: Rows of one read: it takes a tenth of a second, and may take longer on a busy machine.
RANGE, LEAST_RANGE = 20_000, 1_000
#: A selection of more questions is not counted: whoever asks must not wait, nor make others.
MOST_CHOSEN = 200_000
_turns: WeakKeyDictionary[Datasette, asyncio.Lock] = WeakKeyDictionary()


async def charts(datasette: Datasette, request: Request) -> Response:
    """Every chart, with its table and its query."""
    query = replace(search_request(request.args), sort="relevance")
    turn = _turns.setdefault(datasette, asyncio.Lock())
    async with turn:
        if query.is_everything:
            context = await _archive(datasette)
        else:
            context = await _chosen(datasette, query)
    context |= {"asked": query, "peak": series.peak, "took": chart_urls.took, "length": length}
    context |= chart_urls.of(query)
    return await page(datasette, request, "charts", context)


async def _archive(datasette: Datasette) -> dict[str, Any]:
    """The figures of the whole archive."""
    topics = await _counted(datasette, "topics", *counts.ALL_TOPIC_YEARS)
    people = await _counted(datasette, "people", *counts.ALL_RESPONDER_YEARS)
    institutions = await _counted(datasette, "institutions", *counts.ALL_INSTITUTION_YEARS)
    covered = await _counted(datasette, "coverage", counts.COVERAGE)
    failures = await _canned(datasette, "what_failed_and_why")
    # An age changes with the day, and not only with a commit.
    ages = series.ages(await _canned(datasette, "age_of_last_look", _today()))
    return {
        **await _things(datasette, topics, people, institutions),
        "years": series.years(await _counted(datasette, "years", counts.YEARS)),
        "lengths": series.lengths(await _counted(datasette, "lengths", counts.LENGTHS)),
        "coverage": series.coverage(covered),
        "growth": series.growth(covered),
        "servers": series.answers_of_servers(
            await _counted(datasette, "servers", counts.CAPTURE_MONTHS)
        ),
        "runs": series.runs(await _canned(datasette, "latest_runs")),
        "aged": chart_urls.aged(ages),
        "failures": failures,
        "failed": chart_urls.failed(failures),
        "covered": chart_urls.covered,
        "sources": {},
    }


async def _chosen(datasette: Datasette, query: SearchRequest) -> dict[str, Any]:
    """The figures of the questions that were asked for, unless they are too many."""
    topics, people = await _topic_names(datasette), await _responder_names(datasette)
    found = await read(datasette, lambda c: _numbers(c, query))
    context: dict[str, Any] = {
        "mode": found.mode,
        "chosen": found.count,
        "described": chart_urls.described(query, topics, people),
        "sources": {name: count.within(_CHOSEN) for name, count in _OF_SELECTION.items()},
        "most_chosen": MOST_CHOSEN,
    }
    if found.numbers is None:
        return context
    counted = {
        name: await _of_numbers(datasette, (name, query), count, found.numbers)
        for name, count in _OF_SELECTION.items()
    }
    return {
        **context,
        **await _things(datasette, counted["topics"], counted["people"], counted["institutions"]),
        "years": series.years(counted["years"]),
        "lengths": series.lengths(counted["lengths"]),
    }


_OF_SELECTION: Mapping[str, Count] = {
    "years": counts.YEARS,
    "topics": counts.TOPIC_YEARS,
    "people": counts.RESPONDER_YEARS,
    "institutions": counts.INSTITUTION_YEARS,
    "lengths": counts.LENGTHS,
}
_CHOSEN = "q.id IN (SELECT value FROM json_each(:ids))"


@dataclass(frozen=True, slots=True)
class _Chosen:
    """How many questions are chosen and how; ``numbers`` are None of too many."""

    mode: str
    count: int
    numbers: list[int] | None


def _numbers(connection: Connection, query: SearchRequest) -> _Chosen:
    chosen = select(connection, query)
    count = chosen.count
    numbers = None if count > MOST_CHOSEN else list(chosen.ids())
    return _Chosen(chosen.mode, count, numbers)


async def _things(
    datasette: Datasette, topics: Counts, people: Counts, institutions: Counts
) -> dict[str, Any]:
    """Topics, people and institutions, ranked and by year."""
    topic = await _topic_names(datasette)
    return {
        "topics": series.ranking(topics, topic),
        "topic_years": series.over_years(topics, topic.get, series.HEAT_ROWS),
        "people": series.ranking(people, await _responder_names(datasette)),
        "institutions": series.ranking(institutions, None),
        "institution_years": series.over_years(
            institutions, lambda name: {"name": name}, series.SMALL, small=True
        ),
    }


async def _topic_names(datasette: Datasette) -> Mapping[int, Row]:
    found: Mapping[int, Row] = await kept(datasette, "topic names", series.topic_names)
    return found


async def _responder_names(datasette: Datasette) -> Mapping[int, Row]:
    found: Mapping[int, Row] = await kept(datasette, "responder names", series.responder_names)
    return found


async def _counted(datasette: Datasette, name: str, *parts: Count) -> Counts:
    """A count of the whole archive, the sum of its parts, each counted range by range.

    It is remembered until the next commit.
    """

    async def make() -> Counts:
        found: list[Counted] = []
        size = RANGE
        for count in parts:
            after: int | None = 0
            while after is not None:
                some = partial(_range, count=count, after=after, size=size)
                try:
                    after, counted = await read(datasette, some)
                except DatasetteError:  # too slow: the machine is busy, or reads from a disk
                    if size < LEAST_RANGE:
                        raise
                    size //= 4
                    continue
                found.append(counted)
        return counts.added_up(found)

    total: Counts = await database(datasette).remember(("count", name), make)
    return total


def _range(
    connection: Connection, count: Count, after: int, size: int
) -> tuple[int | None, Counted]:
    last = counts.last_of_range(connection, count.table, after, size)
    if last is None:
        return None, []
    return last, counts.of_range(connection, count, after, last)


async def _of_numbers(
    datasette: Datasette, key: tuple[Hashable, ...], count: Count, numbers: list[int]
) -> Counts:
    """A count of certain questions, some at a time; remembered until the next commit."""

    def part(some: list[int]) -> Callable[[Connection], Counted]:
        return lambda c: counts.of(c, count, _CHOSEN, {"ids": json.dumps(some)})

    async def make() -> Counts:
        spans = range(0, len(numbers), RANGE)
        return counts.added_up([await read(datasette, part(numbers[n : n + RANGE])) for n in spans])

    found: Counts = await database(datasette).remember(("count", *key), make)
    return found


async def _canned(datasette: Datasette, name: str, also: str = "") -> list[Row]:
    """The rows of a canned query with its parameters left empty."""
    query = QUERIES[name]
    empty = dict.fromkeys(query.params, "")
    found: list[Row] = await kept(
        datasette, f"canned {name} {also}", lambda c: rows(c, query.sql, **empty)
    )
    return found


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


ROUTES: list[Route] = [(r"^/charts/?$", charts)]
