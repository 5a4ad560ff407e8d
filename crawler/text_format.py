"""Times, durations, sizes, counts and tables as a person reads them. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from textwrap import wrap

WIDTH = 100
"""The columns that the lines of a command may take."""

_STEPS = ((60, 1, "s"), (3600, 60, "min"), (48 * 3600, 3600, "h"), (float("inf"), 86400, "days"))


def span(length: timedelta | float) -> str:
    """Return a duration in one unit: "40 s", "3 h". A number is seconds."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    seconds = max(0.0, seconds)
    size, unit = next((size, unit) for below, size, unit in _STEPS if seconds < below)
    return f"{round(seconds / size)} {unit}"


def clock(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """Return a time: with the day where it is not today, with the year where not this one."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    year = f" {local:%Y}" if local.year != today.year else ""
    return f"{local.day} {local:%b}{year} {local:%H:%M}"


def when(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """Return a time and its distance: "3 h ago, 16:20" or "in 6 days, 29 Nov 02:30"."""
    away = moment - now
    if abs(away) < timedelta(seconds=1):
        return "now"
    words = f"in {span(away)}" if away > timedelta(0) else f"{span(-away)} ago"
    return f"{words}, {clock(moment, zone, now)}"


def size(amount: float) -> str:
    """Return a number of bytes, in powers of 1000 as disks are sold."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            digits = 1 if amount < 10 and unit != "bytes" else 0
            return f"{amount:.{digits}f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def number(count: int) -> str:
    """Return a number with its thousands apart: "12,345"."""
    return f"{count:,}"


def unread_pages(number: int, examples: Sequence[str]) -> str:
    """Say how many pages at question addresses hold no question that is read."""
    pages, hold = (
        ("page at a question address", "holds")
        if number == 1
        else ("pages at question addresses", "hold")
    )
    example = f": e.g. {examples[0]}" if examples else ""
    return f"{number:,} {pages} {hold} no question that is read{example}"


def redeclared(site: str) -> str:
    """Say that a site's declaration is another than its pages were read by."""
    return (
        f"the declaration of {site} has changed since its pages were read: scrapy rebuild reads "
        "them again"
    )


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: "1 page", "12,345 pages"."""
    return f"{number(count)} {noun if count == 1 else f'{noun}s'}"


def table(rows: Sequence[Sequence[str]], numbers: frozenset[int] = frozenset()) -> list[str]:
    """Return lines of aligned columns, two spaces apart.

    :param numbers: the columns that are set to the right
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return [
        "  ".join(
            cell.rjust(width) if at in numbers else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def short(text: str, width: int) -> str:
    """Return a text in one line that is at most ``width`` wide."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 3] + "..."


def wrapped(text: str, indent: str = "  ", rest: str | None = None) -> list[str]:
    """Return a text in lines of at most ``WIDTH``, broken at spaces.

    :param indent: stands before the first line, and before the others if ``rest`` is None
    """
    return wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent if rest is None else rest,
        break_on_hyphens=False,
    )  # fmt: skip


def crawl_command(spider: str, arguments: Mapping[str, str]) -> str:
    """Return the command of a crawl, to be copied."""
    words = ["scrapy", "crawl", spider]
    for name, value in arguments.items():
        words += ["-a", f"{name}={value}"]
    return shlex.join(words)
