"""``make bench``: prints a table, writes bench/results.json.

Usage: python -m bench [NAME...] [--pages N] [--questions N] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.bulk import bulk
from bench.crawl import crawl
from bench.durability import durability
from bench.exports import exports
from bench.imports import imports
from bench.load import load
from bench.measure import Result
from bench.parse import parse
from bench.rebuild import rebuild
from bench.research import research
from bench.results import write
from bench.verify import verify

HERE = Path(__file__).parent
NAMES = (
    "parse", "crawl", "durability", "import", "rebuild", "verify", "research", "exports", "bulk",
    "load",
)  # fmt: skip


def main() -> int:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--pages", type=int, default=3_000, help="of the crawled site (3000)")
    parser.add_argument("--questions", type=int, default=60_000, help="of the archive (60000)")
    parser.add_argument("--captures", type=int, default=20_000, help="read in bulk (20000)")
    parser.add_argument("--records", type=int, default=200_000, help="loaded (200000)")
    parser.add_argument("--rounds", type=int, default=3, help="of each measure (3)")
    given = parser.parse_args()
    unknown = set(given.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    if not shutil.which("wget"):
        print("wget is not installed: that comparison is left out", file=sys.stderr)
    results: dict[str, Result] = {}
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'':24} {'ours':>10} {'peer':>10} {'ratio':>7}")
    for name, result in _run(given):
        results[name] = result
        print(_line(name, result), flush=True)
    write(results)
    return 0


def _run(given: argparse.Namespace) -> Iterator[tuple[str, Result]]:
    wanted = set(given.names or NAMES)
    work = HERE / "work"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as name:
        folder = Path(name)
        if "parse" in wanted:
            yield from parse(rounds=7).items()
        if wanted & {"crawl", "rebuild"}:
            rounds = given.rounds if "crawl" in wanted else 1
            crawled = crawl(given.pages, rounds, keep=folder / "warcs")
            yield from crawled.items() if "crawl" in wanted else ()
        if "durability" in wanted:
            yield from durability(folder, given.pages, given.rounds).items()
        if "rebuild" in wanted:
            yield from rebuild(folder / "warcs", folder, given.rounds).items()
        if "import" in wanted:
            yield from imports(folder, pages=10_000, rounds=given.rounds).items()
        if "verify" in wanted:
            yield from verify(folder, pages=10_000, rounds=given.rounds).items()
        if "exports" in wanted:
            yield from exports(folder, given.questions).items()
    if "bulk" in wanted:
        yield from bulk(work, given.captures, given.rounds).items()
    if "load" in wanted:
        yield from load(work, given.records, given.rounds).items()
    if "research" in wanted:
        # The archive is kept there between runs: a large one takes minutes to make.
        yield from research(work, given.questions, given.rounds)


def _line(name: str, result: Result) -> str:
    more = ", ".join(f"{key} {value}" for key, value in result.more.items())
    figures = f"{name:24} {result.ours:10.2f} {result.peer:10.2f} {result.ratio:6.2f}x"
    return f"{figures}  {result.unit}; peer: {result.peer_is}; {more}"


if __name__ == "__main__":
    sys.exit(main())
