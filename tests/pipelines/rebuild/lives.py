"""Runs commands whose processes are killed, and looks at what they have made."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from pipelines.capture.warc_extract import FileStats
from pipelines.db.connection import open_archive
from pipelines.db.content_digest import content_digest
from pipelines.rebuild.load import load, shards_of
from pipelines.rebuild.rebuild import build
from pipelines.store.store import Store
from tests.conftest import ROOT, run_scrapy, settings_for

PATIENCE = 120.0
"""Seconds after which something hangs, also on a busy machine."""


class Sample(NamedTuple):
    """WARC files, and the content digest of the archive that one process makes of them."""

    folder: Path
    digest: str


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


class Running:
    """A command that runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def kill(self) -> None:
        """End it as the kernel does when memory is short."""
        self.process.kill()
        self.process.wait()

    def wait(self, timeout: float = PATIENCE) -> Ended:
        """Its end."""
        out, err = self.process.communicate(timeout=timeout)
        return Ended(self.process.returncode, out, err)

    def workers(self) -> list[int]:
        """The processes that read for it."""
        return [pid for pid in _children(self.process.pid) if b"spawn_main" in _command(pid)]

    def kill_a_worker(self, dice: random.Random) -> bool:
        """Kill one of them; False if there is none (any more)."""
        workers = self.workers()
        if not workers:
            return False
        with suppress(ProcessLookupError):
            os.kill(dice.choice(workers), signal.SIGKILL)
        return True


@contextmanager
def running(*words: str) -> Iterator[Running]:
    """Run a Scrapy command of the project; at the end it is gone."""
    with subprocess.Popen(
        [sys.executable, "-m", "scrapy", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def run(*words: str) -> Ended:
    """The same, to its end."""
    done = run_scrapy(*words, timeout=PATIENCE)
    return Ended(done.returncode, done.stdout, done.stderr)


def wait_until(true: Callable[[], bool], timeout: float = PATIENCE) -> bool:
    """Look again and again; False if it is not so by then."""
    deadline = time.monotonic() + timeout
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def is_alive(pid: int) -> bool:
    """Whether a process is there, and is no mere entry that nobody has asked for."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def receipts(out: Path) -> set[str]:
    """The shards that have been committed."""
    with suppress(FileNotFoundError):
        return {one.name for one in (out / "receipts").iterdir() if one.name[0] != "."}
    return set()


def digest_of_loaded(place: Path | str, archive: Path) -> str:
    """Load shards into an archive in a folder; its content digest."""
    shards, names = shards_of(str(place))

    def fill(store: Store) -> list[FileStats]:
        load(store, shards, names, lambda done: None)
        return []

    return build(archive / "archive.db", fill).digest


def digest_of_loaded_by_command(place: Path | str, archive: Path) -> str:
    """The same as a person would."""
    done = run("load", str(place), "--json", *settings_for(archive))
    assert done.status == 0, done
    digest: str = json.loads(done.stdout)["content_digest"]
    assert digest == digest_of(archive / "archive.db")
    return digest


def digest_of(path: Path) -> str:
    """The content digest of an archive, which must be sound."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    db = open_archive(path, readonly=True)
    with closing(db):
        return content_digest(db)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, tasks.read_text().split())
    return found


def _command(pid: int) -> bytes:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
