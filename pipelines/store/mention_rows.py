"""Which question pages other pages link to: how the archive knows of what it does not have."""

from __future__ import annotations

import sqlite3

from pipelines.db.models import Mentions
from pipelines.db.sql import insert_many


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
