"""What a page asks of robots: its robots metas and X-Robots-Tag headers. Pure.

As Google's documentation of both has them (there is no standard): directives, each for all robots
or for one that is named, with a value in a few. They are recorded in one form, in small letters::

    noindex, nofollow, googlebot: noarchive, unavailable_after: 25 jun 2010 15:00:00 pst
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree, html

TOKEN = "housecall"
"""The name by which a page may speak to us alone."""
_VALUED = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
_NAMED = re.compile(r"([\w-]+)\s*:\s*(.*)", re.DOTALL)
#: Whom a meta speaks to: all, one, or as if its content were a header.
_META = rb"robots?|[\w-]*bot(?:-[\w-]+)?|slurp|teoma|housecall|x-robots-tag"
_HAS_META = re.compile(rb"<meta\s[^<>]*=\s*[\"']?\s*(?:" + _META + rb")\s*[\"'\s>/]")
_AGENT = re.compile(_META.decode())
_HEAD = 64 * 1024  # bytes of a page; metas stand in its head


def robots_of(headers: Iterable[str], page: bytes) -> str:
    """The directives of a response, each once, in the order in which they come; "" without any.

    :param headers: the values of its X-Robots-Tag headers
    :param page: its body, if that is HTML
    """
    directives = [each for value in headers for each in _directives(value)]
    directives += _directives_of_page(page)
    return ", ".join(dict.fromkeys(directives))


def asks_not_to(robots: str, directive: str) -> bool:
    """Whether recorded directives have one that is meant for us; "none" is noindex and nofollow."""
    for each in robots.split(", "):
        text = each.removeprefix(f"{TOKEN}: ")
        if text == directive or (text == "none" and directive in ("noindex", "nofollow")):
            return True
    return False


def _directives(value: str, agent: str = "") -> Iterator[str]:
    """The directives of one header or meta; a robot's name counts for all after it."""
    last = ""
    for piece in (*" ".join(value.lower().split()).split(","), ""):
        piece = piece.strip()
        if last and piece[:1].isdigit() and "unavailable_after:" in last:
            last += f" {piece}"  # of a date with a comma in it
            continue
        if last:
            yield last
        named = _NAMED.fullmatch(piece)
        if named and named[1] not in _VALUED:
            agent, piece = named[1], named[2]
        elif named:
            piece = f"{named[1]}: {named[2]}"
        last = piece and (f"{agent}: {piece}" if agent and agent != "robots" else piece)


def _directives_of_page(page: bytes) -> Iterator[str]:
    head = page[:_HEAD]
    if b"\0" in head[:200]:  # UTF-16
        head = head.replace(b"\0", b"").lstrip(b"\xff\xfe")
    if not _HAS_META.search(head.lower()):
        return  # nearly every page
    try:
        metas = html.document_fromstring(head).iter("meta")
        for meta in metas:
            name = (meta.get("name") or meta.get("http-equiv") or "").strip().lower()
            if _AGENT.fullmatch(name):
                agent = "" if name in ("robots", "robot", "x-robots-tag") else name
                yield from _directives(meta.get("content") or "", agent)
    except (etree.LxmlError, ValueError):  # no page after all
        return
