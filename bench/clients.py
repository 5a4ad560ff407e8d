"""Readers at their browsers: threads that ask a server for pages, and time each answer.

Run as a process of its own, so that their work is not the server's::

    python -m bench.clients < plan.json

The plan has ``address``, ``paths``, ``clients`` and ``seconds``: the paths are shared out
between the clients, and each keeps its connection. The answer, in JSON, is a list of pairs:
milliseconds and status, from the request's first byte to the last of its body.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

#: Milliseconds, and the status of the response.
Timing = tuple[float, int]
NO_ANSWER = 0
# An answer that takes longer is none that anybody waits for.
_TIMEOUT = 60.0


def ask(address: str, paths: Sequence[str], clients: int, seconds: float) -> list[Timing]:
    """Have a process of clients ask for these paths.

    :param seconds: after which no client begins with another path
    :raises RuntimeError: the process failed
    """
    plan = {"address": address, "paths": list(paths), "clients": clients, "seconds": seconds}
    done = subprocess.run(
        [sys.executable, "-m", "bench.clients"],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"the clients failed:\n{done.stderr[-2000:]}")
    return [(float(taken), int(status)) for taken, status in json.loads(done.stdout)]


def timings(address: str, paths: Sequence[str], clients: int, seconds: float) -> list[Timing]:
    """Ask, in this process."""
    waiting: SimpleQueue[str] = SimpleQueue()
    for path in paths:
        waiting.put(path)
    end = time.perf_counter() + seconds
    with ThreadPoolExecutor(clients) as pool:
        working = [pool.submit(_client, address, waiting, end) for _ in range(clients)]
        return [timing for work in working for timing in work.result()]


def _client(address: str, waiting: SimpleQueue[str], end: float) -> list[Timing]:
    parts = urlsplit(address)
    done: list[Timing] = []
    with closing(HTTPConnection(parts.netloc, timeout=_TIMEOUT)) as connection:
        connection.connect()
        while time.perf_counter() < end:
            try:
                path = waiting.get_nowait()
            except Empty:
                break
            started = time.perf_counter()
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                status = response.status
            except TimeoutError:
                connection.close()  # http.client opens another for the next request
                status = NO_ANSWER
            done.append(((time.perf_counter() - started) * 1000, status))
    return done


def main() -> int:
    """Read a plan, write the timings."""
    plan = json.load(sys.stdin)
    json.dump(timings(**plan), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
