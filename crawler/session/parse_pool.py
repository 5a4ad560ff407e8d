"""Reads captures beside the crawl: parsing takes longer than all the rest of it together."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context, parent_process

from crawler.session.outcomes import ArchiveStopped
from parsers import declare, read
from parsers.records import Capture, ParseError, Reading
from parsers.sites.site import Site
from parsers.urls import declared_sites

logger = logging.getLogger(__name__)


class ParsePool:
    """Parses in processes of its own, so that a second core downloads meanwhile.

    A page that kills the process that parses it is tried once more, alone; if it does so
    again it cannot be read, and the crawl goes on.

    :param workers: how many; 0 parses here, one page at a time
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool = _new_pool(workers) if workers else None
        self._alone = asyncio.Lock()
        self._closed = False

    async def read(self, capture: Capture) -> Reading:
        """The reading of a capture, with the links that it leads to.

        :raises ArchiveStopped: the crawl has been closed meanwhile: it stays in the frontier
        """
        if self._closed:
            raise ArchiveStopped("the crawl is closed: nothing more is read")
        if self._pool is None:
            return read(capture, outlinks=True)
        loop = asyncio.get_running_loop()
        pool = self._pool
        try:
            return await loop.run_in_executor(pool, partial(read, capture, outlinks=True))
        except BrokenProcessPool:
            logger.warning("a process that parsed pages has died; another takes its place")
            if self._pool is pool:
                self._pool = _new_pool(self._workers)
        async with self._alone:
            return await _read_alone(capture)

    def close(self) -> None:
        """End the processes."""
        self._closed = True
        if self._pool is not None:
            self._pool.shutdown()


async def _read_alone(capture: Capture) -> Reading:
    pool = _new_pool(1)
    try:
        return await asyncio.get_running_loop().run_in_executor(
            pool, partial(read, capture, outlinks=True)
        )
    except BrokenProcessPool:
        why = "the process that parses died of this page, twice"
        return Reading(error=ParseError("parser", why, capture.url))
    finally:
        pool.shutdown()


def _new_pool(workers: int) -> ProcessPoolExecutor:
    # Spawned and not forked: a fork would copy the event loop and open files.
    context = get_context("spawn")
    return ProcessPoolExecutor(workers, context, _begin_worker, (declared_sites(),))


def _begin_worker(sites: tuple[Site, ...]) -> None:
    """Ctrl-C ends the crawl in its own order: first what is in flight, then the workers."""
    declare(sites)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose crawl was killed would wait for its next page for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
