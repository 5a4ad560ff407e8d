"""The archives that are asked by default, and the names of archives. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pipelines.capture.memento import WAYBACK, parse_replay

CDX = "https://web.archive.org/cdx/search/cdx"
COMMON_CRAWL_INDEX = "https://index.commoncrawl.org/"
COMMON_CRAWL_DATA = "https://data.commoncrawl.org/"

_PLAIN = ("", "/web", "/wayback")
_CRAWL_INDEX = re.compile(r"(.*/)[^/?]+-index\?")


def name_of(replay: str) -> str:
    """Return the name of an archive: its host, and the collection's path where it has several.

    :param replay: the address that timestamps follow
    """
    parts = urlsplit(replay)
    path = parts.path.rstrip("/")
    return parts.netloc if path in _PLAIN else parts.netloc + path


def spider_arguments(archive: str, place: str, index: str) -> list[str]:
    """Return the spider and its arguments by which an archive is asked once more.

    :param archive: its name in ``listings``; of Common Crawl, the crawl's
    :param place: where one of the captures that it lists can be fetched
    :param index: the address of an answer of its index
    """
    if "#" in place:
        server = _CRAWL_INDEX.match(index)
        defaults = {
            f"crawls={archive}": "",
            f"index={server[1] if server else COMMON_CRAWL_INDEX}": f"index={COMMON_CRAWL_INDEX}",
            f"data={place.partition('crawl-data/')[0]}": f"data={COMMON_CRAWL_DATA}",
        }
        spider = "commoncrawl"
    else:
        replay = parse_replay(place)
        defaults = {
            f"cdx={index.partition('?')[0]}": f"cdx={CDX}",
            f"replay={replay.archive if replay else WAYBACK}": f"replay={WAYBACK}",
        }
        spider = "wayback"
    return [spider, *(argument for argument, default in defaults.items() if argument != default)]


def check_web_addresses(**addresses: str) -> None:
    """Check arguments that are addresses.

    :raises ValueError: one is no http(s) URL; the message names it
    """
    for name, url in addresses.items():
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError(f"{name}={url!r} is no web address")
