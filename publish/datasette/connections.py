"""Connections that strangers hold: none for long, none without reading, and not too many.

uvicorn has a limit of its own for connections that are idle between two requests, and for
nothing else. A proxy in front (deploy/nginx.conf) has all of these limits too, but an archive
need not have one.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds in which a request must be whole.
REQUEST_SECONDS = 10.0
#: Seconds in which a reader must take what lies ready: 64 KB and a piece, or some 15 KB a second.
PATIENCE = 10.0
#: Connections at a time; of more, that which has waited longest for its request is ended.
MOST_CONNECTIONS = 500
#: Bytes that the kernel keeps of what a reader has not taken. It would grow to megabytes, and
#: who does not read would be noticed as late.
SEND_BUFFER = 256 * 1024


class BoundedConnection(H11Protocol):
    """uvicorn's HTTP/1.1, ended where the other side keeps it waiting."""

    _incomplete: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _since = 0.0

    @property
    def is_waiting(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._await_request()
        if len(self.connections) > MOST_CONNECTIONS:
            idle = [each for each in self.connections if each.is_waiting]  # type: ignore[union-attr]
            min(idle, key=lambda each: each._since, default=self).transport.abort()  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        """Read on; a request that is not whole yet has no more time than before."""
        super().data_received(data)
        self._await_request()

    def _await_request(self) -> None:
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            if self._incomplete is None:
                self._incomplete = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)
        elif self._incomplete is not None:
            self._incomplete.cancel()
            self._incomplete = None

    def on_response_complete(self) -> None:
        """Wait for the next request, which may be there in part."""
        self._since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Give the reader some time to take what lies ready."""
        super().pause_writing()
        self._unread = self.loop.call_later(PATIENCE, self.transport.abort)

    def resume_writing(self) -> None:
        """See that the reader has taken it."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was waited for."""
        for timer in (self._incomplete, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)


def bound_listener(listener: socket.socket) -> None:
    """Set on a listening socket what its connections inherit."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    # The rest of an answer, on a connection that is closed already (tcp(7)).
    option: Any = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None:
        listener.setsockopt(socket.IPPROTO_TCP, option, int(PATIENCE * 1000))
