"""What one core reads and loads, and how much room it takes: docs/cluster.md calculates with it.

Run as ``python -m bench.rates``. It stays on one core of the machine, and counts CPU seconds,
so that others who use that core do not count. Start-up is taken out: each command is run on
few pages too, and the difference is divided by the difference in pages.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.imports import ROOT, make_warc
from bench.measure import Run, run
from pipelines.rebuild.engines import Cluster, Engine, Processes
from pipelines.rebuild.extract import extract_spans, inputs_of

_FEW = 20
_SCRAPY = (sys.executable, "-m", "scrapy")


def main() -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m bench.rates", description=__doc__)
    parser.add_argument("--pages", type=int, default=3000, help="question pages (3000)")
    pages: int = parser.parse_args().pages
    if pages <= _FEW:
        parser.error(f"--pages must be more than {_FEW}")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as name:
        print("\n".join(rates(Path(name), pages)))


def rates(folder: Path, pages: int) -> Iterator[str]:
    """The figures, as lines."""
    few, many = make_warc(folder / "few", _FEW), make_warc(folder / "many", pages)
    yield f"pages        {pages:10d}   of about 30 KB"
    yield f"WARC (gz)    {_size(many) / pages:10.0f}   bytes a page"
    yield _rate("extract", few, many, pages, _extract)
    yield f"shards       {_size(_shards(many)) / pages:10.0f}   bytes a page"
    yield _rate("load", few, many, pages, _load)
    yield f"archive.db   {_size(_archive(many)) / pages:10.0f}   bytes a page"
    engines: dict[str, Callable[[], Engine]] = {
        "process": lambda: Processes(1),
        "dask worker": lambda: Cluster(None, 1),
    }
    for name, engine in engines.items():
        yield f"{name:12} {_peak(many, engine) / 1e6:10.0f}   MB at most, of one that reads"


def _shards(warc: Path) -> Path:
    return warc.with_name("shards")


def _archive(warc: Path) -> Path:
    return warc.with_name("archive.db")


def _extract(warc: Path) -> Run:
    command = (*_SCRAPY, "extract", warc, "--out", _shards(warc), "--workers", "1", "--json")
    return run(command, ROOT)


def _load(warc: Path) -> Run:
    places = {"ARCHIVE_DB": "archive.db", "WARC_DIR": "warcs", "STATE_DIR": "state"}
    settings = [
        word for name, file in places.items() for word in ("-s", f"{name}={warc.with_name(file)}")
    ]
    return run((*_SCRAPY, "load", _shards(warc), "--json", *settings), ROOT)


def _rate(name: str, few: Path, many: Path, pages: int, command: Callable[[Path], Run]) -> str:
    small, large = command(few), command(many)
    more = pages - _FEW
    cpu, wall = more / (large.cpu - small.cpu), more / (large.wall - small.wall)
    return (
        f"{name:12} {cpu:10.0f}   pages a CPU second ({wall:.0f} a second by the clock; "
        f"{small.wall:.1f} s of start-up taken out)"
    )


def _size(place: Path) -> int:
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.is_file())


def _peak(warc: Path, begin: Callable[[], Engine]) -> int:
    """The most memory, in bytes, that any process had which reads a file as one task."""
    with tempfile.TemporaryDirectory() as out, _watched() as peaks:
        engine = begin()
        try:
            for _ in extract_spans(inputs_of([str(warc)]), out, engine):
                pass
        finally:
            engine.close()
    return max(peaks.values())


@contextmanager
def _watched() -> Iterator[dict[int, int]]:
    """Watch this process's children, and theirs: the most memory that each had, in bytes."""
    peaks: dict[int, int] = {}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            for pid in _below(os.getpid()):
                peaks[pid] = max(peaks.get(pid, 0), _high_water(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        ended.set()
        thread.join()


def _below(pid: int) -> Iterator[int]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            pids = [int(word) for word in children.read_text().split()]
        except OSError:  # it has ended
            continue
        for child in pids:
            yield child
            yield from _below(child)


def _high_water(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
