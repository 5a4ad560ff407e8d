"""What each part of a crawl's durability costs: the whole crawl, with that part left out."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path

from bench.crawl import ROOT, crawl_words, site
from bench.measure import Result, interleaved, medians, run
from bench.without import PARTS
from sample import serving


def durability(folder: Path, pages: int, rounds: int) -> dict[str, Result]:
    """Measure the crawl with each part left out, taking turns on one running server.

    A ratio below 1 is what the part costs: 0.97 means 3 % of the time.
    """
    with serving(site(pages), "--prerender") as base:
        measures = [partial(_crawl, base, folder / "crawl", part) for part in PARTS]
        series = interleaved(rounds, *measures)
    figures = {part: medians(values) for part, values in zip(PARTS, series, strict=True)}
    ours = figures.pop("nothing")
    return {
        f"without_{part.replace(' ', '_')}": Result(
            ours["wall"],
            without["wall"],
            "s",
            f"the same crawl without {part}",
            {"cpu_seconds": [round(ours["cpu"], 2), round(without["cpu"], 2)]},
        )
        for part, without in figures.items()
    }


def _crawl(base: str, folder: Path, part: str) -> dict[str, float]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "bench.without", part, "scrapy"]
    done = run([*command, *crawl_words(base, folder)], ROOT)
    return {"wall": done.wall, "cpu": done.cpu}
