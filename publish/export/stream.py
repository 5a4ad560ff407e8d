"""Sends exports to readers: a few at a time, no faster than they read.

A piece is made on a thread when the one before has been taken, so a slow reader costs a
thread that sleeps and no memory, and the event loop never waits for SQLite. An export that
cannot be finished, or whose rows are not as many as its header announced, ends without the
last chunk of HTTP (RFC 9112, section 7.1), which every client reports as an error: a file is
whole or visibly not. A receipt records what was delivered.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from sqlite3 import Error
from threading import BoundedSemaphore
from typing import Any

from publish.export.rows import ExportError
from publish.export.source import Export

logger = logging.getLogger(__name__)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

#: Exports at a time. Each keeps a processor busy while its reader is fast.
MAX_EXPORTS = 3
#: Seconds that an export may take: the archive's write-ahead log grows meanwhile.
MAX_SECONDS = 1800.0
#: Seconds within which a reader must take a piece (128 KB).
PATIENCE = 60.0
#: Seconds after which a reader who was refused may ask again.
RETRY_AFTER = 30
#: Receipts that are remembered.
RECEIPTS = 1000


class Exports:
    """All exports of one application."""

    def __init__(
        self, most: int = MAX_EXPORTS, max_seconds: float = MAX_SECONDS, patience: float = PATIENCE
    ) -> None:
        self.max_seconds = max_seconds
        self._patience = patience
        self._free = BoundedSemaphore(most)
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="export")
        self._receipts: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def admit(self) -> bool:
        """Take a place; False if all are taken. :meth:`send` or :meth:`leave` frees it."""
        return self._free.acquire(blocking=False)

    def leave(self) -> None:
        """Free a place."""
        self._free.release()

    def receipt(self, token: str) -> dict[str, Any] | None:
        """Return the outcome of an export: announced and delivered rows, bytes, their SHA-256."""
        return self._receipts.get(token)

    async def send(
        self,
        export: Export,
        headers: Callable[[Export, str], dict[str, str]],
        receive: Receive,
        send: Send,
        *,
        body: bool = True,
    ) -> None:
        """Deliver an export that was admitted, and free its place.

        :param headers: the response's headers, from the opened export and its receipt's token
        :param body: False answers a HEAD request
        :raises sqlite3.Error: the archive cannot be read; nothing has been sent then
        """
        loop = asyncio.get_running_loop()
        watch: asyncio.Task[None] | None = None
        try:
            await loop.run_in_executor(self._threads, export.open)
            token = secrets.token_urlsafe(12)
            await send(_start(headers(export, token)))
            if not body:
                await send({"type": "http.response.body", "body": b""})
                return
            watch = asyncio.create_task(_until_gone(receive, export))
            whole = await self._deliver(export, send)
            self._remember(token, export, whole=whole)
            if whole:
                await send({"type": "http.response.body", "body": b""})
        finally:
            if watch is not None:
                watch.cancel()
            export.stop()
            # On a thread, as it waits for one that may still be at work.
            loop.run_in_executor(self._threads, self._end, export)

    def _end(self, export: Export) -> None:
        try:
            export.close()
        finally:
            self.leave()

    async def _deliver(self, export: Export, send: Send) -> bool:
        loop = asyncio.get_running_loop()
        try:
            while (piece := await loop.run_in_executor(self._threads, export.next)) is not None:
                message = {"type": "http.response.body", "body": piece, "more_body": True}
                await asyncio.wait_for(send(message), self._patience)
        except TimeoutError:
            logger.info("export ended: its reader took nothing for %g s", self._patience)
        except (ExportError, Error, OSError) as error:
            logger.warning("export ended after %d rows: %s", export.delivered_rows, error)
        else:
            return True
        return False

    def _remember(self, token: str, export: Export, *, whole: bool) -> None:
        self._receipts[token] = {
            "complete": whole,
            "announced_rows": export.rows,
            "delivered_rows": export.delivered_rows,
            "bytes": export.size,
            "sha256": export.sha256,
        }
        while len(self._receipts) > RECEIPTS:
            self._receipts.popitem(last=False)


def _start(headers: dict[str, str]) -> Message:
    return {
        "type": "http.response.start",
        "status": 200,
        "headers": [
            (name.encode("latin-1"), text.encode("latin-1")) for name, text in headers.items()
        ],
    }


async def _until_gone(receive: Receive, export: Export) -> None:
    """Stop an export whose reader has gone: the server may not report that to ``send``."""
    with suppress(asyncio.CancelledError):
        while (await receive())["type"] != "http.disconnect":
            pass
        export.stop()
