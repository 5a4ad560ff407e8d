"""Which question pages other pages link to: how the archive knows of what it does not have."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from parsers.urls import is_question_url, question_id, resolve, site_of
from pipelines.sql import insert_many


class Mention(NamedTuple):
    """A question that a page links to. ``url`` is canonical."""

    site: str
    source_id: str
    url: str


#: By the record id of the capture whose page has the links.
Mentions = Mapping[str, tuple[Mention, ...]]


def mentions_in(page: str, hrefs: Iterable[str]) -> tuple[Mention, ...]:
    """The questions that a page links to, once each, in the order of the page.

    Question pages have none: what they link to is in ``links``, and the menus around them
    are those of every page.

    :param page: its address, as it was asked for
    :param hrefs: its links, as written
    """
    if is_question_url(page):
        return ()
    targets = dict.fromkeys(resolve(page, href) for href in hrefs)
    found: dict[tuple[str, str], Mention] = {}
    for url in targets:
        if url is not None and is_question_url(url) and _is_text(url):
            one = Mention(site_of(url), question_id(url), url)
            found.setdefault((one.site, one.source_id), one)
    return tuple(found.values())


def _is_text(url: str) -> bool:
    """Whether it can be stored: half characters in a host's name cannot."""
    try:
        url.encode()
    except UnicodeEncodeError:
        return False
    return True


def write_mentions(connection: sqlite3.Connection, mentions: Mentions) -> None:
    """Write the rows. Told again, they are the same.

    A question that is withheld may be among them: its address is in ``withheld`` as well, and
    there is no word of its text in a mention.
    """
    rows = [
        (one.site, one.source_id, record_id, one.url)
        for record_id, some in mentions.items()
        for one in some
    ]
    columns = ("site", "source_id", "record_id", "url")
    tail = "ON CONFLICT (site, source_id, record_id) DO NOTHING"
    insert_many(connection, "mentions", columns, rows, tail)
