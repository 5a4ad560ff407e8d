"""Sitemaps (https://www.sitemaps.org/protocol.html): which pages there are, and since when.

A sitemap is XML, or a text with an address in each line; a feed stands in for one.
"""

from __future__ import annotations

import gzip
import io
import logging
import re
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from lxml.etree import LxmlError
from scrapy.utils.sitemap import Sitemap

from crawler.frontier.feeds import parse_feed
from crawler.frontier.revisit import SitemapListing

logger = logging.getLogger(__name__)

MOST_FILES = 1_000
"""Sitemap files read of one site; an index that names more is not one that people made."""
MOST_BYTES = 100 * 1024 * 1024
"""What a gzipped sitemap may unpack to; the protocol allows half of that."""

#: The kind of a file that lists what is new, and not all pages.
FEED = "feed"
_END = re.compile(rb"</(?:\w+:)?(?:urlset|sitemapindex)\s*>")

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
        if kind != FEED:
            complete, any_sitemap = complete and whole, True
        for loc, lastmod in entries:
            if kind != "sitemapindex":
                url = resolve(loc, place)
                if url is not None and kind == FEED:
                    of_feeds.setdefault(url, lastmod)  # the newest stands first
                elif url is not None:
                    lastmods[url] = lastmod
            elif loc not in seen and len(seen) < MOST_FILES:
                seen.add(loc)
                waiting.append(loc)
            elif loc not in seen:
                complete = False
    for url, lastmod in of_feeds.items():
        lastmods[url] = lastmods.get(url) or lastmod
    return SitemapListing(lastmods, complete and any_sitemap)


def parse_sitemap(body: bytes) -> tuple[str, list[tuple[str, str | None]], bool]:
    """What a sitemap or feed says: its kind ("urlset", "sitemapindex" or FEED; "" if it is
    neither), the (loc, lastmod) of its entries, and whether it could be read to its end."""
    lines = _lines_of_addresses(body)
    if lines:
        return "urlset", [(line, None) for line in lines], True
    try:
        entries_of_feed = parse_feed(_unpacked(body))
        if entries_of_feed is not None:
            return FEED, entries_of_feed, True
        sitemap = Sitemap(_unpacked(body))
        if sitemap.type not in ("urlset", "sitemapindex"):
            return "", [], False
        entries = [
            (str(entry["loc"]), str(entry["lastmod"]) if entry.get("lastmod") else None)
            for entry in sitemap
            if entry.get("loc")
        ]
    except (LxmlError, StopIteration, OSError, EOFError, ValueError, zlib.error) as error:
        logger.warning("a sitemap cannot be read: %s", error)
        return "", [], False
    # The XML parser forgives a missing end, but then there may be pages that it did not see.
    return sitemap.type, entries, _END.search(_unpacked(body)[-1000:]) is not None


def _lines_of_addresses(body: bytes) -> list[str]:
    """The lines of a text sitemap; none if the body is something else."""
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"http://", b"https://")):
        return []
    lines = body.decode("utf-8-sig", "replace").split()
    return lines if all(line.lower().startswith("http") for line in lines) else []


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    with gzip.open(io.BytesIO(body)) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise gzip.BadGzipFile(f"more than {MOST_BYTES} bytes")
    return data
