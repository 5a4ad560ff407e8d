"""``parsers.read`` with a deadline: a page that takes too much CPU time is a failure with a name.

CPU time and not that of a clock: that a machine is busy, or was suspended, is not the page's
fault. The kernel counts it and sends a signal, whose handler ends the reading (Python's regular
expressions look for signals too). A thread that is not the main one gets no signals, so there
another thread watches the CPU time of the one that reads.

What C code is at, such as libxml2, no handler ends. In a process that another takes the place of
(:mod:`pipelines.capture.worker_process`) the kernel then ends the process, at
:data:`HARD_LIMIT` times the deadline.
"""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from types import FrameType

import parsers
from parsers.records import Capture, ParseError, Reading

DEADLINE = 30.0
"""Seconds of CPU time; ``PARSE_DEADLINE_SECONDS`` has the reason."""
HARD_LIMIT = 2
FIELD = "deadline"
"""What the failure of such a page names as its field."""
_TURNS = 100
_AGAIN = 0.1  # seconds: an exception in a destructor or a callback is lost

_seconds = DEADLINE
_reads = False
_page: ctypes.Array[ctypes.c_char] | None = None
_passed: frozenset[str] = frozenset()


class _DeadlineReached(BaseException):
    """No Exception, which code on the way may take for the page's own."""


def set_deadline(seconds: float) -> None:
    """Set the CPU time that this process gives a page; 0: as much as it takes.

    :raises ValueError: it is negative
    """
    global _seconds
    if not seconds >= 0:
        raise ValueError(f"PARSE_DEADLINE_SECONDS={seconds}: it is a number of seconds, or 0")
    _seconds = seconds


def deadline() -> float:
    """The CPU time that this process gives a page (seconds)."""
    return _seconds


def be_replaceable(page: ctypes.Array[ctypes.c_char]) -> None:
    """Let the kernel end this process where a page cannot be ended otherwise.

    :param page: is given the record id of the page that is being read
    """
    global _page
    _page = page


def pass_over(record_ids: Collection[str]) -> None:
    """Do not read these pages: a process has been ended over each."""
    global _passed
    _passed = frozenset(record_ids)


def past_deadline(capture: Capture) -> Reading:
    """The reading of a page that took too long."""
    why = (
        f"not read within {_seconds:g} s of CPU time; to read it again with more: "
        "scrapy rebuild --full -s PARSE_DEADLINE_SECONDS=..."
    )
    return Reading(error=ParseError(FIELD, why, capture.url))


def read(capture: Capture, *, outlinks: bool = False, anywhere: bool = False) -> Reading:
    """See :func:`parsers.read`; past the deadline the reading is an error of :data:`FIELD`."""
    how = partial(parsers.read, capture, outlinks=outlinks, anywhere=anywhere)
    return within_deadline(capture, how)


def within_deadline(capture: Capture, how: Callable[[], Reading]) -> Reading:
    """What a function reads of a capture; past the deadline an error of :data:`FIELD`."""
    if capture.record_id in _passed:
        return past_deadline(capture)
    limit: _Signal | _Watcher
    limit = _Signal() if threading.current_thread() is threading.main_thread() else _Watcher()
    if _page is not None:
        _page.value = capture.record_id.encode("utf-8", "replace")[: len(_page) - 1]
    try:
        try:
            if _seconds:
                limit.begin()
            return how()
        finally:
            limit.end()
    except _DeadlineReached:
        limit.end()  # it may have come while the line above was at it
        return past_deadline(capture)


class _Signal:
    """Ends what the main thread reads."""

    def begin(self) -> None:
        """Count from now on."""
        global _reads
        if signal.getsignal(signal.SIGPROF) is not _interrupt:
            signal.signal(signal.SIGPROF, _interrupt)
        _reads = True
        signal.setitimer(signal.ITIMER_PROF, _seconds, _AGAIN)
        if _page is not None:  # nothing handles this one, so that it ends the process
            signal.setitimer(signal.ITIMER_VIRTUAL, HARD_LIMIT * _seconds)

    def end(self) -> None:
        """Count no more."""
        global _reads
        _reads = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        if _page is not None:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _reads:
        raise _DeadlineReached


class _Watcher:
    """Ends what another thread than the main one reads, as on a Dask worker."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._lock = threading.Lock()
        self._over = threading.Event()

    def begin(self) -> None:
        """Count from now on."""
        clock = time.pthread_getcpuclockid(self._thread)
        end = time.clock_gettime(clock) + _seconds
        threading.Thread(target=self._watch, args=(clock, end), daemon=True).start()

    def end(self) -> None:
        """Count no more."""
        with self._lock:
            self._over.set()
        # What is on its way arrives here, at the end of a turn of a loop. To call it back would
        # leave CPython 3.11 looking for it for ever, and a profiler in a loop without an end.
        with suppress(_DeadlineReached):
            for _ in range(_TURNS):
                pass

    def _watch(self, clock: int, end: float) -> None:
        while not self._over.wait(max(end - time.clock_gettime(clock), _AGAIN)):
            with self._lock:
                if not self._over.is_set() and time.clock_gettime(clock) >= end:
                    error = ctypes.py_object(_DeadlineReached)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), error)
