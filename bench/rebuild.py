"""From WARC to records in archive.db, beside the usual tools doing the reading alone."""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from bench.measure import Result, interleaved, medians, run
from bench.parse import read_whole_page
from bench.peer_import import capture_of

ROOT = Path(__file__).parents[1]


def rebuild(warcs: Path, folder: Path, rounds: int) -> dict[str, Result]:
    """Measure, on the WARC files of a crawl.

    Ours is the whole process ``scrapy rebuild``: start-up, parsing, rows, indices,
    full-text index and checks. The peer reads and parses the same captures and keeps
    nothing.
    """
    measures = (partial(_ours, warcs, folder / "rebuilt.db"), partial(_peer, warcs))
    ours, peer = (medians(series) for series in interleaved(rounds, *measures))
    result = Result(
        ours["pages"] / ours["wall"],
        peer["pages"] / peer["wall"],
        "pages/s",
        "warcio + BeautifulSoup(html.parser), records not stored",
        {"pages": [ours["pages"], peer["pages"]]},
        less_is_better=False,
    )
    return {"rebuild": result}


def _ours(warcs: Path, archive: Path) -> dict[str, float]:
    settings = ["-s", f"ARCHIVE_DB={archive}", "-s", f"WARC_DIR={warcs}"]
    done = run([sys.executable, "-m", "scrapy", "rebuild", "--full", "--json", *settings], ROOT)
    return {"pages": json.loads(done.output)["pages"], "wall": done.wall}


def _peer(warcs: Path) -> dict[str, float]:
    started = time.perf_counter()
    pages = 0
    for path in sorted(warcs.iterdir()):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type != "response":
                    continue
                capture = capture_of(record)
                pages += bool(read_whole_page(capture).pages)
    return {"pages": pages, "wall": time.perf_counter() - started}
