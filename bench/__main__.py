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
from bench.threads import threads
from bench.verify import verify

HERE = Path(__file__).parent
NAMES = (
    "parse", "threads", "crawl", "durability", "import", "rebuild", "verify", "research", "exports",
    "bulk", "load",
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
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    if not shutil.which("wget"):
        print("wget is not installed: that comparison is left out", file=sys.stderr)
    results: dict[str, Result] = {}
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'':24} {'ours':>10} {'peer':>10} {'ratio':>7}")
    for name, result in _run(options):
        results[name] = result
        print(_line(name, result), flush=True)
    write(results)
    return 0


def _run(options: argparse.Namespace) -> Iterator[tuple[str, Result]]:
    names = set(options.names or NAMES)
    work = HERE / "work"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as path:
        folder = Path(path)
        if "parse" in names:
            yield from parse(rounds=7).items()
        if "threads" in names:
            yield from threads(rounds=5).items()
        if names & {"crawl", "rebuild"}:
            rounds = options.rounds if "crawl" in names else 1
            crawled = crawl(options.pages, rounds, keep=folder / "warcs")
            yield from crawled.items() if "crawl" in names else ()
        if "durability" in names:
            yield from durability(folder, options.pages, options.rounds).items()
        if "rebuild" in names:
            yield from rebuild(folder / "warcs", folder, options.rounds).items()
        if "import" in names:
            yield from imports(folder, pages=10_000, rounds=options.rounds).items()
        if "verify" in names:
            yield from verify(folder, pages=10_000, rounds=options.rounds).items()
        if "exports" in names:
            yield from exports(folder, options.questions).items()
    if "bulk" in names:
        yield from bulk(work, options.captures, options.rounds).items()
    if "load" in names:
        yield from load(work, options.records, options.rounds).items()
    if "research" in names:
        # The archive is kept there between runs: a large one takes minutes to make.
        yield from research(work, options.questions, options.rounds)


def _line(name: str, result: Result) -> str:
    more = ", ".join(f"{key} {value}" for key, value in result.more.items())
    figures = f"{name:24} {result.ours:10.2f} {result.peer:10.2f} {result.ratio:6.2f}x"
    return f"{figures}  {result.unit}; peer: {result.peer_is}; {more}"


if __name__ == "__main__":
    sys.exit(main())
