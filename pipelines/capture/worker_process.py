"""A process that does one task at a time for this one, and whose death names the task.

A pool of the standard library breaks as a whole when one of its processes dies, and nobody
knows of which task.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from parsers.sites.site import Site
from parsers.urls import declare, declared_sites
from pipelines.capture.page_deadline import be_replaceable, deadline, set_deadline
from pipelines.files.processes import SPAWN

T = TypeVar("T")

_LONGEST_ID = 512  # bytes of a record id that are told
_LOOK = 20.0  # seconds
_LOOKS = 3


class ProcessDied(Exception):
    """The process is gone, and its task not done.

    :param page: the record id of the page that it was reading, or had read last
    :param past_deadline: the kernel ended it, since that page took too long
    """

    def __init__(self, page: str, past_deadline: bool) -> None:
        super().__init__("past the deadline of a page" if past_deadline else "killed")
        self.page = page
        self.past_deadline = past_deadline


class WorkerProcess:
    """A process with the sites and the deadline of this one.

    :param computes: its tasks wait for nothing: it is ended if it sleeps for a minute
    """

    def __init__(self, *, computes: bool = False) -> None:
        self._computes = computes
        self._page = SPAWN.RawArray(ctypes.c_char, _LONGEST_ID)
        self._pipe, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(
            target=_serve, args=(theirs, self._page, declared_sites(), deadline()), daemon=True
        )
        self._process.start()
        theirs.close()

    def run(self, task: Callable[[], T]) -> T:
        """Do a task there.

        :raises ProcessDied: the process did
        :raises Exception: what the task raises
        """
        try:
            self._pipe.send(task)
            self._await_result()
            result, failure = self._pipe.recv()
        except (EOFError, OSError) as gone:
            self._process.join()
            page = self._page.value.decode("utf-8", "replace")
            raise ProcessDied(page, self._process.exitcode == -signal.SIGVTALRM) from gone
        if failure is not None:
            raise failure
        done: T = result
        return done

    def end(self) -> None:
        """End it, whatever it is at; its temporary files are removed."""
        self._process.terminate()

    def _await_result(self) -> None:
        """Wait; a process that neither computes nor waits for a processor is ended."""
        asleep, used = 0, ""
        while not self._pipe.poll(_LOOK):
            state, now = _state_of(self._process.pid)
            asleep = asleep + 1 if self._computes and (state, now) == ("S", used) else 0
            used = now
            if asleep >= _LOOKS:
                self._process.kill()


def _state_of(pid: int | None) -> tuple[str, str]:
    """What a process is at ("S": it sleeps) and the CPU time that it has used; "" where the
    system does not say it. See proc_pid_stat(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", ""
    return fields[0], " ".join(fields[11:13])


def _serve(
    pipe: Connection[Any, Any],
    page: ctypes.Array[ctypes.c_char],
    sites: Sequence[Site],
    seconds: float,
) -> None:
    # Ctrl-C ends the command in its own order: first what is in flight, then its processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    declare(sites)
    set_deadline(seconds)
    be_replaceable(page)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        result: Any = None
        failure: Exception | None = None
        try:
            result = task()
        except Exception as error:
            failure = error
        pipe.send((result, failure))


def _end_with_parent() -> None:
    """A process whose parent was killed would work on, and wait for the next task for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
