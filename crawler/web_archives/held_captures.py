"""What archive.db knows that a rescue asks for: listings, and what is here already."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from crawler.web_archives.capture_selection import ListedCapture
from parsers.urls import canonical_url, question_id, site_of
from pipelines.db.sql import select_in

_COLUMNS = "canonical_url, captured_at, url, status, content_type, digest, place, record_id"


def listed(connection: sqlite3.Connection, where: str, *values: str) -> Iterator[ListedCapture]:
    """Listings that a condition holds for, in order of address and time."""
    query = (
        f"SELECT {_COLUMNS} FROM listings WHERE {where} ORDER BY canonical_url, captured_at, url"
    )
    for row in connection.execute(query, values):
        yield ListedCapture(*row)


def fetched(connection: sqlite3.Connection, places: Iterable[str]) -> set[str]:
    """Those of some places that a capture was fetched from."""
    query = "SELECT fetched_from FROM captures WHERE fetched_from IN ({})"
    return {place for (place,) in select_in(connection, query, places)}


def has_question(connection: sqlite3.Connection, url: str) -> bool:
    """Whether a question has been read at an address; or is withheld, and not to be read."""
    canonical = canonical_url(url)
    key = (site_of(canonical), question_id(canonical))
    for table in ("questions", "withheld"):
        query = f"SELECT 1 FROM {table} WHERE site = ? AND source_id = ?"
        if connection.execute(query, key).fetchone():
            return True
    return False


def index_answers(connection: sqlite3.Connection, run: str) -> set[str]:
    """The record ids of an index's answers that a run has.

    :param run: its uid
    """
    query = (
        "SELECT record_id FROM captures WHERE source = 'index' "
        "AND crawl_id = (SELECT id FROM crawls WHERE uid = ?)"
    )
    return {record_id for (record_id,) in connection.execute(query, (run,))}
