"""From archived values to what a page shows: safe HTML parts, dates, numbers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

# FTS5's snippet() sets these around what matched. They are control characters, which no
# reader sees: should a page hold one, it is dropped below and can never become markup.
MARK_START, MARK_END = "\x02", "\x03"
_MARKED = re.compile(f"{MARK_START}([^{MARK_START}{MARK_END}]*){MARK_END}")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")

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


_LANGUAGES = MappingProxyType(
    {
        "de": "German", "en": "English", "es": "Spanish", "fr": "French", "it": "Italian",
        "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sv": "Swedish",
        "tr": "Turkish", "zh": "Chinese",
    }
)  # fmt: skip


def language(tag: str) -> str:
    """Return a language tag (BCP 47) in words: "German", or "German (de-AT)"."""
    name = _LANGUAGES.get(tag.partition("-")[0].lower())
    if name is None:
        return tag
    return name if "-" not in tag else f"{name} ({tag})"


_MEMBER = re.compile(r"member [0-9]+")


def has_members(question: Mapping[str, Any]) -> bool:
    """Return whether anybody asks or answers under a number instead of a name."""
    names = [question["asker"], *(answer["author"] for answer in question["answers"])]
    return any(name and _MEMBER.fullmatch(name) for name in names)


def blocks(text: str) -> list[list[str]]:
    """Return the paragraphs of an archived text, each a list of its lines."""
    return [part.split("\n") for part in re.split(r"\n{2,}", text.strip("\n")) if part.strip()]


def highlighted(snippet: str) -> Markup:
    """Return a snippet with its matches in ``<mark>``; all else is escaped."""
    pieces, end = [], 0
    for match in _MARKED.finditer(snippet):
        pieces.append(_escaped(snippet[end : match.start()]))
        pieces.append(Markup("<mark>") + _escaped(match[1]) + Markup("</mark>"))
        end = match.end()
    pieces.append(_escaped(snippet[end:]))
    return Markup("").join(pieces)


def _escaped(text: str) -> Markup:
    return escape(_CONTROLS.sub(" ", text))


def safe_href(url: str | None) -> str | None:
    """Return the URL, if it may be a link: http or https with a host. Else None."""
    if not url or _CONTROLS.search(url) or any(space in url for space in " \t\r\n"):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme.lower() in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def excerpt(text: str, limit: int = 220) -> str:
    """Return the beginning of a text on one line, cut at a word."""
    line = " ".join(text[: limit * 2].split())
    if len(line) <= limit and len(text) <= limit * 2:
        return line
    return line[:limit].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def day(stamp: str | None) -> str:
    """``2026-01-31T12:00:00Z`` or ``2026-01-31`` as "31 January 2026"; else as it is."""
    try:
        when = datetime.fromisoformat(stamp or "")
    except ValueError:
        return stamp or ""
    return f"{when.day} {when:%B %Y}"


def moment(stamp: str | None) -> str:
    """Return a UTC time stamp as "31 January 2026, 12:00 UTC"; else as it is."""
    try:
        when = datetime.fromisoformat(stamp or "")
    except ValueError:
        return stamp or ""
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def number(value: float | None) -> str:
    """1234567 as "1,234,567"; None as "0"."""
    return f"{value or 0:,}"


def plural(count: int, singular: str, plural: str | None = None) -> str:
    """``1 question``, ``1,204 questions``."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def sources_in_words(sources: Iterable[str]) -> str:
    """Return sources as readers know them: "live crawl, Wayback Machine"."""
    return ", ".join(SOURCES.get(source, source) for source in sources)


def share(part: float, whole: float) -> int:
    """``part`` of ``whole`` in whole percent, for the length of a bar: at least 1 if any."""
    if not part or not whole:
        return 0
    return max(1, round(100 * part / whole))
