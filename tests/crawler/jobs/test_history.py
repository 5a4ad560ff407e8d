"""The record of scheduled runs, and what is made of one that nobody saw the end of."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.jobs.due_times import ALARMED, FINISHED, INTERRUPTED
from crawler.jobs.history import HistoryError, RunHistory, summary_in
from crawler.jobs.run_due import LEDGER, recover
from crawler.jobs.runner import job_lock
from crawler.jobs.schedule import Job
from pipelines.files.locks import Lock

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def ledger_with_open_run(folder: Path, output: str | None) -> RunHistory:
    ledger = RunHistory(folder / LEDGER)
    log = folder / "x.log"
    ledger.begin(Job("x", "netwellness", every=timedelta(hours=1)), NOW, True, NOW, log)
    log.write_text("")
    os.utime(log, (NOW.timestamp() + 90,) * 2)
    if output is not None:
        log.with_suffix(".json").write_text(output)
    return ledger


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        (None, INTERRUPTED),
        ("", INTERRUPTED),
        ('{"outcome": "fini', INTERRUPTED),
        ('{"outcome": "shutdown", "captures": 3}', INTERRUPTED),
        ('{"outcome": "finished", "captures": 0}', INTERRUPTED),
        ('{"outcome": "finished", "captures": 3}', FINISHED),
        ('{"outcome": "finished", "captures": 3, "alarms": ["x"]}', ALARMED),
    ],
)
def test_a_run_that_nobody_saw_the_end_of(tmp_path: Path, output: str | None, outcome: str) -> None:
    with ledger_with_open_run(tmp_path, output) as ledger:
        (run,) = recover(ledger, tmp_path, NOW + timedelta(hours=2))
        assert recover(ledger, tmp_path, NOW) == []
    assert run.outcome == outcome
    assert run.seconds == 90  # its log's last line


def test_a_run_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    with ledger_with_open_run(tmp_path, None) as ledger, Lock(job_lock(tmp_path, "x"), "a crawl"):
        assert recover(ledger, tmp_path, NOW) == []


def test_times_in_the_future_are_set_right(tmp_path: Path) -> None:
    job = Job("x", "netwellness", every=timedelta(hours=1))
    with ledger_with_open_run(tmp_path, None) as ledger:
        ledger.see([job], NOW)
        before = NOW - timedelta(days=400)
        assert ledger.set_right(before) == 1
        assert ledger.set_right(before) == 0
        past = ledger.past(job, before)
    assert past.since == before
    assert [one.started for one in past.tries] == [before]


def test_a_calendar_that_is_edited_counts_from_then(tmp_path: Path) -> None:
    first, second = (Job("x", "s", calendar=f"0 {hour} * * *") for hour in (1, 2))
    later = NOW + timedelta(days=3)
    with RunHistory(tmp_path / LEDGER) as ledger:
        ledger.see([first], NOW)
        ledger.see([first], later)
        assert ledger.past(first, later).since == NOW
        ledger.see([second], later)
        assert ledger.past(second, later).since == later


def test_only_the_last_logs_are_kept(tmp_path: Path) -> None:
    job = Job("x", "netwellness", every=timedelta(hours=1))
    with RunHistory(tmp_path / LEDGER) as ledger:
        for number in range(5):
            log = tmp_path / f"{number}.log"
            log.touch()
            log.with_suffix(".json").touch()
            ledger.begin(job, NOW, True, NOW, log)
        ledger.keep_logs("x", 2)
        assert len(ledger.runs("x")) == 5
    assert sorted(path.stem for path in tmp_path.glob("*.log")) == ["3", "4"]
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == ["3", "4"]


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_bytes(b"not a database at all" * 100)
    with pytest.raises(HistoryError, match="move it away"):
        RunHistory(tmp_path / LEDGER)


def test_summaries_in_whatever_was_printed(tmp_path: Path) -> None:
    output = tmp_path / "x.json"
    assert summary_in(output) == {}
    for text, expected in (
        ('noise\n{"a": 1}\n', {"a": 1}),
        ('{\n "a": 1\n}\n', {"a": 1}),
        ("[1]", {}),
        ("\xff\x00", {}),
    ):
        output.write_text(text, "latin-1")
        assert summary_in(output) == expected
