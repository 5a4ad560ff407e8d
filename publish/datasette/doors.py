"""How many are answered at a time, and how much of answers waits for its readers.

Whoever asks for much waits for their like, not in the way of those who read a page: Datasette's
tables and queries have two places and searches two, and whole tables as CSV
(``_stream``) share the few places of exports. What is made and not taken yet has a bound in
bytes; beyond it, large answers are refused and pages are not.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol
from urllib.parse import parse_qs

from publish.datasette.headers import App, Message, Receive, Send, refuse
from publish.datasette.own_sql import BRINGS_SQL

#: Answers that are made at a time: Datasette's tables and queries, searches and charts, others.
TABLES, SEARCHES, PAGES = 2, 2, 8
#: Seconds that a request waits for its place.
WAIT = 10.0
#: Bytes of an answer that are sent at once; smaller answers are not counted.
PIECE = 128 * 1024
#: Bytes of larger answers that wait for their readers, together.
MOST_WAITING = 24_000_000
#: Seconds that a table takes at most as CSV.
MAX_SECONDS = 1800.0
RETRY_AFTER = 30

BUSY = "As many requests of this kind as the archive answers at a time are under way. Try later."


class Places(Protocol):
    """The places of exports."""

    def admit(self) -> bool:
        """Take a place; False if all are taken."""
        ...

    def leave(self) -> None:
        """Free a place."""
        ...


class Doors:
    """An application that is asked by no more than it can answer.

    :param tables: the path prefix of Datasette's pages
    :param streams: the places of exports, which whole tables as CSV take too
    """

    def __init__(self, app: App, *, tables: str, streams: Places) -> None:
        self._app = app
        self._tables = tables
        self._streams = streams
        self._lanes = {
            kind: asyncio.Semaphore(most)
            for kind, most in (
                ("sql", TABLES), ("tables", TABLES), ("searches", SEARCHES), ("pages", PAGES)
            )
        }  # fmt: skip
        self._waiting = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with 503."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_table = scope["path"].startswith(self._tables)
        arguments = parse_qs(scope["query_string"].decode("latin-1"))
        if is_table and arguments.get("_stream") and scope["path"].endswith(".csv"):
            await self._stream(scope, receive, send)
            return
        if is_table:
            kind = "sql" if BRINGS_SQL.get() else "tables"
        else:
            searches = "q" in arguments or scope["path"].startswith(("/search", "/charts"))
            kind = "searches" if searches else "pages"
        await self._answer(scope, receive, send, self._lanes[kind])

    async def _stream(self, scope: Message, receive: Receive, send: Send) -> None:
        if not self._streams.admit():
            await _busy(send)
            return
        # Datasette would go on for a reader who has gone.
        answer = asyncio.ensure_future(self._app(scope, receive, send))
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait((answer, gone), timeout=MAX_SECONDS, return_when="FIRST_COMPLETED")
        finally:
            gone.cancel()
            answer.cancel()
            with suppress(asyncio.CancelledError):
                await answer
            self._streams.leave()

    async def _answer(
        self, scope: Message, receive: Receive, send: Send, lane: asyncio.Semaphore
    ) -> None:
        try:
            async with asyncio.timeout(WAIT):
                await lane.acquire()
        except TimeoutError:
            await _busy(send)
            return
        answer = _Answer(self, send, lane)
        try:
            await self._app(scope, receive, answer.send)
            await answer.end()
        finally:
            answer.leave()

    def take(self, size: int) -> bool:
        """Count an answer that waits for its reader; False if they are too many. Negative: undo."""
        if size > 0 and self._waiting + size > MOST_WAITING:
            return False
        self._waiting += size
        return True


class _Answer:
    """One answer on its way: its place is free as soon as it is made."""

    def __init__(self, doors: Doors, send: Send, lane: asyncio.Semaphore) -> None:
        self._doors = doors
        self._send = send
        self._lane: asyncio.Semaphore | None = lane
        self._start: Message | None = None
        self._refused = False

    def leave(self) -> None:
        if self._lane is not None:
            self._lane.release()
            self._lane = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self.leave()
        body = message.get("body", b"")
        if self._refused:
            return
        if self._start is None or len(body) <= PIECE:
            await self._pass_on(message)
        elif self._doors.take(len(body)):
            try:
                view = memoryview(body)
                for begin in range(0, len(body), PIECE):
                    more = message.get("more_body", False) or begin + PIECE < len(body)
                    piece = bytes(view[begin : begin + PIECE])
                    await self._pass_on({**message, "body": piece, "more_body": more})
            finally:
                self._doors.take(-len(body))
        else:
            self._refused = True
            await _busy(self._send)

    async def end(self) -> None:
        # An answer that was begun and has no body is cut off, and that must be seen.
        if self._start is not None and not self._refused:
            await self._send(self._start)

    async def _pass_on(self, message: Message) -> None:
        if self._start is not None:
            start, self._start = self._start, None
            await self._send(start)
        await self._send(message)


async def _busy(send: Send) -> None:
    await refuse(send, 503, BUSY, (b"retry-after", b"%d" % RETRY_AFTER))


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
