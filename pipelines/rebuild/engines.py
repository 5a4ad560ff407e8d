"""Who does the tasks: processes of this machine, or a Dask cluster.

Both submit every task's outcome once, a receipt or why there is none, whatever dies meanwhile.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from parsers.urls import declared_sites
from pipelines.capture.page_deadline import deadline
from pipelines.capture.worker_process import ProcessDied, WorkerProcess
from pipelines.rebuild.declared import extract_declared
from pipelines.rebuild.shards import ExtractTask, Receipt

logger = logging.getLogger(__name__)

#: How often a task is run, if the process that runs it dies.
MAX_TRIES = 3

Outcome = tuple[ExtractTask, Receipt | Exception]


class Engine(Protocol):
    """Runs tasks; more can be submitted while outcomes are read."""

    def submit(self, tasks: Sequence[ExtractTask]) -> None:
        """Add tasks."""

    def outcomes(self) -> Iterator[Outcome]:
        """The outcome of each task submitted, in any order, until nothing is left to do."""

    def close(self) -> None:
        """Stop, and drop the tasks that have not begun."""


class Processes:
    """Processes of this machine, each with a task at a time.

    One that is killed leaves its task to another. A page over which the kernel ended one, as
    past its deadline, is passed over by the next.
    """

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers, "extract")
        self._tasks: dict[Future[Receipt], ExtractTask] = {}
        self._idle: list[WorkerProcess] = []
        self._all: list[WorkerProcess] = []
        self._closed = False

    def submit(self, tasks: Sequence[ExtractTask]) -> None:
        """Add tasks."""
        for task in tasks:
            self._tasks[self._threads.submit(self._do, task)] = task

    def outcomes(self) -> Iterator[Outcome]:
        """See :class:`Engine`."""
        while self._tasks:
            for future in wait(self._tasks, return_when=FIRST_COMPLETED).done:
                task, error = self._tasks.pop(future), future.exception()
                if error is not None and not isinstance(error, Exception):
                    raise error
                yield task, future.result() if error is None else error

    def close(self) -> None:
        """Stop, and drop the tasks that have not begun."""
        self._closed = True
        for process in self._all:
            process.end()
        self._threads.shutdown(cancel_futures=True)

    def _do(self, task: ExtractTask) -> Receipt:
        tries = 0
        while tries <= MAX_TRIES and not self._closed:
            process = self._process()
            try:
                receipt = process.run(partial(extract_declared, declared_sites(), deadline(), task))
            except ProcessDied as death:
                if self._closed:
                    break
                logger.warning("a worker died: %s; its span is read again", death)
                if death.past_deadline and death.page not in task.passed_over:
                    task = replace(task, passed_over=task.passed_over | {death.page})
                else:
                    tries += 1
            else:
                self._idle.append(process)
                return receipt
        raise ChildProcessError(
            f"the process that read it died {MAX_TRIES + 1} times: killed, or out of memory"
        )

    def _process(self) -> WorkerProcess:
        try:
            return self._idle.pop()
        except IndexError:
            process = WorkerProcess()
            self._all.append(process)
            return process


class Cluster:
    """A Dask cluster: of this machine, or one that runs elsewhere.

    :param address: of its scheduler ("tcp://host:8786"); if None, one is started here
    :param workers: processes of the cluster that is started
    :raises OSError: nobody answers at the address, or Dask is not installed
    """

    def __init__(self, address: str | None, workers: int) -> None:
        try:
            self._dask: Any = importlib.import_module("distributed")
        except ImportError as error:
            raise OSError(
                'a cluster needs Dask, the extra "cluster": tools/setup.sh '
                "requirements-cluster.txt installs it"
            ) from error
        # It logs with a traceback that the scheduler has gone, which is said in a line here.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        self._local: Any = None
        if address is None:
            self._local = self._dask.LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0"
            )
        try:
            self._client: Any = self._dask.Client(address or self._local, timeout="10s")
        except ValueError as error:
            raise OSError(f"{address} is not the address of a scheduler: {error}") from error
        self._tasks: dict[str, ExtractTask] = {}
        self._running: Any = None

    @property
    def dashboard(self) -> str:
        """The address of the page that shows what the cluster does."""
        return str(self._client.dashboard_link)

    def submit(self, tasks: Sequence[ExtractTask]) -> None:
        """Add tasks."""
        futures = []
        for task in tasks:
            future = self._client.submit(
                extract_declared,
                declared_sites(),
                deadline(),
                task,
                pure=False,
                retries=MAX_TRIES - 1,
            )
            self._tasks[future.key] = task
            futures.append(future)
        if self._running is None:
            self._running = self._dask.as_completed(futures)
        else:
            self._running.update(futures)

    def outcomes(self) -> Iterator[Outcome]:
        """See :class:`Engine`.

        :raises OSError: the scheduler has gone
        """
        for future in self._running or ():
            task = self._tasks.pop(future.key)
            try:
                error = future.exception()
                outcome = future.result() if error is None else error
            except (CancelledError, OSError) as lost:  # what a task raises is returned
                raise ConnectionError("the scheduler of the cluster has gone") from lost
            yield task, outcome
            future.release()

    def close(self) -> None:
        """Stop, and drop the tasks that have not begun."""
        with suppress(CancelledError, OSError):  # nobody is there any more
            self._client.close()
        if self._local is not None:
            self._local.close()
