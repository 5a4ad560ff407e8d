"""One HTTP/1.1 connection that keeps every byte it sends and receives.

Scrapy's own handlers give a response whose header names are re-cased, whose connection
headers are gone and whose chunks are joined. An archive needs what crossed the wire, so
this protocol owns the socket: what is written is the request, what arrives is the
response. It looks only for the end of that, with the code that reads heads and chunks of
WARC records (:mod:`pipelines.warc.http`).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import cast

from pipelines.warc.framing import (
    EMPTY_LINE,
    NO_CHUNKS,
    OPEN_TRAILERS,
    Chunks,
    ChunksState,
    Framing,
    framing_of,
)
from pipelines.warc.http import HttpMessage, may_begin, read_head

MOST_HEAD_BYTES = 1 << 20
"""What the heads of one answer may come to, interim responses and all, before it is no answer.

Above the size limit of an exchange it is also what framing may add to the body: chunks of
one byte, with extensions, would otherwise fill the memory and never reach the limit.
"""

MOST_INTERIM = 50
"""How many interim (1xx) responses may come before an answer. Real servers send one or two."""

NOT_HTTP = "not HTTP"

QUIET_SECONDS = 2.0
"""After an answer is refused, how long nothing must come before its bytes count as all."""


@dataclass(frozen=True, slots=True)
class WireResponse:
    """A response as it arrived.

    ``block`` is status line, headers and body exactly as received, without interim (1xx)
    responses; ``surplus`` what had come behind it, which is no part of it.
    ``truncated`` is None, or a WARC-Truncated reason: ``disconnect`` (the peer closed
    before the length it had announced) or ``length`` (our own size limit). ``interim``
    are the status codes of 1xx responses that came before. ``latency`` are the seconds
    from the request to the end of the head. ``odd`` says in words what is not as it should be.
    """

    block: bytes
    truncated: str | None = None
    interim: tuple[int, ...] = ()
    latency: float = 0.0
    odd: tuple[str, ...] = ()
    surplus: bytes = b""


class WireError(Exception):
    """The peer closed without an answer, or sent what is not HTTP or cannot be trusted.

    :param received: the bytes that did arrive, for the archive
    """

    def __init__(self, why: str, received: bytes = b"") -> None:
        super().__init__(why)
        self.received = received


class WireConnection(asyncio.Protocol):
    """A client connection that runs one exchange at a time, over TCP or TLS.

    ``peer`` is the server's IP address, ``tls`` the WARC fields that say how the connection
    was secured (() over plain TCP; whoever connects sets them), ``interim`` the 1xx statuses
    of the exchange under way or last done.
    """

    def __init__(self) -> None:
        self.reusable = True
        self.peer: str | None = None
        self.tls: tuple[tuple[str, str], ...] = ()
        self.interim: list[int] = []
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[WireResponse] | None = None
        self._begin_exchange()

    async def exchange(self, request: bytes, *, max_bytes: int = 0) -> WireResponse:
        """Write ``request`` and return the response to it.

        :param max_bytes: the payload is cut there (0: no limit)
        :raises WireError: no response, not HTTP, or one whose end cannot be known
        """
        transport = self._transport
        if transport is None or transport.is_closing() or self._waiter is not None:
            raise WireError("the connection is closed or busy")
        self._max_bytes = max_bytes
        self._begin_exchange()
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            transport.write(request)
            return await self._waiter
        finally:
            self._waiter = None

    def received(self) -> bytes:
        """The bytes of the exchange under way, for a record of why it failed."""
        return bytes(self._wire)

    def close(self) -> None:
        """Close the connection at once, whatever is under way."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        peer = transport.get_extra_info("peername")
        self.peer = peer[0] if peer else None

    def data_received(self, data: bytes) -> None:
        if self._waiter is None or self._waiter.done():
            self.close()  # bytes that nobody asked for: the next answer could not be told apart
            return
        self._wire += data
        if self._refusal:
            self._collect()
            return
        while self._head is None and self._find_head():
            pass
        if self._head is not None:
            self._find_end()
        elif not self._refusal and len(self._wire) > MOST_HEAD_BYTES:
            self._fail(f"a head of more than {MOST_HEAD_BYTES} bytes")

    def connection_lost(self, exc: Exception | None) -> None:
        self.reusable = False
        if self._waiter is None or self._waiter.done():
            return
        if not self._wire:
            self._fail(f"the server closed the connection without an answer ({exc or 'EOF'})")
        elif self._refusal == NOT_HTTP and not exc and self._wire.lstrip().startswith(b"<"):
            odd = ("no head, as in HTTP/0.9",)
            self._waiter.set_result(WireResponse(bytes(self._wire), odd=odd))
        elif self._refusal:
            self._fail(self._refusal)
        elif self._head is None:
            self._fail("the server closed the connection inside the headers")
        elif self._chunks is not None and self._chunks.last_came and not exc:
            self._odd += (OPEN_TRAILERS,)
            self._finish(None)
        else:
            # Without a length, the end of the connection is the end of the body (RFC 9112,
            # 6.3); with one, the rest is missing.
            framed = self._chunks is not None or self._framing.length is not None
            self._finish("disconnect" if framed or exc else None)

    # The head.

    def _begin_exchange(self) -> None:
        self.interim = []
        self._wire = bytearray()
        self._start = 0  # of the message: behind interim responses
        self._searched = 0
        self._head: HttpMessage | None = None
        self._framing = Framing()
        self._chunks: Chunks | None = None
        self._odd: tuple[str, ...] = ()
        self._refusal = ""
        self._quiet: asyncio.TimerHandle | None = None
        self._sent_at = time.monotonic()
        self._latency = 0.0

    def _find_head(self) -> bool:
        """Look for a head; True if it was that of an interim response."""
        wire = self._wire
        if not may_begin(wire, self._start):
            self._refuse(NOT_HTTP)
            return False
        if EMPTY_LINE.search(wire, self._searched) is None:
            self._searched = max(self._start, len(wire) - 8)
            return False
        head = read_head(wire, self._start)
        if head is None or not head.complete_head:
            return False  # only line ends came so far
        self._start += len(head.head)
        self._searched = self._start
        if head.is_interim:
            if len(self.interim) == MOST_INTERIM:
                self._fail(f"more than {MOST_INTERIM} interim responses")
                return False
            self.interim.append(head.status)
            return True
        self._latency = time.monotonic() - self._sent_at
        self._framing = head.framing
        if self._framing.refused:
            self._refuse(self._framing.refused)
            return False
        self._head = head
        self._odd = head.odd
        if self._framing.chunked:
            self._chunks = Chunks(self._start)
        return False

    # The body: it begins at ``_start`` from here on.

    def _find_end(self) -> None:
        chunks, length = self._chunks, self._framing.length
        came = len(self._wire) - self._start
        if chunks is not None:
            state = chunks.read(self._wire)
            if state is ChunksState.ENDED:
                self._finish(None, chunks.end)
                return
            if state is ChunksState.BROKEN:
                self._break_off(chunks)
                return
            came = chunks.size - max(chunks.end - len(self._wire), 0)
        elif length is not None and came >= length:
            self._finish(None, self._start + length)
            return
        if self._max_bytes and (
            came > self._max_bytes or len(self._wire) > 2 * self._max_bytes + MOST_HEAD_BYTES
        ):
            self._finish("length")

    def _break_off(self, chunks: Chunks) -> None:
        """Go on where what comes is no chunk: with the body as it is if none came so far."""
        assert self._head is not None
        if chunks.size:
            self._refuse(f"the chunks break off at byte {chunks.end - self._start} of the body")
            return
        fields = [field for field in self._head.headers if field[0].lower() != "transfer-encoding"]
        self._framing = framing_of(self._head.status, fields)
        if self._framing.refused:
            self._refuse(self._framing.refused)
            return
        self._chunks = None
        self._odd += (NO_CHUNKS,)
        self._find_end()

    # The end.

    def _finish(self, truncated: str | None, end: int | None = None) -> None:
        assert self._waiter is not None
        assert self._head is not None
        wire = self._wire
        end = len(wire) if end is None or truncated else end
        surplus = bytes(wire[end:])
        if surplus:
            self._odd += (f"{len(surplus)} bytes behind the response",)
        if truncated or self._odd or not self._keeps_alive():
            self.reusable = False
        self._waiter.set_result(
            WireResponse(
                block=bytes(wire[self._start - len(self._head.head) : end]),
                truncated=truncated,
                interim=tuple(self.interim),
                latency=self._latency,
                odd=self._odd,
                surplus=surplus,
            )
        )
        if not self.reusable:
            self.close()

    def _keeps_alive(self) -> bool:
        """Whether the server keeps the connection open after its response (RFC 9112, 9.3)."""
        assert self._head is not None
        wish = self._head.get("connection").lower()
        return "close" not in wish and (self._head.version == "1.1" or "keep-alive" in wish)

    def _refuse(self, why: str) -> None:
        """Read no more of the answer, but keep what else comes of it."""
        self._refusal, self._head = why, None
        self._collect()

    def _collect(self) -> None:
        """Wait for the end of a refused answer: that of the connection, or quiet."""
        if self._quiet is not None:
            self._quiet.cancel()
        if len(self._wire) > self._max_bytes + MOST_HEAD_BYTES:
            self._fail(self._refusal)
        else:
            loop = asyncio.get_running_loop()
            self._quiet = loop.call_later(QUIET_SECONDS, self._fail, self._refusal)

    def _fail(self, why: str) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(WireError(why, self.received()))
        self.close()
