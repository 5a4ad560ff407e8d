"""What a snapshot says of the archive: counts and dates."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pipelines.db.connection import open_archive
from publish.snapshot.facts import count_facts
from tests.conftest import Crawled


def test_a_capture_of_the_year_9999_does_not_date_a_snapshot(
    crawled: Crawled, tmp_path: Path
) -> None:
    with closing(open_archive(crawled.database, readonly=True)) as db:
        newest = count_facts(db.conn).newest
        with closing(sqlite3.connect(tmp_path / "a.db")) as copy:
            db.conn.backup(copy)
            copy.execute(
                "UPDATE questions SET last_captured_at = '9999-12-31T23:59:59Z' WHERE id = 1"
            )
            assert newest
            assert count_facts(copy).newest[:10] == newest[:10]
