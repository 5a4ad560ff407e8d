"""The sample site over HTTP: loopback only, and fast enough to be crawled in a benchmark.

A plain asyncio protocol with keep-alive. Rendered responses are cached, up to a limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TextIO, cast

from pipelines.files.timestamps import http_date

from .kinds.site import KindSite
from .responses import Response, accepts_gzip, not_modified, unchanged
from .site import Site

HOST = "127.0.0.1"
LONGEST_HEAD = 16_384  # bytes of a request
AnySite = Site | KindSite
REASONS = {status.value: status.phrase for status in HTTPStatus}


class Cache:
    """Responses that have been made, up to a number of bytes; the oldest go first."""

    def __init__(self, site: AnySite, limit: int) -> None:
        self.site = site
        self.limit = limit
        self.size = 0
        self.known: OrderedDict[tuple[str, bool], Response] = OrderedDict()

    def get(self, target: str, zipped: bool) -> Response:
        """The response at a target, made if need be."""
        key = (target, zipped)
        found = self.known.get(key)
        if found is not None:
            self.known.move_to_end(key)
            return found
        made = self.site.resource(target, zipped)
        self.known[key] = made
        self.size += len(made[2])
        while self.size > self.limit and len(self.known) > 1:
            self.size -= len(self.known.popitem(last=False)[1][2])
        return made

    def fill(self) -> None:
        """Makes all question pages, as a client that accepts gzip gets them."""
        for path in self.site.question_paths():
            if self.size < self.limit:
                self.get(path, True)


class Shared:
    """What all connections of one server share."""

    def __init__(self, site: AnySite, limit: int, log: TextIO | None) -> None:
        self.site = site
        self.cache = Cache(site, limit)
        self.log = log
        self.asked: set[str] = set()  # targets that fail once, and have failed
        self.connections: set[Connection] = set()
        self._second, self._date = 0, b""

    def first_time(self, target: str) -> bool:
        """Whether this is the first request for a target that fails once."""
        if target in self.asked:
            return False
        self.asked.add(target)
        return True

    def date(self) -> bytes:
        """The Date header's value."""
        now = int(time.time())
        if now != self._second:
            self._second, self._date = now, http_date(datetime.fromtimestamp(now, UTC)).encode()
        return self._date


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.buffer = b""
        self.request = ("", 0)  # of the answer under way: its target, its length in bytes
        self.waiting: asyncio.TimerHandle | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        self.transport = cast("asyncio.Transport", transport)
        self.shared.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """A client has gone."""
        self.shared.connections.discard(self)
        if self.waiting:
            self.waiting.cancel()

    def data_received(self, data: bytes) -> None:
        """Answers every whole request that has come in."""
        self.buffer += data
        while not self.waiting and not self.transport.is_closing():
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                if len(head) > LONGEST_HEAD:
                    self._refuse(431)
                return
            self.buffer = rest
            self._request(head)

    def _request(self, head: bytes) -> None:
        lines = head.lstrip(b"\r\n").split(b"\r\n")
        words = lines[0].split(b" ")
        headers = _headers(lines[1:])
        if headers is None or len(words) != 3 or not _is_sound(*words) or len(head) > LONGEST_HEAD:
            return self._refuse(400)
        if words[0] not in (b"GET", b"HEAD"):
            return self._refuse(405 if words[0].isalpha() and words[0].isupper() else 400)
        keep = headers.get("connection", "").lower()
        close = keep == "close" or (words[2] == b"HTTP/1.0" and keep != "keep-alive")
        target = words[1].decode("latin-1").partition("#")[0]
        self.request = (target, len(head) + 4)
        self._respond(target, headers, words[0] == b"HEAD", close)

    def _respond(self, target: str, headers: dict[str, str], head: bool, close: bool) -> None:
        shared = self.shared
        behaviour = "" if head else shared.site.behaviour(target)
        zipped = accepts_gzip(headers.get("accept-encoding", ""))
        if behaviour == "error-once" and shared.first_time(target):
            self._send((500, {"Content-Type": "text/html"}, b"<h1>Server error</h1>"), head, close)
            return
        response = shared.cache.get(target, zipped)
        if behaviour == "cut" or (behaviour == "cut-once" and shared.first_time(target)):
            self._send(response, head, True, cut=True)
            return
        status, out, _ = response
        if status == 200 and unchanged(out, headers):
            response = not_modified(out)
        if behaviour == "slow":
            loop = asyncio.get_running_loop()
            self.waiting = loop.call_later(shared.site.slow, self._late, response, head, close)
        else:
            self._send(response, head, close)

    def _late(self, response: Response, head: bool, close: bool) -> None:
        self.waiting = None
        self._send(response, head, close)
        self.data_received(b"")

    def _send(self, response: Response, head: bool, close: bool, *, cut: bool = False) -> None:
        status, headers, body = response
        lines = [f"HTTP/1.1 {status} {REASONS[status]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if "Content-Length" not in headers and status != 304:
            lines.append(f"Content-Length: {len(body)}")
        lines.append(f"Connection: {'close' if close else 'keep-alive'}")
        top = "\r\n".join(lines).encode("latin-1") + b"\r\nDate: " + self.shared.date()
        sent = b"" if head else body[: len(body) * 3 // 5] if cut else body
        answer = top + b"\r\nServer: sample\r\n\r\n" + sent
        self.transport.write(answer)
        if self.shared.log:
            target, size = self.request
            self.shared.log.write(f"{time.time():.6f} {status} {size} {len(answer)} {target}\n")
        if close:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        text = f"<h1>{status} {REASONS[status]}</h1>".encode()
        self._send((status, {"Content-Type": "text/html"}, text), False, True)


def _headers(lines: list[bytes]) -> dict[str, str] | None:
    """Header fields with names in small letters, or None if one is malformed."""
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            return None
        found[name.decode("latin-1").lower()] = value.decode("latin-1").strip()
    return found


def _is_sound(method: bytes, target: bytes, version: bytes) -> bool:
    return bool(method) and target.startswith(b"/") and version in (b"HTTP/1.1", b"HTTP/1.0")


async def serve(
    site: AnySite,
    port: int,
    *,
    seconds: float,
    megabytes: int,
    prerender: bool,
    with_parent: bool,
    log: TextIO | None = None,
    declaration: Path | None = None,
) -> None:
    """Serves until a signal comes, the time is over, or the parent is gone.

    :param log: gets a line for each answer: when (seconds since 1970), status, bytes of the
        request, bytes of the answer, target
    :param declaration: gets the declaration of a site of another kind, before the address is
        printed
    :raises OSError: if the port is taken, or the declaration cannot be written
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    shared = Shared(site, megabytes * 1_000_000, log)
    server = await loop.create_server(lambda: Connection(shared), HOST, port, backlog=512)
    port = server.sockets[0].getsockname()[1]
    shared.site = shared.cache.site = replace(site, base=f"http://{HOST}:{port}")
    if declaration and isinstance(shared.site, KindSite):
        declaration.write_text(shared.site.declaration(), encoding="utf-8")
    if prerender:
        shared.cache.fill()
    sys.stdout.write(f"http://{HOST}:{port}/\n")
    sys.stdout.flush()
    watch = asyncio.create_task(_watch_parent(stop)) if with_parent else None
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds or None)
    if watch:
        watch.cancel()
    server.close()
    for connection in list(shared.connections):
        connection.transport.abort()


async def _watch_parent(stop: asyncio.Event) -> None:
    """Nobody is left to stop a server whose parent was killed."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1)
    stop.set()


def run(
    site: AnySite,
    port: int,
    *,
    seconds: float,
    megabytes: int,
    prerender: bool,
    with_parent: bool,
    log: TextIO | None = None,
    declaration: Path | None = None,
) -> None:
    """:func:`serve`, on uvloop where there is one."""
    job = serve(
        site,
        port,
        seconds=seconds,
        megabytes=megabytes,
        prerender=prerender,
        with_parent=with_parent,
        log=log,
        declaration=declaration,
    )
    try:
        import uvloop
    except ImportError:
        asyncio.run(job)
    else:
        uvloop.run(job)
