"""The status for a person (lines of at most 100 columns) and for a program. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

from crawler.frontier.frontier import OpenRun
from crawler.jobs.history import PastRun
from crawler.jobs.job_status import Status
from crawler.jobs.run_due import Outlook
from crawler.text_format import clock, short, size, span, table, when
from pipelines.files.timestamps import stamp
from pipelines.reports.freshness import AGES, CrawlLine, Freshness

WIDTH = 100


def lines(status: Status, problems: Sequence[str]) -> Iterator[str]:
    """For a terminal: what is wrong first, then section by section."""
    yield f"Housecall at {status.now:%Y-%m-%d %H:%M} UTC: " + (
        f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}"
        if problems
        else "nothing to worry about"
    )
    yield from (f"  ! {problem}" for problem in problems)
    yield from _section(f"Schedule ({status.schedule})", _schedule(status))
    yield from _section("Crawls that have not come to their end", _unfinished(status))
    yield from _section(f"Archive ({status.archive})", _archive(status))
    if status.freshness is not None:
        yield from _section("Last crawls (times in UTC)", _crawls(status))
        yield from _section(
            f"Open failures ({status.freshness.failures})", _causes(status.freshness)
        )
    yield from _section("Disk", _disk(status))


def _section(title: str, body: Iterator[str]) -> Iterator[str]:
    found = [short_end(line) for line in body]
    if found:
        yield ""
        yield title
        yield from (f"  {line}" for line in found)


def short_end(line: str) -> str:
    """A line that fits, its inner spaces kept. A command is left whole: it is to be copied."""
    room = WIDTH - 2 if not line.startswith("  scrapy ") else len(line)
    return line if len(line) <= room else line[: room - 3] + "..."


def _schedule(status: Status) -> Iterator[str]:
    if status.schedule_missing:
        yield "there is none: crawls are run by hand (see schedule.example.toml)"
        return
    if status.schedule_error:
        yield from status.schedule_error.splitlines()
        return
    if not status.jobs:
        yield "it has no crawls"
        return
    rows = [["crawl", "last run", "", "took", "next run"]]
    rows += [_job(one, status) for one in status.jobs]
    yield from table(rows)
    for one in status.jobs:
        if one.running is not None:
            length = span(status.now - one.running.started)
            yield (
                f"running now: {one.job.name} for {length}, process {one.running.pid}, "
                f"log {one.running.log}"
            )


def _job(one: Outlook, status: Status) -> list[str]:
    last, zone = one.last, one.job.zone
    name = short(one.job.name, 20)
    if last is None or last.finished is None:
        done = ["never run", "", ""]
    else:
        done = [last.outcome or "", when(last.finished, zone, status.now), _took(last)]
    return [name, *done, _next(one, status)]


def _took(run: PastRun) -> str:
    return "" if run.seconds is None else span(run.seconds)


def _next(one: Outlook, status: Status) -> str:
    if one.running is not None:
        return "running now"
    if one.next is None or one.wanted is None:
        return "not enabled"
    if one.next <= status.now:
        late = status.now - one.wanted.at
        return "due now" if late.total_seconds() < 60 else f"due for {span(late)}"
    local = one.next.astimezone(one.job.zone)
    return f"{when(one.next, one.job.zone, status.now)} {local.tzname()}"


def _unfinished(status: Status) -> Iterator[str]:
    for one in status.unfinished:
        begun = f", begun {when(one.crawl.started, UTC, status.now)}" if one.crawl.started else ""
        if one.path in status.locked:
            yield f"{one.crawl.spider}: running{begun}; {one.done} done, {one.waiting} waiting"
        else:
            yield f"{one.crawl.spider}: stopped{begun}; {one.done} done, {one.waiting} waiting for"
            yield f"  {continuation(one)}"


def continuation(one: OpenRun) -> str:
    """The command that goes on with a run."""
    words = ["scrapy", "crawl", one.crawl.spider]
    for name, value in one.crawl.arguments.items():
        words += ["-a", f"{name}={value}"]
    return shlex.join(words)


def _archive(status: Status) -> Iterator[str]:
    if status.freshness is None:
        yield str(status.archive_error)
        return
    ages = ["7 days", "30 days", "180 days", "older"]
    rows = [["site", "questions", "gone", "newest", *ages]]
    for site in status.freshness.sites:
        newest = when(site.newest, UTC, status.now) if site.newest else "never"
        rows.append([site.site, str(site.questions), str(site.gone), newest, *map(str, site.ages)])
    if len(rows) > 1:
        yield from table(rows, frozenset({1, 2, 4, 5, 6, 7}))
        yield "(by last capture: within 7 days, within 30 but not 7, ...; those gone left out)"
    else:
        yield "no questions yet"
    yield (
        f"{status.freshness.captures} captures, "
        f"{status.freshness.unreadable} pages that could not be read"
    )


def _crawls(status: Status) -> Iterator[str]:
    assert status.freshness is not None
    counted = ("captures", "new", "changed", "unchanged", "gone")
    rows = [["spider", "outcome", "started", "took", *counted]]
    for one in status.freshness.crawls:
        rows.append(_crawl(one, status, counted))
    if len(rows) == 1:
        yield "none yet"
        return
    head, *body = table(rows, frozenset(range(4, 9)))
    yield head
    for line, one in zip(body, status.freshness.crawls, strict=True):
        yield line
        yield from (f"  alarm: {alarm}" for alarm in one.alarms)


def _crawl(one: CrawlLine, status: Status, counted: Sequence[str]) -> list[str]:
    took = span(one.finished - one.started) if one.finished and one.started else ""
    started = when(one.started, UTC, status.now) if one.started else "?"
    counts = [str(one.counts.get(name, 0)) if one.counts else "" for name in counted]
    return [short(one.spider, 20), one.outcome or "unknown", started, took, *counts]


def _causes(fresh: Freshness) -> Iterator[str]:
    if not fresh.causes:
        return
    rows = [
        [str(one.count), one.stage, short(one.cause, 46), short(one.examples[0], 60)]
        for one in fresh.causes
    ]
    yield from table([["count", "stage", "cause", "latest"], *rows], frozenset({0}))
    shown = sum(one.count for one in fresh.causes)
    if shown < fresh.failures:
        yield f"and {fresh.failures - shown} of other causes (scrapy serve: open_failures)"


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
    for one in disk.open_files:
        written = clock(one.written, UTC, status.now)
        yield f"not closed: {one.path.name} ({size(one.bytes)}, last written {written} UTC)"


def as_json(status: Status, problems: Sequence[str]) -> dict[str, Any]:
    """For ``--json``; times in UTC, sizes in bytes."""
    fresh = status.freshness
    return {
        "now": stamp(status.now),
        "healthy": not problems,
        "problems": list(problems),
        "schedule": {
            "path": str(status.schedule),
            "missing": status.schedule_missing,
            "error": status.schedule_error,
            "jobs": [_job_json(one) for one in status.jobs],
        },
        "unfinished": [
            {
                "spider": one.crawl.spider,
                "arguments": dict(one.crawl.arguments),
                "started": stamp(one.crawl.started) if one.crawl.started else None,
                "done": one.done,
                "waiting": one.waiting,
                "running": one.path in status.locked,
                "command": continuation(one),
            }
            for one in status.unfinished
        ],
        "archive": {
            "path": str(status.archive),
            "error": str(status.archive_error) if status.archive_error else None,
            **(_fresh_json(fresh) if fresh else {}),
        },
        "disk": {
            "warc_files": status.disk.warc_files,
            "warc_bytes": status.disk.warc_bytes,
            "archive_bytes": status.disk.archive_bytes,
            "free": status.disk.free,
            "open_files": [
                {"path": str(one.path), "bytes": one.bytes, "written": stamp(one.written)}
                for one in status.disk.open_files
            ],
        },
    }


def _job_json(one: Outlook) -> dict[str, Any]:
    return {
        "job": one.job.name,
        "timing": one.job.timing,
        "enabled": one.job.enabled,
        "last": one.last.as_json() if one.last else None,
        "running": one.running.as_json() if one.running else None,
        "due_at": stamp(one.wanted.at) if one.wanted else None,
        "next": stamp(one.next) if one.next else None,
    }


def _fresh_json(fresh: Freshness) -> dict[str, Any]:
    ages = (*(f"within_{days}_days" for days in AGES), "older")
    return {
        "newest_capture": stamp(fresh.newest_capture) if fresh.newest_capture else None,
        "captures": fresh.captures,
        "unreadable": fresh.unreadable,
        "open_failures": fresh.failures,
        "sites": [
            {
                "site": one.site,
                "questions": one.questions,
                "gone": one.gone,
                "newest_capture": stamp(one.newest) if one.newest else None,
                "ages": dict(zip(ages, one.ages, strict=True)),
            }
            for one in fresh.sites
        ],
        "causes": [
            {
                "stage": one.stage,
                "reason": one.cause,
                "count": one.count,
                "example": one.examples[0],
            }
            for one in fresh.causes
        ],
        "crawls": [
            {
                "spider": one.spider,
                "started": stamp(one.started) if one.started else None,
                "finished": stamp(one.finished) if one.finished else None,
                "outcome": one.outcome,
                "counts": one.counts,
                "alarms": list(one.alarms),
            }
            for one in fresh.crawls
        ],
    }
