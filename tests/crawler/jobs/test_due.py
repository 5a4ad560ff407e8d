"""``scrapy due``: real crawls of the sample site, by schedule, and the record of them."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from crawler.jobs import runner
from crawler.jobs.due_times import (
    ALARMED,
    FAILED,
    FINISHED,
    INTERRUPTED,
    REFUSED,
    STOPPED,
    Retry,
    Slot,
)
from crawler.jobs.history import HISTORY_FILE, RunHistory
from crawler.jobs.runner import JobRunner, Options, crawl_command, due_lock, outcome_of
from crawler.jobs.schedule import Job
from pipelines.files.locks import Lock, LockHeld, is_locked
from sample import Site, serving
from tests.conftest import ROOT, Scrapy, settings_for

SITE = Site(pages=5, seed=3, slow=0.0, big=0.1)


def every(seconds: int) -> list[str]:
    """Options by which this machine is asked for a page every so often, and no oftener."""
    slot = {"delay": seconds, "jitter": 0, "concurrency": 1}
    return ["-s", f"DOWNLOAD_SLOTS={json.dumps({'127.0.0.1': slot})}"]


#: Seconds to wait for what comes at once on an idle machine.
PATIENCE = 300.0
#: A page in two seconds: a crawl that can be stopped in its middle.
SLOW = [*every(2), "-s", "COMMIT_SECONDS=0.1"]
NOBODY = "http://127.0.0.1:9/"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serving(SITE) as address:
        yield address


def table(name: str, base: str, *lines: str, when: str = 'every = "6h"') -> str:
    rest = "\n".join(lines)
    return (
        f'[[crawl]]\nname = "{name}"\nspider = "netwellness"\n'
        f'arguments = {{base = "{base}"}}\n{when}\n{rest}\n'
    )


def words(folder: Path, *tables: str) -> list[str]:
    (folder / "schedule.toml").write_text("\n".join(tables), "utf-8")
    return [*settings_for(folder), "-s", f"SCHEDULE={folder / 'schedule.toml'}"]


def record(folder: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(f"file:{folder / 'state' / HISTORY_FILE}?mode=ro", uri=True) as db:
        db.row_factory = sqlite3.Row
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone():
            return []  # it is being made
        return [dict(row) for row in db.execute("SELECT * FROM runs ORDER BY id")]


@contextmanager
def started(*options: str) -> Iterator[subprocess.Popen[str]]:
    """A ``scrapy due`` that goes on in the background; killed at the end if need be."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scrapy", "due", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_for(event: str, happened: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"waited in vain for {event}"
        time.sleep(0.1)


def begun(folder: Path) -> bool:
    """Whether a crawl has been begun, and has opened its WARC."""
    runs = record(folder) if (folder / "state" / HISTORY_FILE).exists() else []
    warcs = sum(path.stat().st_size for path in (folder / "warcs").glob("*"))
    return bool(runs and runs[-1]["pid"] and warcs > 0)


def crawling(folder: Path) -> bool:
    """Whether it has got, and committed, its first page."""
    if not begun(folder):
        return False
    with sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'captures'").fetchone():
            return False
        return bool(db.execute("SELECT count(*) FROM captures").fetchone()[0])


def test_what_is_due_is_run_once_and_recorded(base: str, tmp_path: Path, scrapy: Scrapy) -> None:
    both = words(
        tmp_path,
        table("first", base),
        table("second", base, when='calendar = "30 2 * * 1"'),
        table("third", base, "enabled = false"),
    )
    foreseen = json.loads(scrapy("due", "--dry-run", "--json", *both).stdout)
    assert not (tmp_path / "state").exists()
    assert {one["job"]: one["next"] == foreseen["now"] for one in foreseen["jobs"]} == {
        "first": True, "second": False, "third": False,
    }  # fmt: skip
    run = scrapy("due", "--json", *both)
    assert run.returncode == 0, run.stderr
    (ran,) = json.loads(run.stdout)["ran"]
    assert (ran["job"], ran["outcome"], ran["exit_status"]) == ("first", FINISHED, 0)
    assert ran["summary"]["pages"]["new"] == SITE.pages
    assert Path(ran["log"]).is_file()
    again = scrapy("due", "--json", *both)
    assert (again.returncode, json.loads(again.stdout)["ran"]) == (0, [])
    (row,) = record(tmp_path)
    assert row["finished"] > row["started"] >= row["due_at"]
    assert json.loads(row["summary"])["outcome"] == "finished"


def test_settings_of_the_command_line_and_of_the_job_reach_the_crawl(
    base: str, tmp_path: Path, scrapy: Scrapy
) -> None:
    job = table("one", base, 'settings = {ROBOTSTXT_OBEY = true, CONTACT = "mine@example.org"}')
    run = scrapy("due", *words(tmp_path, job), "-s", "CLOSESPIDER_PAGECOUNT=0")
    assert run.returncode == 0, run.stdout
    assert "one begins" in run.stdout
    assert "one finished" in run.stdout
    (warc,) = (tmp_path / "warcs").iterdir()
    with gzip.open(warc) as stream:
        assert b"mine@example.org" in stream.read(2000)


def test_a_crawl_that_fails_is_said_so_and_waits(tmp_path: Path, scrapy: Scrapy) -> None:
    site = words(tmp_path, table("nobody", NOBODY))
    run = scrapy("due", *site, "-s", "RETRY_TIMES=0")
    assert run.returncode == 1
    assert "nobody failed" in run.stdout
    again = scrapy("due", "--json", *site)
    assert json.loads(again.stdout)["ran"] == []
    foreseen = json.loads(scrapy("due", "--dry-run", "--json", *site).stdout)
    (job,) = foreseen["jobs"]
    assert job["fresh"] is False
    assert job["next"] > foreseen["now"]
    by_hand = scrapy("due", "--job", "nobody", *site, "-s", "RETRY_TIMES=0")
    assert by_hand.returncode == 1
    assert [row["outcome"] for row in record(tmp_path)] == [FAILED, FAILED]


def test_a_crawl_that_cannot_begin_is_refused(base: str, tmp_path: Path, scrapy: Scrapy) -> None:
    run = scrapy("due", *words(tmp_path, table("abroad", "http://www.example.org/")))
    assert run.returncode == 1
    (row,) = record(tmp_path)
    assert (row["outcome"], row["exit_status"]) == (REFUSED, 2)
    assert "CONTACT is not set" in Path(row["log"]).read_text("utf-8")


def test_a_wrong_schedule_runs_nothing(base: str, tmp_path: Path, scrapy: Scrapy) -> None:
    run = scrapy("due", *words(tmp_path, table("x", base), '[[crawl]]\nevry = "1d"'))
    assert run.returncode == 2
    assert "did you mean 'every'?" in run.stderr
    assert "name: is missing" in run.stderr
    assert not (tmp_path / "state").exists()
    (tmp_path / "schedule.toml").unlink()
    missing = scrapy("due", "-s", f"SCHEDULE={tmp_path / 'schedule.toml'}")
    assert missing.returncode == 2
    assert "schedule.example.toml" in missing.stderr


def test_wrong_use(base: str, tmp_path: Path, scrapy: Scrapy) -> None:
    site = words(tmp_path, table("x", base))
    for wrong in (["y"], ["--job", "y"]):
        run = scrapy("due", *wrong, *site)
        assert run.returncode == 2, run.stdout
        assert run.stderr


def test_two_at_once_the_second_has_nothing_to_do(
    base: str, tmp_path: Path, scrapy: Scrapy
) -> None:
    site = words(tmp_path, table("x", base))
    with Lock(tmp_path / "state/due.lock", "scrapy due"):
        second = scrapy("due", *site)
        document = json.loads(scrapy("due", "--json", *site).stdout)
        by_hand = scrapy("due", "--job", "x", *site)
    assert second.returncode == 0
    assert f"process {os.getpid()}" in second.stdout
    assert (document["ran"], document["held_by"]["pid"]) == ([], str(os.getpid()))
    assert by_hand.returncode == 1
    assert not (tmp_path / "state" / HISTORY_FILE).exists()


def test_a_signal_is_passed_on_and_the_crawl_can_go_on(base: str, tmp_path: Path) -> None:
    site = words(tmp_path, table("slow", base))
    with started(*site, *SLOW) as due:
        wait_for("the crawl", lambda: crawling(tmp_path))
        due.send_signal(signal.SIGTERM)
        output, _ = due.communicate(timeout=PATIENCE)
    assert due.returncode == 0, output
    assert "slow is asked to stop" in output
    (row,) = record(tmp_path)
    assert row["outcome"] == STOPPED
    assert row["finished"] > row["started"]
    assert not is_locked(due_lock(tmp_path / "state"))


def test_a_crawl_outlives_its_runner_and_is_not_run_twice(
    base: str, tmp_path: Path, scrapy: Scrapy
) -> None:
    site = words(tmp_path, table("slow", base))
    with started(*site, *SLOW) as due:
        wait_for("the crawl", lambda: crawling(tmp_path))
        due.kill()
        due.wait()
    (row,) = record(tmp_path)
    try:
        assert row["finished"] is None
        second = scrapy("due", "--json", *site)
        assert (second.returncode, json.loads(second.stdout)["ran"]) == (0, [])
        by_hand = scrapy("due", "--job", "slow", *site)
        assert (by_hand.returncode, by_hand.stdout[:13]) == (1, "nothing to do")
    finally:
        os.killpg(row["pid"], signal.SIGKILL)
    wait_for("its end", lambda: not is_locked(due_lock(tmp_path / "state")))
    third = scrapy("due", "--json", *site, "-s", "DUE_RETRY_SECONDS=0")
    (ran,) = json.loads(third.stdout)["ran"]
    assert (ran["outcome"], ran["fresh"]) == (FINISHED, False), third.stderr
    assert [one["outcome"] for one in record(tmp_path)] == [INTERRUPTED, FINISHED]


def test_a_crawl_that_does_not_stop_is_asked_again(tmp_path: Path) -> None:
    """A site that never answers; the first SIGINT alone does not end its crawl."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        job = table("silent", f"http://127.0.0.1:{port}/")
        site = [*words(tmp_path, job), "-s", "DOWNLOAD_TIMEOUT=600"]
        with started(*site) as due:
            silent.settimeout(PATIENCE)
            connection, _ = silent.accept()  # so the crawl listens for signals
            due.send_signal(signal.SIGINT)
            assert due.stdout is not None
            while "is asked to stop" not in (line := due.stdout.readline()):
                assert line
            due.send_signal(signal.SIGINT)
            output, _ = due.communicate(timeout=PATIENCE)
            connection.close()
    (row,) = record(tmp_path)
    assert (row["outcome"], row["exit_status"]) == (STOPPED, 3), output


@pytest.mark.parametrize(
    ("status", "summary", "stopped", "expected"),
    [
        (0, {}, False, FINISHED),
        (0, {}, True, FINISHED),
        (1, {"alarms": ["coverage"]}, False, ALARMED),
        (1, {"alarms": []}, False, FAILED),
        (1, {}, False, FAILED),
        (2, {}, False, REFUSED),
        (3, {}, False, STOPPED),
        (-9, {}, False, INTERRUPTED),
        (-9, {}, True, STOPPED),
        (77, {}, False, FAILED),
    ],
)
def test_outcomes(status: int, summary: dict[str, Any], stopped: bool, expected: str) -> None:
    assert outcome_of(status, summary, stopped=stopped) == expected


def test_the_command_line_of_a_crawl() -> None:
    job = Job("x", "netwellness", {"base": "http://a/?b=c d"}, {"CONTACT": "a@b"})
    assert crawl_command(job, ["-s", "ARCHIVE_DB=x.db"])[1:] == [
        "-m", "scrapy", "crawl", "netwellness", "--json", "-s", "ARCHIVE_DB=x.db",
        "-a", "base=http://a/?b=c d", "-s", "CONTACT=a@b",
    ]  # fmt: skip


def test_the_lock_outlasts_a_glance_at_it(tmp_path: Path) -> None:
    """``scrapy status`` tries the lock for an instant; a timer's call must not lose by it."""
    ours = Lock(tmp_path / "due.lock", "scrapy due")
    with Lock(tmp_path / "due.lock", "a glance") as glance:
        with pytest.raises(LockHeld, match="a glance"):
            ours.acquire()
        threading.Timer(0.1, glance.release).start()
        ours.acquire(patience=30)
        assert is_locked(tmp_path / "due.lock")
        ours.release()
    assert not is_locked(tmp_path / "due.lock")


@contextmanager
def short_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, script: str, step: timedelta
) -> Iterator[tuple[JobRunner, RunHistory]]:
    """A runner whose crawls are one Python script; its clock goes on a step at every look."""
    clock = count()
    monkeypatch.setattr(
        runner, "crawl_command", lambda job, _: [sys.executable, "-c", script, job.name]
    )
    options = Options(folder, retry=Retry(wait=timedelta(0)))
    with RunHistory(folder) as history, Lock(due_lock(folder), "scrapy due") as lock:
        yield JobRunner(history, options, lock, print, lambda: NOW + next(clock) * step), history


