"""Which network addresses a crawl may connect to.

A page on the public web can link or redirect to ``http://169.254.169.254/`` or to a name
that resolves to a machine of the local network. A crawler that follows copies what was
never public into an archive. So a host is resolved once, the answers are vetted, and the
connection goes to a vetted address itself: a second DNS answer cannot differ.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")


class PrivateAddressError(OSError):
    """A host has only addresses that are not on the public internet. Not retried."""


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet.

    Private, shared, link-local, loopback, multicast, reserved, documentation and
    unspecified ones (the IANA special-purpose registries) are not, also where an IPv6
    address holds such an IPv4 address (mapped, 6to4, NAT64).

    :raises ValueError: ``address`` is no IP address
    """
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = _embedded(ip)
        if inner is None:
            return ip in _GLOBAL_UNICAST and ip.is_global and not ip.is_multicast
        ip = inner
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def is_loopback_name(host: str) -> bool:
    """Return whether a host of a URL says by itself that it is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


async def resolve(host: str, port: int, *, private: bool, loopback: bool = False) -> list[str]:
    """Return the addresses of ``host`` that may be connected to, in the resolver's order.

    :param private: any address may
    :param loopback: those of this machine may
    :raises PrivateAddressError: it has addresses, and none may
    :raises OSError: it has none (``socket.gaierror``)
    """
    try:
        entries = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is empty or too long
        raise socket.gaierror(socket.EAI_NONAME, f"{host!r} is no host name") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    vetted = [
        address
        for address in addresses
        if private or is_public(address) or (loopback and _is_loopback(address))
    ]
    if not vetted:
        raise PrivateAddressError(
            f"{host} is at {', '.join(addresses)}, which is not on the public internet; "
            "-s PRIVATE_ADDRESSES=True crawls it all the same"
        )
    return vetted


def _is_loopback(address: str) -> bool:
    return ip_address(address.partition("%")[0]).is_loopback


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour
