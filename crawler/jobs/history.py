"""The record of scheduled runs: STATE_DIR/schedule.db, a row for every run that was begun.

A row is written before its crawl starts and completed after it ends. A row that was never
completed belongs to a run that died with its machine; whoever notices writes how it ended.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.jobs.due_times import INTERRUPTED, PastRun, Slot
from crawler.jobs.schedule import Job
from pipelines.db.connection import read_only_uri
from pipelines.db.rules import to_json
from pipelines.files.timestamps import parse_stamp, stamp

HISTORY_FILE = "schedule.db"
#: More runs than a job that is tried again and again has between two regular times.
MOST_RUNS = 1000

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY, job TEXT NOT NULL, spider TEXT NOT NULL, due_at TEXT NOT NULL,
    fresh INTEGER NOT NULL, started TEXT NOT NULL, finished TEXT, exit_status INTEGER,
    outcome TEXT, note TEXT NOT NULL DEFAULT '', pid INTEGER,
    summary TEXT NOT NULL DEFAULT '{}', log TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS runs_job ON runs(job, id);
CREATE TABLE IF NOT EXISTS jobs (
    name TEXT PRIMARY KEY, timing TEXT NOT NULL, since TEXT NOT NULL
) WITHOUT ROWID;
"""


class HistoryError(Exception):
    """schedule.db cannot be used; the message says what to do."""


class RunHistory:
    """Reads and writes STATE_DIR/schedule.db. A context manager.

    :param readonly: nothing is written; a file that is not there is an empty history
    :raises HistoryError: here and in every method, if it is damaged or cannot be written
    """

    def __init__(self, state: Path, *, readonly: bool = False) -> None:
        self.path = state / HISTORY_FILE
        with self._named_errors():
            if readonly and self.path.exists():
                self._db = _connect(read_only_uri(self.path))
            elif readonly:
                self._db = _connect(":memory:")
                self._db.executescript(_TABLES)
            else:
                state.mkdir(parents=True, exist_ok=True)
                self._db = _connect(self.path.absolute().as_uri())
                self._db.execute("PRAGMA journal_mode=WAL")
                # A few rows a day: each of them is worth waiting for the disk.
                self._db.execute("PRAGMA synchronous=FULL")
                self._db.executescript(_TABLES)

    def __enter__(self) -> RunHistory:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def note_timing(self, jobs: Sequence[Job], now: datetime) -> None:
        """Write since when each job is scheduled as it is."""
        for job in jobs:
            self._execute(
                "INSERT INTO jobs VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE "
                "SET timing = excluded.timing, since = excluded.since "
                "WHERE timing != excluded.timing",
                job.name, job.timing, stamp(now),
            )  # fmt: skip

    def recover(self, now: datetime) -> list[PastRun]:
        """Write how those runs ended of which nobody saw the end; return them.

        What is dated after ``now`` is moved to ``now``: the clock was wrong then.
        """
        self._execute(
            "UPDATE runs SET started = min(started, ?1), finished = min(finished, ?1), "
            "due_at = min(due_at, ?1), note = trim(note || ' dated after the present') "
            "WHERE started > ?1 OR finished > ?1",
            stamp(now),
        )
        self._execute("UPDATE jobs SET since = ?1 WHERE since > ?1", stamp(now))
        note = "nobody was there to see its end"
        return [
            self.end(
                run.id, min(_last_written(run.log) or run.started, now), INTERRUPTED, None, note
            )
            for run in self._runs("WHERE finished IS NULL ORDER BY id")
        ]

    def since(self, job: Job) -> datetime | None:
        """Return since when a job is scheduled as it is; None if that was not noted."""
        rows = self._select(
            "SELECT since FROM jobs WHERE name = ? AND timing = ?", job.name, job.timing
        )
        return parse_stamp(rows[0]["since"]) if rows else None

    def runs(self, job: str, limit: int = MOST_RUNS) -> list[PastRun]:
        """Return the runs of a job, the latest first."""
        return self._runs("WHERE job = ? ORDER BY id DESC LIMIT ?", job, limit)

    def begin(self, job: Job, slot: Slot, now: datetime, log: Path) -> int:
        """Write that a run begins; return its id."""
        cursor = self._execute(
            "INSERT INTO runs (job, spider, due_at, fresh, started, log) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            job.name, job.spider, stamp(slot.at), slot.fresh, stamp(now), str(log),
        )  # fmt: skip
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def set_pid(self, run_id: int, pid: int) -> None:
        """Write the process of a run."""
        self._execute("UPDATE runs SET pid = ? WHERE id = ?", pid, run_id)

    def end(
        self,
        run_id: int,
        finished: datetime,
        outcome: str,
        exit_status: int | None,
        note: str = "",
        summary: Mapping[str, Any] | None = None,
    ) -> PastRun:
        """Write how a run ended; return it."""
        self._execute(
            "UPDATE runs SET finished = max(started, ?), outcome = ?, exit_status = ?, "
            "note = ?, summary = ? WHERE id = ?",
            stamp(finished), outcome, exit_status, note, to_json(summary or {}), run_id,
        )  # fmt: skip
        return self._runs("WHERE id = ?", run_id)[0]

    def _runs(self, where: str, *values: object) -> list[PastRun]:
        return [_run(dict(row)) for row in self._select(f"SELECT * FROM runs {where}", *values)]

    def _select(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._named_errors():
            return self._db.execute(sql, values).fetchall()

    def _execute(self, sql: str, *values: object) -> sqlite3.Cursor:
        with self._named_errors():
            return self._db.execute(sql, values)

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise HistoryError(
                f"{self.path} cannot be used ({error}). If the disk is full, make room; if it "
                "is damaged, move it away: crawls with an interval are then due at once"
            ) from error


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=15, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _run(row: dict[str, Any]) -> PastRun:
    times = {
        name: parse_stamp(row[name]) if row[name] else None
        for name in ("due_at", "started", "finished")
    }
    values = {"summary": json.loads(row["summary"]), "log": Path(row["log"])}
    return PastRun(**{**row, **times, **values, "fresh": bool(row["fresh"])})


def output_of(log: Path) -> Path:
    """Return where a run's standard output goes: beside its log."""
    return log.with_suffix(".json")


def summary_in(output: Path) -> dict[str, Any]:
    """Return the JSON object that a crawl printed; {} if it printed none."""
    try:
        value = json.loads(output.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _last_written(log: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(log.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None
