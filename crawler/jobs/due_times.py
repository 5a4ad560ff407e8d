"""When a crawl is due, from its schedule and the outcomes of its earlier runs. Pure: no clock.

Times are aware. An interval is counted from the beginning of the last run. A calendar time
that passes during a run is served by that run; times that pass while the machine is off are
made up for once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from cronsim import CronSim

from crawler.jobs.schedule import WEEK_MINUTES, Job

MINUTE = timedelta(minutes=1)

FINISHED = "finished"
#: It finished, but its monitors say that something is wrong with what it found.
ALARMED = "alarmed"
FAILED = "failed"
#: It could not begin: wrong arguments, or another process crawls the site.
REFUSED = "refused"
#: It ended before its time and can be continued: Ctrl-C, a full disk, the site's wish.
STOPPED = "stopped"
#: It ended without a word: killed, or the machine went down.
INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run of a job: a row of ``runs`` in schedule.db. ``log`` is the path of its log.

    ``finished`` and ``outcome`` are None while it runs. ``fresh`` is false if it was to make an
    earlier run good. ``exit_status`` is the crawl's (negative: the signal that killed it), None
    if nobody was there to see it. ``summary`` is what the crawl printed with ``--json``.
    """

    id: int
    job: str
    spider: str
    due_at: datetime
    fresh: bool
    started: datetime
    finished: datetime | None
    exit_status: int | None
    outcome: str | None
    note: str = ""
    pid: int | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    log: Path = Path()

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return (self.finished - self.started).total_seconds() if self.finished else None

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        names = (
            "job", "spider", "due_at", "fresh", "started", "finished", "seconds", "exit_status",
            "outcome", "note", "pid", "log", "summary",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


class Slot(NamedTuple):
    """A time for which a run is wanted: ``fresh``, or to make the last one good."""

    at: datetime
    fresh: bool


class Retry(NamedTuple):
    """A run that did not come to its end is made good after ``wait``.

    One that failed is tried ``failures`` times again, then waits for its next regular time;
    one that was stopped, refused or interrupted, until it runs.
    """

    failures: int = 3
    wait: timedelta = timedelta(minutes=15)

    def after(self, runs: Sequence[PastRun]) -> datetime | None:
        """Return when the last run is to be made good; None if it need not be.

        :param runs: the latest first
        """
        if not runs or runs[0].outcome in {FINISHED, ALARMED, None}:
            return None
        failures = len(list(takewhile(lambda run: run.outcome == FAILED, runs)))
        if failures > self.failures:
            return None
        return (runs[0].finished or runs[0].started) + self.wait


@dataclass(frozen=True, slots=True)
class Outlook:
    """A job as it stands: its latest runs, and what comes next.

    ``running`` is the run that goes on now, ``last`` the latest that has ended. ``wanted`` is
    the time for which a run is wanted, ``next`` when it may begin (None: not enabled).
    """

    job: Job
    last: PastRun | None
    running: PastRun | None
    wanted: Slot | None
    next: datetime | None
    runs: Sequence[PastRun]


def outlook(
    job: Job, since: datetime, runs: Sequence[PastRun], now: datetime, retry: Retry, *, locked: bool
) -> Outlook:
    """Return how a job stands.

    :param since: when it was first scheduled as it is
    :param runs: its runs, the latest first
    :param locked: whether one of them goes on now
    """
    ended = next((run for run in runs if run.finished is not None), None)
    running = next((run for run in runs if run.finished is None), None) if locked else None
    wanted = slot(job, since, runs, retry)
    begin = allowed(job, max(wanted.at, now)) if wanted else None
    return Outlook(job, ended, running, wanted, begin, runs)


def slot(job: Job, since: datetime, runs: Sequence[PastRun], retry: Retry) -> Slot | None:
    """Return the earliest time for which a run is wanted, past or future, blackouts apart.

    None if the job is not enabled. For the parameters see :func:`outlook`.
    """
    if not job.enabled:
        return None
    regular, again = regular_time(job, since, runs), retry.after(runs)
    return Slot(regular, True) if again is None or regular < again else Slot(again, False)


def regular_time(job: Job, since: datetime, runs: Sequence[PastRun]) -> datetime:
    """Return the first time that the schedule itself names after the last run."""
    if job.every is not None:
        return next((run.started + job.every for run in runs if run.fresh), since)
    last = (runs[0].finished or runs[0].started) if runs else since
    return calendar_time(job, max(last, since))


def calendar_time(job: Job, moment: datetime) -> datetime:
    """Return the first time of the job's calendar after a moment, in UTC.

    A time that the clocks skip in spring comes when they have been put forward; one that
    they repeat in autumn comes once.
    """
    assert job.calendar is not None
    times = (time.astimezone(UTC) for time in CronSim(job.calendar, moment.astimezone(job.zone)))
    # In the hour that the clocks repeat, the library also gives times of its first pass.
    return next(time for time in times if time > moment)


def interval(job: Job, at: datetime) -> timedelta:
    """Return how long after one regular time the next one comes."""
    return job.every if job.every is not None else calendar_time(job, at) - at


def blacked_out(job: Job, moment: datetime) -> bool:
    """Return whether no run may begin at a moment."""
    local = moment.astimezone(job.zone)
    minute = local.hour * 60 + local.minute
    return any(blackout.covers(local.weekday(), minute) for blackout in job.blackout)


def allowed(job: Job, moment: datetime) -> datetime:
    """Return the first instant, from a moment on, that is in no blackout."""
    # By instants, not by the clock on the wall, which may skip an end. A schedule that
    # leaves no minute of the week free is refused when it is read.
    for _ in range(WEEK_MINUTES + 120):
        if not blacked_out(job, moment):
            break
        moment = moment.replace(second=0, microsecond=0) + MINUTE
    return moment
