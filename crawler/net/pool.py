"""Open connections by origin, kept for reuse."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from crawler.net.tls import tls_context
from crawler.net.wire import WireConnection

CONNECT_SECONDS = 10.0
"""What one address of several may take before the next one is tried."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection goes: scheme ("http" or "https"), host name, port."""

    scheme: str
    host: str
    port: int


#: The addresses of a host and port that may be connected to, in the order to try them.
Resolve = Callable[[str, int], Awaitable[list[str]]]


class ConnectionPool:
    """Hands out idle connections, or new ones; takes them back if they can be reused.

    :param resolve: gives the addresses; a connection goes to one of them and nowhere else
    """

    def __init__(self, resolve: Resolve, *, verify_tls: bool) -> None:
        self._resolve = resolve
        self._verify_tls = verify_tls
        self._tls: ssl.SSLContext | None = None
        self._idle: dict[Origin, list[WireConnection]] = defaultdict(list)

    async def acquire(self, origin: Origin) -> tuple[WireConnection, bool]:
        """A connection to ``origin``, and whether it was used before.

        :raises OSError: no such host, refused, unreachable, not an address for a crawl
        """
        idle = self._idle[origin]
        while idle:
            connection = idle.pop()
            if connection.reusable:
                return connection, True
        return await self.connect(origin), False

    async def connect(self, origin: Origin) -> WireConnection:
        """A new connection to ``origin``: to the first of its addresses that takes it.

        :raises OSError: no such host, refused, unreachable, not an address for a crawl
        """
        addresses = await self._resolve(origin.host, origin.port)
        for address in addresses[:-1]:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await self._connect_to(address, origin)
            except OSError:  # a timeout is one too
                continue
        return await self._connect_to(addresses[-1], origin)

    def release(self, origin: Origin, connection: WireConnection) -> None:
        """Take a connection back after its exchange."""
        if connection.reusable:
            self._idle[origin].append(connection)

    def close(self) -> None:
        """Close every idle connection."""
        for idle in self._idle.values():
            for connection in idle:
                connection.close()
        self._idle.clear()

    async def _connect_to(self, address: str, origin: Origin) -> WireConnection:
        secure = origin.scheme == "https"
        _, connection = await asyncio.get_running_loop().create_connection(
            WireConnection,
            address,
            origin.port,
            ssl=self._tls_context() if secure else None,
            # The certificate is that of the name, whichever address it is at.
            server_hostname=origin.host if secure else None,
        )
        return connection

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = tls_context(self._verify_tls)
        return self._tls
