"""A Dask cluster of this machine, of which parts are killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.pipelines.rebuild.lives import (
    Running,
    Sample,
    digest_of_loaded,
    receipts,
    run,
    running,
    wait_until,
)

pytest.importorskip("distributed", reason='the extra "cluster" is not installed')
pytestmark = pytest.mark.slow


class Nodes:
    """A scheduler and its workers, each a process."""

    def __init__(self, folder: Path, stack: ExitStack, workers: int) -> None:
        self._folder = folder
        self._stack = stack
        file = folder / "scheduler.json"
        # Both end by themselves, should nobody be there any more to end them.
        self.scheduler = self._start(
            "scheduler", "--port", "0", "--scheduler-file", str(file), "--idle-timeout", "300"
        )
        assert wait_until(lambda: file.exists() and bool(file.read_text())), self.said()
        self.address: str = json.loads(file.read_text())["address"]
        self.workers = [
            self._start(
                "worker", self.address, "--nthreads", "1", "--nworkers", "1", "--no-nanny",
                "--death-timeout", "60", "--local-directory", str(folder),
            )
            for _ in range(workers)
        ]  # fmt: skip

    def said(self) -> str:
        """What they have said."""
        return "".join(path.read_text() for path in self._folder.glob("*.log"))

    def _start(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        log = self._folder / f"{what}.log"
        with log.open("ab") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{what}", *words,
                 "--host", "127.0.0.1", "--no-dashboard"],
                cwd=ROOT,
                stdout=said,
                stderr=said,
            )  # fmt: skip
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Nodes]:
    folder.mkdir()
    with ExitStack() as stack:
        yield Nodes(folder, stack, workers)


def extract_words(warcs: Sample, out: Path, address: str) -> list[str]:
    return ["extract", str(warcs.folder), "--out", str(out), "--cluster", address, "--json"]


def reach(command: Running, out: Path, shards: int) -> None:
    """Wait until so many shards have been committed, and not all."""
    assert wait_until(lambda: len(receipts(out)) >= shards or command.process.poll() is not None)
    assert command.process.poll() is None, command.wait()


def assert_no_traceback(said: str) -> None:
    assert "Traceback" not in said, said


def test_a_worker_is_killed(warcs: Sample, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with cluster(tmp_path / "nodes") as nodes:
        with running(*extract_words(warcs, out, nodes.address)) as command:
            reach(command, out, 3)
            os.kill(nodes.workers[0].pid, signal.SIGKILL)
            ended = command.wait()
        assert ended.status == 0, (ended, nodes.said())
        assert_no_traceback(ended.stderr)
        shards = json.loads(ended.stdout)["shards"]
        assert len(set(shards)) == len(shards) == len(list(warcs.folder.iterdir()))
        # What is done is not done again.
        again = run(*extract_words(warcs, out, nodes.address))
        assert json.loads(again.stdout)["shards"] == shards
    assert digest_of_loaded(out, tmp_path) == warcs.digest


def test_the_scheduler_is_killed(warcs: Sample, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with cluster(tmp_path / "nodes") as nodes:
        with running(*extract_words(warcs, out, nodes.address)) as command:
            reach(command, out, 3)
            nodes.scheduler.kill()
            ended = command.wait(60)
        assert ended.status == 1, ended
        assert "the same command goes on" in ended.stderr
        assert_no_traceback(ended.stderr)
        assert len(ended.stderr.splitlines()) <= 3, ended.stderr
    done = len(receipts(out))
    with cluster(tmp_path / "more") as nodes:
        ended = run(*extract_words(warcs, out, nodes.address))
    assert ended.status == 0, ended
    assert done < len(receipts(out))
    assert digest_of_loaded(out, tmp_path) == warcs.digest


def test_a_cluster_that_is_started_here(warcs: Sample, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = run(*extract_words(warcs, out, "local"), "--workers", "2")
    assert ended.status == 0, ended
    assert_no_traceback(ended.stderr)
    assert digest_of_loaded(out, tmp_path) == warcs.digest


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


# (The first waits ten seconds for an answer.)
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "no such thing"])
def test_nobody_listens(address: str, warcs: Sample, tmp_path: Path) -> None:
    address = address.format(port=free_port())
    ended = run(*extract_words(warcs, tmp_path / "out", address))
    assert ended.status == 1
    assert address in ended.stderr
    assert_one_line(ended.stderr)


def assert_one_line(said: str) -> None:
    lines: Sequence[str] = said.splitlines()
    assert len(lines) == 1, said
    assert lines[0].startswith("extract: ")
