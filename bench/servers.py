"""Servers to measure: this project's and a plain Datasette, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx

ROOT = Path(__file__).parents[1]
# Datasette finds a table's full-text table only where its SQL has content="..." with such
# quotation marks; without being told, it would leave _search out and every row be a result.
FULL_TEXT = "_fts_table=questions_fts&_fts_pk=id"


@contextmanager
def ours(archive: Path) -> Iterator[httpx.Client]:
    """``scrapy serve`` on the archive."""
    command = ["-m", "scrapy", "serve", "--port", "0", "-s", f"ARCHIVE_DB={archive}"]
    with _serving(command) as client:
        yield client


@contextmanager
def plain_datasette(archive: Path) -> Iterator[httpx.Client]:
    """Datasette with default settings and nothing of ours on the archive."""
    with _serving(["-m", "datasette", "serve", str(archive), "--port", "0"]) as client:
        yield client


@contextmanager
def _serving(arguments: Sequence[str]) -> Iterator[httpx.Client]:
    """A server, and a client that keeps its connection.

    :raises RuntimeError: the server ended before it listened
    """
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            address = _address(process)
            # What is not read would fill the pipe, and a server that logs would wait for ever.
            reader = Thread(target=_read_out, args=(process,), daemon=True)
            reader.start()
            with httpx.Client(base_url=address, timeout=120) as client:
                client.get("/")  # what a server prepares for its first answer is not measured
                yield client
            process.terminate()
            reader.join()
        finally:
            process.terminate()


def _read_out(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for _ in process.stdout:
        pass


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        if "http://" in line:
            return "http://" + line.partition("http://")[2].split()[0].strip("/")
        lines.append(line)
    raise RuntimeError(f"the server ended with {process.wait()}: {''.join(lines[-5:])}")
