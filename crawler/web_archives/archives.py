"""The archives that are asked where none is named, and what one is called. Pure."""

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
    """What an archive is called: its host, and the collection's path where there are several.

    :param replay: the address that timestamps follow
    """
    parts = urlsplit(replay)
    path = parts.path.rstrip("/")
    return parts.netloc if path in _PLAIN else parts.netloc + path


def arguments(archive: str, place: str, index: str) -> list[str]:
    """The name of the spider and the arguments by which an archive is asked once more.

    :param archive: its name in ``listings``; of Common Crawl, the crawl's
    :param place: where one of the captures that it lists can be had
    :param index: the address of an answer of its index
    """
    if "#" in place:
        asked = ((f"crawls={archive}", ""), *_common_crawl(place, index))
        return ["commoncrawl", *(one for one, usual in asked if one != usual)]
    replay = parse_replay(place)
    asked = (
        (f"cdx={index.partition('?')[0]}", f"cdx={CDX}"),
        (f"replay={replay.archive if replay else WAYBACK}", f"replay={WAYBACK}"),
    )
    return ["wayback", *(one for one, usual in asked if one != usual)]


def _common_crawl(place: str, index: str) -> tuple[tuple[str, str], ...]:
    server = _CRAWL_INDEX.match(index)
    data = place.partition("crawl-data/")[0]
    return (
        (f"index={server[1] if server else COMMON_CRAWL_INDEX}", f"index={COMMON_CRAWL_INDEX}"),
        (f"data={data}", f"data={COMMON_CRAWL_DATA}"),
    )
