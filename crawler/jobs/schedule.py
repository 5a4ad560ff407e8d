"""What schedule.toml says: which crawls to run, and when. Pure: text in, values out.

The file is TOML, a table ``[[crawl]]`` for each crawl. Everything that is wrong with it is
told at once, with line, table and key, and what is allowed there.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

T = TypeVar("T")

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK_MINUTES = 7 * 24 * 60
#: Longer than any archive will be kept by one schedule; keeps dates within the calendar.
LONGEST = timedelta(days=3650)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"([0-9]{1,6})([mhdw])")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WINDOW = re.compile(
    r"(?:(?P<first>[A-Za-z]{3})(?:-(?P<last>[A-Za-z]{3}))?\s+)?"
    r"(?P<h1>\d\d):(?P<m1>[0-5]\d)\s*-\s*(?P<h2>\d\d):(?P<m2>[0-5]\d)",
    re.ASCII,
)


class ScheduleError(Exception):
    """The schedule cannot be used.

    :param problems: all that is wrong with it, a sentence each
    """

    def __init__(self, problems: Collection[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Blackout:
    """Hours in which no crawl begins, by the clock on the wall of the crawl's time zone.

    ``days`` are those on which it begins (0 is Monday). ``start`` and ``end`` are minutes
    after midnight; where ``end`` is not after ``start``, it ends on the next day.
    """

    days: frozenset[int]
    start: int
    end: int

    def covers(self, weekday: int, minute: int) -> bool:
        """Whether a minute of a weekday is within it."""
        if self.start < self.end:
            return weekday in self.days and self.start <= minute < self.end
        began_yesterday = (weekday - 1) % 7 in self.days and minute < self.end
        return began_yesterday or (weekday in self.days and minute >= self.start)


@dataclass(frozen=True, slots=True)
class Job:
    """One ``[[crawl]]``: what to run, and when. Either ``every`` or ``calendar`` is set.

    ``timeout`` is how long one run may take. ``stop_at_blackout`` stops a run that is still
    going when a blackout begins; it goes on after it.
    """

    name: str
    spider: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    every: timedelta | None = None
    calendar: str | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    blackout: tuple[Blackout, ...] = ()
    stop_at_blackout: bool = False
    timeout: timedelta | None = None
    enabled: bool = True

    @property
    def timing(self) -> str:
        """When it runs, in words; a calendar that is edited counts from then on."""
        when = f"every {duration(self.every)}" if self.every else f"at {self.calendar}"
        return f"{when} {self.zone.key}" if self.enabled else "disabled"


@dataclass(frozen=True, slots=True)
class Schedule:
    """All crawls of a schedule.toml, in its order."""

    jobs: tuple[Job, ...]


def load(text: str, spiders: Collection[str] | None = None) -> Schedule:
    """Read the text of a schedule.toml.

    :param spiders: the names of spiders that there are; None does not check them
    :raises ScheduleError: with all that is wrong with it
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScheduleError([f"no valid TOML: {error}"]) from error
    lines = text.split("\n")
    problems = [
        f"line {_line_of_key(lines, key)}: {key!r} is unknown here; "
        "a schedule has tables [[crawl]] only"
        for key in document
        if key != "crawl"
    ]
    tables = document.get("crawl", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ScheduleError([*problems, "'crawl' must be tables; write [[crawl]] above each"])
    blocks = list(_blocks(text, len(tables)))
    jobs = []
    for number, table in enumerate(tables):
        reader = _Table(table, number, blocks[number])
        jobs.append(_job(reader, spiders))
        problems += reader.problems
    problems += _twice(jobs)
    if problems:
        raise ScheduleError(problems)
    return Schedule(tuple(jobs))


class _Table:
    """One [[crawl]] that is being read: takes its values, collects what is wrong."""

    def __init__(self, table: Mapping[str, Any], number: int, block: tuple[int, list[str]]) -> None:
        self.table = table
        self.problems: list[str] = []
        name = table.get("name")
        self._label = f"[[crawl]] {name!r}" if isinstance(name, str) else f"[[crawl]] {number + 1}"
        self._first, self._lines = block

    def wrong(self, key: str, why: str) -> None:
        """Note that the value of ``key`` is wrong."""
        line = self._first + _line_of_key(self._lines, key) - 1 if self._first else "?"
        self.problems.append(f"line {line}, {self._label}, {key}: {why}")

    def take(self, key: str, read: Callable[[Any], T], default: T) -> T:
        """The value of ``key`` as ``read`` makes it; the default where that is not to be had."""
        if key not in self.table:
            return default
        try:
            return read(self.table[key])
        except ValueError as error:
            self.wrong(key, str(error))
            return default


def _job(table: _Table, spiders: Collection[str] | None) -> Job:
    for key in table.table.keys() - KEYS:
        near = difflib.get_close_matches(key, KEYS, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(KEYS))}"
        table.wrong(key, f"is unknown; {hint}")
    for key in ("name", "spider"):
        if key not in table.table:
            table.wrong(key, "is missing")
    if ("every" in table.table) == ("calendar" in table.table):
        table.wrong("every", 'needs exactly one of every = "7d" and calendar = "30 2 * * 1"')
    job = Job(
        name=table.take("name", _name, ""),
        spider=table.take("spider", lambda value: _spider(value, spiders), ""),
        arguments=table.take("arguments", _words, {}),
        settings=table.take("settings", _settings, {}),
        every=table.take("every", parse_duration, None),
        calendar=table.take("calendar", _calendar, None),
        zone=table.take("timezone", _zone, ZoneInfo("UTC")),
        blackout=table.take("blackout", _windows, ()),
        stop_at_blackout=table.take("stop_at_blackout", _flag, False),
        timeout=table.take("timeout", parse_duration, None),
        enabled=table.take("enabled", _flag, True),
    )
    if job.stop_at_blackout and not table.table.get("blackout"):
        table.wrong("stop_at_blackout", "there is no blackout to stop at")
    return job


