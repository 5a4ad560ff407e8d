"""The keys of questions, and which of them are withheld."""

from __future__ import annotations

import sqlite3

from parsers.urls import question_id, site_of

#: What stands in ``failures`` for a page that is withheld and could not be read.
FAILURE_REASON = "the page is withheld"


#: A question, by what its site calls it.
Key = tuple[str, str]


def key_of(canonical: str) -> Key:
    """The question that a canonical URL is the page of; its number is "" if it is none."""
    return (site_of(canonical), question_id(canonical))


def withheld_keys(connection: sqlite3.Connection) -> frozenset[Key]:
    """What an archive withholds."""
    rows = connection.execute("SELECT site, source_id FROM withheld")
    return frozenset((site, source_id) for site, source_id in rows)
