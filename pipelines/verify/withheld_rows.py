"""Checks that what is withheld has no rows, and that archive and file withhold the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from pipelines.db.connection import open_read_only
from pipelines.takedown.takedown import shown
from pipelines.takedown.takedown_file import Takedown
from pipelines.verify.findings import Finding
from pipelines.warc.damage import FindingKind


def check_withheld(archive: Path, entries: Sequence[Takedown] | None) -> Iterator[Finding]:
    """What is shown though it is withheld, and where file and archive disagree.

    :param entries: what the file says; None if there is none, so that only the archive is asked
    """
    try:
        with closing(open_read_only(archive)) as connection:
            for reason in _reasons(connection, entries):
                yield Finding(archive.name, None, FindingKind.WITHHELD, reason)
    except sqlite3.Error as error:
        yield Finding(archive.name, None, FindingKind.DATABASE, f"it cannot be read: {error}")


def _reasons(connection: sqlite3.Connection, entries: Sequence[Takedown] | None) -> Iterator[str]:
    rows = connection.execute("SELECT site, source_id, reason, withheld_on FROM withheld")
    table = {(site, number): (reason, on) for site, number, reason, on in rows}
    listed = {one.key: (one.reason, one.on.isoformat()) for one in entries or ()}
    for site, number in shown(connection, table.keys() | listed.keys()):
        yield f"{site}/{number} is withheld, and has rows; run 'scrapy withhold'"
    for site, number in sorted(listed.keys() - table.keys()):
        if not shown(connection, [(site, number)]):
            yield f"{site}/{number} is withheld by the file alone; run 'scrapy withhold'"
    for site, number in sorted(table.keys() & listed.keys()):
        if table[site, number] != listed[site, number]:
            yield f"{site}/{number}: the file has another reason or day; run 'scrapy withhold'"
    if entries is None:
        return
    for site, number in sorted(table.keys() - listed.keys()):
        yield f"{site}/{number} is no longer withheld by the file; run 'scrapy rebuild'"
