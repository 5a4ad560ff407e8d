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
from collections.abc import Callable, Mapping, Sequence
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
    Retry,
    Slot,
    blacked_out,
)
from crawler.jobs.history import PastRun, RunHistory, output_of, summary_in
from crawler.jobs.schedule import Job
from pipelines.files.locks import try_lock

#: How often (seconds) to see whether a crawl has ended.
POLL = 0.2
#: ``scrapy status`` looks at a lock by trying it, for an instant. Seconds to try again for.
PATIENCE = 0.5


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
class Stop:
    """How often somebody asked us to stop."""

    asked: int = 0


@dataclass(slots=True)
class _Active:
    job: Job
    number: int
    process: subprocess.Popen[bytes]
    log: Path
    by_hand: bool
    began: float
    why: str | None = None
    asked_at: float | None = None


def utc_now() -> datetime:
    """The present."""
    return datetime.now(UTC)


def job_lock(state: Path, job: str) -> Path:
    """The file that is locked while a job runs."""
    return state / "jobs" / f"{job}.lock"


def crawl_command(job: Job, words: Sequence[str]) -> list[str]:
    """The command line of a job's crawl."""
    pairs = [("-a", job.arguments), ("-s", job.settings)]
    own = [
        part for flag, values in pairs for item in values.items() for part in (flag, "=".join(item))
    ]
    return [sys.executable, "-m", "scrapy", "crawl", job.spider, "--json", *words, *own]


def outcome_of(status: int, summary: Mapping[str, Any], why: str | None) -> str:
    """What a run came to, by the exit status of its crawl (see ``scrapy crawl --help``).

    :param summary: what it printed
    :param why: the outcome that we stopped it for, if we did
    """
    if status == 0:
        return FINISHED
    if why is not None:
        return why
    if status == 1 and summary.get("alarms"):
        return ALARMED
    if status < 0:
        return INTERRUPTED
    return {2: REFUSED, 3: STOPPED}.get(status, FAILED)


class JobRunner:
    """Starts crawls, watches them, and records how they end.

    :param say: told, in a line each, what happens
    """

    def __init__(
        self,
        ledger: RunHistory,
        options: Options,
        say: Callable[[str], None],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.ended: list[PastRun] = []
        self._ledger = ledger
        self._options = options
        self._say = say
        self._now = now
        self._active: list[_Active] = []

    @property
    def running(self) -> int:
        """How many crawls go on."""
        return len(self._active)

    def start(self, job: Job, wanted: Slot, *, by_hand: bool = False) -> bool:
        """Begin a run of a job; False if one is going on already."""
        state = self._options.state
        lock = _take(job_lock(state, job.name))
        if lock is None:
            return False
        try:
            now = self._now()
            log = state / "logs" / f"{job.name}-{now:%Y%m%dT%H%M%S%f}.log"
            number = self._ledger.begin(job, wanted.at, wanted.fresh, now, log)
            self._spawn(job, number, log, lock, by_hand)
        finally:
            os.close(lock)  # the crawl has it too; it is held until that ends
        return True

    def _spawn(self, job: Job, number: int, log: Path, lock: int, by_hand: bool) -> None:
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as errors, output_of(log).open("wb") as output:
                process = subprocess.Popen(
                    crawl_command(job, self._options.words),
                    stdin=subprocess.DEVNULL, stdout=output, stderr=errors, pass_fds=(lock,),
                    # Ctrl-C at a terminal goes to all of its processes. We pass it on, once:
                    # a second one tells a crawl to drop what is in flight.
                    start_new_session=True,
                )  # fmt: skip
        except OSError as error:
            self._end(number, job, FAILED, None, f"could not be started: {error}", {})
            return
        self._ledger.has_pid(number, process.pid)
        self._active.append(_Active(job, number, process, log, by_hand, time.monotonic()))
        self._say(f"{job.name} begins (process {process.pid}, log {log})")

    def poll(self) -> None:
        """Record what has ended; stop what has to."""
        for active in list(self._active):
            status = active.process.poll()
            if status is None:
                self._watch(active)
                continue
            self._active.remove(active)
            summary = summary_in(output_of(active.log))
            outcome = outcome_of(status, summary, active.why)
            note = f"killed by signal {-status}" if status < 0 else ""
            self._end(active.number, active.job, outcome, status, note, summary)

    def _watch(self, active: _Active) -> None:
        job, clock = active.job, time.monotonic()
        if active.asked_at is not None:
            if clock - active.asked_at >= self._options.grace.total_seconds():
                os.killpg(active.process.pid, signal.SIGKILL)
        elif job.timeout is not None and clock - active.began >= job.timeout.total_seconds():
            self._ask(active, TIMED_OUT)
        elif job.stop_at_blackout and not active.by_hand and blacked_out(job, self._now()):
            self._ask(active, PAUSED)

    def stop(self, why: str = STOPPED) -> None:
        """Ask all crawls to finish what is in flight; asked again, they drop that too."""
        for active in self._active:
            self._ask(active, why)

    def _ask(self, active: _Active, why: str) -> None:
        if active.asked_at is None:
            active.why, active.asked_at = why, time.monotonic()
        self._say(f"{active.job.name} is asked to stop")
        active.process.send_signal(signal.SIGINT)

    def _end(
        self,
        number: int,
        job: Job,
        outcome: str,
        status: int | None,
        note: str,
        summary: Mapping[str, Any],
    ) -> None:
        run = self._ledger.end(number, self._now(), outcome, status, note=note, summary=summary)
        self.ended.append(run)
        self._ledger.keep_logs(job.name, self._options.keep_logs)
        self._say(
            f"{job.name} {outcome} after {run.seconds or 0:.0f} s (exit status {status})"
            + (f": {note}" if note else "")
        )

    def wait(self, stop: Stop) -> None:
        """Wait for all crawls to end, and pass on to them that we are to stop."""
        passed_on = 0
        while self._active:
            if stop.asked > passed_on:
                passed_on = stop.asked
                self.stop()
            self.poll()
            if self._active:
                time.sleep(POLL)


def _take(path: Path) -> int | None:
    """Lock a job's file; its descriptor, or None if another holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    deadline = time.monotonic() + PATIENCE
    while not try_lock(fd):
        if time.monotonic() >= deadline:
            os.close(fd)
            return None
        time.sleep(0.1)
    return fd
