"""The coverage of an archive, for a person (lines of at most 100 columns) and a program. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any

from crawler.text_format import table
from crawler.web_archives.archives import spider_arguments
from pipelines.reports.coverage import Filling, NumberRange, SiteCoverage, runs

WIDTH = 100
#: Of a list of numbers, how many runs are shown; --json has all.
MOST_RUNS = 40
_BY = {
    "captures": "captures and failures",
    "pages": "links on other pages",
    "questions": "links in questions",
    "listings": "indices of web archives",
}


def lines(archive: str, sites: Sequence[SiteCoverage]) -> Iterator[str]:
    """For a terminal: all sites in a table, then each with what is missing."""
    yield f"Coverage of {archive}"
    if not sites:
        yield "  it knows of no question yet: crawl a site, or import captures of one"
        return
    yield ""
    head = ["site", "known", "captured", "readable", "gone", "withheld", "missing"]
    rows = [
        [one.site]
        + [_number(n) for n in (one.known, one.captured, one.readable, one.gone)]
        + [_number(one.withheld), _number(one.missing)]
        for one in sites
    ]
    yield from table([head, *rows], frozenset(range(1, 7)))
    yield "(gone: withdrawn by the site, whether read before or not; missing: cannot be read here)"
    for one in sites:
        yield ""
        yield from _site(one)


def _site(one: SiteCoverage) -> Iterator[str]:
    yield one.site
    known = [f"{_BY[by]} {_number(one.known_from[by])}" for by in _BY if by in one.known_from]
    yield from _wrapped(f"known from: {', '.join(known)}")
    if not one.missing:
        yield "  nothing is missing of what is known"
    reasons = (
        ("never captured well", one.never),
        ("gone before they were captured", one.lost),
        ("captured, and no question could be read", one.unread),
    )
    for reason, ids in reasons:
        if ids:
            yield from _wrapped(f"{reason}: {_number(len(ids))}")
            yield from _wrapped(listed(_numbers(ids)), "    ")
    if one.missing:
        yield from _archives(one)
    yield from _gaps(one)


def _archives(one: SiteCoverage) -> Iterator[str]:
    if not one.fillings:
        yield "  what could fill them: no index of a web archive has been read yet; these do that"
        for spider in ("wayback", "commoncrawl"):
            yield f"    {command(spider, one.prefix)}"
        return
    yield "  what could fill them"
    for filling in one.fillings:
        if not filling.ids:
            yield f"    {filling.archive}: nothing that is missing"
            continue
        alone = f", {_number(filling.alone)} of them it alone" if len(one.fillings) > 1 else ""
        yield from _wrapped(f"{filling.archive}: {_number(len(filling.ids))}{alone}", "    ")
        yield f"      {fetch(filling)}"
    if one.unlisted:
        yield from _wrapped(f"in no index that was read: {_number(len(one.unlisted))}", "    ")
        yield from _wrapped(listed(_numbers(one.unlisted)), "      ")


def _gaps(one: SiteCoverage) -> Iterator[str]:
    if one.span is None:
        return
    between = f"between {one.span.first} and {one.span.last}"
    if not one.gaps:
        yield f"  every number {between} is known"
        return
    unknown = sum(gap.size for gap in one.gaps)
    yield from _wrapped(
        f"numbers {between} that nothing names: {_number(unknown)}, in "
        f"{_number(len(one.gaps))} {'gap' if len(one.gaps) == 1 else 'gaps'}"
    )
    yield from _wrapped(listed(one.gaps), "    ")
    if len(one.gaps) > MOST_RUNS:
        longest = sorted(sorted(one.gaps, key=lambda gap: -gap.size)[:5])
        named = ", ".join(f"{shown(gap)} ({_number(gap.size)})" for gap in longest)
        yield from _wrapped(f"the longest: {named}", "    ")


def listed(found: Sequence[NumberRange]) -> str:
    """Runs as they are read: "900004-900007, 900110"; of very many, the first."""
    text = ", ".join(shown(run) for run in found[:MOST_RUNS])
    if len(found) <= MOST_RUNS:
        return text
    rest = found[MOST_RUNS:]
    return f"{text} and {_number(sum(run.size for run in rest))} more, up to {rest[-1].last}"


def shown(run: NumberRange) -> str:
    """A run: "900004-900007", or "900110" alone."""
    return str(run.first) if run.size == 1 else f"{run.first}-{run.last}"


def command(spider: str, url: str, *more: str) -> str:
    """The command that gets what archives have at an address, or below one that ends in "/"."""
    below = url.endswith("/")
    words = ["scrapy", "crawl", spider, "-a", f"url={url}{'*' if below else ''}"]
    more = (*more, "only=missing") if below else more
    for one in more:
        words += ["-a", one]
    return shlex.join(words)


def fetch(filling: Filling) -> str:
    """The command that gets what one archive has."""
    spider, *named = spider_arguments(filling.archive, filling.place, filling.index)
    return command(spider, filling.prefix, *named)


def as_json(archive: str, sites: Iterable[SiteCoverage]) -> dict[str, Any]:
    """For ``--json``: nothing is shortened. Runs are pairs of first and last number."""
    return {"archive": archive, "sites": [_site_json(one) for one in sites]}


def _site_json(one: SiteCoverage) -> dict[str, Any]:
    return {
        "site": one.site,
        "known": one.known,
        "known_from": dict(one.known_from),
        "captured": one.captured,
        "readable": one.readable,
        "gone": one.gone,
        "withheld": one.withheld,
        "missing": one.missing,
        "never_captured": list(one.never),
        "gone_before_captured": list(one.lost),
        "captured_unread": list(one.unread),
        "archives": [
            {
                "archive": filling.archive,
                "questions": len(filling.ids),
                "alone": filling.alone,
                "ids": list(filling.ids),
                "command": fetch(filling) if filling.ids else None,
            }
            for filling in one.fillings
        ],
        "in_no_index": list(one.unlisted),
        "range": list(one.span) if one.span else None,
        "unknown": sum(gap.size for gap in one.gaps),
        "gaps": [list(gap) for gap in one.gaps],
    }


def _numbers(ids: Iterable[str]) -> tuple[NumberRange, ...]:
    return runs(int(one) for one in ids if one.isdecimal())


def _number(value: int) -> str:
    return f"{value:,}"


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
