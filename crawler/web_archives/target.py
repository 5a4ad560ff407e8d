"""Targets of a recovery: one address, all below one, or a whole domain. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from parsers.sites.site import Site
from pipelines.files.timestamps import parse_timestamp


@dataclass(frozen=True, slots=True)
class Target:
    """A part of the web, as CDX servers name it.

    ``url`` is without a wildcard, ``match`` is ``exact``, ``prefix`` or ``domain``. ``since``
    and ``until`` are timestamps of 14 digits, both included.
    """

    url: str
    match: str
    since: str = "00000000000000"
    until: str = "99999999999999"

    @property
    def host(self) -> str:
        """The host, in lower case."""
        return _key(self.url).partition("/")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The parameters of a CDX query for it."""
        wide = [("matchType", self.match)] if self.match != "exact" else []
        return [("url", self.url), *wide]

    def holds(self, url: str, timestamp: str) -> bool:
        """Return whether a capture is of the target. Scheme, "www." and case do not count, as in
        the keys that indices are sorted by."""
        if not self.since <= timestamp <= self.until:
            return False
        own, key = _key(self.url), _key(url)
        if self.match == "prefix":
            return key.startswith(own)
        if self.match == "domain":
            host = key.partition("/")[0]
            return host == self.host or host.endswith(f".{self.host}")
        return key.rstrip("/") == own.rstrip("/")


def target_of(url: str, since: str = "", until: str = "") -> Target:
    """Return the target that ``-a url=``, ``-a from=`` and ``-a to=`` name.

    ``example.org/path/*`` is all that begins so, ``*.example.org`` the domain and all below it.

    :param since: a timestamp of 4 to 14 digits
    :raises ValueError: it is no such thing; the message says what is
    """
    bare, match = url.strip(), "exact"
    if bare.endswith("*"):
        bare, match = bare[:-1], "prefix"
    elif bare.startswith("*."):
        bare, match = bare[2:], "domain"
    if "*" in bare or not re.match(r"https?://[^\s/]|(?!https?:)[^\s/]", bare, re.I):
        raise ValueError(
            f"url={url!r}: say what is wanted, such as url=netwellness.org/question.cfm/* for all "
            "below it, url=*.example.org for a domain, or one address"
        )
    if "/" not in bare.partition("://")[2 if "://" in bare else 0]:
        bare += "/"
    return Target(bare, match, _bound(since, "from", "0"), _bound(until, "to", "9"))


def targets_of(site: Site) -> tuple[str, ...]:
    """What ``-a site=`` names, as ``-a url=`` would: all that begins as question pages do."""
    hosts = dict.fromkeys(host.removeprefix("www.") for host in site.hosts)
    starts = {_literal_start(pattern.text) for pattern in site.questions}
    widest = sorted(
        start for start in starts if not any(start.startswith(o) for o in starts - {start})
    )
    return tuple(f"{host}{start}*" for host in hosts for start in widest)


def _literal_start(pattern: str) -> str:
    """The beginning of all addresses of a pattern; in a query the order may be any."""
    path, has_query, _ = pattern.partition("?")
    start = re.split(r"[{\[]", path, maxsplit=1)[0]
    return f"{start}?" if has_query and start == path else start


def _bound(text: str, name: str, fill: str) -> str:
    if text and parse_timestamp(text) is None:
        raise ValueError(f"{name}={text!r}: write it as 2004, 200406 or 20040630120000")
    return text.ljust(14, fill)


def _key(url: str) -> str:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
    except ValueError:  # archives list what pages linked to, addresses that are none included
        return url.lower()
    host = parts.netloc.rpartition("@")[2].lower().removeprefix("www.")
    host = re.sub(r":(?:80|443)$", "", host)
    return f"{host}{parts.path or '/'}{'?' + parts.query if parts.query else ''}".lower()
