"""The record of scheduled runs, and what is made of one that nobody saw the end of."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.jobs.due_times import FINISHED, INTERRUPTED, Slot
from crawler.jobs.history import HISTORY_FILE, HistoryError, RunHistory, summary_in
from crawler.jobs.runner import KEPT_LOGS, Options, outlooks, remove_old_logs
from crawler.jobs.schedule import Job

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


JOB = Job("x", "netwellness", every=timedelta(hours=1))
SLOT = Slot(NOW, fresh=True)


def history_with_open_run(folder: Path) -> RunHistory:
    history = RunHistory(folder)
    log = folder / "x.log"
    history.begin(JOB, SLOT, NOW, log)
    log.write_text("")
    os.utime(log, (NOW.timestamp() + 90,) * 2)
    return history


def test_a_run_that_nobody_saw_the_end_of_is_interrupted(tmp_path: Path) -> None:
    with history_with_open_run(tmp_path) as history:
        (run,) = history.recover(NOW + timedelta(hours=2))
        assert history.recover(NOW) == []
    assert run.outcome == INTERRUPTED
    assert run.seconds == 90  # its log's last line


def test_times_in_the_future_are_set_right(tmp_path: Path) -> None:
    with history_with_open_run(tmp_path) as history:
        history.note_timing([JOB], NOW)
        before = NOW - timedelta(days=400)
        (run,) = history.recover(before)
        assert history.since(JOB) == before
        assert (run.started, run.finished) == (before, before)
        history.end(run.id, before, FINISHED, 0)
        # The last run counts as of the present.
        daily = Job("x", "netwellness", calendar="0 0 * * *")
        options = Options(tmp_path)
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
    for number in range(KEPT_LOGS + 3):
        log = tmp_path / f"x-20260302T120000{number:06}.log"
        log.touch()
        log.with_suffix(".json").touch()
    other = tmp_path / "x-y-20260101T000000000000.log"
    other.touch()
    remove_old_logs(tmp_path, "x")
    assert len(list(tmp_path.glob("*.log"))) == KEPT_LOGS + 1
    assert len(list(tmp_path.glob("*.json"))) == KEPT_LOGS
    assert other.exists()
    assert not (tmp_path / "x-20260302T120000000002.log").exists()


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
        ("noise\n{}", {}),
        ('{\n "a": 1\n}\n', {"a": 1}),
        ("[1]", {}),
        ("\xff\x00", {}),
    ):
        output.write_text(text, "latin-1")
        assert summary_in(output) == expected
