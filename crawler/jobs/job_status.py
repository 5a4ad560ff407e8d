"""What ``scrapy status`` gathers: schedule, runs, archive, disk; and whether all is well."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

from crawler.frontier.frontier import OpenRun, peek
from crawler.jobs.due_times import ALARMED, FINISHED, INTERRUPTED, STOPPED, Outlook, interval
from crawler.jobs.history import RunHistory
from crawler.jobs.runner import Options, outlooks
from crawler.jobs.schedule import Job, ScheduleError, ScheduleMissing, read_schedule
from crawler.monitoring.monitor_report import FOLDER, reported_outcome
from crawler.monitoring.monitors import surely_above, text_alarms
from crawler.paths import ArchivePaths
from crawler.session.outcomes import FAULTS
from crawler.text_format import counted, redeclared, size, span
from pipelines.db.connection import ArchiveError, OlderArchive
from pipelines.db.models import Crawl
from pipelines.files.locks import is_locked
from pipelines.reports.freshness import Freshness, LastRun, freshness
from pipelines.reports.run_figures import Share
from pipelines.warc.writer import OPEN_SUFFIX

#: Runs in a row that were stopped before their end: then something keeps stopping them.
TOO_OFTEN = 3


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A WARC file that was not closed: being written, or left by a crawl that was killed."""

    path: Path
    bytes: int
    written: datetime


