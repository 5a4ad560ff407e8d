"""The archive in figures: what the front page and the charts show.

:mod:`publish.charts.counts` counts; here the counts get names, an order and a place in a chart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from sqlite3 import Connection
from typing import Any

from publish.charts.counts import Counts, merge
from publish.charts.svg import (
    LENGTH_BOUNDS,
    Columns,
    columns,
    filled_months,
    filled_years,
    heat,
    length_bin,
    median,
)
from publish.data.records import Row, rows, sites, snapshot, strings

_TOTALS = """
SELECT (SELECT count(*) FROM questions) AS questions,
       (SELECT count(*) FROM responders) AS responders,
       (SELECT count(*) FROM topics) AS topic_count,
       (SELECT count(*) FROM captures) AS captures,
       (SELECT max(last_captured_at) FROM questions
        WHERE last_captured_at < strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '1 day')) AS newest"""

YEARS = """
SELECT year, count(*) AS n FROM questions WHERE year IS NOT NULL GROUP BY year ORDER BY year"""

TOPICS = """
SELECT t.id, t.name, t.slug, count(*) AS n
FROM question_topics qt JOIN topics t ON t.id = qt.topic_id
GROUP BY t.id ORDER BY n DESC, t.name LIMIT 24"""

#: How many rows each chart shows; its query has the others.
BARS, SMALL, HEAT_ROWS = 30, 12, 20


def front(connection: Connection) -> Row:
    """Return counts, topics and years for the front page."""
    with snapshot(connection):
        return {
            **rows(connection, _TOTALS)[0],
            "topics": rows(connection, TOPICS),
            "years": rows(connection, YEARS),
            "sites": sites(connection),
        }


def topic_names(connection: Connection) -> Mapping[int, Row]:
    """Return name and slug of every topic, by row number."""
    return {row["id"]: row for row in rows(connection, "SELECT id, name, slug FROM topics")}


def responder_names(connection: Connection) -> Mapping[int, Row]:
    """Return name and credentials of every responder, by row number."""
    people = rows(connection, "SELECT id, name, credentials FROM responders")
    return {row["id"]: row for row in people}


def years(counts: Counts) -> Row:
    """Return questions by year; those without one apart."""
    dated = {key[0]: n for key, (n,) in counts.items() if key[0] is not None}
    undated = sum(n for key, (n,) in counts.items() if key[0] is None)
    listed = [{"year": year, "n": dated[year]} for year in sorted(dated)]
    return {
        "rows": listed,
        "undated": undated,
        "total": sum(dated.values()) + undated,
        "columns": columns(filled_years(dated)),
    }


def ranking(counts: Counts, names: Mapping[int, Row] | None, limit: int = BARS) -> Row:
    """Return counts by key (a topic, a person ...) and year as counts by key, most first.

    ``names`` gives the row of each key; without it the key itself is the name.
    """
    totals: Counter[Any] = Counter()
    first_year: dict[Any, int] = {}
    last_year: dict[Any, int] = {}
    for (key, year), (n,) in counts.items():
        totals[key] += n
        if year is not None:
            first_year[key] = min(year, first_year.get(key, year))
            last_year[key] = max(year, last_year.get(key, year))
    ranked = [
        {
            **(names[key] if names else {"name": key}),
            "n": n,
            "first_year": first_year.get(key),
            "last_year": last_year.get(key),
        }
        for key, n in totals.items()
        if names is None or key in names
    ]
    ranked.sort(key=lambda row: (-row["n"], row["name"] or ""))
    return {"rows": ranked[:limit], "of": len(ranked)}


def over_years(
    counts: Counts, named: Callable[[Any], Row | None], limit: int, *, small: bool = False
) -> Row | None:
    """Return the keys with most, year by year; None where nothing has a year.

    Each row has ``cells``: its number in each of ``years`` and the tone of that. With
    ``small`` it also has columns that are drawn to one scale.
    """
    totals: Counter[Any] = Counter()
    for (key, year), (n,) in counts.items():
        if key is not None and year is not None:
            totals[key] += n
    shown = [(key, row) for key in totals if (row := named(key))]
    shown.sort(key=lambda pair: (-totals[pair[0]], pair[1]["name"]))
    shown = shown[:limit]
    if not shown:
        return None
    ids = {key for key, _ in shown}
    spanned = filled_years({year: 1 for key, year in counts if key in ids and year is not None})
    years = [int(label) for label, _ in spanned]
    peak = max(n for (key, year), (n,) in counts.items() if key in ids and year is not None)
    return {
        "years": years,
        "of": len(totals),
        "most": peak,
        "rows": [
            _year_row(counts, key, row, years, peak, small=small) | {"n": totals[key]}
            for key, row in shown
        ],
    }


def _year_row(
    counts: Counts, key: Any, row: Row, years: list[int], peak: int, *, small: bool
) -> Row:
    numbers = [counts.get((key, year), (0,))[0] for year in years]
    cells = [
        {"year": year, "n": n, "heat": heat(n, peak)}
        for year, n in zip(years, numbers, strict=True)
    ]
    labels = [str(year) for year in years]
    drawn = columns(list(zip(labels, numbers, strict=True)), height=64, top=peak)
    return {**row, "cells": cells, "columns": drawn if small else None}


def lengths(counts: Counts) -> Row:
    """Return answers by length, in bins, and the median."""
    exact = {key[0]: n for key, (n,) in counts.items()}
    bins: Counter[int] = Counter()
    for characters, n in exact.items():
        bins[length_bin(characters)] += n
    low, last = min(bins, default=0), max(bins, default=0)
    bounds = (*LENGTH_BOUNDS, None)
    listed: list[Row] = [
        {"low": bounds[place], "below": bounds[place + 1], "n": bins[place]}
        for place in range(low, last + 1)
    ]
    return {
        "rows": listed,
        "total": sum(exact.values()),
        "median": median(exact),
        "columns": columns([(f"{row['low']:,}", row["n"]) for row in listed]),
    }


_COVERED = (
    ("answered", "Answered", "status=answered"),
    ("dated", "With a date of answer", "answered_on__notblank=1"),
    ("with_responder", "With the name of who answered", "responder_id__notblank=1"),
    ("with_topic", "With a health topic", "topic_id__notblank=1"),
    ("changed", "Text changed since first captured", "versions__gt=1"),
    ("gone", "Gone from the site, kept here", "gone_at__notblank=1"),
    ("low_confidence", "Read with a confidence below 0.8", "confidence__lt=0.8"),
)


def coverage(counts: Counts) -> list[Row]:
    """Return for each site what its questions have, the site with most first."""
    sites = []
    by_site = merge([[(key[:1], sums) for key, sums in counts.items()]])
    for (site,), (total, *sums) in by_site.items():
        parts = [
            {"name": name, "n": n, "part": n / total if total else 0.0, "filter": filter_}
            for (_, name, filter_), n in zip(_COVERED, sums, strict=True)
        ]
        sites.append({"site": site, "held": total, "parts": parts})
    return sorted(sites, key=lambda row: (-row["held"], row["site"]))


def growth(counts: Counts) -> Row:
    """Return questions by the month of their first capture, and how many were held then.

    :param counts: the count "coverage" of :data:`publish.charts.counts.COUNTS`
    """
    new: Counter[str] = Counter()
    for (_, month), sums in counts.items():
        new[month] += sums[0]
    months = filled_months(sorted(new))
    total = 0
    listed: list[Row] = []
    for month in sorted({*new, *months}):
        total += new[month]
        listed.append({"month": month, "n": new[month], "held": total})
    shown = [row for row in listed if row["month"] in set(months)]
    drawn = columns(
        [(row["month"], row["held"]) for row in shown], tips=[row["n"] for row in shown]
    )
    return {"rows": [row for row in listed if row["n"]], "total": total, "columns": drawn}


CLASSES = ("2xx", "3xx", "4xx", "5xx", "other")


def captures_by_month(counts: Counts, limit: int = 24) -> Row:
    """Return captures by month and class of status; the newest month first."""
    months: dict[str, Counter[str]] = {}
    for (month, status), (n,) in counts.items():
        kind = f"{status // 100}xx"
        kind = kind if kind in CLASSES else "other"
        months.setdefault(month, Counter())[kind] += n
    listed = [
        {
            "month": month,
            "n": classes.total(),
            "classes": [classes[kind] for kind in CLASSES],
            "bad": classes["4xx"] + classes["5xx"] + classes["other"],
        }
        for month, classes in sorted(months.items(), reverse=True)
    ]
    return {"rows": listed[:limit], "of": len(listed)}


def runs(latest: Iterable[Row]) -> list[Row]:
    """Return the last runs, with their alarms as texts."""
    return [{**row, "alarms": strings(row["alarms"])} for row in latest]


def ages(spans: Iterable[Row]) -> Row:
    """Return how old the last look at each question is."""
    listed = [{**row, "n": row["questions"]} for row in spans]
    return {"rows": listed, "total": sum(row["n"] for row in listed)}


def peak(drawn: Columns | None) -> str:
    """Return the highest column in words: "most in 1999: 3,873"."""
    return f"most in {drawn.peak.label}: {drawn.peak.n:,}" if drawn else "none"
