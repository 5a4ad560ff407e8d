"""``python -m tests.crash``: the long crash test, with what it did in figures."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from sample import Site, serving
from tests.crash.harness import (
    IN_FLIGHT,
    Arena,
    answers,
    check,
    finish,
    kill_at_points,
    kill_at_random,
)
from tests.crash.victim import POINTS

PACE = 'DOWNLOAD_SLOTS={"127.0.0.1": {"delay": 0.004, "jitter": 0, "throttle": false}}'
"""Slow enough for the first run to last through some dozens of deaths."""


def main() -> int:
    """Kill a crawl again and again, then check what it leaves."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--pages", type=int, default=1000, help="of the sample site")
    parser.add_argument("--kills", type=int, default=100, help="at random instants")
    parser.add_argument("--seed", type=int, default=0, help="of the instants; 0 for a new one")
    given = parser.parse_args()
    seed = given.seed or random.randrange(1, 1_000_000)
    site = Site(pages=given.pages, slow=0.1, big=0.5)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="housecall-crash-") as name:
        folder = Path(name)
        with serving(site, "--log", str(folder / "log")) as base:
            settings = ("-s", "WARC_MAX_BYTES=300000", "-s", "COMMIT_EVERY=20", "-s", PACE)
            arena = Arena(folder, base, site, folder / "log", settings)
            points = kill_at_points(arena, POINTS)
            lives = kill_at_random(arena, given.kills, random.Random(seed), longest=2.5)
            finish(arena)
            checked = check(arena)
            lost = answers(arena) - checked.captures
    kills = points.killed.total() + lives.killed.total()
    print(f"kills        {points.killed.total()} at named points, {lives.killed.total()} at random")
    print(f"             (seed {seed}; {lives.unscathed} lives ended before they were killed)")
    print(f"questions    {checked.questions} of {given.pages}, in {checked.runs} runs, none twice")
    print(f"captures     {checked.captures}, each with its row and its evidence; verify is clean")
    print(f"lost         {lost} answers were on the wire at a kill, and asked for again")
    print(f"             ({lost / kills:.1f} a kill; {IN_FLIGHT} can be under way)")
    print(f"seconds      {time.monotonic() - started:.0f}")
    return 0 if checked.questions == given.pages and lost <= kills * IN_FLIGHT else 1


if __name__ == "__main__":
    sys.exit(main())
