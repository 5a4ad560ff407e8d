"""From a WARC file to records in archive.db on one core, beside the usual tools."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

from bench.exchanges import START, exchanges
from bench.measure import Result, Run, interleaved, medians, run
from pipelines.capture.crawl_records import warcinfo
from pipelines.db.connection import open_archive
from pipelines.db.models import Crawl
from pipelines.warc.writer import WarcWriter

ROOT = Path(__file__).parents[1]
_RUN = Crawl("33333333-3333-4333-8333-333333333333", "netwellness", {}, START)


def imports(folder: Path, pages: int, rounds: int) -> dict[str, Result]:
    """Measure, on a WARC file of so many exchanges with pages of about 30 KB.

    Ours is the whole process ``scrapy ingest FILE`` into an archive that is empty: a copy of
    the file, checks of all digests, records with their evidence, indices, full-text search.
    The peer is :mod:`bench.peer_import`. Both count in CPU seconds, start-up included: that
    is what a core has.
    """
    warc = make_warc(folder / "imports", pages)
    measures = partial(_ours, warc), partial(_peer, warc)
    ours, peer = (medians(series) for series in interleaved(rounds, *measures))
    result = Result(
        ours["speed"],
        peer["speed"],
        "questions a CPU second, whole process",
        "warcio + BeautifulSoup(html.parser) + sqlite-utils, the same records",
        {
            "questions": [ours["pages"], peer["pages"]],
            "megabytes": round(warc.stat().st_size / 1e6, 1),
            "wall_seconds": [round(ours["wall"], 2), round(peer["wall"], 2)],
        },
        less_is_better=False,
    )
    return {"import": result}


def make_warc(folder: Path, pages: int) -> Path:
    """A WARC file of so many exchanges with pages of about 30 KB."""
    with WarcWriter(folder, "bench", warcinfo(_RUN)) as writer:
        for exchange in exchanges(pages):
            writer.write_exchange(exchange)
    (warc,) = writer.finished_files
    return warc


def _ours(warc: Path) -> dict[str, float]:
    archive, copies = warc.with_name("ours.db"), warc.with_name("warcs")
    _remove(archive, *copies.glob("*"))
    settings = ["--json", "-s", f"ARCHIVE_DB={archive}", "-s", f"WARC_DIR={copies}"]
    # Pages at question addresses that hold no question are named with exit status 1.
    command: list[str | Path] = [sys.executable, "-m", "scrapy", "ingest", warc, *settings]
    done = run(command, ROOT, ok=(0, 1))
    db = open_archive(archive, readonly=True)
    pages = db["questions"].count
    db.close()
    if json.loads(done.output)["files"][0]["damaged"]:
        raise RuntimeError(f"{warc} was written damaged")
    return _figures(done, pages)


def _peer(warc: Path) -> dict[str, float]:
    archive = warc.with_name("peer.db")
    _remove(archive)
    done = run([sys.executable, "-m", "bench.peer_import", warc, archive], ROOT)
    return _figures(done, int(done.output))


def _remove(*files: Path) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _figures(done: Run, pages: int) -> dict[str, float]:
    return {"pages": pages, "speed": pages / done.cpu, "wall": done.wall}
