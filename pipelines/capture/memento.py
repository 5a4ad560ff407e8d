"""Mementos: what a web archive gives out for what a site once said (RFC 7089). Pure.

An archive's answer is a memento if it says so (``Memento-Datetime``). Its status is then the
one that the site gave, be it 404 or 429, and its original's address is in its ``Link``
header. What comes without that header is the archive's own page: "not archived", "excluded",
a redirect shown as a page; the Wayback Machine sends some of these with status 200.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

from pipelines.warc.http import HttpMessage

_LINK = re.compile(r"<([^<>]*)>\s*((?:;\s*[\w-]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+)\s*)*)")
_ORIGINAL = re.compile(r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?original(?:\s[^\"]*)?\"|original\b)", re.I)
#: ``/web/20080101000000id_/http://...``, as archives write a memento's address.
ADDRESS = re.compile(r"/(\d{4,14})((?:[a-z]{2}_)*)/(https?(?::|%3[Aa])/{0,2}.+)", re.S)
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
    said = http.get("memento-datetime") if http is not None else ""
    if not said or http is None:
        return None
    try:
        moment = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    original = _linked_original(http) or original_in(url)
    return Memento(original, moment) if original else None


def original_in(url: str) -> str:
    """The original's address in that of a memento; "" if there is none."""
    found = ADDRESS.search(url)
    if found is None:
        return ""
    address = found[3]
    if re.match(r"https?%3[Aa]", address):
        address = unquote(address)
    # Some clients write one slash where two stood.
    return re.sub(r"^(https?):/*", r"\1://", address, flags=re.I)


def refusal(http: HttpMessage | None) -> str:
    """Why an archive's answer holds no capture, in words for a failures row."""
    if http is None:
        return "the archive's answer is not HTTP"
    if found := _AT_CRAWL_TIME.search(http.payload):
        return f"the capture is a redirect (HTTP {int(found[1])} at crawl time){_target(http)}"
    if _EXCLUDED.search(http.payload):
        return f"the archive excludes this page (HTTP {http.status}, no Memento-Datetime)"
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
    found = _HREF.search(http.payload, place)
    original = original_in(found[1].decode("utf-8", "replace")) if found else ""
    return f" to {original}" if original else ""
