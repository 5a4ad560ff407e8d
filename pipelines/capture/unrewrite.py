"""Pages as web archives show them, made again what the site sent. Pure.

In its view mode the Wayback Machine puts a toolbar and scripts into a page and leads its
links through itself; pywb does the like. Both mark what they put in by comments, and write
every address so that the original can be read from it. What is left differs from the
original's bytes only where the archive changed an address's form, such as a relative one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_MARKS = (
    b"BEGIN WAYBACK TOOLBAR INSERT", b"End Wayback Rewrite JS Include", b"__wm.wombat(",
    b"FILE ARCHIVED ON", b"<!-- WB Insert -->", b"<!-- End WB Insert -->",
)  # fmt: skip
#: Where what is put in begins and ends. Each is looked for by itself, so that a page with many
#: beginnings and no end takes no longer than another.
_INSERTS = tuple(
    (re.compile(begin), re.compile(end))
    for begin, end in (
        (rb"<!-- BEGIN WAYBACK TOOLBAR INSERT -->", rb"<!-- END WAYBACK TOOLBAR INSERT -->"),
        (rb"<!-- WB Insert -->", rb"<!-- End WB Insert -->"),
        (rb"<!--\s*FILE ARCHIVED ON", rb"-->"),
        (rb"<!--\s*playback timings \(ms\):", rb"-->"),
    )
)
_SCRIPT = re.compile(rb"<script\b[^<>]*>", re.I)
_OWN = re.compile(rb"archive\.org/|/_static/", re.I)
_PAGE = re.compile(rb"<(?:title|body)\b", re.I)
_SCRIPTS_END = re.compile(rb"<!-- End Wayback Rewrite JS Include -->\s?")
# An address in an attribute, led through an archive: absolute, without a scheme, or from its root.
_LED = re.compile(
    rb"((?:https?:)?//(?:web\.archive\.org|wayback\.[\w.-]+|[\w.-]+(?::\d+)?/[\w-]+)|(?<=[\"'=(\s]))"
    rb"(?:/web)?/\d{4,14}(?:[a-z]{2}_)*/((?:https?:/{1,2}|mailto:|javascript:|ftp://)[^\s\"'<>)]*)"
)
_WOMBAT = re.compile(rb"__wm\.wombat\(\"([^\"]+)\",\"(\d{4,14})\"")
_SAVED = re.compile(rb"FILE ARCHIVED ON (\d\d:\d\d:\d\d \w{3} \d{1,2}, \d{4})")
_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What an archive's own marks in a page say: the original's address ("" if they do not
    say it) and when it was captured (aware; None likewise)."""

    url: str
    captured_at: datetime | None


def is_wrapped(body: bytes) -> bool:
    """Whether an archive has put its marks into a page."""
    return any(mark in body for mark in _MARKS)


def unwrap(body: bytes) -> bytes:
    """The page without what an archive put in, its addresses made original again.

    Any other body comes back as it is.
    """
    if not is_wrapped(body):
        return body
    body = _without_scripts(body)
    for begin, end in _INSERTS:
        body = _without(body, begin, end)
    return _LED.sub(_original, body)


def wrapping_of(body: bytes) -> Wrapping | None:
    """What the marks say of a page that was saved as an archive shows it; None without marks."""
    if not is_wrapped(body):
        return None
    said = _WOMBAT.search(body[:_HEAD])
    saved = _SAVED.search(body)
    moment = None
    if said is not None:
        moment = _moment(said[2].decode().ljust(14, "0"), "%Y%m%d%H%M%S")
    elif saved is not None:
        moment = _moment(saved[1].decode("ascii", "replace"), "%H:%M:%S %b %d, %Y")
    return Wrapping(said[1].decode("utf-8", "replace") if said else "", moment)


def _without(body: bytes, begin: re.Pattern[bytes], end: re.Pattern[bytes]) -> bytes:
    kept, at = [], 0
    while (start := begin.search(body, at)) and (stop := end.search(body, start.end())):
        kept.append(body[at : start.start()])
        at = stop.end()
    return b"".join([*kept, body[at:]])


def _without_scripts(body: bytes) -> bytes:
    """Without what stands from the first of the archive's own scripts in the head to the comment
    that ends them."""
    kept, at = [], 0
    for stop in _SCRIPTS_END.finditer(body):
        head = max((one.end() for one in _PAGE.finditer(body, at, stop.start())), default=at)
        tags = _SCRIPT.finditer(body, head, stop.start())
        start = next((tag.start() for tag in tags if _OWN.search(tag[0])), None)
        kept.append(body[at : stop.end() if start is None else start])
        at = stop.end()
    return b"".join([*kept, body[at:]])


def _original(found: re.Match[bytes]) -> bytes:
    address = found[2]
    return re.sub(rb"^(https?):/(?!/)", rb"\1://", address)


def _moment(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None
