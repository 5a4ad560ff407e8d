"""Sitemaps (https://www.sitemaps.org/protocol.html): which pages there are, and since when.

A sitemap is XML, or a text with an address in each line; a feed stands in for one.
"""

from __future__ import annotations

import codecs
import html
import logging
import re
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from lxml import etree

from crawler.frontier.feeds import parse_feed
from crawler.frontier.revisit import SitemapListing
from parsers.links import absolute, escaped

logger = logging.getLogger(__name__)

MOST_FILES = 1_000
"""Sitemap files read of one site; an index that names more is not one that people made."""
MOST_BYTES = 100 * 1024 * 1024
"""What is read of a gzipped sitemap; the protocol allows half of that."""

#: The kind of a file that lists what is new, and not all pages.
FEED = "feed"
_END = re.compile(rb"</(?:\w+:)?(?:urlset|sitemapindex)\s*>", re.I)
_ROOT = re.compile(rb"<(?:\w+:)?(urlset|sitemapindex|rss|feed|RDF)(?=[\s>/])", re.I)
_CLOSING = re.compile(rb"</[\w:]+\s*>")
_HEAD = 8_192  # bytes in which the root element stands, whatever a server's warnings before it
_DECLARED = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([\w.-]+)", re.I)
_UTF_16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LONE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-f]+);)", re.I)
_ENTITY = re.compile(r"&\w+;")
_ADDRESS = re.compile("https?://", re.I)
_MOST_LAYERS = 3
_PIECE = 16_384

#: Gets the body of a sitemap; None if it cannot be had.
Fetch = Callable[[str], Awaitable[bytes | None]]
#: The identity of a page on the site; None if the URL is not on it.
Resolve = Callable[[str, str], str | None]


async def read_sitemaps(urls: Iterable[str], fetch: Fetch, resolve: Resolve) -> SitemapListing:
    """Read sitemaps and feeds, and the sitemaps that they name, once each.

    The result is complete only if there was a sitemap and all were read to their end. What a
    sitemap says of a page counts more than what a feed does.
    """
    waiting = deque(dict.fromkeys(urls))
    seen = set(waiting)
    lastmods: dict[str, str | None] = {}
    of_feeds: dict[str, str | None] = {}
    complete, any_sitemap = True, False
    while waiting:
        place = waiting.popleft()
        body = await fetch(place)
        kind, entries, whole = parse_sitemap(body) if body is not None else ("", [], False)
        if body is not None and not whole:
            about = "is not whole: read as far as it goes" if kind else "is no sitemap, and no feed"
            logger.warning("%s %s", place, about)
        if kind != FEED:
            complete, any_sitemap = complete and whole, True
        for loc, lastmod in entries:
            if kind != "sitemapindex":
                url = resolve(loc, place)
                if url is not None and kind == FEED:
                    of_feeds.setdefault(url, lastmod)  # the newest stands first
                elif url is not None:
                    lastmods[url] = lastmod
                continue
            part = absolute(place, loc) or loc
            if part not in seen and len(seen) < MOST_FILES:
                seen.add(part)
                waiting.append(part)
            elif part not in seen:
                complete = False
    for url, lastmod in of_feeds.items():
        lastmods[url] = lastmods.get(url) or lastmod
    return SitemapListing(lastmods, complete and any_sitemap)


def parse_sitemap(body: bytes) -> tuple[str, list[tuple[str, str | None]], bool]:
    """What a sitemap or feed says: its kind ("urlset", "sitemapindex" or FEED; "" if it is
    neither), the (loc, lastmod) of its entries, and whether it could be read to its end.

    It is read as far as it goes: what is cut, damaged, or has something before or behind it still
    names pages.
    """
    data, whole = _unpacked(body)
    data = _utf8(data)
    root = _ROOT.search(data[:_HEAD])
    if root is None:
        lines, all_addresses = _lines_of_addresses(data if whole else data[: data.rfind(b"\n") + 1])
        return ("urlset", lines, whole and all_addresses) if lines else ("", [], False)
    if root[1].lower() not in (b"urlset", b"sitemapindex"):
        entries_of_feed = parse_feed(data)
        return ("", [], False) if entries_of_feed is None else (FEED, entries_of_feed, whole)
    kind, data = root[1].decode().lower(), data[root.start() :]
    # The XML parser forgives a missing end, but then there may be pages that it did not see,
    # and half an address.
    if not _END.search(data):
        whole = False
        data = data[: max((tag.end() for tag in _CLOSING.finditer(data)), default=0)]
    return kind, _entries(data) if data else [], whole


