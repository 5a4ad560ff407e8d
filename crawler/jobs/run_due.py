"""What ``scrapy due`` does: finds what is due, and has it run, one call at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crawler.jobs.due_times import ALARMED, FINISHED, INTERRUPTED, Retry, Slot, allowed, slot
from crawler.jobs.history import PastRun, RunHistory, output_of, summary_in
from crawler.jobs.runner import PATIENCE, POLL, JobRunner, Options, Stop, job_lock, utc_now
from crawler.jobs.schedule import Job, Schedule
from pipelines.files.locks import Lock, LockHeld, is_locked

LEDGER = "schedule.db"
LOCK = "due.lock"
#: How often (seconds) to see whether more is due.
TICK = 20.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """A job as it stands: its latest runs, and what comes next.

    ``running`` is the run that goes on now, ``last`` the latest that has ended. ``wanted``
    is the time a run is wanted for, ``next`` when it may begin (None: not enabled).
    """

    job: Job
    last: PastRun | None
    running: PastRun | None
    wanted: Slot | None
    next: datetime | None


@contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Be the only ``scrapy due`` of a STATE_DIR.

    :raises LockHeld: there is another
    """
    lock = Lock(state / LOCK, "scrapy due")
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            lock.acquire()
            break
        except LockHeld:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.1)
    try:
        yield
    finally:
        lock.release()


def outlook(job: Job, ledger: RunHistory, state: Path, now: datetime, retry: Retry) -> Outlook:
    """How a job stands, without changing anything."""
    runs = ledger.runs(job.name)
    running = None
    if is_locked(job_lock(state, job.name)):
        running = next((run for run in runs if run.finished is None), None)
    wanted = slot(job, ledger.past(job, now), now, retry)
    return Outlook(
        job,
        next((run for run in runs if run.finished is not None), None),
        running,
        wanted,
        allowed(job, max(wanted.at, now)) if wanted else None,
    )


def recover(ledger: RunHistory, state: Path, now: datetime) -> list[PastRun]:
    """Write how those runs ended of which nobody saw the end.

    The crawl's own summary says so, where it got that far without its runner.
    """
    found = []
    for run in ledger.unfinished():
        if is_locked(job_lock(state, run.job)):
            continue  # it is still running
        summary = summary_in(output_of(run.log))
        outcome = INTERRUPTED
        if summary.get("outcome") == "finished" and summary.get("captures"):
            outcome = ALARMED if summary.get("alarms") else FINISHED
        ended = ledger.end(
            run.id, _last_sign(run, now), outcome, None,
            note="nobody was there to see its end", summary=summary,
        )  # fmt: skip
        found.append(ended)
    return found


def _last_sign(run: PastRun, now: datetime) -> datetime:
    try:
        written = datetime.fromtimestamp(run.log.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return run.started
    return max(run.started, min(written, now))


def run_due(
    read: Callable[[], Schedule],
    runner: JobRunner,
    ledger: RunHistory,
    options: Options,
    stop: Stop,
    *,
    stay: bool = False,
) -> None:
    """Run all that is due, and what becomes due meanwhile, until nothing is left to do.

    A job that has run is run again only while others are still running, and if it ended as
    it should: otherwise it waits for the next call.

    :param read: gives the schedule, anew each time
    :param stay: do not end when nothing is due, but wait for what will be
    """
    begun: set[str] = set()
    try:
        while not stop.asked:
            now = utc_now()
            recover(ledger, options.state, now)
            schedule = read()
            ledger.see(schedule.jobs, now)
            bad = {run.job for run in runner.ended if run.outcome != FINISHED and not stay}
            skip = bad if runner.running or stay else begun | bad
            waiting = [job for job in schedule.jobs if job.name not in skip]
            _start(waiting, runner, ledger, options, now, begun)
            if not runner.running and not stay:
                break
            _until_next(runner, stop)
    finally:
        if runner.running:
            stop.asked = max(stop.asked, 1)
        runner.wait(stop)


def _start(
    jobs: Sequence[Job],
    runner: JobRunner,
    ledger: RunHistory,
    options: Options,
    now: datetime,
    begun: set[str],
) -> None:
    stands = [outlook(job, ledger, options.state, now, options.retry) for job in jobs]
    orphans = len(ledger.unfinished()) - runner.running
    due = [one for one in stands if one.wanted and one.next == now and not one.running]
    for one in sorted(due, key=lambda one: one.wanted.at if one.wanted else now):
        if runner.running + orphans >= options.at_once:
            return
        assert one.wanted is not None
        if runner.start(one.job, one.wanted):
            begun.add(one.job.name)


def _until_next(runner: JobRunner, stop: Stop) -> None:
    """Until a crawl has ended, somebody wants us to stop, or it is time to look again."""
    deadline = time.monotonic() + TICK
    ended = len(runner.ended)
    while not stop.asked and len(runner.ended) == ended and time.monotonic() < deadline:
        runner.poll()
        time.sleep(POLL)
