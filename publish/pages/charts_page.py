"""``/charts``: the archive in figures, or what was asked for in figures.

Counting a large archive takes seconds. It is done in parts, each within the limit of a page's
read, once per commit, and by one visitor at a time: the others wait for the same figures and
the pages that people read have the threads.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from sqlite3 import Connection
from typing import Any
from weakref import WeakKeyDictionary

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from datasette.views.base import DatasetteError

from publish.charts import chart_urls, series
from publish.charts.counts import COUNTS, Counted, Counts, count_range, count_where, merge
from publish.charts.svg import length
from publish.data.dictionary import QUERIES
from publish.data.records import Row, rows
from publish.pages.common import Route, asked, database, page, read, remembered, today
from publish.search.request import SearchRequest
from publish.search.selection import select

#: Rows of one read: it takes a tenth of a second, and may take longer on a busy machine.
RANGE, LEAST_RANGE = 20_000, 1_000
#: A selection of more questions is not counted: whoever asks must not wait, nor make others.
MOST_SELECTED = 200_000
_turns: WeakKeyDictionary[Datasette, asyncio.Lock] = WeakKeyDictionary()


async def charts(datasette: Datasette, request: Request) -> Response:
    """Return every chart, with its table and its query."""
    query = (await asked(datasette, request)).replaced(sort="relevance")
    turn = _turns.setdefault(datasette, asyncio.Lock())
    async with turn:
        if query.is_everything:
            context = await _archive(datasette)
        else:
            context = await _selection(datasette, query)
    context |= {
        "search": query,
        "peak": series.peak,
        "duration": chart_urls.duration,
        "length": length,
    }
    context |= chart_urls.links(query)
    return await page(datasette, request, "charts", context)


async def _archive(datasette: Datasette) -> dict[str, Any]:
    """Return the figures of the whole archive."""
    totals = {name: await _counted(datasette, f"all_{name}") for name in _RANKED}
    covered = await _counted(datasette, "coverage")
    failures = await _canned(datasette, "what_failed_and_why")
    # An age changes with the day, and not only with a commit.
    ages = series.ages(await _canned(datasette, "age_of_last_look", today().isoformat()))
    return {
        **await _rankings(datasette, totals),
        "years": series.years(await _counted(datasette, "years")),
        "lengths": series.lengths(await _counted(datasette, "lengths")),
        "coverage": series.coverage(covered),
        "growth": series.growth(covered),
        "servers": series.captures_by_month(await _counted(datasette, "capture_months")),
        "runs": series.runs(await _canned(datasette, "latest_runs")),
        "age_rows": chart_urls.age_bars(ages),
        "failures": failures,
        "failed": chart_urls.failure_bars(failures),
        "covered": chart_urls.coverage_bars,
        "sources": {},
    }


async def _selection(datasette: Datasette, query: SearchRequest) -> dict[str, Any]:
    """Return the figures of the questions that were asked for, unless they are too many."""
    topics = await remembered(datasette, "topic names", series.topic_names)
    people = await remembered(datasette, "responder names", series.responder_names)
    mode, count, ids = await read(datasette, lambda c: _selected_ids(c, query))
    context: dict[str, Any] = {
        "mode": mode,
        "chosen": count,
        "described": chart_urls.selection_in_words(query, topics, people),
        "sources": {name: COUNTS[name][0].within(_SELECTED) for name in _OF_SELECTION},
        "most_chosen": MOST_SELECTED,
    }
    if ids is None:
        return context
    totals = {name: await _counted_of_ids(datasette, name, query, ids) for name in _OF_SELECTION}
    return {
        **context,
        **await _rankings(datasette, totals),
        "years": series.years(totals["years"]),
        "lengths": series.lengths(totals["lengths"]),
    }


_RANKED = ("topics", "people", "institutions")
_OF_SELECTION = ("years", *_RANKED, "lengths")
_SELECTED = "q.id IN (SELECT value FROM json_each(:ids))"


def _selected_ids(
    connection: Connection, query: SearchRequest
) -> tuple[str, int, list[int] | None]:
    """How questions are selected, how many, and their ids; None in their place if too many."""
    selection = select(connection, query)
    count = selection.count
    return selection.mode, count, None if count > MOST_SELECTED else list(selection.ids())


async def _rankings(datasette: Datasette, totals: Mapping[str, Counts]) -> dict[str, Any]:
    """Topics, people and institutions, ranked and by year."""
    topic_names = await remembered(datasette, "topic names", series.topic_names)
    responder_names = await remembered(datasette, "responder names", series.responder_names)
    return {
        "topics": series.ranking(totals["topics"], topic_names),
        "topic_years": series.over_years(totals["topics"], topic_names.get, series.HEAT_ROWS),
        "people": series.ranking(totals["people"], responder_names),
        "institutions": series.ranking(totals["institutions"], None),
        "institution_years": series.over_years(
            totals["institutions"], lambda name: {"name": name}, series.SMALL, small=True
        ),
    }


async def _counted(datasette: Datasette, name: str) -> Counts:
    """Return a count of the whole archive, the sum of its parts, each counted range by range.

    It is remembered until the next commit.
    """

    async def make() -> Counts:
        ranges: list[Counted] = []
        size = RANGE
        for count in COUNTS[name]:
            after: int | None = 0
            while after is not None:
                reader = partial(count_range, count=count, after=after, size=size)
                try:
                    after, counted = await read(datasette, reader)
                except DatasetteError:  # too slow: the machine is busy, or reads from a disk
                    if size < LEAST_RANGE:
                        raise
                    size //= 4
                    continue
                ranges.append(counted)
        return merge(ranges)

    total: Counts = await database(datasette).remember(("count", name), make)
    return total


async def _counted_of_ids(
    datasette: Datasette, name: str, query: SearchRequest, ids: list[int]
) -> Counts:
    """Return a count of certain questions, some at a time; remembered until the next commit."""

    (count,) = COUNTS[name]

    async def make() -> Counts:
        parts = []
        for start in range(0, len(ids), RANGE):
            params = {"ids": json.dumps(ids[start : start + RANGE])}
            reader = partial(count_where, count=count, condition=_SELECTED, params=params)
            parts.append(await read(datasette, reader))
        return merge(parts)

    total: Counts = await database(datasette).remember(("count", name, query), make)
    return total


async def _canned(datasette: Datasette, name: str, suffix: str = "") -> list[Row]:
    """Return the rows of a canned query with its parameters left empty."""
    query = QUERIES[name]
    empty = dict.fromkeys(query.params, "")
    key = f"canned {name} {suffix}"
    return await remembered(datasette, key, lambda c: rows(c, query.sql, **empty))


ROUTES: list[Route] = [(r"^/charts/?$", charts)]
