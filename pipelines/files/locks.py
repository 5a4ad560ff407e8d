"""Locks between processes: one writer at a time, and it says who it is.

A lock is the kernel's (flock): it ends with the process that holds it, however that ends,
so that no lock is ever left over from a crash. The file stays; what it says is only for
the message to whoever comes second.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

from pipelines.files.timestamps import stamp


class LockHeld(Exception):
    """Another process holds a lock.

    :param holder: what it says of itself: ``pid``, ``host``, ``since`` and ``what``; {}
        where it has not said yet, or there are several
    """

    def __init__(self, path: Path, holder: dict[str, str]) -> None:
        super().__init__(f"{path} is locked by {describe(holder)}")
        self.path = path
        self.holder = holder


class Lock:
    """A lock file that is held from the beginning of a ``with`` to its end.

    :param path: the file; made if it is not there, with the folders that it is in
    :param purpose: what the holder is doing, for others to read
    :param shared: let others hold it too, as long as they also want it shared
    """

    def __init__(self, path: str | os.PathLike[str], purpose: str, *, shared: bool = False) -> None:
        self.path = Path(path)
        self._purpose = purpose
        self._shared = shared
        self._fd: int | None = None

    def acquire(self, patience: float = 0.0) -> None:
        """Take the lock.

        :param patience: seconds to try again for, if another process holds it
        :raises LockHeld: another process holds it
        :raises OSError: the file cannot be made
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        deadline = time.monotonic() + patience
        try:
            while not try_lock(fd, shared=self._shared):
                if time.monotonic() >= deadline:
                    raise LockHeld(self.path, _read_holder(fd))
                time.sleep(0.05)
            if not self._shared:
                _write_holder(fd, self._purpose)
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd

    def fileno(self) -> int:
        """Return the descriptor, for a child process that is to hold the lock too."""
        assert self._fd is not None
        return self._fd

    def release(self) -> None:
        """Give the lock back; can be called twice."""
        if self._fd is not None:
            if not self._shared:
                os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> Lock:
        self.acquire()
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


def try_lock(fd: int, *, shared: bool = False) -> bool:
    """Lock an open file for as long as it is open; False if another has it."""
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: str | os.PathLike[str]) -> bool:
    """Whether some process holds a lock on a file right now."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared: who looks at the same time is not kept from taking it.
        return not try_lock(fd, shared=True)
    finally:
        os.close(fd)


def describe(holder: dict[str, str]) -> str:
    """A holder in words."""
    if not holder:
        return "another process"
    return (
        f"{holder.get('what', 'another process')} (process {holder.get('pid', '?')} on "
        f"{holder.get('host', '?')}, since {holder.get('since', '?')})"
    )


def _write_holder(fd: int, purpose: str) -> None:
    holder = {
        "pid": str(os.getpid()),
        "host": socket.gethostname(),
        "since": stamp(datetime.now(UTC)),
        "what": purpose,
    }
    os.ftruncate(fd, 0)
    os.pwrite(fd, json.dumps(holder).encode(), 0)


def _read_holder(fd: int) -> dict[str, str]:
    try:
        values = json.loads(os.pread(fd, 4096, 0))
    except ValueError:  # empty, or being written
        return {}
    return {str(key): str(value) for key, value in values.items()}
