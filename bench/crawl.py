"""The whole crawl, everything on, beside a spider that keeps nothing and beside wget."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from bench.measure import Result, interleaved, medians, run
from sample import Site, serving

ROOT = Path(__file__).parents[1]
SCRAPY = (sys.executable, "-m", "scrapy")


def site(pages: int) -> Site:
    """The site that is crawled: portal pages of about 30 KB with about 80 links.

    What makes a crawler wait (a slow page, retries of a cut one) or run for ever (the
    trap) is left out: it would measure the waiting. The big page stays out as well, since
    minutes of parsing 5 MB would drown the rest for the peer.
    """
    return Site(pages=pages, kb=30, slow=0.0, big=0.0, traps=False)


def crawl(pages: int, rounds: int, keep: Path | None = None) -> dict[str, Result]:
    """Measure; the peers take turns on the same running server.

    :param keep: a folder that the last crawl's WARC files are copied to, for other benchmarks
    """
    with serving(site(pages), "--prerender") as base, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measures: list[Callable[[], dict[str, float]]] = [
            partial(_ours, base, folder / "ours"),
            partial(_minimal_spider, base),
        ]
        if shutil.which("wget"):
            measures.append(partial(_wget, base, folder / "wget"))
        ours, *peers = (medians(series) for series in interleaved(rounds, *measures))
        if keep is not None:
            shutil.copytree(folder / "ours" / "warcs", keep, dirs_exist_ok=True)
    results = {
        "crawl": _result(ours, peers[0], "a minimal Scrapy spider (LinkExtractor, no storage)")
    }
    if len(peers) > 1:
        results["crawl_wget"] = _result(ours, peers[1], "wget -r --warc-file")
    return results


def _result(ours: dict[str, float], peer: dict[str, float], peer_is: str) -> Result:
    more = {
        "pages": [ours["pages"], peer["pages"]],
        "wall_seconds": [round(ours["wall"], 2), round(peer["wall"], 2)],
        "cpu_seconds": [round(ours["cpu"], 2), round(peer["cpu"], 2)],
    }
    rate, peer_rate = ours["pages"] / ours["wall"], peer["pages"] / peer["wall"]
    return Result(rate, peer_rate, "pages/s", peer_is, more, less_is_better=False)


def crawl_words(base: str, folder: Path) -> list[str]:
    """What follows ``scrapy``, for a crawl into a folder of its own."""
    places = {"ARCHIVE_DB": "archive.db", "WARC_DIR": "warcs", "STATE_DIR": "state"}
    settings = [word for key, file in places.items() for word in ("-s", f"{key}={folder / file}")]
    return ["crawl", "netwellness", "-a", f"base={base}", "--json", *settings]


def _ours(base: str, folder: Path) -> dict[str, float]:
    """Every exchange as WARC, parsed, into SQLite with full-text index; start-up counted."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done = run([*SCRAPY, *crawl_words(base, folder)], ROOT)
    return {"pages": json.loads(done.output)["captures"], "wall": done.wall, "cpu": done.cpu}


def _minimal_spider(base: str) -> dict[str, float]:
    done = run([sys.executable, Path(__file__).with_name("peer_spider.py"), base])
    return {"pages": json.loads(done.output)["pages"], "wall": done.wall, "cpu": done.cpu}


def _wget(base: str, folder: Path) -> dict[str, float]:
    """Recursive, all levels, with its WARC; the pages themselves are deleted as they come."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    words = ["wget", "-q", "-r", "-l", "inf", "-nd", "--delete-after", "--warc-file=site"]
    # 8: a page of the site answers 404, as sites do
    done = run([*words, "-e", "robots=on", "--tries=2", base], folder, ok=(0, 8, 4))
    with (folder / "site.warc.gz").open("rb") as file:
        pages = sum(record.rec_type == "response" for record in ArchiveIterator(file))
    return {"pages": pages, "wall": done.wall, "cpu": done.cpu}
