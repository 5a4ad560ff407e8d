"""Mementos: what a web archive gives out for what a site once said (RFC 7089). Pure.

An archive's answer is a memento if it says so (``Memento-Datetime``). Its status is then the
one that the site gave, be it 404 or 429, and its original's address is in its ``Link``
header. What comes without that header is the archive's own page: "not archived", "excluded",
a redirect shown as a page; the Wayback Machine sends some of these with status 200.

In its view mode the Wayback Machine puts a toolbar and scripts into a page and leads its
links through itself; pywb does the same. Both mark what they put in by comments, and write
every address so that the original can be read from it. :func:`unwrap` takes that out: what is
left differs from the original's bytes only where the archive changed an address's form, such
as that of a relative one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote

from pipelines.files.timestamps import parse_http_date, parse_moment
from pipelines.warc.http import HttpMessage

_LINK = re.compile(r"<([^<>]*)>\s*((?:;\s*[\w-]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+)\s*)*)")
_ORIGINAL = re.compile(r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?original(?:\s[^\"]*)?\"|original\b)", re.I)
_REPLAY = re.compile(
    r"(?P<archive>.*?/)(?P<timestamp>\d{4,14}|\*)(?P<flags>[a-z_]*)/"
    r"(?P<url>(?:https?(?::|%3a)/{0,2}|www\.).+)",
    re.S | re.I,
)
#: The Internet Archive's Wayback Machine.
WAYBACK = "https://web.archive.org/web/"
_EXCLUDED = re.compile(rb"has been excluded from the Wayback Machine|AdministrativeAccessControl")
_AT_CRAWL_TIME = re.compile(rb"Got an HTTP (\d{3}) response at crawl time")
_HREF = re.compile(rb"href=\"([^\"]+)\"")


@dataclass(frozen=True, slots=True)
class Memento:
    """Of what, and of when (aware), an answer is a memento."""

    url: str
    captured_at: datetime


def memento_of(http: HttpMessage | None, url: str) -> Memento | None:
    """What a response is a memento of; None if it is none.

    :param url: the address that it was fetched from
    """
    date = http.get("memento-datetime") if http is not None else ""
    if not date or http is None:
        return None
    moment = parse_http_date(date)
    original = _linked_original(http) or original_in(url)
    return Memento(original, moment) if moment and original else None


class ReplayAddress(NamedTuple):
    """Where an archive gives out a memento: ``/web/20080101000000id_/http://...``.

    ``archive`` is what the timestamp follows. ``timestamp`` has 4 to 14 digits, or is "*"
    for the list of all captures of ``url``. ``flags`` say in which form: "id_" is as captured.
    """

    archive: str
    timestamp: str
    url: str
    flags: str = ""

    def __str__(self) -> str:
        return f"{self.archive}{self.timestamp}{self.flags}/{self.url}"


def parse_replay(address: str) -> ReplayAddress | None:
    """Parse the address of a memento, or of the list of all; None if it is neither.

    The original's URL is mended where clients write one slash for two, or no scheme.
    """
    match = _REPLAY.match(address)
    if match is None:
        return None
    url = match["url"]
    if re.match(r"https?%3a", url, re.I):
        url = unquote(url)
    url = re.sub(r"^(?:(https?):/*)?", lambda m: f"{m[1] or 'http'}://", url, flags=re.I)
    return ReplayAddress(match["archive"], match["timestamp"], url, match["flags"])


def original_in(address: str) -> str:
    """The original's URL in the address of a memento; "" if there is none."""
    replay = parse_replay(address)
    return replay.url if replay is not None and replay.timestamp != "*" else ""


def refusal(http: HttpMessage | None) -> str:
    """Why an archive's answer holds no capture, in words for a failures row."""
    if http is None:
        return "the archive's answer is not HTTP"
    if match := _AT_CRAWL_TIME.search(http.payload):
        return f"the capture is a redirect (HTTP {int(match[1])} at crawl time){_target(http)}"
    if _EXCLUDED.search(http.payload):
        return f"the archive excludes this page (HTTP {http.status}, no Memento-Datetime)"
    if nearest := original_in(http.leads_to):
        return f"the archive has no capture of that instant, and leads to another of {nearest}"
    if http.status == 404:
        return "the archive says that it has no such capture (HTTP 404, no Memento-Datetime)"
    return f"the archive answered HTTP {http.status} without Memento-Datetime: no capture"


def _linked_original(http: HttpMessage) -> str:
    for name, value in http.headers:
        if name.lower() == "link":
            for target, parameters in _LINK.findall(value):
                if _ORIGINAL.search(parameters):
                    return str(target)
    return ""


def _target(http: HttpMessage) -> str:
    place = http.payload.find(b"at crawl time")
    match = _HREF.search(http.payload, place)
    original = original_in(match[1].decode("utf-8", "replace")) if match else ""
    return f" to {original}" if original else ""


# -- pages as archives show them ------------------------------------------------------------

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
    script = _WOMBAT.search(body[:_HEAD])
    saved = _SAVED.search(body)
    moment = None
    if script is not None:
        moment = parse_moment(script[2].decode())
    elif saved is not None:
        moment = parse_moment(saved[1].decode("ascii", "replace"))
    return Wrapping(script[1].decode("utf-8", "replace") if script else "", moment)


def _without(body: bytes, begin: re.Pattern[bytes], end: re.Pattern[bytes]) -> bytes:
    parts, at = [], 0
    while (start := begin.search(body, at)) and (stop := end.search(body, start.end())):
        parts.append(body[at : start.start()])
        at = stop.end()
    return b"".join([*parts, body[at:]])


def _without_scripts(body: bytes) -> bytes:
    """Without what stands from the first of the archive's own scripts in the head to the comment
    that ends them."""
    parts, at = [], 0
    for stop in _SCRIPTS_END.finditer(body):
        head = max((tag.end() for tag in _PAGE.finditer(body, at, stop.start())), default=at)
        tags = _SCRIPT.finditer(body, head, stop.start())
        start = next((tag.start() for tag in tags if _OWN.search(tag[0])), None)
        parts.append(body[at : stop.end() if start is None else start])
        at = stop.end()
    return b"".join([*parts, body[at:]])


def _original(match: re.Match[bytes]) -> bytes:
    address = match[2]
    return re.sub(rb"^(https?):/(?!/)", rb"\1://", address)