def test_one_at_a_time_in_the_order_of_their_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, later = (Job(name, "netwellness", every=timedelta(days=99)) for name in "ab")
    minute = timedelta(minutes=1)
    with short_runs(tmp_path, monkeypatch, "", minute) as (due, history):
        history.note_timing([later], NOW - timedelta(hours=2))
        history.note_timing([late], NOW - timedelta(hours=1))
        due.run_due(lambda: [late, later])
    assert [run.job for run in due.ended] == ["b", "a"]
    first, second = due.ended
    assert first.finished is not None
    assert first.finished < second.started


def test_the_schedule_is_read_again_before_each_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [Job(name, "netwellness", every=timedelta(days=99)) for name in "ab"]
    with short_runs(tmp_path, monkeypatch, "", timedelta(0)) as (due, _):
        due.run_due(lambda: jobs[: 1 if due.ended else 2])
    assert [run.job for run in due.ended] == ["a"]


def test_what_ends_badly_is_not_begun_again_by_the_same_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job("x", "netwellness", every=timedelta(days=7))
    step = timedelta(minutes=2)
    with short_runs(tmp_path, monkeypatch, "raise SystemExit(3)", step) as (due, history):
        due.run_due(lambda: [job])
        assert [run.outcome for run in history.runs("x")] == [STOPPED]
        due.run_due(lambda: [job])
        assert [run.fresh for run in history.runs("x")] == [False, True]


def test_a_crawl_that_cannot_be_started_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with short_runs(tmp_path, monkeypatch, "", timedelta(0)) as (due, _):
        monkeypatch.setattr(runner, "crawl_command", lambda job, _: [str(tmp_path / "nothing")])
        due.run(Job("x", "netwellness"), Slot(NOW, fresh=True))
    (run,) = due.ended
    assert (run.outcome, run.exit_status) == (FAILED, None)
    assert run.note.startswith("could not be started")
