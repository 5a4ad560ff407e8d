"""What ``scrapy status`` gathers: schedule, runs, archive, disk; and whether all is well."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.frontier.frontier import OpenRun, peek
from crawler.jobs.due_times import ALARMED, AS_PLANNED, STOPPED, interval
from crawler.jobs.history import RunHistory
from crawler.jobs.run_due import LEDGER, Outlook, outlook
from crawler.jobs.runner import Options
from crawler.jobs.schedule import Schedule, ScheduleError, load
from crawler.paths import ArchivePaths
from crawler.text_format import size, span
from pipelines.db.connection import ArchiveError, OlderArchive
from pipelines.files.locks import is_locked
from pipelines.reports.freshness import Freshness, freshness
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
    """What WARC_DIR and ARCHIVE_DB take (bytes), and the room beside each that is left.

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
    why there is no freshness. ``stops`` counts, by job, the latest runs that were all
    stopped before their end. ``unfinished`` are crawls that have not come to their end,
    ``locked`` the frontiers of those among them that are running now.
    """

    now: datetime
    schedule: Path
    schedule_missing: bool
    schedule_error: str | None
    jobs: tuple[Outlook, ...]
    stops: dict[str, int]
    archive: Path
    archive_error: ArchiveError | None
    freshness: Freshness | None
    disk: Disk
    unfinished: tuple[OpenRun, ...]
    locked: frozenset[Path]


def gather(paths: ArchivePaths, schedule: Path, options: Options, now: datetime) -> Status:
    """Look at everything; nothing is changed, and nothing need be there.

    :raises LedgerError: schedule.db is damaged
    """
    jobs: tuple[Outlook, ...] = ()
    stops: dict[str, int] = {}
    error, missing, found = None, False, Schedule(())
    try:
        found = load(schedule.read_text("utf-8"))
    except FileNotFoundError:
        missing = True
    except (OSError, UnicodeDecodeError, ScheduleError) as problem:
        error = str(problem)
    with RunHistory(paths.state / LEDGER, readonly=True) as ledger:
        jobs = tuple(outlook(job, ledger, paths.state, now, options.retry) for job in found.jobs)
        stops = {job.name: _stops(ledger, job.name) for job in found.jobs}
    fresh, archive_error = None, None
    try:
        fresh = freshness(paths.database, now)
    except ArchiveError as problem:
        archive_error = problem
    unfinished = tuple(peek(paths.state))
    locked = frozenset(run.path for run in unfinished if is_locked(run.path.parent / "lock"))
    return Status(
        now, schedule, missing, error, jobs, stops, paths.database, archive_error, fresh,
        _disk(paths), unfinished, locked,
    )  # fmt: skip


def problems(status: Status, min_free: int, max_age: timedelta | None) -> Iterator[str]:
    """What somebody should look at, in sentences.

    :param min_free: bytes that the disk must have left
    :param max_age: how old the newest capture may be
    """
    if status.schedule_error:
        yield f"{status.schedule} is wrong, so no crawl will be run (scrapy due says where)"
    for one in status.jobs:
        yield from _job_problems(one, status)
    if status.archive_error is not None and not isinstance(status.archive_error, OlderArchive):
        yield str(status.archive_error)
    newest = status.freshness.newest_capture if status.freshness else None
    if max_age is not None and newest is not None and status.now - newest > max_age:
        yield f"the newest capture is {span(status.now - newest)} old"
    for path, free in status.disk.free.items():
        if free is not None and free < min_free:
            yield f"only {size(free)} are free at {path} (MIN_FREE_BYTES is {size(min_free)})"


def _job_problems(one: Outlook, status: Status) -> Iterator[str]:
    job, last = one.job, one.last
    if not job.enabled:
        return
    if last is not None and last.outcome not in AS_PLANNED:
        stops = status.stops[job.name]
        if last.outcome == ALARMED:
            yield f"{job.name}: the monitors of its last run raised an alarm (see {last.log})"
        elif last.outcome not in (STOPPED, "interrupted"):
            yield f"{job.name}: its last run {last.outcome} (see {last.log})"
        elif stops >= TOO_OFTEN:
            yield f"{job.name}: its last {stops} runs were stopped before their end ({last.log})"
    if one.wanted is not None and one.running is None:
        late = status.now - one.wanted.at
        # What a blackout keeps is not late.
        kept = one.next is not None and one.next > status.now
        if late > 2 * interval(job, one.wanted.at) and not kept:
            yield f"{job.name}: overdue by {span(late)}; is scrapy due called by a timer?"


def _stops(ledger: RunHistory, job: str) -> int:
    count = 0
    for run in ledger.runs(job):
        if run.finished is None:
            continue
        if run.outcome not in (STOPPED, "interrupted"):
            break
        count += 1
    return count


def _disk(paths: ArchivePaths) -> Disk:
    files, total, unclosed = 0, 0, []
    for path, info in _files(paths.warcs):
        files += 1
        total += info.st_size
        if path.suffix == OPEN_SUFFIX:
            unclosed.append(
                OpenFile(path, info.st_size, datetime.fromtimestamp(info.st_mtime, UTC))
            )
    beside = (paths.database, *(Path(f"{paths.database}{end}") for end in ("-wal", "-shm")))
    return Disk(
        files,
        total,
        sum(path.stat().st_size for path in beside if path.is_file()),
        {str(path): _free(path) for path in (paths.warcs, paths.database)},
        tuple(sorted(unclosed, key=lambda one: one.path)),
    )


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """All files below a folder; one that goes away meanwhile (is renamed) is passed over."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            try:
                yield path, path.stat()
            except FileNotFoundError:
                continue


def _free(path: Path) -> int | None:
    """The room (bytes) that an ordinary user has where a path is, or would be made."""
    for place in (path, *path.absolute().parents):
        try:
            return shutil.disk_usage(place).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None
