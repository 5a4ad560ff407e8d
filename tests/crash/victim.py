"""A crawl that kills itself at a named point: ``python -m tests.crash.victim POINT scrapy ...``.

The point is a function of the product; at one of its calls, before or after it, the process
gets SIGKILL, which nothing can catch or clean up after.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

POINTS: dict[str, tuple[str, str, str, int]] = {
    # name: (module, attribute, when, at which call), in an order in which each is reached
    "inside a migration": ("sqlite_utils.db", "Database.execute", "before", 30),
    "before the run is begun": ("crawler.frontier.frontier", "Frontier.begin", "before", 1),
    "after the run is begun": ("crawler.frontier.frontier", "Frontier.begin", "after", 1),
    "after seeding": ("crawler.frontier.seeds", "seed", "after", 1),
    "after a WARC write": ("pipelines.warc.writer", "WarcWriter.flush", "after", 3),
    "inside a WARC write": ("pipelines.warc.writer", "write_all", "torn", 4),
    "before a torn record is cut off": ("pipelines.rebuild.recover", "os.ftruncate", "before", 1),
    "before salvaged rows": ("pipelines.rebuild.recover", "recover_rows", "before", 1),
    "after salvaged rows": ("pipelines.rebuild.recover", "recover_rows", "after", 1),
    "before the WARC is durable": ("pipelines.warc.writer", "os.fsync", "before", 2),
    "before the commit": ("pipelines.store.store", "Store.commit", "before", 3),
    "inside the commit": ("pipelines.store.batch", "BatchWriter.write", "after", 3),
    "between commit and acknowledge": ("crawler.frontier.frontier", "Frontier.commit", "before", 3),
    "after the acknowledge": ("crawler.frontier.frontier", "Frontier.commit", "after", 3),
    "after a page is read": ("pipelines.capture.collect", "collect_reading", "after", 9),
    "before a new file's first record": ("pipelines.warc.writer", "info_block", "before", 2),
    "before a rotation": ("pipelines.warc.writer", "WarcWriter.close", "before", 1),
    "between rotation's sync and rename": ("pathlib", "Path.rename", "before", 1),
    "after rotation's rename": ("pathlib", "Path.rename", "after", 1),
    "before the end is written": (
        "pipelines.store.store", "WarcWriter.write_metadata", "before", 1,
    ),
    "between the end in the WARC and in the rows": (
        "pipelines.db.changeset", "ChangeSet.finish_crawl", "before", 1,
    ),
    "before the frontier is finished": (
        "crawler.frontier.frontier", "Frontier.finish", "before", 1,
    ),
}  # fmt: skip


def die(*_: object) -> None:
    """As a power cut, or somebody's ``kill -9``."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    """Make the process die when it reaches a point."""
    module, attribute, when, left = POINTS[point]
    owner: Any = importlib.import_module(module)
    *path, name = attribute.split(".")
    for part in path:
        owner = getattr(owner, part)
    inner: Callable[..., Any] = getattr(owner, name)

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
    point, *words = sys.argv[1:]
    # What imports a name copies it: the point must be armed before anything else is loaded.
    arm(point)
    sys.argv = words
    from scrapy.cmdline import execute

    execute()


if __name__ == "__main__":
    main()
