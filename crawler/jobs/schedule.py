"""What schedule.toml says: which crawls to run, and when.

The file is TOML with a table ``[[crawl]]`` for each crawl. All that is wrong with it is
reported at once, with line, table and key, and what is allowed there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from parsers.strict_toml import TomlError, TomlTable, flag, read_tables

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK_MINUTES = 7 * 24 * 60
#: Longer than any archive will be kept by one schedule; keeps dates within the calendar.
LONGEST = timedelta(days=3650)
_MINUTES = {"w": 10080, "d": 1440, "h": 60, "m": 1}
_DURATION = re.compile(r"([0-9]{1,6})([mhdw])")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BLACKOUT = re.compile(
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


class ScheduleMissing(ScheduleError):
    """There is no schedule."""


@dataclass(frozen=True, slots=True)
class Blackout:
    """Hours in which no crawl begins, by the wall clock of the crawl's time zone.

    ``days`` are the weekdays on which it begins (0 is Monday). ``start`` and ``end`` are minutes
    after midnight; where ``end`` is not after ``start``, it ends on the next day.
    """

    days: frozenset[int]
    start: int
    end: int

    def covers(self, weekday: int, minute: int) -> bool:
        """Return whether a minute of a weekday is within it."""
        if self.start < self.end:
            return weekday in self.days and self.start <= minute < self.end
        began_yesterday = (weekday - 1) % 7 in self.days and minute < self.end
        return began_yesterday or (weekday in self.days and minute >= self.start)


@dataclass(frozen=True, slots=True)
class Job:
    """One ``[[crawl]]``: what to run, and when. Either ``every`` or ``calendar`` is set."""

    name: str
    spider: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    every: timedelta | None = None
    calendar: str | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    blackout: tuple[Blackout, ...] = ()
    enabled: bool = True

    @property
    def timing(self) -> str:
        """When it runs, in words. A calendar that is edited counts from then on."""
        times = f"every {duration(self.every)}" if self.every else f"at {self.calendar}"
        return f"{times} {self.zone.key}" if self.enabled else "disabled"


#: What a [[crawl]] may say.
KEYS = frozenset({field.name for field in fields(Job)} - {"zone"} | {"timezone"})


def read_schedule(path: Path, spiders: Collection[str] | None = None) -> tuple[Job, ...]:
    """Return the crawls of a schedule.toml, in its order; see :func:`parse_schedule`.

    :raises ScheduleError: the file is missing (ScheduleMissing), unreadable or wrong
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ScheduleMissing(
            ["there is no such file; copy schedule.example.toml, or name one with -s SCHEDULE=PATH"]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScheduleError([f"cannot be read: {error}"]) from error
    return parse_schedule(text, spiders)


def parse_schedule(text: str, spiders: Collection[str] | None = None) -> tuple[Job, ...]:
    """Return the crawls in the text of a schedule.toml, in its order. Pure.

    :param spiders: the names of all spiders; None does not check them
    :raises ScheduleError: with all that is wrong with it
    """
    try:
        tables, problems = read_tables(text, "crawl", KEYS)
    except TomlError as error:
        raise ScheduleError([str(error).removeprefix("is ")]) from error
    sentences = [f"line {problem.line}: {problem.key!r} {problem.why}" for problem in problems]
    jobs = []
    for table in tables:
        jobs.append(_job(table, spiders))
        name = table.values.get("name")
        label = f"[[crawl]] {name!r}" if isinstance(name, str) else f"[[crawl]] {table.number}"
        sentences += [
            f"line {problem.line or '?'}, {label}, {problem.key}: {problem.why}"
            for problem in table.problems
        ]
    sentences += _repeated_names(jobs)
    if sentences:
        raise ScheduleError(sentences)
    return tuple(jobs)


def _repeated_names(jobs: Collection[Job]) -> Iterator[str]:
    names = [job.name for job in jobs if job.name]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"[[crawl]] {name!r}: the name is used {names.count(name)} times; each needs its own"


def _job(table: TomlTable, spiders: Collection[str] | None) -> Job:
    for key in ("name", "spider"):
        if key not in table.values:
            table.wrong(key, "is missing")
    if ("every" in table.values) == ("calendar" in table.values):
        table.wrong("every", 'needs exactly one of every = "7d" and calendar = "30 2 * * 1"')
    return Job(
        name=table.take("name", _name, ""),
        spider=table.take("spider", lambda value: _spider(value, spiders), ""),
        arguments=table.take("arguments", _arguments, {}),
        settings=table.take("settings", _settings, {}),
        every=table.take("every", parse_duration, None),
        calendar=table.take("calendar", _calendar, None),
        zone=table.take("timezone", _zone, ZoneInfo("UTC")),
        blackout=table.take("blackout", _blackouts, ()),
        enabled=table.take("enabled", flag, True),
    )


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


def _arguments(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(f'must be a table, such as {{base = "http://..."}}, not {value!r}')
    for key, argument in value.items():
        if not isinstance(argument, str | int | float):
            raise ValueError(f"{key} must be text, a number, true or false, not {argument!r}")
        if "=" in key or not key or "\0" in f"{key}{argument}":
            raise ValueError(f"{key!r} cannot be passed on a command line")
    return {key: str(argument) for key, argument in value.items()}


def _settings(value: Any) -> dict[str, str]:
    settings = _arguments(value)
    for key in settings:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", key):
            raise ValueError(f"{key!r} is no setting: their names are in capitals, as CONTACT")
    return settings


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


def _blackouts(value: Any) -> tuple[Blackout, ...]:
    if not isinstance(value, list):
        raise ValueError(f"must be a list, as ['08:00-18:00'], not {value!r}")
    blackouts = tuple(_blackout(text) for text in value)
    if all(
        any(blackout.covers(*divmod(minute, 1440)) for blackout in blackouts)
        for minute in range(WEEK_MINUTES)
    ):
        raise ValueError("leaves no minute of the week in which a crawl could begin")
    return blackouts


def _blackout(value: Any) -> Blackout:
    match = _BLACKOUT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is no blackout: write '08:00-18:00' or 'Mon-Fri 06:00-22:00'")
    start, end = (int(match[f"h{n}"]) * 60 + int(match[f"m{n}"]) for n in (1, 2))
    if start >= 1440 or end > 1440:
        raise ValueError(f"{value!r}: hours go from 00:00 to 24:00")
    if start == end:
        raise ValueError(f"{value!r} begins when it ends; a whole day is 00:00-24:00")
    names = [(match["first"] or "Mon").title(), (match["last"] or match["first"] or "Sun").title()]
    if not set(names) <= set(DAYS):
        raise ValueError(f"{value!r}: days are {', '.join(DAYS)}")
    first, last = map(DAYS.index, names)
    return Blackout(frozenset((first + n) % 7 for n in range((last - first) % 7 + 1)), start, end)


def duration(span: timedelta) -> str:
    """Return a duration as schedule.toml writes it, in the largest unit that is exact."""
    minutes = int(span.total_seconds() // 60)
    unit = next(unit for unit, size in _MINUTES.items() if minutes % size == 0)
    return f"{minutes // _MINUTES[unit]}{unit}"


def parse_duration(value: Any) -> timedelta:
    """Return the duration that a text of schedule.toml names: a number and a unit.

    :raises ValueError: it is none, or not between a minute and ten years
    """
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{value!r} is no duration: a number and a unit, m (minutes), h, d or w, as '12h'"
        )
    span = timedelta(minutes=int(match[1]) * _MINUTES[match[2]])
    if not timedelta(minutes=1) <= span <= LONGEST:
        raise ValueError(f"{value!r} is not between a minute and ten years")
    return span
