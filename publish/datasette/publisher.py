"""Who serves the archive, and at which address the world knows it. Pure.

What is configured passes through Datasette's plugin configuration, so that every page can
read it and tests can set it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlsplit

#: The name under which Datasette keeps our configuration.
PLUGIN = "housecall"

# RFC 3986 reg-name, IPv4 or [IPv6], with a port. A Host header is a stranger's text.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?")
_MAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+")


class PublisherError(ValueError):
    """A value of the configuration cannot be used; the message says which, and what to give."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Where and by whom an archive is served; all empty on one's own machine.

    :param url: the base of stable addresses, without a slash at its end; empty: the address
        that each request came to
    :param contact: an e-mail address or an https page; empty: none is shown
    :param hosts: further names that the server answers to, with commas between
    :raises PublisherError: ``url`` is no http address of a host alone
    """

    url: str = ""
    contact: str = ""
    hosts: str = ""

    def __post_init__(self) -> None:
        if not self.url:
            return
        try:
            parts = urlsplit(self.url)
            plain = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc)
        except ValueError:
            plain = None
        if not plain or parts.path.strip("/") or parts.query or parts.fragment:
            raise PublisherError(
                f"PUBLIC_URL={self.url!r} must be a scheme and a host, as https://archive.example.org"
            )
        object.__setattr__(self, "url", f"{parts.scheme}://{parts.netloc}")

    @classmethod
    def of(cls, config: Mapping[str, Any] | None) -> Publisher:
        """Return what the plugin's configuration says."""
        return cls(**{name: (config or {}).get(name, "") for name in cls.__slots__})

    def config(self) -> dict[str, Any]:
        """Return it as the plugin's configuration."""
        return asdict(self)

    def base(self, scheme: str, host: str) -> str:
        """Return the base of absolute addresses, for a request that came to ``host``."""
        if self.url:
            return self.url
        known = host if _HOST.fullmatch(host) else "localhost"
        return f"{'https' if scheme == 'https' else 'http'}://{known}"

    def answers_to(self, host: str) -> bool:
        """Whether requests to a host are answered.

        A page of a stranger may have its own name lead here ("DNS rebinding"), and would be
        answered as if it were the keeper. An address that is a number has no name to be led
        astray by.

        :param host: as the request has it, with its port or without
        """
        name = host.rpartition(":")[0] if re.search(r":[0-9]*$", host) else host
        own = urlsplit(self.url).hostname or ""
        names = {part.strip().lower() for part in (own, *self.hosts.split(",")) if part.strip()}
        if name.lower() in names | {"localhost"}:
            return True
        try:
            ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    @property
    def contact_uri(self) -> str | None:
        """The contact as a URI (RFC 9116, section 2.5.3), or None if it is none."""
        contact = self.contact.strip()
        if contact.startswith("https://") and not re.search(r"[\s<>\"]", contact):
            return quote(contact, safe=":/?#[]@!$&'()*+,;=%~-._")
        if _MAIL.fullmatch(contact):
            return f"mailto:{quote(contact, safe='@+')}"
        return None
