"""Where the figures of a chart lead: to the questions, captures and failures behind them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from publish.data.records import Row
from publish.data.texts import language
from publish.data.urls import quoted
from publish.search.query_language import NONE
from publish.search.request import SearchRequest

Link = Callable[..., str | None]

_YEARS = {NONE: "no date"}


def links(search: SearchRequest) -> dict[str, Link]:
    """Return the functions that templates call, for a selection: from a row to a path or None."""

    def narrowed(name: str, value: Any) -> str | None:
        return _narrowed(search, {name: value})

    return {
        "narrowed": narrowed,
        "to_topic": lambda row: (
            f"/topic/{quoted(row['slug'])}"
            if search.is_everything
            else narrowed("topic", row["slug"])
        ),
        "to_person": lambda row: (
            f"/responder/{row['id']}" if search.is_everything else narrowed("responder", row["id"])
        ),
        "to_institution": lambda row: row["name"] and narrowed("institution", row["name"]),
        "to_topic_year": lambda row, year: _narrowed(search, {"topic": row["slug"], "year": year}),
        "to_institution_year": lambda row, year: _narrowed(
            search, {"institution": row["name"], "year": year}
        ),
        "to_covered": lambda row: _table(
            "questions", f"site={quoted(row['site'])}&{row['filter']}"
        ),
        "to_age": _to_age,
        "to_failures": _to_failures,
        "month_after": month_after,
    }


def _narrowed(search: SearchRequest, more: Mapping[str, Any]) -> str | None:
    """Return the search for the part of a selection that also has these values.

    Values of one filter are alternatives, so what has two topics at once cannot be asked for:
    None. A question has one year, hence a year takes the place of others.
    """
    for name, value in more.items():
        values = getattr(search, name)
        if values == (value,):
            continue
        if values and name != "year":
            return None
        search = search.without(name).with_value(name, value)
    return f"/search?{search.query()}"


def _to_age(row: Row) -> str | None:
    since = f"last_captured_at__gte={row['since']}&" if row["since"] else ""
    upto = f"last_captured_at__lt={row['upto']}&" if row["from_days"] else ""
    return _table("questions", f"{since}{upto}gone_at__isblank=1") if row["n"] else None


def _to_failures(row: Row) -> str | None:
    exact = [("stage", row["stage"]), ("reason", row["reason"])]
    exact.append(("field", row["field"]) if row["field"] else ("field__isnull", "1"))
    return _table("open_failures", urlencode(exact, quote_via=quote, errors="replace"))


def _table(name: str, query: str) -> str:
    return f"/archive/{name}?{query}"


def month_after(month: str) -> str:
    """``2026-12`` gives ``2027-01``."""
    number = int(month[:4]) * 12 + int(month[5:7])
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def coverage_bars(site: Row) -> list[Row]:
    """Return a site's coverage as rows of bars: parts of all that is held of it."""
    total = site["held"]
    return [
        {**part, "site": site["site"], "of": total, "percent": _percent(part["n"], total)}
        for part in site["parts"]
    ]


_AGES = {
    0: "within 7 days",
    7: "7 to 29 days ago",
    30: "30 to 89 days ago",
    90: "90 to 179 days ago",
    180: "half a year to a year ago",
    365: "a year ago or earlier",
}


def age_bars(ages: Row) -> list[Row]:
    """Return the ages of the last look as rows of bars."""
    total = ages["total"]
    return [
        {**row, "name": _AGES[row["from_days"]], "of": total, "percent": _percent(row["n"], total)}
        for row in ages["rows"]
    ]


def failure_bars(failures: list[Row], limit: int = 12) -> list[Row]:
    """Return causes of failure as rows of bars."""
    return [
        {**row, "n": row["pages"], "name": f"{row['stage']}: {_reason(row)}"}
        for row in failures[:limit]
    ]


def _reason(row: Row) -> str:
    reason = f"{row['field']}: {row['reason']}" if row["field"] else str(row["reason"])
    return reason if len(reason) <= 160 else reason[:159] + "…"


def _percent(part: int, whole: int) -> str:
    """Return a share in percent: never 0% of some, nor 100% of not all."""
    if not whole or not part:
        return "0%"
    if part == whole:
        return "100%"
    return f"{min(99, max(1, round(100 * part / whole)))}%"


def duration(seconds: float | None) -> str:
    """Return how long a run took: "2 h 5 min", "41 s"; empty if it is not known."""
    if seconds is None or seconds < 0:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60:,} h {minutes % 60} min"


def selection_in_words(
    search: SearchRequest, topics: Mapping[int, Row], responders: Mapping[int, Row]
) -> str:
    """Return a selection in words, for a heading."""
    names = {row["slug"]: row["name"] for row in topics.values()} | {NONE: "no topic"}
    people = (responders.get(int(id_)) for id_ in search.responder)
    parts = [f"“{search.text.strip()}”"] if search.text.strip() else []
    parts += [" or ".join(names.get(slug, slug) for slug in search.topic)]
    parts += [
        " or ".join(
            row["name"] if row else f"responder {id_}"
            for id_, row in zip(search.responder, people, strict=True)
        )
    ]
    parts += [
        " or ".join(search.institution),
        " or ".join(_YEARS.get(str(y), str(y)) for y in search.year),
    ]
    parts += [" or ".join(search.status), " or ".join(search.site)]
    parts += [" or ".join(map(language, search.language))]
    parts += [f"confidence {' or '.join(search.confidence)}"] if search.confidence else []
    parts += [f"answered by {' or '.join(search.answers)}"] if search.answers else []
    return ", ".join(part for part in parts if part)
