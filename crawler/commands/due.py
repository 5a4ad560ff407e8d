"""``scrapy due``: runs what schedule.toml says is due."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.spiderloader import get_spider_loader

from crawler.cli.command import CommandError, HousecallCommand
from crawler.cli.output import print_json, print_result
from crawler.jobs.due_times import FINISHED, STOPPED, Outlook, Retry, Slot
from crawler.jobs.history import HistoryError, RunHistory
from crawler.jobs.runner import JobRunner, Options, due_lock, outlooks, utc_now
from crawler.jobs.schedule import Job, ScheduleError, read_schedule
from crawler.text_format import table, when
from pipelines.files.locks import Lock, LockHeld, describe

#: ``scrapy status`` looks at a lock by trying it, for an instant. Seconds to try again for.
PATIENCE = 0.5


class Command(HousecallCommand):
    """Runs due crawls one after another, and records what came of each."""

    errors = (HistoryError,)
    instead_of_arguments = "--job NAME runs one crawl now"
    summary = "Run the crawls that schedule.toml says are due"
    description = (
        "Runs each crawl of SCHEDULE that is due, and records how it ended in "
        "STATE_DIR/schedule.db; what it printed is in STATE_DIR/logs. Safe to call every "
        "minute: while one call is still running crawls, another ends at once. Ctrl-C (or "
        "SIGTERM) is passed on to the crawl, which finishes what is in flight. Exit status "
        "0 if nothing was due or all went well, 1 if a crawl failed, 2 if the schedule is "
        "missing or wrong."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what to run."""
        super().add_options(parser)
        parser.add_argument(
            "--job", metavar="NAME", help="run this one now, due or not, blackout or not"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be run, and run nothing"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run what is due."""
        assert self.settings is not None
        self.paths.check()
        options = options_of(self.settings, self.paths.state)
        jobs = self._read_jobs()
        if opts.job is not None:
            jobs = (named(jobs, opts.job),)
        if opts.dry_run:
            self._foresee(jobs, options, opts)
        else:
            self._run(jobs, options, opts)

    def _read_jobs(self) -> tuple[Job, ...]:
        assert self.settings is not None
        path = self.paths.schedule
        try:
            return read_schedule(path, get_spider_loader(self.settings).list())
        except ScheduleError as error:
            problems = "\n".join(f"  {problem}" for problem in error.problems)
            raise CommandError(f"{path}:\n{problems}", 2) from error

    def _foresee(self, jobs: Sequence[Job], options: Options, opts: argparse.Namespace) -> None:
        now = utc_now()
        with RunHistory(options.state, readonly=True) as history:
            stands = outlooks(jobs, history, options, now)
        rows = [["job", "next run"], *([stand.job.name, coming(stand, now)] for stand in stands)]
        document = {"now": now, "jobs": [as_json(stand) for stand in stands]}
        print_result(opts, document, table(rows))

    def _run(self, jobs: Sequence[Job], options: Options, opts: argparse.Namespace) -> None:
        stream = sys.stderr if opts.json else sys.stdout

        def say(line: str) -> None:
            print(f"{utc_now():%Y-%m-%d %H:%M:%S}Z {line}", file=stream, flush=True)

        lock = Lock(due_lock(options.state), "scrapy due")
        try:
            lock.acquire(PATIENCE)
        except LockHeld as error:
            line = f"nothing to do: crawls are being run by {describe(error.holder)}"
            print_result(opts, {"ran": [], "held_by": error.holder}, [line])
            # Asked to run one, and did not; a timer's call has nothing to complain of.
            self.exitcode = 1 if opts.job is not None else 0
            return
        try:
            with RunHistory(options.state) as history:
                for run in history.recover(utc_now()):
                    say(f"{run.job} {run.outcome}: {run.note}")
                runner = JobRunner(history, options, lock, say)
                with signals_stop(runner, say):
                    if opts.job is None:
                        runner.run_due(self._read_jobs)
                    else:
                        runner.run(jobs[0], Slot(utc_now(), fresh=True))
        finally:
            lock.release()  # a crawl that still runs has it too: it is held until that ends
        if opts.json:
            print_json({"ran": [run.as_json() for run in runner.ended], "held_by": None})
        elif not runner.ended and sys.stdout.isatty():  # not 1,440 times a day into a log
            say("nothing is due")
        planned = {FINISHED, STOPPED} if runner.stop_requests else {FINISHED}
        self.exitcode = 0 if {run.outcome for run in runner.ended} <= planned else 1


def options_of(settings: BaseSettings, state: Path) -> Options:
    """Return how crawls are run, by the settings. Those of the command line are passed on."""
    words = [
        word
        for name, value in sorted(settings.items())
        if settings.getpriority(name) == SETTINGS_PRIORITIES["cmdline"]
        for word in ("-s", f"{name}={_on_a_command_line(value)}")
    ]
    wait = timedelta(seconds=settings.getfloat("DUE_RETRY_SECONDS"))
    return Options(state.absolute(), tuple(words), Retry(settings.getint("DUE_RETRIES"), wait))


def _on_a_command_line(value: object) -> str:
    # Scrapy has made a table of the text already where the default is a table.
    return json.dumps(value.copy_to_dict()) if isinstance(value, BaseSettings) else str(value)


@contextmanager
def signals_stop(runner: JobRunner, say: Callable[[str], None]) -> Iterator[None]:
    """Make the signals that would end us ask the runner to stop."""

    def request_stop(*_: object) -> None:
        runner.stop_requests += 1

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, request_stop) for number in numbers}
    try:
        yield
        if runner.stop_requests:
            say("stopped; what was not finished goes on at the next call")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def named(jobs: Sequence[Job], name: str) -> Job:
    """Return the job of that name.

    :raises CommandError: there is none
    """
    for job in jobs:
        if job.name == name:
            return job
    names = ", ".join(job.name for job in jobs) or "none"
    raise CommandError(f"the schedule has no crawl {name!r}; there are: {names}", 2)


def coming(stand: Outlook, now: datetime) -> str:
    """Return what comes next of a job, in words."""
    if stand.running is not None:
        return f"running (process {stand.running.pid})"
    if stand.next is None or stand.wanted is None:
        return "never: it is not enabled"
    why = "" if stand.wanted.fresh else f", as the last one {stand.last and stand.last.outcome}"
    if stand.next <= now:
        return f"now{why}"
    late = ", when the blackout ends" if stand.wanted.at <= now else ""
    zone = stand.job.zone
    return f"{when(stand.next, zone, now)} ({zone.key}){late}{why}"


def as_json(stand: Outlook) -> dict[str, object]:
    """Return the same for ``--json``."""
    return {
        "job": stand.job.name,
        "due_at": stand.wanted.at if stand.wanted else None,
        "fresh": stand.wanted.fresh if stand.wanted else None,
        "next": stand.next,
        "running": stand.running is not None,
    }
