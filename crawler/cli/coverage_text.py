"""The coverage of an archive, for a person (lines of at most 100 columns) and a program. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crawler.text_format import counted, number, table, wrapped
from crawler.web_archives.archives import spider_arguments
from pipelines.reports.coverage import Filling, NumberRange, SiteCoverage, runs

#: Of a list of numbers, how many runs are shown; --json has all.
MOST_RUNS = 40
_BY = {
    "captures": "captures and failures",
    "pages": "links on other pages",
    "questions": "links in questions",
    "listings": "indices of web archives",
}


def lines(
    archive: str, sites: Sequence[SiteCoverage], index_failures: Mapping[str, str]
) -> Iterator[str]:
    """Yield lines for a terminal: all sites in a table, then each with what is missing.

    :param index_failures: answers of indexes that were not whole, with the reasons
    """
    yield f"Coverage of {archive}"
    for url, why in index_failures.items():
        yield f"  an index was not read whole: {url}: {why}"
    if not sites:
        yield "  it knows of no question yet: crawl a site, or import captures of one"
        return
    yield ""
    head = ["site", "known", "captured", "readable", "gone", "withheld", "missing"]
    rows = [[site.site, *(number(getattr(site, name)) for name in head[1:])] for site in sites]
    yield from table([head, *rows], frozenset(range(1, 7)))
    yield "(gone: withdrawn by the site, whether read before or not; missing: cannot be read here)"
    for site in sites:
        yield ""
        yield from _site(site)


def _site(site: SiteCoverage) -> Iterator[str]:
    yield site.site
    known = [f"{_BY[by]} {number(site.known_from[by])}" for by in _BY if by in site.known_from]
    yield from wrapped(f"known from: {', '.join(known)}")
    if not site.missing:
        yield "  nothing is missing of what is known"
    reasons = (
        ("never captured well", site.never),
        ("gone before they were captured", site.lost),
        ("captured, and no question could be read", site.unread),
    )
    for reason, ids in reasons:
        if ids:
            yield from wrapped(f"{reason}: {number(len(ids))}")
            yield from wrapped(listed(_numbers(ids)), "    ")
    if site.missing:
        yield from _archives(site)
    yield from _gaps(site)


def _archives(site: SiteCoverage) -> Iterator[str]:
    if not site.fillings:
        yield "  what could fill them: no index of a web archive has been read yet; these do that"
        for spider in ("wayback", "commoncrawl"):
            yield f"    {command(spider, site.prefix)}"
        return
    yield "  what could fill them"
    for filling in site.fillings:
        if not filling.ids:
            yield f"    {filling.archive}: nothing that is missing"
            continue
        alone = f", {number(filling.alone)} of them it alone" if len(site.fillings) > 1 else ""
        yield from wrapped(f"{filling.archive}: {number(len(filling.ids))}{alone}", "    ")
        yield f"      {fetch(filling)}"
    if site.unlisted:
        yield from wrapped(f"in no index that was read: {number(len(site.unlisted))}", "    ")
        yield from wrapped(listed(_numbers(site.unlisted)), "      ")


def _gaps(site: SiteCoverage) -> Iterator[str]:
    if site.span is None:
        return
    between = f"between {site.span.first} and {site.span.last}"
    if not site.gaps:
        yield f"  every number {between} is known"
        return
    unknown = sum(gap.size for gap in site.gaps)
    yield from wrapped(
        f"numbers {between} that nothing names: {number(unknown)}, in "
        f"{counted(len(site.gaps), 'gap')}"
    )
    yield from wrapped(listed(site.gaps), "    ")
    if len(site.gaps) > MOST_RUNS:
        longest = sorted(sorted(site.gaps, key=lambda gap: -gap.size)[:5])
        named = ", ".join(f"{shown(gap)} ({number(gap.size)})" for gap in longest)
        yield from wrapped(f"the longest: {named}", "    ")


def listed(ranges: Sequence[NumberRange]) -> str:
    """Return ranges as text: "900004-900007, 900110"; of very many, the first."""
    text = ", ".join(shown(run) for run in ranges[:MOST_RUNS])
    if len(ranges) <= MOST_RUNS:
        return text
    rest = ranges[MOST_RUNS:]
    return f"{text} and {number(sum(run.size for run in rest))} more, up to {rest[-1].last}"


def shown(run: NumberRange) -> str:
    """Return a range as text: "900004-900007", or "900110" alone."""
    return str(run.first) if run.size == 1 else f"{run.first}-{run.last}"


def command(spider: str, url: str, *more: str) -> str:
    """Return the command that gets what archives have at an address, or below one with "/"."""
    below = url.endswith("/")
    words = ["scrapy", "crawl", spider, "-a", f"url={url}{'*' if below else ''}"]
    more = (*more, "only=missing") if below else more
    for argument in more:
        words += ["-a", argument]
    return shlex.join(words)


def fetch(filling: Filling) -> str:
    """Return the command that gets what one archive has."""
    spider, *named = spider_arguments(filling.archive, filling.place, filling.index)
    return command(spider, filling.prefix, *named)


def as_json(
    archive: str, sites: Iterable[SiteCoverage], index_failures: Mapping[str, str]
) -> dict[str, Any]:
    """Return the document of ``--json``: all numbers; ranges are pairs of first and last."""
    return {
        "archive": archive,
        "index_failures": dict(index_failures),
        "sites": [_site_json(site) for site in sites],
    }


def _site_json(site: SiteCoverage) -> dict[str, Any]:
    return {
        "site": site.site,
        "known": site.known,
        "known_from": dict(site.known_from),
        "captured": site.captured,
        "readable": site.readable,
        "gone": site.gone,
        "withheld": site.withheld,
        "missing": site.missing,
        "never_captured": list(site.never),
        "gone_before_captured": list(site.lost),
        "captured_unread": list(site.unread),
        "archives": [
            {
                "archive": filling.archive,
                "questions": len(filling.ids),
                "alone": filling.alone,
                "ids": list(filling.ids),
                "command": fetch(filling) if filling.ids else None,
            }
            for filling in site.fillings
        ],
        "in_no_index": list(site.unlisted),
        "range": list(site.span) if site.span else None,
        "unknown": sum(gap.size for gap in site.gaps),
        "gaps": [list(gap) for gap in site.gaps],
    }


def _numbers(ids: Iterable[str]) -> tuple[NumberRange, ...]:
    return runs(int(text) for text in ids if text.isdecimal())
