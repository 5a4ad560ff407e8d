"""Addresses of a site, taken apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_TOKEN = re.compile(r"[0-9a-f]{16,}|(?=[a-z]*[0-9])[0-9a-z]{24,}", re.I)


@dataclass(frozen=True)
class Address:
    """An address, taken apart. ``query`` has the parameters by name; a piece without a name
    has the name ""."""

    segments: tuple[str, ...]
    slash: bool
    query: Mapping[str, str]

    @property
    def skeleton(self) -> tuple[int, frozenset[str]]:
        """What is alike in addresses of one kind."""
        return len(self.segments), frozenset(self.query)

    def part(self, key: int | str) -> str:
        """A segment of the path by its number, or a parameter by its name."""
        return self.segments[key] if isinstance(key, int) else self.query.get(key, "")


def take_apart(url: str) -> Address:
    """An address, taken apart."""
    parts = urlsplit(url)
    query = {}
    for piece in re.split("[&;]", parts.query) if parts.query else ():
        name, equals, value = piece.partition("=")
        query[name if equals else ""] = value if equals else name.partition("/")[0]
    segments = tuple(segment for segment in parts.path.split("/") if segment)
    return Address(segments, parts.path.endswith("/"), query)


def session_parameters(urls: Iterable[str]) -> tuple[str, ...]:
    """The parameters of addresses whose values look like those of a session."""
    names: dict[str, set[bool]] = {}
    for url in urls:
        for name, value in take_apart(url).query.items():
            names.setdefault(name, set()).add(_TOKEN.fullmatch(value) is not None)
    return tuple(sorted(name for name, tokens in names.items() if name and tokens == {True}))


def without(url: str, dropped: Collection[str]) -> str:
    """An address without some parameters."""
    parts = urlsplit(url)
    if not parts.query or not dropped:
        return parts._replace(fragment="").geturl()
    pieces = [
        piece for piece in re.split("[&;]", parts.query) if piece.partition("=")[0] not in dropped
    ]
    return parts._replace(query="&".join(pieces), fragment="").geturl()
