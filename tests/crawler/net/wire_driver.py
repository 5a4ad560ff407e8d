"""Gives a connection bytes as a socket would, without one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from crawler.net.wire import WireConnection, WireError, WireResponse


class Peer(asyncio.Transport):
    """The other end: it takes whatever it is sent."""

    _is_closing = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """The address of the peer."""
        return ("127.0.0.1", 80) if name == "peername" else default

    def is_closing(self) -> bool:
        """Whether our side has ended the connection."""
        return self._is_closing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take a request."""

    def abort(self) -> None:
        """End the connection."""
        self._is_closing = True


async def receive(pieces: Iterable[bytes], *, max_bytes: int = 0) -> WireResponse | WireError:
    """What the wire makes of an answer that comes in pieces, before the server closes."""
    connection = WireConnection()
    connection.connection_made(Peer())
    exchange = asyncio.ensure_future(connection.exchange(b"GET / ...", max_bytes=max_bytes))
    await asyncio.sleep(0)  # it has sent its request by then
    for piece in pieces:
        if not exchange.done():
            connection.data_received(piece)
            await asyncio.sleep(0)
    connection.connection_lost(None)
    try:
        return await exchange
    except WireError as error:
        return error
