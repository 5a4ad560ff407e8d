"""Starts crawls as processes of their own, one at a time, and records how they end.

A crawl inherits the lock of ``scrapy due``. So one that outlives the process that started it
is still known to be running, and nothing is run beside it.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

from crawler.jobs.due_times import (
    ALARMED,
    FAILED,
    FINISHED,
    INTERRUPTED,
    REFUSED,
    STOPPED,
    Outlook,
    PastRun,
    Retry,
    Slot,
    outlook,
)  # fmt: skip
from crawler.jobs.history import RunHistory, output_of, summary_in
from crawler.jobs.schedule import Job
from pipelines.files.locks import Lock, is_locked

#: How often (seconds) to see whether a crawl has ended.
POLL = 0.2
#: A run that begins later than this after its time makes up for it, and says so.
LATE = timedelta(minutes=5)
#: How many logs of each job are kept.
KEPT_LOGS = 50


@dataclass(frozen=True, slots=True)
class Options:
    """How to run crawls.

    :param state: STATE_DIR
    :param words: options for every crawl, such as ``-s CONTACT=...``
    """

    state: Path
    words: tuple[str, ...] = ()
    retry: Retry = field(default_factory=Retry)


def utc_now() -> datetime:
    """Return the present."""
    return datetime.now(UTC)


def due_lock(state: Path) -> Path:
    """Return the file that is locked while crawls are run."""
    return state / "due.lock"


def crawl_command(job: Job, words: Sequence[str]) -> list[str]:
    """Return the command line of a job's crawl."""
    options = [("-a", pair) for pair in job.arguments.items()]
    options += [("-s", pair) for pair in job.settings.items()]
    own = [word for flag, pair in options for word in (flag, "=".join(pair))]
    return [sys.executable, "-m", "scrapy", "crawl", job.spider, "--json", *words, *own]


def outcome_of(status: int, summary: Mapping[str, Any], *, stopped: bool) -> str:
    """Return the outcome of a run, by the exit status of its crawl (``scrapy crawl --help``).

    :param summary: what it printed
    :param stopped: whether we asked it to stop
    """
    if status == 0:
        return FINISHED
    if stopped:
        return STOPPED
    if status == 1 and summary.get("alarms"):
        return ALARMED
    return INTERRUPTED if status < 0 else {2: REFUSED, 3: STOPPED}.get(status, FAILED)


def outlooks(
    jobs: Sequence[Job], history: RunHistory, options: Options, now: datetime
) -> list[Outlook]:
    """Return how each job stands, without changing anything."""
    locked = is_locked(due_lock(options.state))
    return [
        outlook(
            job, history.since(job) or now, history.runs(job.name), now, options.retry,
            locked=locked,
        )
        for job in jobs
    ]  # fmt: skip


def remove_old_logs(logs: Path, job: str) -> None:
    """Remove the logs of a job, and what its crawls printed, except the last ones."""
    for path in sorted(logs.glob(f"{job}-{'[0-9]' * 8}T*"))[: -2 * KEPT_LOGS]:
        path.unlink(missing_ok=True)


class JobRunner:
    """Runs crawls one after another, and records how they end.

    ``ended`` are the runs that have ended. ``stop_requests`` counts how often somebody asked
    us to stop: each request is passed on to the crawl, and nothing more is begun.

    :param lock: the lock :func:`due_lock`, which is held; crawls inherit it
    :param say: is called with a line for each thing that happens
    """

    def __init__(
        self,
        history: RunHistory,
        options: Options,
        lock: Lock,
        say: Callable[[str], None],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.ended: list[PastRun] = []
        self.stop_requests = 0
        self._history = history
        self._options = options
        self._lock = lock
        self._say = say
        self._now = now

    def run_due(self, read: Callable[[], Sequence[Job]]) -> None:
        """Run all that is due, each job at most once, in the order of their times.

        :param read: returns the jobs; called again before each run
        """
        begun: set[str] = set()
        while not self.stop_requests:
            jobs, now = read(), self._now()
            self._history.note_timing(jobs, now)
            due = [
                (stand.wanted, stand.job)
                for stand in outlooks(jobs, self._history, self._options, now)
                if stand.wanted and stand.next == now and stand.job.name not in begun
            ]
            if not due:
                return
            slot, job = min(due, key=itemgetter(0))
            begun.add(job.name)
            if not slot.fresh:
                self._say(f"{job.name} makes its last run good")
            elif now - slot.at > LATE:
                self._say(f"{job.name} makes up for {slot.at:%Y-%m-%d %H:%M}Z")
            self.run(job, slot)

    def run(self, job: Job, slot: Slot) -> None:
        """Run a job, wait for its end, and record it."""
        now = self._now()
        logs = self._options.state / "logs"
        log = logs / f"{job.name}-{now:%Y%m%dT%H%M%S%f}.log"
        run_id = self._history.begin(job, slot, now, log)
        status, note = None, ""
        try:
            process = self._start(job, log)
        except OSError as error:
            outcome, note, summary = FAILED, f"could not be started: {error}", {}
        else:
            self._history.set_pid(run_id, process.pid)
            self._say(f"{job.name} begins (process {process.pid}, log {log})")
            status = self._wait(job, process)
            summary = summary_in(output_of(log))
            outcome = outcome_of(status, summary, stopped=self.stop_requests > 0)
            note = f"killed by signal {-status}" if status < 0 else ""
        run = self._history.end(run_id, self._now(), outcome, status, note, summary)
        self.ended.append(run)
        remove_old_logs(logs, job.name)
        self._say(
            f"{job.name} {outcome} after {run.seconds or 0:.0f} s (exit status {status})"
            + (f": {note}" if note else "")
        )

    def _start(self, job: Job, log: Path) -> subprocess.Popen[bytes]:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors, output_of(log).open("wb") as output:
            return subprocess.Popen(
                crawl_command(job, self._options.words),
                stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                pass_fds=(self._lock.fileno(),),
                # Ctrl-C at a terminal goes to all of its processes; we pass it on, once. A
                # second one tells a crawl to drop what is in flight.
                start_new_session=True,
            )  # fmt: skip

    def _wait(self, job: Job, process: subprocess.Popen[bytes]) -> int:
        """Wait for the end of a crawl, pass on what asks us to stop; return its exit status."""
        passed_on = 0
        while (status := process.poll()) is None:
            if passed_on < self.stop_requests:
                passed_on += 1
                self._say(f"{job.name} is asked to stop")
                process.send_signal(signal.SIGINT)
            time.sleep(POLL)
        return status
