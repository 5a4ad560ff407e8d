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
#: What an archive puts in, from one mark to the other.
_INSERTS = (
    (b"<!-- BEGIN WAYBACK TOOLBAR INSERT -->", b"<!-- END WAYBACK TOOLBAR INSERT -->"),
    (b"<!-- WB Insert -->", b"<!-- End WB Insert -->"),
    (b"<!--\n     FILE ARCHIVED ON", b"-->"),
    (b"<!--\nplayback timings (ms):", b"-->"),
)
#: The first of the archive's own scripts in the head, and the comment that ends them.
_SCRIPT = re.compile(rb"<script\b[^>]{0,2000}(?:archive\.org/|/_static/)", re.I)
_SCRIPTS_END = b"<!-- End Wayback Rewrite JS Include -->"
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
    for first, last in _INSERTS:
        body = _without(body, first, last)
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


def _without_scripts(body: bytes) -> bytes:
    end = body.find(_SCRIPTS_END)
    first = _SCRIPT.search(body, 0, end) if end >= 0 else None
    if first is None or b"<title" in body[first.start() : end].lower():
        return body
    return body[: first.start()] + body[end + len(_SCRIPTS_END) :].removeprefix(b"\n")


def _without(body: bytes, first: bytes, last: bytes) -> bytes:
    """A body without all that stands between two marks; what is not closed stays."""
    kept, at = [], 0
    while (start := body.find(first, at)) >= 0 and (end := body.find(last, start)) >= 0:
        kept.append(body[at:start])
        at = end + len(last)
    return b"".join([*kept, body[at:]])


def _original(found: re.Match[bytes]) -> bytes:
    address = found[2]
    return re.sub(rb"^(https?):/(?!/)", rb"\1://", address)


def _moment(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None
