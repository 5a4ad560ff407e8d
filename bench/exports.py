"""Exports of a whole archive, beside plain Datasette's own CSV stream of the same file.

Usage: python -m bench.exports [--questions N] [--archive FILE] (writes bench/results.json)
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pyarrow.parquet

from bench.archive import make_archive
from bench.measure import Result
from bench.results import write

ROOT = Path(__file__).parents[1]
NAME = "export"
FORMATS = ("csv", "jsonl", "parquet")


@dataclass(frozen=True, slots=True)
class Download:
    """One download: seconds (by the clock, and of the server's processor), bytes, rows, and MB
    of memory that the server grew by.
    """

    seconds: float
    processor: float
    size: int
    rows: int
    grown: float


def exports(folder: Path, questions: int, archive: Path | None = None) -> dict[str, Result]:
    """Download every question in each format, each from a server that was just started.

    :param archive: one that is there already; otherwise one is made
    """
    if archive is None:
        archive = folder / f"questions-{questions}.db"
        make_archive(archive, questions)
    # In turn, so that a change in the machine's speed falls on both.
    return {
        f"{NAME}_{name}": _compared(
            _download(name, archive, folder), _download("peer", archive, folder)
        )
        for name in FORMATS
    }


def _compared(ours: Download, peer: Download) -> Result:
    if ours.rows != peer.rows:
        raise RuntimeError(f"{ours.rows} rows were exported, the table has {peer.rows}")
    return Result(
        ours.seconds / ours.rows * 1000,
        peer.seconds / peer.rows * 1000,
        "ms for a question",
        "plain Datasette 0.65.5, questions.csv?_stream=1: no responders, topics, links, capture",
        {
            "rows": [ours.rows, peer.rows],
            "processor_seconds": [round(ours.processor, 2), round(peer.processor, 2)],
            "seconds": [round(ours.seconds, 2), round(peer.seconds, 2)],
            "megabytes": [round(ours.size / 1e6, 1), round(peer.size / 1e6, 1)],
            "memory_above_idle_mb": [round(ours.grown, 1), round(peer.grown, 1)],
        },
    )


def _download(name: str, archive: Path, folder: Path) -> Download:
    target = folder / f"out.{name}"
    path = f"/export/questions.{name}"
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "serve",
        "--port",
        "0",
        "-s",
        f"ARCHIVE_DB={archive}",
    ]
    if name == "peer":
        path = f"/{archive.stem}/questions.csv?_stream=1&_size=max"
        command = [sys.executable, "-m", "datasette", "serve", str(archive), "--port", "0",
                   "--setting", "max_csv_mb", "0"]  # fmt: skip
    with _serving(command) as (process, address):
        _fetch(address + "/", folder / "first")
        idle = _megabytes(process, "VmRSS")
        before, started = _processor(process), time.perf_counter()
        _fetch(address + path, target)
        seconds, processor = time.perf_counter() - started, _processor(process) - before
        grown = max(0.0, _megabytes(process, "VmHWM") - idle)
    return Download(seconds, processor, target.stat().st_size, _rows(target, name), grown)


def _fetch(address: str, target: Path) -> None:
    with urlopen(Request(address)) as answer, target.open("wb") as file:
        while piece := answer.read(1 << 20):
            file.write(piece)


def _rows(path: Path, name: str) -> int:
    """Counted in the file, by another reader than the writer where there is one."""
    if name == "parquet":
        return int(pyarrow.parquet.ParquetFile(path).metadata.num_rows)
    if name == "jsonl":
        with path.open("rb") as file:
            return sum(1 for _ in file)
    with path.open(encoding="utf-8", newline="") as text:
        return sum(1 for _ in csv.reader(text)) - 1


def _megabytes(process: subprocess.Popen[str], which: str) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(f"{which}:"))
    return int(line.split()[1]) / 1024


def _processor(process: subprocess.Popen[str]) -> float:
    # User and system time, in ticks (proc(5), fields 14 and 15).
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _serving(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "http://" in line:
                    yield process, "http://" + line.partition("http://")[2].split()[0].strip("/")
                    return
            raise RuntimeError(f"the server ended with {process.wait()}")
        finally:
            process.kill()


def main() -> int:
    """Measure, print, and keep the figures in bench/results.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.exports", description=__doc__)
    parser.add_argument("--questions", type=int, default=60_000, help="of the archive (60000)")
    parser.add_argument("--archive", type=Path, help="one that is there, instead of making one")
    options = parser.parse_args()
    work = ROOT / "bench" / "work"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as name:
        results = exports(Path(name), options.questions, options.archive)
    for label, result in results.items():
        print(label, result.as_json(), flush=True)
    write(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
