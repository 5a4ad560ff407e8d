"""Open connections by origin, kept for reuse."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from dataclasses import dataclass

from crawler.wire import WireConnection


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection goes: scheme ("http" or "https"), host name, port."""

    scheme: str
    host: str
    port: int


def tls_context(verify: bool) -> ssl.SSLContext:
    """A client context that offers HTTP/1.1 only.

    :param verify: False reads old sites whose certificates have run out; the WARC then
        says that the peer was not verified.
    """
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


class ConnectionPool:
    """Hands out idle connections, or new ones; takes them back if they can be reused."""

    def __init__(self, *, verify_tls: bool) -> None:
        self._verify_tls = verify_tls
        self._tls: ssl.SSLContext | None = None
        self._idle: dict[Origin, list[WireConnection]] = defaultdict(list)

    async def acquire(self, origin: Origin) -> tuple[WireConnection, bool]:
        """A connection to ``origin``, and whether it was used before.

        :raises OSError: no such host, refused, unreachable
        """
        idle = self._idle[origin]
        while idle:
            connection = idle.pop()
            if connection.reusable:
                return connection, True
        return await self.connect(origin), False

    async def connect(self, origin: Origin) -> WireConnection:
        """A new connection to ``origin``.

        :raises OSError: no such host, refused, unreachable
        """
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            WireConnection,
            origin.host,
            origin.port,
            ssl=self._tls_context() if origin.scheme == "https" else None,
        )
        return connection

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

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = tls_context(self._verify_tls)
        return self._tls