#: What a [[crawl]] may say.
KEYS = frozenset({one.name for one in fields(Job)} - {"zone"} | {"timezone"})


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(
            f"{value!r} is no name: up to 64 letters, digits, '.', '_' and '-', "
            "the first a letter or digit (log files are named by it)"
        )
    return value


def _spider(value: Any, spiders: Collection[str] | None) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no spider's name; 'scrapy list' names them")
    if spiders is not None and value not in spiders:
        raise ValueError(f"no spider is called {value!r}; there are {', '.join(sorted(spiders))}")
    return value


def _words(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(f'must be a table, such as {{base = "http://..."}}, not {value!r}')
    for key, one in value.items():
        if not isinstance(one, str | int | float):
            raise ValueError(f"{key} must be text, a number, true or false, not {one!r}")
        if "=" in key or not key or "\0" in f"{key}{one}":
            raise ValueError(f"{key!r} cannot be passed on a command line")
    return {key: str(one) for key, one in value.items()}


def _settings(value: Any) -> dict[str, str]:
    words = _words(value)
    for key in words:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", key):
            raise ValueError(f"{key!r} is no setting: their names are in capitals, as CONTACT")
    return words


def _calendar(value: Any) -> str:
    if not isinstance(value, str) or len(value.split()) != 5:
        raise ValueError(
            f"{value!r} is no cron expression of five fields: minute, hour, day of the month, "
            "month, day of the week, as '30 2 * * 1' (Mondays at 02:30)"
        )
    try:
        next(CronSim(value, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f"{value!r} is no cron expression: {str(error).lower()}") from error
    except StopIteration:
        raise ValueError(f"{value!r} never comes: there is no such day") from None
    return value


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise ValueError(f"{value!r} is no time zone, as 'Europe/Vienna' is one") from error


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def _windows(value: Any) -> tuple[Blackout, ...]:
    if not isinstance(value, list):
        raise ValueError(f"must be a list, as ['08:00-18:00'], not {value!r}")
    windows = tuple(_window(one) for one in value)
    if all(
        any(one.covers(minute // 1440, minute % 1440) for one in windows)
        for minute in range(WEEK_MINUTES)
    ):
        raise ValueError("leaves no minute of the week in which a crawl could begin")
    return windows


def _window(value: Any) -> Blackout:
    match = _WINDOW.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is no blackout: write '08:00-18:00' or 'Mon-Fri 06:00-22:00'")
    start, end = (int(match[f"h{n}"]) * 60 + int(match[f"m{n}"]) for n in (1, 2))
    if start >= 1440 or end > 1440:
        raise ValueError(f"{value!r}: hours go from 00:00 to 24:00")
    if start == end:
        raise ValueError(f"{value!r} begins when it ends; a whole day is 00:00-24:00")
    return Blackout(_days(match["first"], match["last"], value), start, end)


def _days(first: str | None, last: str | None, value: str) -> frozenset[int]:
    if first is None:
        return frozenset(range(7))
    try:
        begin, end = (DAYS.index(day.title()) for day in (first, last or first))
    except ValueError:
        raise ValueError(f"{value!r}: days are {', '.join(DAYS)}") from None
    return frozenset((begin + n) % 7 for n in range((end - begin) % 7 + 1))


def _twice(jobs: Collection[Job]) -> Iterator[str]:
    names = [job.name for job in jobs if job.name]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"[[crawl]] {name!r}: the name is used {names.count(name)} times; each needs its own"


def _blocks(text: str, wanted: int) -> Iterator[tuple[int, list[str]]]:
    """For each [[crawl]]: its first line's number, and its lines; (0, []) if they do not tally."""
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if re.match(r"\s*\[\[\s*crawl\s*\]\]", line)]
    if len(starts) != wanted:  # an inline array, or such a line within a text
        yield from [(0, [])] * wanted
        return
    for start, end in zip(starts, [*starts[1:], len(lines)][: len(starts)], strict=True):
        yield start + 1, lines[start:end]


def _line_of_key(lines: list[str], key: str) -> int:
    """The line (from 1) that sets ``key``, or the first one."""
    pattern = re.compile(rf"\s*(?:\[+\s*(?:crawl\s*\.\s*)?)?[\"']?{re.escape(key)}\b")
    return next((n for n, line in enumerate(lines, 1) if pattern.match(line)), 1)


def duration(span: timedelta) -> str:
    """A duration as schedule.toml writes it, in the largest unit that is exact."""
    minutes = int(span.total_seconds() // 60)
    for unit, size in (("w", 10080), ("d", 1440), ("h", 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def parse_duration(value: Any) -> timedelta:
    """A duration as schedule.toml writes it: a number and a unit.

    :raises ValueError: it is none, or not between a minute and ten years
    """
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{value!r} is no duration: a number and a unit, m (minutes), h, d or w, as '12h'"
        )
    span = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if not timedelta(minutes=1) <= span <= LONGEST:
        raise ValueError(f"{value!r} is not between a minute and ten years")
    return span
