"""Processes are killed, and the archive is as if nothing had been."""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from pipelines.capture.warc_extract import Span
from pipelines.rebuild.engines import MAX_TRIES, Processes
from pipelines.rebuild.extract import warc_input
from pipelines.rebuild.shards import ExtractTask, Receipt
from tests.conftest import settings_for
from tests.pipelines.rebuild.lives import (
    PATIENCE,
    Running,
    Sample,
    digest_of,
    digest_of_loaded,
    digest_of_loaded_by_command,
    is_alive,
    receipts,
    run,
    running,
    wait_until,
)

pytestmark = pytest.mark.slow

INSTANTS = 10


def settings(folder: Path, warcs: Sample) -> list[str]:
    return [*settings_for(folder), "-s", f"WARC_DIR={warcs.folder}"]


def reach(command: Running, out: Path, shards: int) -> bool:
    """Wait until so many shards have been committed; False if the command ended before."""
    seen: set[str] = set()

    def there() -> bool:
        seen.update(receipts(out))
        enough = len(seen) >= shards and bool(command.workers())
        return enough or command.process.poll() is not None

    assert wait_until(there)
    return command.process.poll() is None


@pytest.mark.parametrize("instant", range(INSTANTS))
def test_extract_outlives_a_worker(instant: int, warcs: Sample, tmp_path: Path) -> None:
    dice = random.Random(instant)
    files = len(list(warcs.folder.iterdir()))
    words = ["extract", str(warcs.folder), "--out", str(tmp_path / "out"), "--workers", "2"]
    with running(*words, "--json") as command:
        # The first one dies while its processes begin.
        assert reach(command, tmp_path / "out", dice.randrange(1, files // 2) if instant else 0)
        assert command.kill_a_worker(dice)
        ended = command.wait()
    assert ended.status == 0, ended
    assert re.fullmatch(r"(a worker died: killed; its span is read again\n)*", ended.stderr)
    shards = json.loads(ended.stdout)["shards"]
    assert len(set(shards)) == len(shards) == files
    assert digest_of_loaded(tmp_path / "out", tmp_path) == warcs.digest


@pytest.mark.parametrize("instant", range(INSTANTS))
def test_rebuild_outlives_a_worker(instant: int, warcs: Sample, tmp_path: Path) -> None:
    dice = random.Random(100 + instant)
    with running("rebuild", "--workers", "2", "--json", *settings(tmp_path, warcs)) as command:
        # Shards go when they are loaded: not all are seen.
        assert reach(command, tmp_path / "archive.db.shards", dice.randrange(1, 10) * bool(instant))
        assert command.kill_a_worker(dice)
        ended = command.wait()
    assert ended.status == 0, ended
    assert json.loads(ended.stdout)["content_digest"] == warcs.digest
    assert digest_of(tmp_path / "archive.db") == warcs.digest
    assert_nothing_left_over(tmp_path)


def test_a_killed_extract_goes_on(warcs: Sample, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["extract", str(warcs.folder), "--out", str(out), "--workers", "2", "--json"]
    with running(*words) as command:
        assert reach(command, out, 5)
        orphans = command.workers()
        command.kill()
    assert orphans
    assert wait_until(lambda: not any(map(is_alive, orphans)))
    refused = run("load", str(out), *settings_for(tmp_path))
    assert refused.status == 1
    assert "the same command goes on" in refused.stderr
    before = {name: (out / "receipts" / name).stat().st_mtime_ns for name in receipts(out)}
    assert len(before) >= 5
    ended = run(*words)
    assert ended.status == 0, ended
    after = {name: (out / "receipts" / name).stat().st_mtime_ns for name in receipts(out)}
    assert {name: after[name] for name in before} == before
    assert digest_of_loaded_by_command(out, tmp_path) == warcs.digest


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_rebuild_leaves_the_old_archive(
    workers: int, warcs: Sample, few: list[Path], tmp_path: Path
) -> None:
    # The old archive is of some of the files only.
    old = tmp_path / "old"
    old.mkdir()
    for path in few:
        (old / path.name).hardlink_to(path)
    words = ["rebuild", "--json", "-s", f"WARC_DIR={old}"]
    assert run(*words[:2], *settings_for(tmp_path), *words[2:]).status == 0
    before = (tmp_path / "archive.db").read_bytes()
    new = ["rebuild", "--full", "--json", *settings(tmp_path, warcs), "--workers"]
    with running(*new, "2") as command:
        assert reach(command, tmp_path / "archive.db.shards", 3)
        orphans = command.workers()
        command.kill()
    assert wait_until(lambda: not any(map(is_alive, orphans)))
    assert (tmp_path / "archive.db").read_bytes() == before
    digest_of(tmp_path / "archive.db")
    ended = run(*new, str(workers))
    assert ended.status == 0, ended
    assert digest_of(tmp_path / "archive.db") == warcs.digest
    assert_nothing_left_over(tmp_path)


def assert_nothing_left_over(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert not {name for name in names if "shards" in name or "rebuilding" in name}, names


class Deadly(ExtractTask):
    """A task that kills the process that is given it."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


def test_a_task_that_kills_is_told_and_all_others_are_done(few: list[Path], tmp_path: Path) -> None:
    tasks = [
        ExtractTask(
            Span(str(path), path.name), str(tmp_path / "out"), warc_input(str(path), path.name).mark
        )
        for path in few
    ]
    deadly = Deadly(Span("deadly.warc", "deadly.warc"), str(tmp_path / "out"))
    engine = Processes(2)
    try:
        engine.submit([*tasks[:2], deadly, *tasks[2:]])
        outcomes = list(engine.outcomes())
    finally:
        engine.close()
    assert Counter(task.shard for task, _ in outcomes) == Counter(
        one.shard for one in (deadly, *tasks)
    )
    (failed,) = [(task, error) for task, error in outcomes if not isinstance(error, Receipt)]
    assert failed[0] is deadly
    assert f"died {MAX_TRIES + 1} times" in str(failed[1])


def test_a_worker_ends_with_who_gave_it_work(warcs: Sample, tmp_path: Path) -> None:
    words = ["extract", str(warcs.folder), "--out", str(tmp_path / "out"), "--workers", "2"]
    with running(*words) as command:
        # As early as can be: before they have begun to watch.
        assert wait_until(lambda: bool(command.workers()))
        orphans = command.workers()
        command.kill()
    assert wait_until(lambda: not any(map(is_alive, orphans)), PATIENCE)