@dataclass(frozen=True, slots=True)
class Disk:
    """The bytes that WARC_DIR and ARCHIVE_DB take, and the room that is left beside each.

    ``free`` is by path; None where it cannot be found out.
    """

    warc_files: int
    warc_bytes: int
    archive_bytes: int
    free: dict[str, int | None]
    open_files: tuple[OpenFile, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """All of it, as of ``now``.

    ``schedule_missing`` and ``schedule_error`` say why there are no jobs; ``archive_error``
    why there is no freshness. ``unfinished`` are crawls that have not come to their end,
    ``locked`` the frontiers of those among them that are running now, ``left_as`` says by
    frontier how the others were left, where that is known (see
    :mod:`crawler.session.outcomes`).
    """

    now: datetime
    schedule: Path
    schedule_missing: bool
    schedule_error: str | None
    jobs: Sequence[Outlook]
    archive: Path
    archive_error: ArchiveError | None
    freshness: Freshness | None
    disk: Disk
    unfinished: tuple[OpenRun, ...]
    locked: frozenset[Path]
    left_as: Mapping[Path, str]


def gather(paths: ArchivePaths, schedule: Path, options: Options, now: datetime) -> Status:
    """Look at everything; nothing is changed, and nothing need be there.

    :raises HistoryError: schedule.db is damaged
    """
    jobs: tuple[Job, ...] = ()
    schedule_error, missing = None, False
    try:
        jobs = read_schedule(schedule)
    except ScheduleMissing:
        missing = True
    except ScheduleError as error:
        schedule_error = str(error)
    with RunHistory(paths.state, readonly=True) as history:
        stands = outlooks(jobs, history, options, now)
    fresh, archive_error = None, None
    try:
        fresh = freshness(paths.database, now)
    except ArchiveError as error:
        archive_error = error
    unfinished = tuple(peek(paths.state))
    locked = frozenset(run.path for run in unfinished if is_locked(run.path.parent / "lock"))
    left_as = {
        run.path: reported_outcome(paths.state / FOLDER, run.crawl.uid)
        for run in unfinished
        if run.path not in locked
    }
    return Status(
        now, schedule, missing, schedule_error, stands, paths.database, archive_error, fresh,
        _disk(paths), unfinished, locked, left_as,
    )  # fmt: skip


def problems(
    status: Status, min_free: int, max_age: timedelta | None, max_unread: float = 0.25
) -> Iterator[str]:
    """Yield what somebody should look at, in sentences.

    :param min_free: bytes that the disk must have left
    :param max_age: how old the newest capture may be
    :param max_unread: share of the archive's pages at question addresses that may not be read
    """
    if status.schedule_error:
        yield f"{status.schedule} is wrong, so no crawl will be run (scrapy due says where)"
    for stand in status.jobs:
        if stand.job.enabled:
            yield from _run_problems(stand)
            yield from _overdue(stand, status.now)
    if status.archive_error is not None and not isinstance(status.archive_error, OlderArchive):
        yield str(status.archive_error)
    yield from _crawl_problems(status, max_unread)
    yield from _unread(status.freshness, max_unread)
    newest = status.freshness.newest_capture if status.freshness else None
    if max_age is not None and newest is not None and status.now - newest > max_age:
        yield f"the newest capture is {span(status.now - newest)} old"
    for path, free in status.disk.free.items():
        if free is not None and free < min_free:
            yield f"only {size(free)} are free at {path} (MIN_FREE_BYTES is {size(min_free)})"


def _run_problems(stand: Outlook) -> Iterator[str]:
    name, last = stand.job.name, stand.last
    if last is None or last.outcome == FINISHED:
        return
    ended = (run for run in stand.runs if run.finished is not None)
    stops = len(list(takewhile(lambda run: run.outcome in (STOPPED, INTERRUPTED), ended)))
    if last.outcome == ALARMED:
        yield f"{name}: the monitors of its last run raised an alarm (see {last.log})"
    elif not stops:
        yield f"{name}: its last run {last.outcome} (see {last.log})"
    elif stops >= TOO_OFTEN:
        yield f"{name}: its last {stops} runs were stopped before their end ({last.log})"


def _crawl_problems(status: Status, max_unread: float) -> Iterator[str]:
    """What is wrong with the last runs, whoever started them, and with the declarations."""
    for run in status.unfinished:
        outcome = status.left_as.get(run.path, "")
        if outcome in FAULTS:
            yield f"{_named(run.crawl)}: its last run was left ({outcome}): {FAULTS[outcome]}"
    if status.freshness is None:
        return
    alarmed = {
        (stand.job.spider, stand.job.arguments.get("site"))
        for stand in status.jobs
        if stand.job.enabled and stand.last is not None and stand.last.outcome == ALARMED
    }
    for last in status.freshness.last_runs:
        see = f"(scrapy report {last.uid[:8]})"
        if last.alarms and (last.spider, last.arguments.get("site")) not in alarmed:
            yield f"{_named(last)}: its last run raised {counted(last.alarms, 'alarm')} {see}"
        if last.has_nothing:
            yield f"{_named(last)}: its last run read no question {see}"
        for alarm in text_alarms(last.texts, max_unread):
            yield f"{_named(last)}: {alarm} {see}"
    yield from map(redeclared, status.freshness.redeclared)


def _unread(fresh: Freshness | None, limit: float) -> Iterator[str]:
    """Whether much of all that the archive has is not read, in whatever run it came."""
    if fresh is None:
        return
    unread, read = len(fresh.unread) + fresh.unreadable, sum(each.questions for each in fresh.sites)
    if surely_above(Share(unread, unread + read), limit):
        example = f": e.g. {fresh.unread[0]}" if fresh.unread else ""
        yield (
            f"{unread:,} of {unread + read:,} pages of the archive hold no question that is read"
            f"{example} (scrapy status --coverage)"
        )


def _named(run: Crawl | LastRun) -> str:
    """A crawl as it is typed."""
    arguments = (f"{k}={v}" for k, v in run.arguments.items() if k in ("site", "url", "urls"))
    return " ".join(("scrapy crawl", run.spider, *arguments))


def _overdue(stand: Outlook, now: datetime) -> Iterator[str]:
    if stand.wanted is None or stand.next is None or stand.running is not None:
        return
    late = now - stand.wanted.at
    # What a blackout keeps is not late.
    if late > 2 * interval(stand.job, stand.wanted.at) and stand.next <= now:
        yield f"{stand.job.name}: overdue by {span(late)}; is scrapy due called by a timer?"


def _disk(paths: ArchivePaths) -> Disk:
    files = list(_files(paths.warcs))
    open_files = [
        OpenFile(path, info.st_size, datetime.fromtimestamp(info.st_mtime, UTC))
        for path, info in sorted(files)
        if path.suffix == OPEN_SUFFIX
    ]
    beside = (paths.database, *(Path(f"{paths.database}{end}") for end in ("-wal", "-shm")))
    return Disk(
        len(files),
        sum(info.st_size for _, info in files),
        sum(path.stat().st_size for path in beside if path.is_file()),
        {str(path): _free(path) for path in (paths.warcs, paths.database)},
        tuple(open_files),
    )


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield all files below a folder; one that goes away meanwhile is passed over."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            try:
                yield path, path.stat()
            except FileNotFoundError:
                continue


def _free(path: Path) -> int | None:
    """Return the bytes that an ordinary user has where a path is, or would be made."""
    for place in (path, *path.absolute().parents):
        try:
            return shutil.disk_usage(place).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None
