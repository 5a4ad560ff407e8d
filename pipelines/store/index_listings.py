"""Writes what web archives list, and when and from where their captures were had."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from parsers import canonical_url
from parsers.urls import question_id, site_of
from pipelines.db.models import Fetched, Listing
from pipelines.db.sql import insert_many, select_in
from pipelines.files.timestamps import stamp

_COLUMNS = (
    "archive", "url", "captured_at", "canonical_url", "site", "source_id", "status",
    "content_type", "digest", "place", "record_id",
)  # fmt: skip
# Of two answers that list the same capture one is named, the same in whatever order they come.
_TAIL = (
    "ON CONFLICT (archive, url, captured_at) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[6:])
    + " WHERE excluded.record_id < record_id"
)


def write_listings(connection: sqlite3.Connection, listings: Iterable[Listing]) -> None:
    """Write listings, within a transaction that is open."""
    rows = []
    for one in listings:
        canonical = canonical_url(one.url)
        rows.append((
            one.archive, one.url, stamp(one.captured_at), canonical, site_of(canonical),
            question_id(canonical), one.status, one.content_type, one.digest, one.place,
            one.record_id,
        ))  # fmt: skip
    insert_many(connection, "listings", _COLUMNS, rows, _TAIL)


def write_fetched(connection: sqlite3.Connection, fetched: Iterable[Fetched]) -> set[str]:
    """Say of captures, written before, that they were had from another archive.

    The first time counts, in whatever order the news come.

    :returns: the canonical URLs of these captures
    """
    fetched = list(fetched)
    connection.executemany(
        "UPDATE captures SET (fetched_at, fetched_from) = (?1, ?2) "
        "WHERE record_id = ?3 AND (fetched_at IS NULL OR (?1, ?2) < (fetched_at, fetched_from))",
        [(stamp(one.at), one.place, one.record_id) for one in fetched],
    )
    query = "SELECT canonical_url FROM captures WHERE record_id IN ({})"
    return {url for (url,) in select_in(connection, query, [one.record_id for one in fetched])}
