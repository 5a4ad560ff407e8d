"""Checking an archive to the last byte, beside ``warcio check`` on the same files."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

from bench.exchanges import START, exchanges
from bench.measure import Result, Run, interleaved, medians, run
from pipelines.capture.collect import collect_exchange
from pipelines.capture.crawl_records import warcinfo
from pipelines.db.models import Crawl, CrawlEnd
from pipelines.store.store import Store, close_crawl
from pipelines.warc.writer import WarcWriter

ROOT = Path(__file__).parents[1]
_RUN = Crawl("22222222-2222-4222-8222-222222222222", "netwellness", {}, START)


#: Checks in a process that has started already: prints the CPU seconds of all checks, and
#: of those of the WARC files alone.
_INSIDE = """
import sys, time
from pipelines.verify.verify import verify_archive, verify_files
for check in (lambda: verify_archive(*sys.argv[1:], workers=1),
              lambda: verify_files([sys.argv[1]], workers=1)):
    before = time.process_time()
    assert check().sound
    print(time.process_time() - before)
"""


def verify(folder: Path, pages: int, rounds: int) -> dict[str, Result]:
    """Measure, on the WARC files and rows of so many exchanges with pages of about 30 KB.

    Ours is the whole process ``scrapy verify`` with one worker: start-up, all checks of the
    records, the archive's own checks, and each row against its record. The peer checks the
    block and payload digests that it knows of (one file a process, one process). Both are
    measured in CPU seconds, since that is what a core has: other work on the machine does
    not count. ``inside`` leaves our start-up out: with rows, and the WARC files alone.
    """
    made = folder / "verify"
    uncompressed = _make(made, pages)
    measures = (partial(_ours, made, uncompressed), partial(_peer, made, uncompressed))
    ours, peer = (medians(series) for series in interleaved(rounds, *measures))
    result = Result(
        ours["speed"],
        peer["speed"],
        "MB of uncompressed records a CPU second, whole process",
        "warcio check (digests only, no rows)",
        {
            "inside": round(ours["inside"]),
            "inside_files_only": round(ours["files"]),
            "megabytes": round(uncompressed / 1e6),
            "wall_seconds": [round(ours["wall"], 2), round(peer["wall"], 2)],
        },
        less_is_better=False,
    )
    return {"verify": result}


def _make(folder: Path, pages: int) -> int:
    """An archive of captures without questions; the bytes of its records, uncompressed."""
    folder.mkdir(exist_ok=True)
    store = Store.open(folder / "archive.db")
    store.pending.add_crawl(_RUN)
    with WarcWriter(folder / "warcs", "bench", warcinfo(_RUN)) as writer:
        for number, exchange in enumerate(exchanges(pages)):
            collect_exchange(store.pending, exchange, writer.write_exchange(exchange), _RUN)
            if number % 500 == 499:
                store.commit()
        close_crawl(store, writer, _RUN.uid, CrawlEnd(START + timedelta(days=1), "finished"))
    store.close()
    done = run([sys.executable, "-m", "scrapy", "verify", "--json", *_settings(folder)], ROOT)
    return int(json.loads(done.output)["uncompressed_bytes"])


def _settings(folder: Path) -> list[str]:
    named = {"ARCHIVE_DB": "archive.db", "WARC_DIR": "warcs"}
    return [word for name, file in named.items() for word in ("-s", f"{name}={folder / file}")]


def _ours(folder: Path, uncompressed: int) -> dict[str, float]:
    words = ["verify", "--json", "--workers", "1", *_settings(folder)]
    done = run([sys.executable, "-m", "scrapy", *words], ROOT)
    inside = run([sys.executable, "-c", _INSIDE, folder / "warcs", folder / "archive.db"], ROOT)
    with_rows, files = (uncompressed / float(seconds) / 1e6 for seconds in inside.output.split())
    return {**_figures(done, uncompressed), "inside": with_rows, "files": files}


def _peer(folder: Path, uncompressed: int) -> dict[str, float]:
    files = sorted((folder / "warcs").iterdir())
    command: list[str | Path] = [Path(sys.executable).with_name("warcio"), "check", *files]
    return _figures(run(command, ok=(0, 1)), uncompressed)


def _figures(done: Run, uncompressed: int) -> dict[str, float]:
    return {"speed": uncompressed / done.cpu / 1e6, "wall": done.wall}
