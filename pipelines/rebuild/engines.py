"""Who does the tasks: processes of this machine, or a Dask cluster.

Both submit every task's outcome once, a receipt or why there is none, whatever dies meanwhile.
"""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, Protocol

from parsers.urls import declared_sites
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
    """Processes of this machine.

    One that is killed breaks its pool: a new one does what is left. Who was at work when a
    pool broke is under suspicion; after :data:`MAX_TRIES` times a task gets a pool of its
    own, and if that breaks too, it is the task.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._waiting: dict[Future[Receipt], ExtractTask] = {}
        self._left: list[ExtractTask] = []
        self._tries: Counter[str] = Counter()

    def submit(self, tasks: Sequence[ExtractTask]) -> None:
        """Add tasks."""
        self._left += tasks

    def outcomes(self) -> Iterator[Outcome]:
        """See :class:`Engine`."""
        while self._left or self._waiting:
            self._submit()
            done, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
            broken: list[ExtractTask] = []
            for future in done:
                task = self._waiting.pop(future)
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    broken.append(task)
                elif isinstance(error, Exception):
                    yield task, error
                elif error is not None:
                    raise error
                else:
                    yield task, future.result()
            if broken:
                yield from self._retry([*broken, *self._waiting.values()])

    def close(self) -> None:
        """Stop, and drop the tasks that have not begun."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _drop_broken(self) -> None:
        """Leave a pool that broke. One of its processes that had only just begun would be
        waited for, and wait itself, for ever."""
        for child in multiprocessing.active_children():
            child.kill()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _submit(self) -> None:
        # No more than are worked on soon: when a pool breaks, all that it holds is suspected.
        while self._left and len(self._waiting) < 2 * self._workers:
            if self._pool is None:
                self._pool = _pool(self._workers)
            try:
                future = self._pool.submit(extract_declared, declared_sites(), self._left[0])
            except BrokenProcessPool:  # and what it holds will say so
                self._drop_broken()
                return
            self._waiting[future] = self._left.pop(0)

    def _retry(self, suspects: Sequence[ExtractTask]) -> Iterator[Outcome]:
        """After a pool broke: what it held is done by a new one, or alone if that was so too
        often."""
        self._waiting.clear()
        self._drop_broken()
        logger.warning("a worker died; %d spans are read again", len(suspects))
        self._tries.update(task.shard for task in suspects)
        for task in suspects:
            if self._tries[task.shard] < MAX_TRIES:
                self._left.append(task)
            else:
                yield task, _alone(task)


def _alone(task: ExtractTask) -> Receipt | Exception:
    pool = _pool(1)
    try:
        return pool.submit(extract_declared, declared_sites(), task).result()
    except BrokenProcessPool:
        return ChildProcessError(
            f"the process that read it died {MAX_TRIES + 1} times: killed, or out of memory"
        )
    except Exception as error:
        return error
    finally:
        pool.shutdown()


def _pool(workers: int) -> ProcessPoolExecutor:
    # Not forked: a child must never hold a copy of the parent's open database.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent)


def _end_with_parent() -> None:
    """In a worker: end with the parent, however that ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


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
                extract_declared, declared_sites(), task, pure=False, retries=MAX_TRIES - 1
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
