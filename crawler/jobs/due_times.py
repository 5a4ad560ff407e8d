"""When a crawl is due, from its schedule and what its earlier runs came to. Pure: no clock.

Times are aware. An interval is counted from the beginning of the last run; a calendar slot
that passes while a run goes on is served by that run, and slots that pass while the machine
is off are made up for once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from cronsim import CronSim

from crawler.jobs.schedule import WEEK_MINUTES, Job

MINUTE = timedelta(minutes=1)
#: The longest wait before what was stopped, or failed, is tried again.
LONGEST_WAIT = timedelta(hours=1)

FINISHED = "finished"
#: It finished, but its monitors say that something is wrong with what it found.
ALARMED = "alarmed"
FAILED = "failed"
#: It could not begin: wrong arguments, or another process crawls the site.
REFUSED = "refused"
#: It ended before its time and can be continued: Ctrl-C, a full disk, the site's wish.
STOPPED = "stopped"
#: We stopped it, as a blackout began.
PAUSED = "paused"
TIMED_OUT = "timed out"
#: It ended without a word: killed, or the machine went down.
INTERRUPTED = "interrupted"

#: What is continued as soon as it may.
TO_CONTINUE = frozenset({STOPPED, PAUSED, INTERRUPTED})
#: What nobody needs to look at.
AS_PLANNED = frozenset({FINISHED, PAUSED, TIMED_OUT})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a job. ``fresh`` unless it was to make an earlier one good.

    ``finished`` and ``outcome`` are None while it runs.
    """

    started: datetime
    finished: datetime | None
    outcome: str | None
    fresh: bool = True

    @property
    def ended(self) -> datetime:
        """Its last known instant."""
        return self.finished or self.started

    @property
    def quick(self) -> bool:
        """Whether it ended so soon that the next should wait."""
        return self.ended - self.started < LONGEST_WAIT


@dataclass(frozen=True, slots=True)
class PastRuns:
    """What is known of a job: since when it is scheduled so, and its runs, the latest first."""

    since: datetime
    tries: Sequence[Attempt] = ()

    def until(self, now: datetime) -> PastRuns:
        """The same, with nothing later than ``now``: the clock was wrong then."""
        return PastRuns(
            min(self.since, now),
            [
                Attempt(
                    min(one.started, now),
                    one.finished and min(one.finished, now),
                    one.outcome,
                    one.fresh,
                )
                for one in self.tries
            ],
        )


@dataclass(frozen=True, slots=True)
class Retry:
    """How often, and after how long, what went wrong is tried again.

    ``wait`` is the first wait; each further one is twice as long, up to an hour. One that
    failed is tried ``failures`` times again, then waits for its next regular time. One that
    was stopped, or refused before it asked the site for anything, is tried until it runs.
    """

    failures: int = 3
    wait: timedelta = MINUTE

    def after(self, past: PastRuns) -> datetime | None:
        """When the last run is to be made good; None if it need not be."""
        last = past.tries[0] if past.tries else None
        if last is None or last.outcome is None:
            return None
        if last.outcome in TO_CONTINUE:
            quick = takewhile(lambda one: one.outcome in TO_CONTINUE and one.quick, past.tries)
            return last.ended + self._wait(len(list(quick)))
        if last.outcome in (FAILED, REFUSED):
            same = len(list(takewhile(lambda one: one.outcome == last.outcome, past.tries)))
            if last.outcome == FAILED and same > self.failures:
                return None
            return last.ended + self._wait(same) * 5
        return None

    def _wait(self, times: int) -> timedelta:
        if not times:
            return timedelta(0)
        return min(self.wait * (1 << min(times - 1, 20)), LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time for which a run is wanted: ``fresh``, or to make the last one good."""

    at: datetime
    fresh: bool


def slot(job: Job, past: PastRuns, now: datetime, retry: Retry | None = None) -> Slot | None:
    """The earliest time for which a run is wanted, past or future; blackouts apart.

    None if the job is not enabled.
    """
    if not job.enabled:
        return None
    past = past.until(now)
    regular = regular_slot(job, past)
    again = (retry or Retry()).after(past)
    if again is not None and (regular is None or again <= regular):
        return Slot(again, fresh=False)
    return None if regular is None else Slot(regular, fresh=True)


def regular_slot(job: Job, past: PastRuns) -> datetime | None:
    """The first time that the schedule itself names after the last run."""
    if job.every is not None:
        begun = next((one.started for one in past.tries if one.fresh), None)
        return past.since if begun is None else begun + job.every
    last = past.tries[0].ended if past.tries else past.since
    return after(job, max(last, past.since))


def after(job: Job, moment: datetime) -> datetime | None:
    """The first time of the job's calendar after a moment; None if there is none.

    A time that the clocks skip in spring comes when they have been put forward; one that
    they repeat in autumn comes once.
    """
    assert job.calendar is not None
    for found in CronSim(job.calendar, moment.astimezone(job.zone)):
        # In the hour that the clocks repeat, the library also gives times of its first pass.
        if found.astimezone(UTC) > moment:
            return found.astimezone(UTC)
    return None


def interval(job: Job, at: datetime) -> timedelta:
    """How long after one regular time the next one comes."""
    if job.every is not None:
        return job.every
    following = after(job, at)
    return (following - at) if following else LONGEST_WAIT


def blacked_out(job: Job, moment: datetime) -> bool:
    """Whether no run may begin at a moment."""
    local = moment.astimezone(job.zone)
    minute = local.hour * 60 + local.minute
    return any(window.covers(local.weekday(), minute) for window in job.blackout)


def allowed(job: Job, moment: datetime) -> datetime:
    """The first instant, from a moment on, that is in no blackout."""
    at = moment
    # By instants, not by the clock on the wall, which may skip an end. A schedule that
    # leaves no minute of the week free is refused when it is read.
    for _ in range(WEEK_MINUTES + 120):
        if not blacked_out(job, at):
            return at
        at = at.replace(second=0, microsecond=0) + MINUTE
    return at


def next_run(
    job: Job, past: PastRuns, now: datetime, retry: Retry | None = None
) -> datetime | None:
    """When the job begins, if nothing else keeps it: ``now``, or a time to come.

    :param past: its earlier runs; what lies after ``now`` counts as now
    :returns: None if it is not enabled
    """
    wanted = slot(job, past, now, retry)
    return None if wanted is None else allowed(job, max(wanted.at, now))


def is_due(job: Job, past: PastRuns, now: datetime, retry: Retry | None = None) -> bool:
    """Whether the job is to begin now."""
    return next_run(job, past, now, retry) == now
