"""What archive.db holds for a recovery: listings, and the captures that are here already."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from crawler.web_archives.capture_selection import ListedCapture
from parsers.urls import canonical_url, question_id, site_of
from pipelines.db.connection import select_in

_COLUMNS = "canonical_url, captured_at, url, status, content_type, digest, place, record_id"


def listed_captures(
    connection: sqlite3.Connection, where: str, *values: str
) -> Iterator[ListedCapture]:
    """Yield the listings that fulfil an SQL condition, in order of address and time."""
    query = (
        f"SELECT {_COLUMNS} FROM listings WHERE {where} ORDER BY canonical_url, captured_at, url"
    )
    for row in connection.execute(query, values):
        yield ListedCapture(*row)


def fetched_places(connection: sqlite3.Connection, places: Iterable[str]) -> set[str]:
    """Return those places that a capture was fetched from."""
    query = "SELECT fetched_from FROM captures WHERE fetched_from IN ({})"
    return {place for (place,) in select_in(connection, query, places)}


def has_question(connection: sqlite3.Connection, url: str) -> bool:
    """Return whether a question at an address has been read; or is withheld, and not to be read."""
    canonical = canonical_url(url)
    key = (site_of(canonical), question_id(canonical))
    for table in ("questions", "withheld"):
        query = f"SELECT 1 FROM {table} WHERE site = ? AND source_id = ?"
        if connection.execute(query, key).fetchone():
            return True
    return False


def index_answers(connection: sqlite3.Connection, run: str) -> set[str]:
    """Return the record ids of the index answers that a run has.

    :param run: its uid
    """
    query = (
        "SELECT record_id FROM captures WHERE source = 'index' "
        "AND crawl_id = (SELECT id FROM crawls WHERE uid = ?)"
    )
    return {record_id for (record_id,) in connection.execute(query, (run,))}
