"""What the names in markup hint at: classes, ids, ``itemprop`` and ``rel``, whatever the software.

A hint is never needed and never enough: what it says is weighed against where things stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from parsers.words.patterns import pattern

_NAMES = (
    "author", "body", "date", "signature", "quote", "panel", "control", "record", "title",
    "accepted", "score",
)  # fmt: skip
AUTHOR, BODY, DATE, SIGNATURE, QUOTE, PANEL, CONTROL, RECORD, TITLE, ACCEPTED, SCORE = (
    1 << n for n in range(len(_NAMES))
)
_PATTERNS = tuple((1 << n, pattern(f"hint_{name}", 0)) for n, name in enumerate(_NAMES))
_DIGITS = re.compile(r"\d{3,}")
_PROPERTIES = {
    "author": AUTHOR, "creator": AUTHOR, "text": BODY, "articlebody": BODY, "datecreated": DATE,
    "datepublished": DATE, "headline": TITLE, "acceptedanswer": ACCEPTED, "upvotecount": SCORE,
}  # fmt: skip
_PROFILE = pattern("profile")
_PROFILE_QUERY = re.compile(r"action=profile|(?:member|profile|user)\.(?:php|aspx?)", re.I)


@lru_cache(maxsize=16384)
def _hints_in(names: str) -> int:
    names = _DIGITS.sub("", names.lower())
    return sum(bit for bit, pattern in _PATTERNS if pattern.search(names))


def hints_of(tag: str, attributes: Mapping[str, str]) -> int:
    """The hints of a tag with attributes, as bits."""
    if not attributes:
        return DATE if tag == "time" else 0
    classes, name = attributes.get("class"), attributes.get("id")
    bits = _hints_in(f"{classes or ''} {name or ''}") if classes or name else 0
    if "itemprop" in attributes:
        bits |= _PROPERTIES.get(attributes["itemprop"].lower(), 0)
    if tag == "time":
        bits |= DATE
    elif tag == "a" and "author" in attributes.get("rel", "").lower():
        bits |= AUTHOR
    return bits


_HOST = re.compile(r"(?:https?:)?//([^/?#:]+)", re.I)
_NO_PROFILE = pattern("no_profile")


def domain_of(url: str) -> str:
    """The last two labels of the host in an address; "" if there is none, as in "/about"."""
    match = _HOST.match(url)
    return ".".join(match[1].lower().split(".")[-2:]) if match else ""


@lru_cache(maxsize=16384)
def is_profile(href: str, domain: str = "") -> bool:
    """Whether an address looks like that of a person's page, on a site of a domain."""
    path = href.split("#")[0]
    if _NO_PROFILE.search(path) or domain_of(href) not in ("", domain):
        return False
    return bool(_PROFILE.search(path) or _PROFILE_QUERY.search(path))
