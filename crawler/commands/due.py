"""``scrapy due``: runs what schedule.toml says is due."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.spiderloader import get_spider_loader

from crawler.cli.command import CommandError, HousecallCommand, print_json
from crawler.jobs.due_times import AS_PLANNED, STOPPED, Retry, Slot
from crawler.jobs.history import HistoryError, PastRun, RunHistory
from crawler.jobs.run_due import LEDGER, Outlook, only_one, outlook, recover, run_due
from crawler.jobs.runner import JobRunner, Options, Stop, utc_now
from crawler.jobs.schedule import Job, Schedule, ScheduleError, load
from crawler.text_format import table, when
from pipelines.files.locks import LockHeld, describe
from pipelines.files.timestamps import stamp

Say = Callable[[str], None]


class Command(HousecallCommand):
    """Runs due crawls one after another, and records what came of each."""

    summary = "Run the crawls that schedule.toml says are due"
    description = (
        "Runs each crawl of SCHEDULE that is due, and records how it ended in "
        "STATE_DIR/schedule.db; what it printed is in STATE_DIR/logs. Safe to call every "
        "minute: while one call is still running crawls, another ends at once. Ctrl-C (or "
        "SIGTERM) is passed on to the crawls, which finish what is in flight. Exit status "
        "0 if nothing was due or all went well, 1 if a crawl failed, 2 if the schedule is "
        "missing or wrong."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """What to run, and how."""
        super().add_options(parser)
        parser.add_argument(
            "--jobs", type=int, default=1, metavar="N", help="crawls at a time (default 1)"
        )
        parser.add_argument(
            "--job", metavar="NAME", help="run this one now, due or not, blackout or not"
        )
        parser.add_argument(
            "--stay", action="store_true", help="do not end: wait for what will be due"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be run, and run nothing"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run what is due."""
        if args:
            raise CommandError("takes no arguments; --job NAME runs one crawl now", 2)
        if opts.jobs < 1:
            raise CommandError("--jobs must be 1 or more", 2)
        assert self.settings is not None
        options = options_of(self.settings, self.paths.state, opts.jobs)
        try:
            jobs = self._schedule().jobs
            if opts.job is not None:
                jobs = (named(jobs, opts.job),)
            if opts.dry_run:
                self._foresee(jobs, options, opts)
            else:
                self._run(jobs, options, opts)
        except ScheduleError as error:
            raise CommandError(f"{self._file}:\n{indented(error)}", 2) from error
        except HistoryError as error:
            raise CommandError(str(error)) from error

    @property
    def _file(self) -> Path:
        assert self.settings is not None
        return Path(self.settings["SCHEDULE"]).expanduser()

    def _schedule(self) -> Schedule:
        assert self.settings is not None
        return read_schedule(self._file, self.settings)

    def _foresee(self, jobs: tuple[Job, ...], options: Options, opts: argparse.Namespace) -> None:
        now = utc_now()
        with RunHistory(options.state / LEDGER, readonly=True) as ledger:
            found = [outlook(job, ledger, options.state, now, options.retry) for job in jobs]
        if opts.json:
            print_json({"now": stamp(now), "jobs": [foreseen(one) for one in found]})
        else:
            rows = [["job", "next run"], *([one.job.name, coming(one, now)] for one in found)]
            print("\n".join(table(rows)))
        self.exitcode = 0

    def _run(self, jobs: tuple[Job, ...], options: Options, opts: argparse.Namespace) -> None:
        stream = sys.stderr if opts.json else sys.stdout

        def say(line: str) -> None:
            print(f"{utc_now():%Y-%m-%d %H:%M:%S}Z {line}", file=stream, flush=True)

        try:
            with (
                only_one(options.state),
                RunHistory(options.state / LEDGER) as ledger,
                stopping(say) as stop,
            ):
                moved = ledger.set_right(utc_now())
                if moved:
                    say(f"the clock was wrong: {moved} runs were dated after the present")
                runner = JobRunner(ledger, options, say)
                if opts.job is not None:
                    self._one(jobs[0], runner, ledger, options, stop)
                else:
                    run_due(
                        Reread(self._schedule, Schedule(jobs), say),
                        runner,
                        ledger,
                        options,
                        stop,
                        stay=opts.stay,
                    )
        except LockHeld as error:
            self._held(error, opts)
            return
        if opts.json:
            print_json({"ran": [run.as_json() for run in runner.ended], "held_by": None})
        elif not runner.ended and sys.stdout.isatty():  # not 1,440 times a day into a log
            say("nothing is due")
        self.exitcode = 0 if all(planned(run, stop) for run in runner.ended) else 1

    def _one(
        self, job: Job, runner: JobRunner, ledger: RunHistory, options: Options, stop: Stop
    ) -> None:
        recover(ledger, options.state, utc_now())
        ledger.see([job], utc_now())
        if not runner.start(job, Slot(utc_now(), fresh=True), by_hand=True):
            raise CommandError(f"{job.name} is running already; scrapy status shows since when")
        runner.wait(stop)

    def _held(self, error: LockHeld, opts: argparse.Namespace) -> None:
        if opts.json:
            print_json({"ran": [], "held_by": error.holder})
        else:
            print(f"nothing to do: crawls are being run by {describe(error.holder)}")
        # Asked to run one, and did not; a timer's call has nothing to complain of.
        self.exitcode = 1 if opts.job is not None else 0


