"""The record of scheduled runs: STATE_DIR/schedule.db, a row for every run that was begun.

A row is written before its crawl starts and completed after it ends. One that was never
completed tells of a run that died with its machine; whoever notices writes how it ended.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.jobs.due_times import Attempt, PastRuns
from crawler.jobs.schedule import Job
from pipelines.files.canonical_json import to_json
from pipelines.files.timestamps import parse_stamp, stamp

#: More runs in a row than any wait between tries depends on.
HISTORY = 60

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY,
    job TEXT NOT NULL,
    spider TEXT NOT NULL,
    due_at TEXT NOT NULL,
    fresh INTEGER NOT NULL,
    started TEXT NOT NULL,
    finished TEXT,
    exit_status INTEGER,
    outcome TEXT,
    note TEXT NOT NULL DEFAULT '',
    pid INTEGER,
    summary TEXT NOT NULL DEFAULT '{}',
    log TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS runs_job ON runs(job, id);
CREATE TABLE IF NOT EXISTS jobs (
    name TEXT PRIMARY KEY,
    timing TEXT NOT NULL,
    since TEXT NOT NULL
) WITHOUT ROWID;
"""


class HistoryError(Exception):
    """schedule.db cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """A row of ``runs``. Times are aware.

    ``exit_status`` is the crawl's (negative: the signal that killed it), None if nobody was
    there to see it. ``summary`` is what the crawl printed with ``--json``. ``log`` is the
    path of its log.
    """

    id: int
    job: str
    spider: str
    due_at: datetime
    fresh: bool
    started: datetime
    finished: datetime | None
    exit_status: int | None
    outcome: str | None
    note: str
    pid: int | None
    summary: Mapping[str, Any]
    log: Path

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return (self.finished - self.started).total_seconds() if self.finished else None

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "job": self.job,
            "spider": self.spider,
            "due_at": stamp(self.due_at),
            "fresh": self.fresh,
            "started": stamp(self.started),
            "finished": stamp(self.finished) if self.finished else None,
            "seconds": self.seconds,
            "exit_status": self.exit_status,
            "outcome": self.outcome,
            "note": self.note,
            "pid": self.pid,
            "log": str(self.log),
            "summary": dict(self.summary),
        }


class RunHistory:
    """Reads and writes schedule.db.

    :param readonly: nothing is written; a file that is not there is an empty record
    :raises LedgerError: it is damaged, or cannot be written
    """

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        self.path = path
        with self._named():
            if readonly and not path.exists():
                self._db = sqlite3.connect(":memory:", isolation_level=None)
            elif readonly:
                uri = f"{path.absolute().as_uri()}?mode=ro"
                self._db = sqlite3.connect(uri, uri=True, timeout=15, isolation_level=None)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._db = sqlite3.connect(path, timeout=15, isolation_level=None)
                self._db.execute("PRAGMA journal_mode=WAL")
                # A few rows a day: each of them is worth waiting for the disk.
                self._db.execute("PRAGMA synchronous=FULL")
            if not readonly or not path.exists():
                self._db.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> RunHistory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def see(self, jobs: Sequence[Job], now: datetime) -> None:
        """Note since when each job is scheduled as it is."""
        with self._named():
            for job in jobs:
                self._db.execute(
                    "INSERT INTO jobs VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE "
                    "SET timing = excluded.timing, since = excluded.since "
                    "WHERE timing != excluded.timing",
                    [job.name, job.timing, stamp(now)],
                )

    def set_right(self, now: datetime) -> int:
        """Move what is dated after ``now`` to ``now``: the clock was wrong then.

        :returns: how many runs
        """
        at = stamp(now)
        with self._named():
            moved = self._db.execute(
                "UPDATE runs SET started = min(started, ?1), finished = min(finished, ?1), "
                "due_at = min(due_at, ?1), note = trim(note || ' dated after the present') "
                "WHERE started > ?1 OR finished > ?1",
                [at],
            ).rowcount
            self._db.execute("UPDATE jobs SET since = ?1 WHERE since > ?1", [at])
        return moved

    def past(self, job: Job, now: datetime) -> PastRuns:
        """What is known of a job; scheduled as of now if it has not been seen."""
        with self._named():
            row = self._db.execute(
                "SELECT since FROM jobs WHERE name = ? AND timing = ?", [job.name, job.timing]
            ).fetchone()
        since = parse_stamp(row[0]) if row else None
        tries = [
            Attempt(run.started, run.finished, run.outcome, run.fresh)
            for run in self.runs(job.name)
        ]
        return PastRuns(since or now, tries)

    def runs(self, job: str, limit: int = HISTORY) -> list[PastRun]:
        """The runs of a job, the latest first."""
        return self._runs("WHERE job = ? ORDER BY id DESC LIMIT ?", job, limit)

    def unfinished(self) -> list[PastRun]:
        """The runs of which no end is recorded."""
        return self._runs("WHERE finished IS NULL ORDER BY id")

    def run(self, number: int) -> PastRun:
        """The run with an id."""
        (found,) = self._runs("WHERE id = ?", number)
        return found

    def begin(self, job: Job, due_at: datetime, fresh: bool, now: datetime, log: Path) -> int:
        """Write that a run begins; returns its id."""
        with self._named():
            cursor = self._db.execute(
                "INSERT INTO runs (job, spider, due_at, fresh, started, log) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [job.name, job.spider, stamp(due_at), fresh, stamp(now), str(log)],
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def has_pid(self, number: int, pid: int) -> None:
        """Write which process a run is."""
        with self._named():
            self._db.execute("UPDATE runs SET pid = ? WHERE id = ?", [pid, number])

    def end(
        self,
        number: int,
        finished: datetime,
        outcome: str,
        exit_status: int | None,
        *,
        note: str = "",
        summary: Mapping[str, Any] | None = None,
    ) -> PastRun:
        """Write how a run ended; returns it."""
        with self._named():
            self._db.execute(
                "UPDATE runs SET finished = max(started, ?), outcome = ?, exit_status = ?, "
                "note = ?, summary = ? WHERE id = ?",
                [stamp(finished), outcome, exit_status, note, to_json(summary or {}), number],
            )
        return self.run(number)

    def keep_logs(self, job: str, keep: int) -> None:
        """Remove the logs of a job's runs but for the last ``keep``; their rows stay."""
        with self._named():
            rows = self._db.execute(
                "SELECT log FROM runs WHERE job = ? ORDER BY id DESC LIMIT 500 OFFSET ?",
                [job, max(keep, 1)],
            ).fetchall()
        for (log,) in rows:
            Path(log).unlink(missing_ok=True)
            output_of(Path(log)).unlink(missing_ok=True)

    def _runs(self, where: str, *values: object) -> list[PastRun]:
        with self._named():
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM runs {where}", values).fetchall()
        return [_run(row) for row in rows]

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise HistoryError(
                f"{self.path} cannot be used ({error}). If the disk is full, make room; if it "
                "is damaged, move it away: crawls with an interval are then due at once"
            ) from error


_COLUMNS = (
    "id, job, spider, due_at, fresh, started, finished, exit_status, outcome, note, pid, "
    "summary, log"
)


def _run(row: Sequence[Any]) -> PastRun:
    number, job, spider, due_at, fresh, started, finished, status, outcome, note, pid, *rest = row
    begun = parse_stamp(started)
    assert begun is not None
    return PastRun(
        number, job, spider, parse_stamp(due_at) or begun, bool(fresh), begun,
        parse_stamp(finished) if finished else None, status, outcome, note, pid,
        json.loads(rest[0]), Path(rest[1]),
    )  # fmt: skip


def output_of(log: Path) -> Path:
    """Where a run's standard output goes: beside its log."""
    return log.with_suffix(".json")


def summary_in(output: Path) -> dict[str, Any]:
    """The JSON object that a crawl printed; {} if it printed none."""
    try:
        with output.open("rb") as stream:
            text = stream.read(1 << 20).decode("utf-8", "replace")
    except OSError:
        return {}
    for part in (text, *reversed(text.splitlines())):
        try:
            value = json.loads(part)
        except ValueError:
            continue
        if isinstance(value, dict):
            return value
    return {}
