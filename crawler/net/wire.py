"""One HTTP/1.1 connection that keeps every byte it sends and receives.

Scrapy's own handlers give a response whose header names are re-cased, whose connection
headers are gone and whose chunks are joined. An archive needs what crossed the wire, so
this protocol owns the socket: what is written is the request, what arrives is the
response, and the parser (llhttp, by httptools) only watches to say where it ends.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import cast

import httptools

MOST_HEAD_BYTES = 1 << 20
"""What the heads of one answer may come to, interim responses and all, before it is no answer.

Above the size limit of an exchange it is also what framing may add to the body: chunks of
one byte, with extensions, would otherwise fill the memory and never reach the limit.
"""

MOST_INTERIM = 50
"""How many interim (1xx) responses may come before an answer. Real servers send one or two."""

_EVERY_LENIENCY = {
    # Servers of the 1990s break each of these rules, browsers read them all the same, and
    # nothing is smuggled past us: one request is in flight, and every byte is kept.
    "lenient_headers": True,
    "lenient_chunked_length": True,
    "lenient_keep_alive": True,
    "lenient_transfer_encoding": True,
    "lenient_version": True,
    "lenient_data_after_close": True,
    "lenient_optional_lf_after_cr": True,
    "lenient_optional_cr_before_lf": True,
    "lenient_optional_crlf_after_chunk": True,
    "lenient_spaces_after_chunk_size": True,
}


@dataclass(frozen=True, slots=True)
class WireResponse:
    """A response as it arrived.

    ``block`` is status line, headers and body exactly as received, without interim (1xx)
    responses; ``payload`` the body with chunk framing undone and content encoding kept.
    ``truncated`` is None, or a WARC-Truncated reason: ``disconnect`` (the peer closed
    before the length it had announced) or ``length`` (our own size limit). ``interim``
    are the status codes of 1xx responses that came before. ``latency`` are the seconds
    from the request to the end of the head.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    block: bytes
    payload: bytes
    truncated: str | None = None
    interim: tuple[int, ...] = ()
    latency: float = 0.0


class WireError(Exception):
    """The peer closed without an answer, or sent what is not HTTP.

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

    _complete: bool  # whether the message that is arriving has ended

    def __init__(self) -> None:
        self.reusable = True
        self.peer: str | None = None
        self.tls: tuple[tuple[str, str], ...] = ()
        self.interim: list[int] = []
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[WireResponse] | None = None
        self._begin_message()

    async def exchange(self, request: bytes, *, max_bytes: int = 0) -> WireResponse:
        """Write ``request`` and return the response to it.

        :param max_bytes: the payload is cut there (0: no limit)
        :raises WireError: no response, or not HTTP
        """
        transport = self._transport
        if transport is None or transport.is_closing() or self._waiter is not None:
            raise WireError("the connection is closed or busy")
        self._max_bytes = max_bytes
        self._begin_message()
        self.interim = []
        self._arrived = 0
        self._latency = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_EVERY_LENIENCY)
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            self._sent_at = time.monotonic()
            transport.write(request)
            return await self._waiter
        finally:
            self._waiter = None

    def received(self) -> bytes:
        """The bytes of the exchange under way, for a record of why it failed."""
        return b"".join(self._wire)

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
        self._wire.append(data)
        self._arrived += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._complete:
                self._fail(f"not HTTP: {error.__context__ or error}")
                return
            self.reusable = False  # what follows a complete message is not ours to read
        if self._complete:
            self._finish(None)
        elif not self._headers_done:
            if self._arrived > MOST_HEAD_BYTES:
                self._fail(f"a head of more than {MOST_HEAD_BYTES} bytes")
        elif self._max_bytes and (
            self._body_bytes > self._max_bytes
            or self._arrived > 2 * self._max_bytes + MOST_HEAD_BYTES
        ):
            self._finish("length")

    def connection_lost(self, exc: Exception | None) -> None:
        self.reusable = False
        if self._waiter is None or self._waiter.done():
            return
        if not self._wire:
            self._fail(f"the server closed the connection without an answer ({exc or 'EOF'})")
        elif not self._headers_done:
            self._fail("the server closed the connection inside the headers")
        else:
            # Without a length, the end of the connection is the end of the body (RFC 9112,
            # 6.3); with one, the rest is missing.
            framed = any(
                name.lower() in (b"content-length", b"transfer-encoding")
                for name, _ in self._headers
            )
            self._finish("disconnect" if framed or exc else None)

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._headers_done:  # later ones are trailers
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._headers_done = True
        self._latency = time.monotonic() - self._sent_at
        self._status = self._parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        if not self._complete:
            self._body.append(data)
            self._body_bytes += len(data)

    def on_message_complete(self) -> None:
        if self._complete:
            return
        if 100 <= self._status < 200:
            if len(self.interim) == MOST_INTERIM:
                raise WireError(f"more than {MOST_INTERIM} interim responses")
            self.interim.append(self._status)
            self._drop_interim()
        else:
            self._complete = True
            # The parser forgets it once it waits for the next message.
            self._keep_alive = self._parser.should_keep_alive()

    # The state of one message.

    def _begin_message(self) -> None:
        self._wire: list[bytes] = []
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._status = 0
        self._headers_done = self._complete = self._keep_alive = False

    def _drop_interim(self) -> None:
        """Leave a 1xx response out of the block: it has no body, so it ends at its blank line."""
        rest = _after_headers(b"".join(self._wire))
        self._begin_message()
        self._wire.append(rest)

    def _finish(self, truncated: str | None) -> None:
        assert self._waiter is not None
        block = b"".join(self._wire)
        payload = b"".join(self._body)
        if truncated or not self._keep_alive:
            self.reusable = False
        self._waiter.set_result(
            WireResponse(
                status=self._status,
                headers=tuple(self._headers),
                block=self._cut_at_end(block, payload) if not truncated else block,
                payload=payload,
                truncated=truncated,
                interim=tuple(self.interim),
                latency=self._latency,
            )
        )
        if not self.reusable:
            self.close()

    def _cut_at_end(self, block: bytes, payload: bytes) -> bytes:
        """Leave out bytes that came after an unchunked message: they are not part of it."""
        head = len(block) - len(_after_headers(block))
        chunked = any(name.lower() == b"transfer-encoding" for name, _ in self._headers)
        if not chunked and len(block) > head + len(payload):
            self.reusable = False
            return block[: head + len(payload)]
        return block

    def _fail(self, why: str) -> None:
        assert self._waiter is not None
        self._waiter.set_exception(WireError(why, b"".join(self._wire)))
        self.close()


def _after_headers(block: bytes) -> bytes:
    """What follows the first blank line (CRLF or, from sloppy servers, LF)."""
    ends = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := block.find(mark)) >= 0]
    return block[min(ends) :] if ends else b""
