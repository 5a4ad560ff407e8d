"""Runs ``scrapy`` commands in processes forked from one that has the project imported.

A command is a process of its own, with its own exit status and output, as when a person
types it; but the second that every Python process spends on importing Scrapy, lxml and
Datasette is spent once. ``python -m tests.command_server FD`` is the process that forks: it
takes requests from a Unix socket, one at a time for each connection.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PRELOADED = ("scrapy.cmdline", "scrapy.crawler", "crawler.settings", "publish.serve")
PRELOADED_PACKAGES = ("crawler.commands", "crawler.spiders")


class CommandServer:
    """The process that forks, as the tests see it. One serves a whole test session."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._busy = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.command_server", str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
            )

    def run(self, words: tuple[str, ...], timeout: float) -> subprocess.CompletedProcess[str]:
        """Run ``scrapy`` with some words, in the environment of now, and wait for it.

        :param timeout: seconds, after which the process is killed
        :raises subprocess.TimeoutExpired: it took longer
        """
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            request = json.dumps({"words": words, "environment": dict(os.environ)}).encode()
            with self._busy:
                header = len(request).to_bytes(4, "big")
                socket.send_fds(self._socket, [header], [out.fileno(), err.fileno()])
                self._socket.sendall(request)
                pid = self._receive()
                killer = threading.Timer(timeout, os.kill, (pid, signal.SIGKILL))
                killer.start()
                status = self._receive()
                killer.cancel()
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode("utf-8", "replace"))
        if status == -signal.SIGKILL:
            raise subprocess.TimeoutExpired(["scrapy", *words], timeout, *texts)
        return subprocess.CompletedProcess(["scrapy", *words], status, *texts)

    def close(self) -> None:
        """End the process, which ends when nobody can ask it for anything more."""
        self._socket.close()
        self._process.wait(timeout=30)

    def _receive(self) -> int:
        answer = self._socket.recv(4, socket.MSG_WAITALL)
        if len(answer) < 4:
            raise RuntimeError("the process that runs commands has died")
        return int.from_bytes(answer, "big", signed=True)


def _serve(connection: socket.socket) -> None:
    """Fork a process for each request, and answer with its number and then its exit status."""
    while True:
        header, descriptors, _, _ = socket.recv_fds(connection, 4, 2)
        if len(header) < 4:
            return
        size = int.from_bytes(header, "big")
        request = json.loads(connection.recv(size, socket.MSG_WAITALL))
        pid = os.fork()
        if pid == 0:
            connection.close()
            _become_command(request, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        connection.sendall(pid.to_bytes(4, "big", signed=True))
        _, status = os.waitpid(pid, 0)
        connection.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))


def _become_command(request: dict[str, Any], out: int, err: int) -> None:
    """Run the command in this process, and end it."""
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["scrapy", *request["words"]]
    status = 1
    try:
        from scrapy.cmdline import execute

        execute()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        # What the interpreter does at the end of any process, but for its teardown.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def main(descriptor: int) -> None:
    """Import what commands need, then serve until the other end closes the connection."""
    for package in PRELOADED_PACKAGES:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            importlib.import_module(f"{package}.{module.name}")
    for name in PRELOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    _serve(socket.socket(fileno=descriptor))


if __name__ == "__main__":
    main(int(sys.argv[1]))
