"""Where copies of a page can be seen outside of this archive. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from publish.data.texts import safe_href

#: The Internet Archive's Wayback Machine: "/web/<time>/<url>" is a copy, "/web/*/<url>" a list.
WAYBACK = "https://web.archive.org/web"

#: What ``captures.source`` means, in words for readers.
SOURCES = MappingProxyType(
    {
        "live": "live crawl",
        "wayback": "Wayback Machine",
        "commoncrawl": "Common Crawl",
        "warc": "imported web archive file",
        "wet": "text rendering of a crawl (WET)",
        "file": "imported file",
    }
)

_REPLAY = re.compile(r"https?://[^/]+/(?:[\w.-]+/){0,3}\d{4,14}[a-z_]*/https?:/", re.I)


def archived_copy(capture: Mapping[str, Any] | None) -> str | None:
    """The copy in a web archive that a capture was taken from; None for other captures."""
    if not capture:
        return None
    for place in (capture.get("fetched_from") or "", capture["url"]):
        if _REPLAY.match(place):
            return safe_href(place)
    if capture["source"] != "wayback" or safe_href(capture["url"]) is None:
        return None
    digits = re.sub(r"[^0-9]", "", capture["captured_at"])[:14]
    return f"{WAYBACK}/{digits}/{capture['url']}" if len(digits) == 14 else None


def in_words(sources: Iterable[str]) -> str:
    """Sources as readers know them: "live crawl, Wayback Machine"."""
    return ", ".join(SOURCES.get(one, one) for one in sources)


def other_copies(url: str) -> str | None:
    """Where the Wayback Machine lists all of its copies of a page; None for no web address."""
    return f"{WAYBACK}/*/{url}" if safe_href(url) else None