class Reread:
    """The schedule as it is now; the last one that was right, where it has become wrong."""

    def __init__(self, read: Callable[[], Schedule], first: Schedule, say: Say) -> None:
        self._read = read
        self._good = first
        self._say = say
        self._said = ""

    def __call__(self) -> Schedule:
        """Read it again."""
        try:
            self._good = self._read()
        except ScheduleError as error:
            if str(error) != self._said:
                self._say(
                    f"the schedule is wrong now, and the last one is used:\n{indented(error)}"
                )
            self._said = str(error)
        return self._good


def read_schedule(path: Path, settings: BaseSettings) -> Schedule:
    """Read and check a schedule.toml.

    :raises ScheduleError: it is missing, unreadable or wrong
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ScheduleError(
            ["there is no such file; copy schedule.example.toml, or name one with -s SCHEDULE=PATH"]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScheduleError([f"cannot be read: {error}"]) from error
    return load(text, get_spider_loader(settings).list())


def options_of(settings: BaseSettings, state: Path, at_once: int = 1) -> Options:
    """How crawls are run, by the settings; what the command line set is passed on to them."""
    given = SETTINGS_PRIORITIES["cmdline"]
    words = [
        word
        for name, value in sorted(settings.items())
        if settings.getpriority(name) == given
        for word in ("-s", f"{name}={_on_a_command_line(value)}")
    ]
    wait = timedelta(seconds=settings.getfloat("DUE_BACKOFF_SECONDS"))
    return Options(
        state.absolute(),
        tuple(words),
        at_once,
        Retry(settings.getint("DUE_RETRIES"), wait),
        timedelta(seconds=settings.getfloat("DUE_GRACE_SECONDS")),
        settings.getint("KEEP_LOGS"),
    )


def _on_a_command_line(value: object) -> str:
    # Scrapy has made a table of the text already where the default is a table.
    return json.dumps(value.copy_to_dict()) if isinstance(value, BaseSettings) else str(value)


@contextmanager
def stopping(say: Say) -> Iterator[Stop]:
    """Count the signals that ask us to stop, instead of dying of them."""
    stop = Stop()

    def asked(number: int, frame: FrameType | None) -> None:
        stop.asked += 1

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, asked) for number in signals}
    try:
        yield stop
        if stop.asked:
            say("stopped; what was not finished goes on at the next call")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def named(jobs: tuple[Job, ...], name: str) -> Job:
    """The job of that name.

    :raises CommandError: there is none
    """
    for job in jobs:
        if job.name == name:
            return job
    there = ", ".join(job.name for job in jobs) or "none"
    raise CommandError(f"the schedule has no crawl {name!r}; there are: {there}", 2)


def planned(run: PastRun, stop: Stop) -> bool:
    """Whether a run ended as it should, or because we were told to stop."""
    return run.outcome in AS_PLANNED or (run.outcome == STOPPED and stop.asked > 0)


def indented(error: ScheduleError) -> str:
    """All problems, each in a line of its own."""
    return "\n".join(f"  {problem}" for problem in error.problems)


def coming(one: Outlook, now: datetime) -> str:
    """What comes next of a job, in words."""
    if one.running is not None:
        return f"running (process {one.running.pid})"
    if one.next is None or one.wanted is None:
        return "never: it is not enabled"
    why = "" if one.wanted.fresh else f", as the last one {one.last.outcome if one.last else ''}"
    if one.next <= now:
        return f"now{why}"
    late = ", when the blackout ends" if one.wanted.at <= now else ""
    return f"{when(one.next, one.job.zone, now)} ({one.job.zone.key}){late}{why}"


def foreseen(one: Outlook) -> dict[str, object]:
    """The same for ``--json``."""
    return {
        "job": one.job.name,
        "due_at": stamp(one.wanted.at) if one.wanted else None,
        "fresh": one.wanted.fresh if one.wanted else None,
        "next": stamp(one.next) if one.next else None,
        "running": one.running is not None,
    }
