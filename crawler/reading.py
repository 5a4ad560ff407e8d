"""Reads captures beside the crawl: parsing takes longer than all the rest of it together."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process

from parsers import read
from parsers.records import Capture, Reading

logger = logging.getLogger(__name__)


class Reader:
    """Parses in processes of its own, so that a second core downloads meanwhile.

    :param workers: how many; 0 parses here, one page at a time
    """

    def __init__(self, workers: int) -> None:
        self._pool: ProcessPoolExecutor | None = None
        if workers:
            # Spawned and not forked: a fork would copy the event loop and open files.
            self._pool = ProcessPoolExecutor(
                workers, mp_context=get_context("spawn"), initializer=_begin_worker
            )

    async def read(self, capture: Capture) -> Reading:
        """The reading of a capture, with the links that it leads to."""
        if self._pool is not None:
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._pool, read_with_links, capture)
            except BrokenProcessPool:
                logger.warning("the parsing process was killed; parsing goes on in this one")
                self._pool = None
        return read_with_links(capture)

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown()


def read_with_links(capture: Capture) -> Reading:
    """What a worker does."""
    return read(capture, outlinks=True)


def _begin_worker() -> None:
    """Ctrl-C ends the crawl in its own order: first what is in flight, then the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose crawl was killed would wait for its next page for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
