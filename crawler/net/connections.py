"""Connections by origin, kept open for reuse; what TLS they offer, and what the WARC says of it."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property

from crawler.net.wire import WireConnection

#: Our own WARC field on a response record: "not verified" where the certificate was not checked.
PEER_FIELD = "Housecall-TLS-Peer"

# What this client offers for TLS 1.2 and older; without a key exchange it is RSA.
_SUITE = re.compile(
    r"(?:(?P<exchange>(?:ECDHE|DHE)-(?:ECDSA|RSA|DSS))-)?"
    r"(?:AES(?P<bits>128|256)(?:-(?P<mode>GCM|CCM8|CCM))?|(?P<chacha>CHACHA20-POLY1305))"
    r"(?:-(?P<mac>SHA(?:256|384)?))?"
)

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
        self._idle: dict[Origin, list[WireConnection]] = defaultdict(list)

    async def acquire(self, origin: Origin) -> tuple[WireConnection, bool]:
        """Return a connection to ``origin``, and whether it was used before.

        :raises OSError: no such host, refused, unreachable, not an address for a crawl
        """
        idle = self._idle[origin]
        while idle:
            connection = idle.pop()
            if connection.reusable:
                return connection, True
        return await self.connect(origin), False

    async def connect(self, origin: Origin) -> WireConnection:
        """Return a new connection to ``origin``: to the first of its addresses that takes it.

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
        transport, connection = await asyncio.get_running_loop().create_connection(
            WireConnection,
            address,
            origin.port,
            ssl=self._tls_context if secure else None,
            # The certificate is that of the name, whichever address it is at.
            server_hostname=origin.host if secure else None,
        )
        connection.tls = tls_fields(transport.get_extra_info("ssl_object"))
        return connection

    @cached_property
    def _tls_context(self) -> ssl.SSLContext:
        return tls_context(self._verify_tls)


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


def tls_fields(connection: ssl.SSLObject | ssl.SSLSocket | None) -> tuple[tuple[str, str], ...]:
    """The WARC fields of a response that came over ``connection``; () without TLS.

    ``WARC-Protocol`` (a second one, beside the HTTP version's) and ``WARC-Cipher-Suite``
    are the extensions of WARC 1.1 that Heritrix, Browsertrix and Wget-AT write too
    (iipc/warc-specifications, 42 and 86).
    """
    if connection is None:
        return ()
    fields = []
    version, cipher = connection.version(), connection.cipher()
    if version:
        name, _, number = version.partition("v")
        fields.append(("WARC-Protocol", f"{name.lower()}/{number if '.' in number else '1.0'}"))
    suite = iana_name(cipher[0]) if cipher else None
    if suite:
        fields.append(("WARC-Cipher-Suite", suite))
    if connection.context.verify_mode == ssl.CERT_NONE:
        fields.append((PEER_FIELD, "not verified"))
    return tuple(fields)


def iana_name(suite: str) -> str | None:
    """The IANA name of a cipher suite that OpenSSL names; None if it is not a known kind.

    >>> iana_name("ECDHE-RSA-AES128-SHA256")
    'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256'
    """
    if suite.startswith("TLS_"):  # those of TLS 1.3 have one name
        return suite
    match = _SUITE.fullmatch(suite)
    if match is None:
        return None
    exchange = (match["exchange"] or "RSA").replace("-", "_")
    if match["chacha"]:
        return f"TLS_{exchange}_WITH_CHACHA20_POLY1305_SHA256"
    mode = (match["mode"] or "CBC").replace("CCM8", "CCM_8")
    mac = f"_{match['mac']}" if match["mac"] else ""
    return f"TLS_{exchange}_WITH_AES_{match['bits']}_{mode}{mac}"
