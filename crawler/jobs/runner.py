"""Starts crawls as processes of their own, watches them, and records how they end.

A job's lock is inherited by its crawl. So a crawl that outlives the process that started
it is still known to be running, and no job ever runs twice at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.jobs.due_times import (
    ALARMED,
    FAILED,
    FINISHED,
    INTERRUPTED,
    PAUSED,
    REFUSED,
    STOPPED,
    TIMED_OUT,
    Outlook,
    PastRun,
    Retry,
    Slot,
    blacked_out,
    outlook,
)
from crawler.jobs.history import RunHistory, output_of, summary_in
from crawler.jobs.schedule import Job
from pipelines.files.locks import Lock, LockHeld, is_locked

#: How often (seconds) to see whether a crawl has ended, and whether more is due.
POLL, TICK = 0.2, 20.0
#: ``scrapy status`` looks at a lock by trying it, for an instant. Seconds to try again for.
PATIENCE = 0.5
#: A run that begins later than this after its time makes up for it, and says so.
LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Options:
    """How to run crawls.

    :param state: STATE_DIR
    :param words: options for every crawl, such as ``-s CONTACT=...``
    :param at_once: how many may run at once
    :param grace: how long a crawl that was asked to stop may take before it is killed
    :param keep_logs: how many logs of each job are kept
    """

    state: Path
    words: tuple[str, ...] = ()
    at_once: int = 1
    retry: Retry = field(default_factory=Retry)
    grace: timedelta = timedelta(minutes=5)
    keep_logs: int = 50


@dataclass(slots=True)
class ActiveRun:
    """A crawl that goes on. ``requests`` counts how often it was asked to stop for us.

    ``outcome`` is what it is stopped for, ``stopped_at`` since when (monotonic seconds).
    """

    job: Job
    run_id: int
    process: subprocess.Popen[bytes]
    log: Path
    by_hand: bool
    began: float
    requests: int = 0
    outcome: str | None = None
    stopped_at: float | None = None


def utc_now() -> datetime:
    """Return the present."""
    return datetime.now(UTC)


def job_lock(state: Path, job: str) -> Path:
    """Return the file that is locked while a job runs."""
    return state / "jobs" / f"{job}.lock"


def crawl_command(job: Job, words: Sequence[str]) -> list[str]:
    """Return the command line of a job's crawl."""
    options = [("-a", pair) for pair in job.arguments.items()]
    options += [("-s", pair) for pair in job.settings.items()]
    own = [word for flag, pair in options for word in (flag, "=".join(pair))]
    return [sys.executable, "-m", "scrapy", "crawl", job.spider, "--json", *words, *own]


def outcome_of(status: int, summary: Mapping[str, Any], stopped_for: str | None) -> str:
    """Return the outcome of a run, by the exit status of its crawl (``scrapy crawl --help``).

    :param summary: what it printed
    :param stopped_for: the outcome that we stopped it for, if we did
    """
    if status == 0:
        return FINISHED
    if stopped_for is not None:
        return stopped_for
    if status == 1 and summary.get("alarms"):
        return ALARMED
    return INTERRUPTED if status < 0 else {2: REFUSED, 3: STOPPED}.get(status, FAILED)


def outlooks(
    jobs: Sequence[Job], history: RunHistory, options: Options, now: datetime
) -> list[Outlook]:
    """Return how each job stands, without changing anything."""
    return [
        outlook(
            job, history.since(job) or now, history.runs(job.name), now, options.retry,
            locked=is_locked(job_lock(options.state, job.name)),
        )
        for job in jobs
    ]  # fmt: skip


def recover(
    history: RunHistory, state: Path, now: datetime, watched: Collection[int] = ()
) -> list[PastRun]:
    """Write how those runs ended of which nobody saw the end; return them.

    The crawl's own summary says so, where it got that far without its runner.

    :param watched: ids of runs whose end will be seen
    """
    ended = []
    for run in history.unfinished():
        if run.id in watched or is_locked(job_lock(state, run.job)):
            continue
        summary = summary_in(output_of(run.log))
        outcome = INTERRUPTED
        if summary.get("outcome") == "finished" and summary.get("captures"):
            outcome = ALARMED if summary.get("alarms") else FINISHED
        note = "nobody was there to see its end"
        last_sign = min(_last_written(run.log) or run.started, now)
        ended.append(history.end(run.id, last_sign, outcome, None, note, summary))
    return ended


