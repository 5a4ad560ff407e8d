"""Makes archive.db again from the WARC files.

The new archive is written beside the old one, checked, made durable and only then put in
its place. Killed at any moment, the old one is whole.

Putting it in place has two ways. Where nobody has the old file open, it is renamed over.
Where somebody has (Datasette, a crawl), a rename would leave them on a file without a name,
and their write-ahead log beside the new one, which SQLite could then mix up; so the content
is copied into the open file in one transaction, and they see it at once.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_utils import Database

from pipelines.capture.warc_extract import FileStats, WarcSource, warc_files
from pipelines.db.connection import (
    BUSY_SECONDS,
    ArchiveError,
    ArchiveLocked,
    named_errors,
    open_read_only,
    prepare,
)
from pipelines.db.content_digest import content_digest
from pipelines.files.durable import rename_durably, sync_path
from pipelines.rebuild.engines import Processes
from pipelines.rebuild.extract import FailedSpan, extract_spans, span_size, warc_input
from pipelines.rebuild.incremental import Outdated, outdated, states_of, write_warc_files
from pipelines.rebuild.load import load_shard
from pipelines.rebuild.shards import Shards
from pipelines.store.store import Store, intake
from pipelines.takedown.takedown import write_table
from pipelines.takedown.takedown_file import Takedown

#: Called with (bytes of WARC done, bytes of WARC in all, name of the file being read).
RebuildProgress = Callable[[int, int, str], object]

_ASIDE = ".rebuilding"
_SHARDS = ".shards"
#: Below this many bytes of WARC, starting processes costs more than they save.
MUCH = 4_000_000
_WAITING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class RebuildRunning(ArchiveError):
    """Another rebuild of the same archive is under way."""


@dataclass
class RebuildResult:
    """What a rebuild found. ``digest`` is the new archive's content digest ("" if it was not
    asked for: it takes as long as a part of a rebuild).

    ``withheld`` counts the questions that were read and not kept. ``unchanged`` counts files
    that were not read again; ``why_all`` says why all were, if all were.
    """

    files: list[FileStats] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    digest: str = ""
    withheld: int = 0
    unchanged: int = 0
    why_all: str = ""

    @property
    def pages(self) -> int:
        """Captures that were read as question pages."""
        return sum(stats.pages for stats in self.files)

    @property
    def damaged(self) -> int:
        """Places in WARC files that could not be read; ``files`` says where."""
        return sum(len(stats.damaged) for stats in self.files)


#: Puts rows into a store, and says what was found in each file.
Fill = Callable[[Store], list[FileStats]]


def rebuild(
    warc_dir: str | os.PathLike[str],
    archive_path: str | os.PathLike[str],
    *,
    progress: RebuildProgress | None = None,
    workers: int | None = None,
    withheld: Sequence[Takedown] = (),
    full: bool = True,
    digest: bool = True,
    number: int = 0,
) -> RebuildResult:
    """Make an archive from all WARC files of a directory.

    If not ``full``, what the old archive has of files that are unchanged is taken over, as far
    as it was read by the same parsers.

    :param workers: processes that read and parse; by default as many as there are
        processors, if there is much to read
    :param withheld: questions to leave out; these and no others, whatever the old archive did
    :param full: read all files, whatever the old archive has
    :param digest: compute the content digest even where little was read
    :param number: the archive's (see :mod:`pipelines.db.identity`); 0: none
    :raises ArchiveError: if another rebuild runs, or the archive cannot be written
    :raises OSError: if a WARC file cannot be read
    """
    target = Path(archive_path).absolute()
    every = warc_files(Path(warc_dir))
    all_files = Outdated(tuple(every), "as was asked")
    plan = all_files if full else outdated(target, every, withheld)
    files = states_of(plan.sources)
    count = workers_for(plan.sources) if workers is None else workers

    def fill(store: Store) -> list[FileStats]:
        total, done = _size_of(plan.sources), 0

        def observe(stats: FileStats) -> None:
            nonlocal done
            done += stats.size
            if progress is not None and stats.size:
                progress(done, total, stats.file)

        scratch = target.with_name(target.name + _SHARDS)
        shutil.rmtree(scratch, ignore_errors=True)  # of a rebuild that was killed
        if count <= 1:
            stats = intake(store, plan.sources, observe=lambda batch: observe(batch.stats))
        else:
            stats = _in_parallel(store, plan.sources, scratch, count, observe)
        write_warc_files(store.db.conn, files)
        return stats

    base = None if plan.why_all else target
    whole = digest or base is None
    result = build(target, fill, withheld, base=base, digest=whole, number=number)
    result.unchanged, result.why_all = len(every) - len(plan.sources), plan.why_all
    return result


def build(
    archive_path: str | os.PathLike[str],
    fill: Fill,
    withheld: Sequence[Takedown] = (),
    *,
    base: Path | None = None,
    digest: bool = True,
    number: int = 0,
) -> RebuildResult:
    """Make an archive of what ``fill`` gives, and put it in the place of the old one.

    :param base: an archive to begin with, instead of nothing
    :param digest: compute the content digest
    :param number: the archive's
    :raises ArchiveError: if another one is being made, or it cannot be written
    """
    target = Path(archive_path).absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(target.name + _ASIDE)
    with named_errors(aside):
        db = _open_aside(aside)
        try:
            if base is not None:
                _take_over(db, base)
            if number:
                db.execute(f"PRAGMA application_id = {number}")
            write_table(db.conn, withheld)
            result = _fill(db, fill, bulk=base is None)
            if digest:
                result.digest = content_digest(db)
        except BaseException:
            db.close()
            aside.unlink(missing_ok=True)
            raise
        db.close()
    sync_path(aside)
    with named_errors(target):
        _put_in_place(aside, target)
    return result


def workers_for(sources: Sequence[WarcSource]) -> int:
    """Return as many processes as there are processors, if there is much to read; else one."""
    return len(os.sched_getaffinity(0)) if _size_of(sources) >= MUCH else 1


def _size_of(sources: Sequence[WarcSource]) -> int:
    return sum(source.path.stat().st_size for source in sources)


def _in_parallel(
    store: Store,
    sources: Sequence[WarcSource],
    scratch: Path,
    workers: int,
    observe: Callable[[FileStats], None],
) -> list[FileStats]:
    """Read with several processes, to shards beside the archive that are gone when loaded."""
    stats = {source.name: FileStats(source.name) for source in sources}
    inputs = [warc_input(str(source.path), source.name) for source in sources]
    total = sum(warc.size for warc in inputs)
    engine = Processes(workers)
    shards = Shards(scratch)
    try:
        for step in extract_spans(inputs, str(scratch), engine, span=span_size(total, workers)):
            if isinstance(step, FailedSpan):
                raise OSError(f"{step.span.file} cannot be read: {step.why}")
            load_shard(store, shards, step.shard)
            shards.drop(step.shard)
            stats[step.stats.file].add(step.stats)
            observe(step.stats)
        store.commit()
    finally:
        engine.close()
        shutil.rmtree(scratch, ignore_errors=True)
    return list(stats.values())


def _open_aside(aside: Path) -> Database:
    """A new file, locked for as long as it is open; what a killed rebuild left is wiped."""
    connection = sqlite3.connect(aside, timeout=0, isolation_level=None, cached_statements=512)
    left_over = aside.exists() and aside.stat().st_size > 0
    try:
        # No journal: if this is interrupted the file is thrown away.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        connection.close()
        raise RebuildRunning(f"another rebuild is writing {aside}; let it finish") from error
    except sqlite3.DatabaseError:
        connection.close()
        aside.unlink()
        return _open_aside(aside)
    if left_over:
        aside.unlink()
        connection.close()
        return _open_aside(aside)
    connection.execute("PRAGMA cache_size=-131072")
    connection.execute("PRAGMA foreign_keys=OFF")  # checked once, at the end
    db = Database(connection)
    prepare(db, journal="OFF")
    return db


def _fill(db: Database, fill: Fill, *, bulk: bool) -> RebuildResult:
    """Fill an empty archive in bulk, or add to one that has its indices."""
    if not bulk:
        db.execute("PRAGMA foreign_keys=ON")
    store = Store(db, bulk=bulk)
    stats = fill(store)
    store.finish()
    broken = db.conn.execute("PRAGMA foreign_key_check").fetchone() if bulk else None
    if broken is not None:
        raise ArchiveError(f"a row of {broken[0]} points to no row of {broken[2]}")
    db.conn.execute("PRAGMA optimize")
    return RebuildResult(stats, store.counts, withheld=store.passed_over)


def _take_over(db: Database, base: Path) -> None:
    """Copy an archive into the new file."""
    with closing(open_read_only(base)) as source:
        source.backup(db.conn)
    db.execute("PRAGMA journal_mode=OFF").fetchall()


def _put_in_place(aside: Path, target: Path) -> None:
    old = _lock_alone(target)
    if old is None and target.exists():
        _copy_into(aside, target)
        aside.unlink()
        return
    try:
        _switch_to_wal(aside)
        rename_durably(aside, target)
    finally:
        if old is not None:
            old.close()


def _lock_alone(target: Path) -> sqlite3.Connection | None:
    """A connection that keeps all others out of the old archive; None if it is in use.

    Leaving WAL mode needs that nobody else has the file open, writes the log back into it,
    and removes the two files beside it. What is no database at all is removed.
    """
    if not target.exists():
        _remove_leftovers(target)
        return None
    connection = sqlite3.connect(target, timeout=0, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        connection.close()
        return None
    except sqlite3.DatabaseError:
        connection.close()
        target.unlink()
        _remove_leftovers(target)
        return None
    if mode != "delete":
        connection.close()
        return None
    _remove_leftovers(target)
    return connection


def _remove_leftovers(target: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            target.with_name(target.name + suffix).unlink()


def _copy_into(aside: Path, target: Path) -> None:
    """Replace the content of an open archive, in one transaction."""
    deadline = time.monotonic() + BUSY_SECONDS

    def give_up_in_time(status: int, remaining: int, total: int) -> None:
        # Called after every try; backup() itself would wait for a lock for ever.
        if status in _WAITING and time.monotonic() > deadline:
            raise ArchiveLocked(f"{target} is being written by another process; try again later")

    with (
        closing(sqlite3.connect(aside)) as source,
        closing(sqlite3.connect(target, timeout=1)) as destination,
    ):
        source.backup(destination, progress=give_up_in_time)
        # What the old content was must not stay in the log: some of it may be withheld now.
        destination.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _switch_to_wal(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    sync_path(path)
