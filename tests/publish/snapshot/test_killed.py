"""Killed anywhere, or with a full disk: the snapshot before is whole, and the next run works."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from publish.datasette.snapshot_mark import is_snapshot
from publish.snapshot.make import publish
from publish.snapshot.snapshot_folder import CURRENT, LOCK
from tests.publish.archives import page, small

# Kills itself when the step begins, or before the nth call of a function that is named instead.
_CODE = """
import os, pathlib, resource, signal, sys
from publish.snapshot import make
archive, folder, point = sys.argv[1:4]
def kill(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
def progress(step, done, total):
    if step == point: kill()
if point.startswith("before "):
    _, name, nth = point.split()
    call, calls = getattr(pathlib.Path, name), []
    def counted(*args):
        calls.append(args)
        return kill() if len(calls) == int(nth) else call(*args)
    setattr(pathlib.Path, name, counted)
if point.isdigit():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(point), int(point)))
print("ready", flush=True)
try:
    make.publish(pathlib.Path(archive), pathlib.Path(folder), progress=progress)
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""
POINTS = (
    "copying the archive", "making the index anew", "compacting the copy", "checking the copy",
    "writing questions.csv", "writing questions.jsonl", "writing questions.parquet",
    "writing answers.csv",
    "describing it", "before chmod 1", "before rename 1", "before symlink_to 1",
    "before rename 2",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a snapshot, and an archive that has changed since."""
    made = small(tmp_path / "a.db")
    publish(tmp_path / "a.db", tmp_path / "public")
    made.add(page(201))
    made.close()
    return tmp_path / "public"


def run(folder: Path, point: str) -> subprocess.Popen[str]:
    """A publication in a process of its own, which has begun."""
    command = [sys.executable, "-c", _CODE, str(folder.parent / "a.db"), str(folder), point]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def whole(folder: Path) -> str:
    """The name of the current snapshot, every file of which is what it was published as."""
    current = (folder / CURRENT).resolve(strict=True)
    sums = (current / "SHA256SUMS").read_text().splitlines()
    assert len(sums) == 12
    for line in sums:
        assert hashlib.sha256((current / line[66:]).read_bytes()).hexdigest() == line[:64], line
    assert is_snapshot(current / "archive.db")
    return current.name


def finish(folder: Path, before: str) -> None:
    """The next run publishes, and clears away what the killed one left."""
    result = publish(folder.parent / "a.db", folder)
    assert whole(folder) == result.name != before
    assert result.facts.questions == 8
    assert {path.name for path in folder.iterdir()} == {before, result.name, CURRENT, LOCK}


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(folder: Path, point: str) -> None:
    before = whole(folder)
    process = run(folder, point)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert whole(folder) == before
    finish(folder, before)


def test_killed_at_random(folder: Path) -> None:
    before = whole(folder)
    chance = random.Random(4)
    for _ in range(8):
        process = run(folder, "never")
        time.sleep(chance.uniform(0, 0.25))
        process.kill()
        process.communicate(timeout=60)
        if whole(folder) != before:
            return  # it was done already
    finish(folder, before)


@pytest.mark.parametrize("size", [4_096, 100_000, 250_000])
def test_a_full_disk(folder: Path, size: int) -> None:
    """No file may grow beyond ``size`` bytes: for a program it is as if the disk were full."""
    before = whole(folder)
    process = run(folder, str(size))
    _, message = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "full" in message
    assert whole(folder) == before
    assert {path.name for path in folder.iterdir()} == {before, CURRENT, LOCK}
    finish(folder, before)
