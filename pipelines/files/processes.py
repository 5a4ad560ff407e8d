"""How processes beside this one begin: spawned, without what only the main one needs."""

from __future__ import annotations

import sys
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType


class _Process(SpawnProcess):
    def start(self) -> None:
        """Start it without this one's main module. That is Scrapy's command line, of which a
        worker needs nothing, and whose import takes as long as a hundred pages."""
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            super().start()
        finally:
            sys.modules["__main__"] = main


class _Context(SpawnContext):
    Process = _Process


#: Spawned and not forked: a fork would copy the event loop, open files and the open database.
SPAWN = _Context()
