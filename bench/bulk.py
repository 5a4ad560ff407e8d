"""Reading captures in bulk: one process, all cores, a Dask cluster; and the usual tools."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from bench.exchanges import START, exchanges
from bench.measure import Result, interleaved, medians, run
from bench.parse import read_whole_page
from bench.peer_import import captures
from pipelines.capture.crawl_records import warcinfo
from pipelines.db.models import Crawl
from pipelines.warc.writer import WarcWriter

ROOT = Path(__file__).parents[1]
_RUN = Crawl("44444444-4444-4444-8444-444444444444", "netwellness", {}, START)
WORKERS = 2
#: Captures that the usual tools read: their rate does not depend on how many follow.
_PEER = 2_000


def bulk(work: Path, pages: int, rounds: int) -> dict[str, Result]:
    """Measure pages read a second (wall), on WARC files of so many pages of about 30 KB.

    Ours are whole processes ``scrapy extract``, start-up included. The peer is warcio and
    BeautifulSoup(html.parser) in one process, start-up left out, and keeps nothing.
    """
    warcs = make(work, pages)
    ways = {
        "one": ["--workers", "1"],
        "cores": ["--workers", str(WORKERS)],
        "dask": ["--workers", str(WORKERS), "--cluster", "local"],
    }
    measures = [partial(_ours, warcs, work / f"shards-{name}", ways[name]) for name in ways]
    series = interleaved(rounds, *measures, partial(_peer, warcs))
    single, cores, dask, peer = (medians(figures) for figures in series)
    more = {"pages": pages, "megabytes": round(_size(warcs) / 1e6)}
    memory = {"peak_mb_a_worker": round(cores["peak_mb"]), "dask_mb": round(dask["peak_mb"])}
    size = f"{pages // 1000}k"
    names = "warcio + BeautifulSoup(html.parser), one process, nothing kept"
    return {
        f"bulk_{size}_one": _result(single, peer, names, {**more, **memory}),
        f"bulk_{size}_cores": _result(cores, single, "one process", {"workers": WORKERS}),
        f"bulk_{size}_dask": _result(dask, cores, f"{WORKERS} processes", {"workers": WORKERS}),
    }


def _result(
    ours: dict[str, float], peer: dict[str, float], peer_is: str, more: dict[str, object]
) -> Result:
    speeds = ours["speed"], peer["speed"]
    return Result(*speeds, "pages/s", peer_is, dict(more), less_is_better=False)


def make(work: Path, pages: int) -> Path:
    """A folder of WARC files with so many pages; made once, and kept."""
    folder = work / f"warcs-{pages}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        with WarcWriter(folder, "bench", warcinfo(_RUN), max_bytes=200 << 20) as writer:
            for exchange in exchanges(pages):
                writer.write_exchange(exchange)
        (folder / "done").touch()
    return folder


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.warc.gz"))


def _ours(warcs: Path, out: Path, how: list[str]) -> dict[str, float]:
    shutil.rmtree(out, ignore_errors=True)
    command: list[str | Path] = [sys.executable, "-m", "scrapy", "extract", warcs, "--json", *how]
    command += ["--out", out]
    with _watching() as peak:
        done = run(command, ROOT)
    pages = sum(file["pages"] for file in json.loads(done.output)["files"])
    return {"speed": pages / done.wall, "peak_mb": peak[0] / 1e6}


def _peer(warcs: Path) -> dict[str, float]:
    recorded = (capture for path in sorted(warcs.glob("*.warc.gz")) for capture in captures(path))
    sample = list(islice(recorded, _PEER))
    started = time.perf_counter()
    pages = sum(bool(read_whole_page(capture).pages) for capture in sample)
    return {"speed": pages / (time.perf_counter() - started)}


@contextmanager
def _watching() -> Iterator[list[int]]:
    """The most memory (bytes, resident) that any grandchild of this process has had."""
    peak, stop = [0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.2):
            for child in _children(os.getpid()):
                for worker in _children(child):
                    peak[0] = max(peak[0], _most_memory(worker))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _children(pid: int) -> list[int]:
    try:
        return [
            int(word)
            for path in Path(f"/proc/{pid}/task").iterdir()
            for word in (path / "children").read_text().split()
        ]
    except OSError:
        return []


def _most_memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)