def _entries(data: bytes) -> list[tuple[str, str | None]]:
    """The (loc, lastmod) of the entries of a sitemap in UTF-8, from its root element on."""
    declaration = b'<?xml version="1.0" encoding="utf-8"?>'
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(declaration + _LONE_AMPERSAND.sub(b"&amp;", data), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        logger.warning("a sitemap cannot be read: %s", error)
        return []
    entries = []
    for element in root if root is not None else ():
        texts = {_name(child): "".join(child.itertext()).strip() for child in element}
        loc = _ENTITY.sub(lambda entity: html.unescape(entity[0]), texts.get("loc", ""))
        if loc and _name(element) in ("url", "sitemap"):
            entries.append((loc, texts.get("lastmod") or None))
    return entries


def _name(element: etree._Element) -> str:
    """An element's name in small letters; "" for comments and extensions (images, videos)."""
    tag = element.tag if isinstance(element.tag, str) else ""
    namespace, _, name = tag.rpartition("}")
    return "" if "sitemap-" in namespace else name.lower()


def _utf8(data: bytes) -> bytes:
    """A sitemap in UTF-8. Bytes that are none in what says nothing else are percent-encoded, so
    that an address in it is asked for by the bytes that stand there."""
    for mark, charset in ((codecs.BOM_UTF8, "utf-8"), *_UTF_16):
        if data.startswith(mark):
            return data[len(mark) :].decode(charset, "replace").encode()
    declared = _DECLARED.match(data.lstrip())
    try:
        if declared and b"\0" not in data[:100]:
            text = data.decode(declared[1].decode())
            if not declared[1].lower().startswith(b"utf-16"):  # which it would not be by now
                return text.encode()
    except (LookupError, UnicodeError):
        pass
    try:
        data.decode()
        return data
    except UnicodeDecodeError:
        return escaped(data.decode("latin-1")).encode()


def _lines_of_addresses(data: bytes) -> tuple[list[tuple[str, str | None]], bool]:
    """The lines of a text sitemap that are addresses, and whether all are; none if the text is
    something else: its first line is an address."""
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines or not _ADDRESS.match(lines[0]):
        return [], False
    words = [word for line in lines for word in line.split() if _ADDRESS.match(word)]
    return [(word, None) for word in words], len(words) >= len(lines)


def _unpacked(body: bytes) -> tuple[bytes, bool]:
    """What a file unpacks to, as far as that goes, and whether it is all of it.

    Some servers compress what is compressed; what follows a member and is none is padding.
    """
    whole = True
    for _ in range(_MOST_LAYERS):
        if not body.startswith(b"\x1f\x8b"):
            break
        body, member_whole = _gunzipped(body)
        whole = whole and member_whole
    return body, whole


def _gunzipped(body: bytes) -> tuple[bytes, bool]:
    parts, size = list[bytes](), 0
    while body.startswith(b"\x1f\x8b"):
        stream = zlib.decompressobj(31)
        for start in range(0, len(body), _PIECE):
            before = stream.copy()
            try:
                parts.append(stream.decompress(body[start : start + _PIECE], MOST_BYTES + 1 - size))
            except zlib.error:
                parts.append(_up_to_damage(before, body[start : start + _PIECE]))
                return b"".join(parts), False
            size += len(parts[-1])
            if size > MOST_BYTES:
                logger.warning("a sitemap unpacks to more than %d bytes: cut there", MOST_BYTES)
                return b"".join(parts), False
            if stream.eof:
                body = stream.unused_data + body[start + _PIECE :]
                break
        else:
            return b"".join(parts), False
    return b"".join(parts), True


def _up_to_damage(stream: zlib._Decompress, piece: bytes) -> bytes:
    """What a piece gives byte by byte, until one is wrong: such as that of the checksum."""
    parts = []
    with suppress(zlib.error):
        for at in range(len(piece)):
            parts.append(stream.decompress(piece[at : at + 1]))
    return b"".join(parts)
