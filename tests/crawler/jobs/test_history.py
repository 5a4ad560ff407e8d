"""The record of scheduled runs, and what is made of one that nobody saw the end of."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.jobs.due_times import ALARMED, FINISHED, INTERRUPTED, Retry, Slot
from crawler.jobs.history import HISTORY_FILE, HistoryError, RunHistory, summary_in
from crawler.jobs.runner import Options, job_lock, outlooks, recover
from crawler.jobs.schedule import Job
from pipelines.files.locks import Lock

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


JOB = Job("x", "netwellness", every=timedelta(hours=1))
SLOT = Slot(NOW, fresh=True)


def history_with_open_run(folder: Path, output: str | None) -> RunHistory:
    history = RunHistory(folder)
    log = folder / "x.log"
    history.begin(JOB, SLOT, NOW, log)
    log.write_text("")
    os.utime(log, (NOW.timestamp() + 90,) * 2)
    if output is not None:
        log.with_suffix(".json").write_text(output)
    return history


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
    with history_with_open_run(tmp_path, output) as history:
        (run,) = recover(history, tmp_path, NOW + timedelta(hours=2))
        assert recover(history, tmp_path, NOW) == []
    assert run.outcome == outcome
    assert run.seconds == 90  # its log's last line


def test_a_run_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    with history_with_open_run(tmp_path, None) as history, Lock(job_lock(tmp_path, "x"), "a crawl"):
        assert recover(history, tmp_path, NOW) == []


def test_times_in_the_future_are_set_right(tmp_path: Path) -> None:
    with history_with_open_run(tmp_path, None) as history:
        history.note_timing([JOB], NOW)
        before = NOW - timedelta(days=400)
        assert history.correct_future(before) == 1
        assert history.correct_future(before) == 0
        assert history.since(JOB) == before
        assert [run.started for run in history.runs("x")] == [before]
        # The last run counts as of the present.
        daily = Job("x", "netwellness", calendar="0 0 * * *")
        options = Options(tmp_path, retry=Retry())
        hourly, nightly = outlooks([JOB, daily], history, options, before)
    assert hourly.next == before + timedelta(hours=1)
    assert nightly.next == before.replace(hour=0) + timedelta(days=1)


def test_a_calendar_that_is_edited_counts_from_then(tmp_path: Path) -> None:
    first, second = (Job("x", "s", calendar=f"0 {hour} * * *") for hour in (1, 2))
    later = NOW + timedelta(days=3)
    with RunHistory(tmp_path) as history:
        assert history.since(first) is None
        history.note_timing([first], NOW)
        history.note_timing([first], later)
        assert history.since(first) == NOW
        history.note_timing([second], later)
        assert (history.since(first), history.since(second)) == (None, later)


def test_only_the_last_logs_are_kept(tmp_path: Path) -> None:
    with RunHistory(tmp_path) as history:
        for number in range(5):
            log = tmp_path / f"{number}.log"
            log.touch()
            log.with_suffix(".json").touch()
            history.begin(JOB, SLOT, NOW, log)
        history.remove_old_logs("x", 2)
        assert len(history.runs("x")) == 5
    assert sorted(path.stem for path in tmp_path.glob("*.log")) == ["3", "4"]
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == ["3", "4"]


def test_reading_alone_makes_no_file(tmp_path: Path) -> None:
    with RunHistory(tmp_path / "state", readonly=True) as history:
        assert history.runs("x") == []
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    (tmp_path / HISTORY_FILE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(HistoryError, match="move it away"):
        RunHistory(tmp_path)


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
