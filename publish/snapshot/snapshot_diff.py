"""The differences from the snapshot before, question by question."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from sqlite3 import Connection, DatabaseError

from pipelines.db.connection import read_only_uri
from publish.data.urls import question_path
from publish.datasette.database import read_only

#: The kinds of changes of a question, with their meanings.
KINDS = {
    "new": "is in this snapshot for the first time",
    "changed": "its text, responders, topics or links differ",
    "gone": "its site has withdrawn the page since; what was captured is still here",
    "back": "its site shows the page again",
    "withheld": "the archive's curators have withheld it since",
    "released": "the archive's curators no longer withhold it",
    "missing": "was in the snapshot before and is not in this one, though nobody withheld it",
}


@dataclass(frozen=True, slots=True)
class SnapshotChange:
    """One line of the list. ``before`` and ``after`` are digests of versions, where known."""

    change: str
    site: str
    source_id: str
    address: str
    before: str | None
    after: str | None


# The digest of the version that a question is shown in; and whether its site has it.
_STATES = """
SELECT q.site, q.source_id, v.digest, q.gone_at IS NOT NULL AS gone
FROM {schema}.questions q
LEFT JOIN {schema}.captures c ON c.id = q.capture_id
LEFT JOIN {schema}.versions v ON v.id = c.version_id"""
_WITHHELD = (
    "(SELECT 1 FROM {schema}.withheld w WHERE w.site = {q}.site AND w.source_id = {q}.source_id)"
)
_QUERIES = (
    f"""
SELECT n.site, n.source_id, o.digest, n.digest, CASE
    WHEN o.site IS NULL AND EXISTS {_WITHHELD.format(schema="old", q="n")} THEN 'released'
    WHEN o.site IS NULL THEN 'new' END,
    o.site IS NOT NULL AND o.digest IS NOT n.digest,
    CASE WHEN n.gone > o.gone THEN 'gone' WHEN n.gone < o.gone THEN 'back' END
FROM ({_STATES.format(schema="main")}) n
LEFT JOIN old_states o ON o.site = n.site AND o.source_id = n.source_id
WHERE o.site IS NULL OR o.digest IS NOT n.digest OR n.gone <> o.gone
ORDER BY n.site, n.source_id""",
    f"""
SELECT o.site, o.source_id, o.digest, NULL, CASE
    WHEN EXISTS {_WITHHELD.format(schema="main", q="o")} THEN 'withheld' ELSE 'missing' END, 0, NULL
FROM old_states o
WHERE NOT EXISTS (
    SELECT 1 FROM main.questions q WHERE q.site = o.site AND q.source_id = o.source_id)
ORDER BY o.site, o.source_id""",
)  # fmt: skip


def changes(archive: Path, before: Path) -> Iterator[SnapshotChange]:
    """Yield the differences between the archives of two snapshots, in a fixed order.

    :raises sqlite3.DatabaseError: the one before cannot be compared
    """
    with closing(read_only(archive)) as connection:
        connection.execute("ATTACH ? AS old", (read_only_uri(before.resolve(), immutable=True),))
        if not connection.execute(
            "SELECT 1 FROM old.sqlite_master WHERE name = 'withheld'"
        ).fetchone():
            raise DatabaseError(f"{before} has no table withheld")  # fmt: skip
        # On the disk if it is large: there may be 600,000.
        connection.execute(
            "CREATE TEMP TABLE old_states (site, source_id, digest, gone, "
            "PRIMARY KEY (site, source_id)) WITHOUT ROWID"
        )
        connection.execute(f"INSERT INTO old_states {_STATES.format(schema='old')}")
        for query in _QUERIES:
            yield from _listed(connection, query)


def _listed(connection: Connection, query: str) -> Iterator[SnapshotChange]:
    for site, source_id, before, after, kind, changed, moved in connection.execute(query):
        kinds = [kind] if kind else ["changed"] * changed + [moved] * bool(moved)
        for name in kinds:
            # The digest of a withheld text is left out too: it would give short texts away.
            digest = None if name == "withheld" else before
            yield SnapshotChange(
                name, site, source_id, question_path(site, source_id), digest, after
            )


def write_changes(target: Path, archive: Path, before: Path | None) -> dict[str, int]:
    """Write the list as CSV; no more than a header if there is no snapshot before.

    :returns: how many there are of each kind
    :raises sqlite3.DatabaseError: the snapshot before cannot be compared
    """
    counts: Counter[str] = Counter()
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(field.name for field in fields(SnapshotChange))
        for change in changes(archive, before) if before else ():
            counts[change.change] += 1
            writer.writerow(astuple(change))
    return {kind: counts[kind] for kind in KINDS if counts[kind]}
