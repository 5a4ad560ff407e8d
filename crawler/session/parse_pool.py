"""Reads captures beside the crawl: parsing takes longer than all the rest of it together."""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from crawler.session.outcomes import ArchiveStopped
from parsers.records import Capture, ParseError, Reading
from pipelines.capture.page_deadline import past_deadline, read
from pipelines.capture.worker_process import ProcessDied, WorkerProcess

logger = logging.getLogger(__name__)

_MOST = 4  # one download keeps no more of them busy


def workers_of(setting: str | int) -> int:
    """How many processes ``PARSE_WORKERS`` asks for; all cores but one where it is empty.

    :raises ValueError: it is no number
    """
    if setting != "":
        return int(setting)
    return max(1, min(_MOST, len(os.sched_getaffinity(0)) - 1))


class ParsePool:
    """Parses in processes of its own, so that other cores download meanwhile.

    Each has one page at a time, and is started when there is a page for it. A page that kills
    its process is tried once more, by another; if it does so again it cannot be read, and the
    crawl goes on.

    :param workers: how many; 0 parses here, one page at a time
    """

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers, "parse") if workers else None
        self._idle: list[WorkerProcess] = []
        self._closed = False

    async def read(self, capture: Capture) -> Reading:
        """The reading of a capture, with the links that it leads to.

        :raises ArchiveStopped: the crawl has been closed meanwhile: it stays in the frontier
        """
        if self._closed:
            raise ArchiveStopped("the crawl is closed: nothing more is read")
        if self._threads is None:
            return read(capture, outlinks=True)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._read, capture)

    def close(self) -> None:
        """End the processes, when what they are at is done."""
        self._closed = True
        if self._threads is not None:
            self._threads.shutdown()
        for process in self._idle:
            process.end()

    def _read(self, capture: Capture) -> Reading:
        for _ in range(2):
            try:
                process = self._idle.pop()
            except IndexError:
                process = WorkerProcess(computes=True)
            try:
                reading = process.run(partial(read, capture, outlinks=True))
            except ProcessDied as death:
                logger.warning("a process that parsed pages has died: %s", death)
                if death.past_deadline:
                    return past_deadline(capture)
            else:
                self._idle.append(process)
                return reading
        why = "the process that parses died of this page, twice"
        return Reading(error=ParseError("parser", why, capture.url))
