"""Where copies of a page can be seen outside of this archive. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pipelines.capture.memento import WAYBACK, ReplayAddress, original_in
from publish.data.texts import safe_href

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


def archived_copy(capture: Mapping[str, Any] | None) -> str | None:
    """The copy in a web archive that a capture was taken from; None for other captures."""
    if not capture:
        return None
    for place in (capture.get("fetched_from") or "", capture["url"]):
        if original_in(place) and (href := safe_href(place)):
            return href
    if capture["source"] != "wayback" or safe_href(capture["url"]) is None:
        return None
    digits = re.sub(r"[^0-9]", "", capture["captured_at"])[:14]
    if len(digits) != 14:
        return None
    return str(ReplayAddress(WAYBACK, digits, capture["url"]))


def in_words(sources: Iterable[str]) -> str:
    """Sources as readers know them: "live crawl, Wayback Machine"."""
    return ", ".join(SOURCES.get(one, one) for one in sources)


def other_copies(url: str) -> str | None:
    """Where the Wayback Machine lists all of its copies of a page; None for no web address."""
    return str(ReplayAddress(WAYBACK, "*", url)) if safe_href(url) else None
