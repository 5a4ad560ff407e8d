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
    "changed": "its text, answers, responders, topics or links differ",
    "gone": "its site has withdrawn the page since; what was captured is still here",
    "back": "its site shows the page again",
    "withheld": "the archive's curators have withheld it since",
    "released": "the archive's curators no longer withhold it",
    "missing": "was in the snapshot before and is not in this one, though nobody withheld it",
}


@dataclass(frozen=True, slots=True)
class SnapshotChange:
    """One line of the list.

    ``before`` and ``after`` are digests of versions, where known: of a thread one for each page,
    with spaces between. The others are how many answers there were and are.
    """

    change: str
    site: str
    source_id: str
    address: str
    before: str | None
    after: str | None
    answers_before: int | None = None
    answers_after: int | None = None


# The digests of the versions that a question is shown in; and whether its site has it.
_STATES = """
SELECT q.site, q.source_id, q.answers, q.gone_at IS NOT NULL AS gone,
    (SELECT group_concat(digest, ' ') FROM (
        SELECT DISTINCT v.part, v.digest FROM {schema}.versions v
        JOIN {schema}.sightings s ON s.version_id = v.id
        WHERE v.question_id = q.id AND s.capture_id IN (
            SELECT q.capture_id
            UNION SELECT a.capture_id FROM {schema}.answers a WHERE a.question_id = q.id)
        ORDER BY v.part)) AS digest
FROM {schema}.questions q"""
_WITHHELD = (
    "(SELECT 1 FROM {schema}.withheld w WHERE w.site = {q}.site AND w.source_id IN "
    "({q}.source_id, substr({q}.source_id, 1, instr({q}.source_id || '#', '#') - 1)))"
)
_QUERIES = (
    f"""
SELECT n.site, n.source_id, o.digest, n.digest, o.answers, n.answers, CASE
    WHEN o.site IS NULL AND EXISTS {_WITHHELD.format(schema="old", q="n")} THEN 'released'
    WHEN o.site IS NULL THEN 'new' END,
    o.site IS NOT NULL AND o.digest IS NOT n.digest,
    CASE WHEN n.gone > o.gone THEN 'gone' WHEN n.gone < o.gone THEN 'back' END
FROM ({_STATES.format(schema="main")}) n
LEFT JOIN old_states o ON o.site = n.site AND o.source_id = n.source_id
WHERE o.site IS NULL OR o.digest IS NOT n.digest OR n.gone <> o.gone
ORDER BY n.site, n.source_id""",
    f"""
SELECT o.site, o.source_id, o.digest, NULL, o.answers, NULL, CASE
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
            "SELECT 1 FROM old.sqlite_master WHERE name = 'sightings'"
        ).fetchone():
            raise DatabaseError(f"{before} is of an earlier version, without a table of answers")
        # On the disk if it is large: there may be 600,000.
        connection.execute(
            "CREATE TEMP TABLE old_states (site, source_id, answers, gone, digest, "
            "PRIMARY KEY (site, source_id)) WITHOUT ROWID"
        )
        connection.execute(f"INSERT INTO old_states {_STATES.format(schema='old')}")
        for query in _QUERIES:
            yield from _listed(connection, query)


def _listed(connection: Connection, query: str) -> Iterator[SnapshotChange]:
    for site, source_id, *states, kind, changed, moved in connection.execute(query):
        before, after, answers_before, answers_after = states
        kinds = [kind] if kind else ["changed"] * changed + [moved] * bool(moved)
        for name in kinds:
            # The digest of a withheld text is left out too: it would give short texts away.
            digest = None if name == "withheld" else before
            count = None if name == "withheld" else answers_before
            address = question_path(site, source_id)
            yield SnapshotChange(
                name, site, source_id, address, digest, after, count, answers_after
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
