"""The scrapy command with one part of its durability left out, to see what that part costs.

Usage: python -m bench.without PART scrapy ARGUMENT...
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from crawler.frontier.frontier import Frontier
from pipelines.warc import writer
from pipelines.warc.writer import WarcWriter


def _fsync() -> None:
    os.fsync = lambda fd: None


def _write_at_once() -> None:
    flush = WarcWriter.flush

    def in_large_pieces(self: WarcWriter, *, sync: bool = False) -> None:
        if sync or self._buffered >= writer._BUFFER_BYTES:
            flush(self, sync=sync)

    WarcWriter.flush = in_large_pieces  # type: ignore[method-assign]


def _frontier() -> None:
    Frontier.commit = lambda self: None  # type: ignore[method-assign]


def _nothing() -> None:
    """All of the code stays."""


PARTS: dict[str, Callable[[], None]] = {
    "nothing": _nothing,
    "fsync": _fsync,
    "writing at once": _write_at_once,
    "frontier": _frontier,
    "monitors": _nothing,
}
SETTINGS = {"monitors": ["-s", "MONITORS_ENABLED=False"]}


def main() -> None:
    """Leave the part out, then be the scrapy command."""
    part, *words = sys.argv[1:]
    PARTS[part]()
    sys.argv = [*words, *SETTINGS.get(part, [])]
    from scrapy.cmdline import execute

    execute()


if __name__ == "__main__":  # a process that parses imports this file too
    main()
