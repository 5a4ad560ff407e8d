"""A crawl that kills itself at a named point: ``python -m tests.crash.victim POINT N scrapy ...``.

The point is a function of the product; at its Nth call, before or after it, the process
gets SIGKILL, which nothing can catch or clean up after.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

POINTS: dict[str, tuple[str, str, str]] = {
    # name: (module, attribute, "before" | "after" | a function of this module)
    "after a WARC write": ("pipelines.warc_write", "WarcWriter.flush", "after"),
    "inside a WARC write": ("pipelines.warc_write", "_write_all", "torn"),
    "before the WARC is durable": ("pipelines.warc_write", "os.fsync", "before"),
    "before the commit": ("pipelines.store", "Store.commit", "before"),
    "inside the commit": ("pipelines.batch", "BatchWriter.write", "after"),
    "between commit and acknowledge": ("crawler.frontier", "Frontier.commit", "before"),
    "after the acknowledge": ("crawler.frontier", "Frontier.commit", "after"),
    "before a rotation": ("pipelines.warc_write", "WarcWriter.close", "before"),
    "between rotation's sync and rename": ("pathlib", "Path.rename", "before"),
    "after rotation's rename": ("pathlib", "Path.rename", "after"),
    "before a new file's first record": ("pipelines.warc_write", "info_block", "before"),
    "inside a migration": ("sqlite_utils.db", "Database.execute", "before"),
    "before a torn record is cut off": ("pipelines.salvage", "os.ftruncate", "before"),
    "before salvaged rows": ("pipelines.salvage", "take_rows", "before"),
    "after salvaged rows": ("pipelines.salvage", "take_rows", "after"),
    "before the run is begun": ("crawler.frontier", "Frontier.begin", "before"),
    "after the run is begun": ("crawler.frontier", "Frontier.begin", "after"),
    "after seeding": ("crawler.seeds", "seed", "after"),
    "after a page is read": ("pipelines.keep", "keep_reading", "after"),
    "before the end is written": ("pipelines.runs", "WarcWriter.write_metadata", "before"),
    "between the end in the WARC and in the rows": (
        "pipelines.store", "Store.finish_crawl", "before",
    ),
    "before the frontier is finished": ("crawler.frontier", "Frontier.finish", "before"),
}  # fmt: skip


def die(*_: object) -> None:
    """As a power cut, or somebody's ``kill -9``."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str, count: int) -> None:
    """Make the process die at the ``count``-th call of a point."""
    module, attribute, when = POINTS[point]
    owner: Any = importlib.import_module(module)
    *path, name = attribute.split(".")
    for part in path:
        owner = getattr(owner, part)
    inner: Callable[..., Any] = getattr(owner, name)
    left = count

    def armed(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        left -= 1
        if left > 0:
            return inner(*args, **kwargs)
        if when == "torn":
            fd, data = args
            os.write(fd, data[: len(data) // 2])
            die()
        if when == "after":
            inner(*args, **kwargs)
        die()

    setattr(owner, name, armed)


def main() -> None:
    """Arm the point, then be the scrapy command."""
    point, count, *words = sys.argv[1:]
    # What imports a name copies it: the point must be armed before anything else is loaded.
    arm(point, int(count))
    sys.argv = words
    from scrapy.cmdline import execute

    execute()


if __name__ == "__main__":
    main()
