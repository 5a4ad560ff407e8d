"""The status for a person (lines of at most 100 columns) and for a program. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

from crawler.jobs.due_times import Outlook
from crawler.jobs.job_status import Status
from crawler.session.outcomes import FAULTS
from crawler.text_format import (
    WIDTH,
    clock,
    counted,
    crawl_command,
    short,
    size,
    span,
    table,
    unread_pages,
    when,
)
from pipelines.reports.freshness import AGES, CrawlLine, Freshness

_COUNTS = ("captures", "new", "changed", "unchanged", "gone")


def lines(status: Status, problems: Sequence[str]) -> Iterator[str]:
    """Yield lines for a terminal: what is wrong first, then section by section."""
    verdict = counted(len(problems), "problem") if problems else "nothing to worry about"
    yield f"Housecall at {status.now:%Y-%m-%d %H:%M} UTC: {verdict}"
    yield from (f"  ! {problem}" for problem in problems)
    yield from _section(f"Schedule ({status.schedule})", _schedule(status))
    yield from _section("Crawls that have not come to their end", _unfinished(status))
    yield from _section(f"Archive ({status.archive})", _archive(status))
    if status.freshness is not None:
        failures = status.freshness.failures
        yield from _section("Last crawls (times in UTC)", _crawls(status.freshness, status))
        yield from _section(f"Open failures ({failures})", _causes(status.freshness))
    yield from _section("Disk", _disk(status))


def _section(title: str, body: Iterator[str]) -> Iterator[str]:
    shown = [f"  {cut_end(line)}" for line in body]
    if shown:
        yield from ("", title, *shown)


def cut_end(line: str) -> str:
    """Return a line that fits, its inner spaces kept. A command stays whole: it is copied."""
    fits = len(line) <= WIDTH - 2 or line.startswith("  scrapy ")
    return line if fits else line[: WIDTH - 5] + "..."


def _schedule(status: Status) -> Iterator[str]:
    if status.schedule_missing:
        yield "there is none: crawls are run by hand (see schedule.example.toml)"
    elif status.schedule_error:
        yield from status.schedule_error.splitlines()
    elif not status.jobs:
        yield "it has no crawls"
    else:
        rows = [_job(stand, status) for stand in status.jobs]
        yield from table([["crawl", "last run", "", "took", "next run"], *rows])
    for stand in status.jobs:
        if stand.running is not None:
            length = span(status.now - stand.running.started)
            yield (
                f"running now: {stand.job.name} for {length}, process {stand.running.pid}, "
                f"log {stand.running.log}"
            )


def _job(stand: Outlook, status: Status) -> list[str]:
    last = stand.last
    if last is None or last.finished is None:
        done = ["never run", "", ""]
    else:
        ended = when(last.finished, stand.job.zone, status.now)
        done = [last.outcome or "", ended, span(last.seconds or 0.0)]
    return [short(stand.job.name, 20), *done, _next(stand, status)]


def _next(stand: Outlook, status: Status) -> str:
    if stand.running is not None:
        return "running now"
    if stand.next is None or stand.wanted is None:
        return "not enabled"
    if stand.next <= status.now:
        late = status.now - stand.wanted.at
        return "due now" if late.total_seconds() < 60 else f"due for {span(late)}"
    local = stand.next.astimezone(stand.job.zone)
    return f"{when(stand.next, stand.job.zone, status.now)} {local.tzname()}"


def _unfinished(status: Status) -> Iterator[str]:
    for run in status.unfinished:
        begun = f", begun {when(run.crawl.started, UTC, status.now)}" if run.crawl.started else ""
        figures = f"{begun}; {run.done} done, {run.waiting} waiting"
        if run.path in status.locked:
            yield f"{run.crawl.spider}: running{figures}"
        else:
            outcome = status.left_as.get(run.path, "")
            stopped = f"stopped ({outcome})" if outcome in FAULTS else "stopped"
            yield f"{run.crawl.spider}: {stopped}{figures} for"
            yield f"  {crawl_command(run.crawl.spider, run.crawl.arguments)}"


def _archive(status: Status) -> Iterator[str]:
    fresh = status.freshness
    if fresh is None:
        yield str(status.archive_error)
        return
    ages = ["7 days", "30 days", "180 days", "older"]
    rows = [["site", "questions", "gone", "newest", *ages]]
    for site in fresh.sites:
        newest = when(site.newest, UTC, status.now) if site.newest else "never"
        rows.append([site.site, str(site.questions), str(site.gone), newest, *map(str, site.ages)])
    if fresh.sites:
        yield from table(rows, frozenset({1, 2, 4, 5, 6, 7}))
        yield "(by last capture: within 7 days, within 30 but not 7, ...; those gone left out)"
    else:
        yield "no questions yet"
    yield f"{fresh.captures} captures, {fresh.unreadable} pages that could not be read"
    if fresh.future:
        yield f"{counted(fresh.future, 'capture')} dated in the future: nothing is judged by that"
    if fresh.unread:
        yield f"{unread_pages(len(fresh.unread), ())}: e.g."
        yield f"  {fresh.unread[0]}"


def _crawls(fresh: Freshness, status: Status) -> Iterator[str]:
    if not fresh.crawls:
        yield "none yet"
        return
    rows = [["spider", "outcome", "started", "took", *_COUNTS]]
    rows += [_crawl(crawl, status) for crawl in fresh.crawls]
    head, *body = table(rows, frozenset(range(4, 9)))
    yield head
    for line, crawl in zip(body, fresh.crawls, strict=True):
        yield line
        if crawl.stands:
            yield from (f"  alarm: {alarm}" for alarm in crawl.alarms)
        elif crawl.alarms:
            number = counted(len(crawl.alarms), "alarm")
            yield f"  it raised {number}; a later run of the same crawl counts instead"


def _crawl(crawl: CrawlLine, status: Status) -> list[str]:
    took = span(crawl.finished - crawl.started) if crawl.finished and crawl.started else ""
    started = when(crawl.started, UTC, status.now) if crawl.started else "?"
    counts = [str(crawl.counts.get(name, 0)) if crawl.counts else "" for name in _COUNTS]
    return [short(crawl.spider, 20), crawl.outcome or "unknown", started, took, *counts]


def _causes(fresh: Freshness) -> Iterator[str]:
    if not fresh.causes:
        return
    rows = [
        [str(group.count), group.stage, short(group.cause, 46), short(group.examples[0], 60)]
        for group in fresh.causes
    ]
    yield from table([["count", "stage", "cause", "latest"], *rows], frozenset({0}))
    others = fresh.failures - sum(group.count for group in fresh.causes)
    if others > 0:
        yield f"and {others} of other causes (scrapy serve: open_failures)"


def _disk(status: Status) -> Iterator[str]:
    disk = status.disk
    taken = [
        f"{size(disk.warc_bytes)} in {disk.warc_files} WARC files",
        f"{size(disk.archive_bytes)}",
    ]
    rows = [
        [path, use, f"{size(free)} free" if free is not None else "free room unknown"]
        for (path, free), use in zip(disk.free.items(), taken, strict=True)
    ]
    yield from table(rows)
    for file in disk.open_files:
        written = clock(file.written, UTC, status.now)
        yield f"not closed: {file.path.name} ({size(file.bytes)}, last written {written} UTC)"


def as_json(status: Status, problems: Sequence[str]) -> dict[str, Any]:
    """Return the document of ``--json``: values that :func:`print_json` takes, sizes in bytes."""
    return {
        "now": status.now,
        "healthy": not problems,
        "problems": list(problems),
        "schedule": {
            "path": status.schedule,
            "missing": status.schedule_missing,
            "error": status.schedule_error,
            "jobs": [_job_json(stand) for stand in status.jobs],
        },
        "unfinished": [
            {
                "spider": run.crawl.spider,
                "arguments": dict(run.crawl.arguments),
                "started": run.crawl.started,
                "done": run.done,
                "waiting": run.waiting,
                "running": run.path in status.locked,
                "left_as": status.left_as.get(run.path) or None,
                "command": crawl_command(run.crawl.spider, run.crawl.arguments),
            }
            for run in status.unfinished
        ],
        "archive": {
            "path": status.archive,
            "error": str(status.archive_error) if status.archive_error else None,
            **(_fresh_json(status.freshness) if status.freshness else {}),
        },
        "disk": status.disk,
    }


def _job_json(stand: Outlook) -> dict[str, Any]:
    return {
        "job": stand.job.name,
        "timing": stand.job.timing,
        "enabled": stand.job.enabled,
        "last": stand.last.as_json() if stand.last else None,
        "running": stand.running.as_json() if stand.running else None,
        "due_at": stand.wanted.at if stand.wanted else None,
        "next": stand.next,
    }


def _fresh_json(fresh: Freshness) -> dict[str, Any]:
    ages = (*(f"within_{days}_days" for days in AGES), "older")
    return {
        "newest_capture": fresh.newest_capture,
        "captures": fresh.captures,
        "captures_in_future": fresh.future,
        "unreadable": fresh.unreadable,
        "unread": {"pages": len(fresh.unread), "examples": list(fresh.unread[:3])},
        "redeclared": list(fresh.redeclared),
        "open_failures": fresh.failures,
        "sites": [
            {
                "site": site.site,
                "questions": site.questions,
                "gone": site.gone,
                "newest_capture": site.newest,
                "ages": dict(zip(ages, site.ages, strict=True)),
            }
            for site in fresh.sites
        ],
        "causes": [
            {
                "stage": group.stage,
                "reason": group.cause,
                "count": group.count,
                "example": group.examples[0],
            }
            for group in fresh.causes
        ],
        "crawls": fresh.crawls,
    }