def _last_written(log: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(log.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None


class JobRunner:
    """Starts crawls, watches them, and records how they end.

    ``ended`` are the runs that have ended. ``stop_requests`` counts how often somebody asked
    us to stop: each request is passed on to the crawls.

    :param say: is called with a line for each thing that happens
    """

    def __init__(
        self,
        history: RunHistory,
        options: Options,
        say: Callable[[str], None],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.ended: list[PastRun] = []
        self.stop_requests = 0
        self._history = history
        self._options = options
        self._say = say
        self._now = now
        self._active: list[ActiveRun] = []

    def run_due(self, read: Callable[[], Sequence[Job]], *, stay: bool = False) -> None:
        """Run all that is due, and what becomes due meanwhile, until nothing is left to do.

        A job that has run is run again only while others are running: otherwise it waits for
        the next call.

        :param read: returns the jobs; called again whenever something may be due
        :param stay: do not end when nothing is due, but wait for what will be
        """
        begun: set[str] = set()
        try:
            while not self.stop_requests:
                jobs = self._look_around(read)
                again = stay or bool(self._active)
                self._start_due([job for job in jobs if again or job.name not in begun], begun)
                if not self._active and not stay:
                    break
                self._until_next()
        finally:
            if self._active:
                self.stop_requests = max(self.stop_requests, 1)
            self.wait()

    def run_now(self, job: Job) -> bool:
        """Run a job, due or not, and wait for its end; False if it is running already."""
        self._look_around(lambda: [job])
        started = self.start(job, Slot(self._now(), fresh=True), by_hand=True)
        self.wait()
        return started

    def _look_around(self, read: Callable[[], Sequence[Job]]) -> Sequence[Job]:
        """Bring the history up to date, and return the jobs."""
        now = self._now()
        moved = self._history.correct_future(now)
        if moved:
            self._say(f"the clock was wrong: {moved} runs were dated after the present")
        watched = [active.run_id for active in self._active]
        for run in recover(self._history, self._options.state, now, watched):
            self._say(f"{run.job} {run.outcome}: {run.note}")
        jobs = read()
        self._history.note_timing(jobs, now)
        return jobs

    def _start_due(self, jobs: Collection[Job], begun: set[str]) -> None:
        now = self._now()
        stands = outlooks([*jobs], self._history, self._options, now)
        due = [
            (stand.wanted.at, number, stand.job, stand.wanted)
            for number, stand in enumerate(stands)
            if stand.wanted and stand.next == now and stand.running is None
        ]
        # Those included that an earlier call has left running.
        free = self._options.at_once - len(self._history.unfinished())
        for _, _, job, wanted in sorted(due)[: max(free, 0)]:
            if self.start(job, wanted):
                begun.add(job.name)
                if not wanted.fresh:
                    self._say(f"{job.name} makes its last run good")
                elif now - wanted.at > LATE:
                    self._say(f"{job.name} makes up for {wanted.at:%Y-%m-%d %H:%M}Z")
            else:
                self._say(f"{job.name} is running already, and is not begun again")

    def _until_next(self) -> None:
        """Wait until a crawl has ended, we are to stop, or it is time to look again."""
        deadline, ended = time.monotonic() + TICK, len(self.ended)
        while not self.stop_requests and len(self.ended) == ended and time.monotonic() < deadline:
            self.poll()
            time.sleep(POLL)

    def start(self, job: Job, slot: Slot, *, by_hand: bool = False) -> bool:
        """Begin a run of a job; False if one is going on already."""
        lock = Lock(job_lock(self._options.state, job.name), f"the crawl {job.name}")
        try:
            lock.acquire(PATIENCE)
        except LockHeld:
            return False
        try:
            now = self._now()
            log = self._options.state / "logs" / f"{job.name}-{now:%Y%m%dT%H%M%S%f}.log"
            run_id = self._history.begin(job, slot, now, log)
            self._spawn(job, run_id, log, lock, by_hand)
        finally:
            lock.release()  # the crawl has it too; it is held until that ends
        return True

    def _spawn(self, job: Job, run_id: int, log: Path, lock: Lock, by_hand: bool) -> None:
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as errors, output_of(log).open("wb") as output:
                process = subprocess.Popen(
                    crawl_command(job, self._options.words),
                    stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                    pass_fds=(lock.fileno(),),
                    # Ctrl-C at a terminal goes to all of its processes. We pass it on, once:
                    # a second one tells a crawl to drop what is in flight.
                    start_new_session=True,
                )  # fmt: skip
        except OSError as error:
            self._end(run_id, job, FAILED, None, f"could not be started: {error}", {})
            return
        self._active.append(ActiveRun(job, run_id, process, log, by_hand, time.monotonic()))
        self._history.set_pid(run_id, process.pid)
        self._say(f"{job.name} begins (process {process.pid}, log {log})")

    def wait(self) -> None:
        """Wait until all crawls have ended."""
        while self._active:
            self.poll()
            if self._active:
                time.sleep(POLL)

    def poll(self) -> None:
        """Record what has ended; stop what has to be stopped."""
        for active in list(self._active):
            status = active.process.poll()
            if status is None:
                self._watch(active)
                continue
            self._active.remove(active)
            summary = summary_in(output_of(active.log))
            outcome = outcome_of(status, summary, active.outcome)
            note = f"killed by signal {-status}" if status < 0 else ""
            self._end(active.run_id, active.job, outcome, status, note, summary)

    def _watch(self, active: ActiveRun) -> None:
        job, clock = active.job, time.monotonic()
        if active.requests < self.stop_requests:
            active.requests = self.stop_requests
            self._interrupt(active, STOPPED)
        elif active.stopped_at is not None:
            if clock - active.stopped_at >= self._options.grace.total_seconds():
                os.killpg(active.process.pid, signal.SIGKILL)
        elif job.timeout is not None and clock - active.began >= job.timeout.total_seconds():
            self._interrupt(active, TIMED_OUT)
        elif job.stop_at_blackout and not active.by_hand and blacked_out(job, self._now()):
            self._interrupt(active, PAUSED)

    def _interrupt(self, active: ActiveRun, outcome: str) -> None:
        """Ask a crawl to finish what is in flight; asked again, it drops that too."""
        if active.stopped_at is None:
            active.outcome, active.stopped_at = outcome, time.monotonic()
        self._say(f"{active.job.name} is asked to stop")
        active.process.send_signal(signal.SIGINT)

    def _end(
        self,
        run_id: int,
        job: Job,
        outcome: str,
        status: int | None,
        note: str,
        summary: Mapping[str, Any],
    ) -> None:
        run = self._history.end(run_id, self._now(), outcome, status, note, summary)
        self.ended.append(run)
        self._history.remove_old_logs(job.name, self._options.keep_logs)
        self._say(
            f"{job.name} {outcome} after {run.seconds or 0:.0f} s (exit status {status})"
            + (f": {note}" if note else "")
        )
