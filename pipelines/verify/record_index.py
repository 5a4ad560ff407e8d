"""Finds what only all files together show: revisits without their original, ids used twice.

The index is a temporary database, which SQLite has in memory while it is small and on disk
when it is not. Of each record it has only numbers of 64 bits that stand for its id, its
content, and its URL and time. Two of a million records are mistaken for one another about once in
thirty million archives.
"""

from __future__ import annotations

import sqlite3
from base64 import b32encode
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import count
from typing import NamedTuple

from pipelines.capture.interpret import CAPTURE_TYPES, InterpretedRecord
from pipelines.verify.findings import Finding
from pipelines.warc.damage import FindingKind
from pipelines.warc.record import Record, parsed, sha1_digest

_TABLES = """
CREATE TABLE files (id INTEGER PRIMARY KEY, name TEXT, ours INTEGER);
CREATE TABLE entries (
    file INTEGER, key INTEGER, offset INTEGER, content INTEGER, place INTEGER, payload INTEGER
);
CREATE TABLE revisits (
    file INTEGER, offset INTEGER, record_id TEXT, refers INTEGER, place INTEGER, payload INTEGER
);
"""
_INDICES = """
CREATE INDEX entries_key ON entries(key);
CREATE INDEX entries_place ON entries(place) WHERE place != 0;
"""
# Revisits of old writers say only what the payload was.
_NAMES_NONE = "r.refers = 0 AND r.place = 0"


class IndexedRecord(NamedTuple):
    """A record that others may refer to; 0 is for none.

    ``place`` stands for its URL and time if it holds a payload, ``payload`` for that.
    """

    key: int
    offset: int
    content: int
    place: int
    payload: int


class RevisitEntry(NamedTuple):
    """What a revisit says of its original, by the same numbers."""

    offset: int
    record_id: str
    refers: int
    place: int
    payload: int


def entry_of(interpreted: InterpretedRecord, *, ours: bool) -> IndexedRecord:
    """Return the numbers by which other records refer to a record.

    Of other tools' records only captures must differ in their ids, as their rows do.
    """
    record = interpreted.record
    holds = record.record_type in CAPTURE_TYPES and record.record_type != "revisit"
    content = ""
    if ours:
        content = record.get("WARC-Block-Digest") or sha1_digest(record.block)
    elif interpreted.is_capture:
        content = f"{record.url} {record.get('WARC-Date')} {record.payload_digest}"
    return IndexedRecord(
        number(record.record_id),
        record.offset,
        number(content),
        _place(record.url, record.get("WARC-Date")) if holds else 0,
        number(record.payload_digest) if holds else 0,
    )


def revisit_of(record: Record) -> RevisitEntry:
    """Return what a revisit refers to."""
    digest = parsed(record.get("WARC-Payload-Digest"))
    payload = f"sha1:{b32encode(digest[1]).decode()}" if digest and digest[0] == "sha1" else ""
    url = record.get("WARC-Refers-To-Target-URI").strip("<>")
    date = record.get("WARC-Refers-To-Date")
    return RevisitEntry(
        record.offset,
        record.record_id,
        number(record.get("WARC-Refers-To").strip("<>")),
        _place(url, date) if url and date else 0,
        number(payload),
    )


def number(text: str) -> int:
    """Return a number that stands for a text; 0 for an empty one."""
    if not text:
        return 0
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _place(url: str, date: str) -> int:
    return number(f"{date[:19]} {url}")  # to the second: what many writers refer by


class RecordIndex:
    """An index of the records of all files, for checks when all are there."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_TABLES)
        self._files = count()

    def add(
        self,
        name: str,
        entries: Iterable[IndexedRecord],
        revisits: Iterable[RevisitEntry],
        *,
        ours: bool,
    ) -> None:
        """Add the records of one file."""
        file = next(self._files)
        self._db.execute("BEGIN")
        self._db.execute("INSERT INTO files VALUES (?, ?, ?)", (file, name, ours))
        self._db.executemany(f"INSERT INTO entries VALUES ({file}, ?, ?, ?, ?, ?)", entries)
        self._db.executemany(f"INSERT INTO revisits VALUES ({file}, ?, ?, ?, ?, ?)", revisits)
        self._db.execute("COMMIT")

    def index(self) -> None:
        """Make the index usable, when all files have been added."""
        self._db.executescript(_INDICES)
        if self._db.execute(f"SELECT 1 FROM revisits r WHERE {_NAMES_NONE} LIMIT 1").fetchone():
            self._db.execute("CREATE INDEX entries_payload ON entries(payload) WHERE payload != 0")

    def has(self, record_id: str) -> bool:
        """Return whether there is a record of this id."""
        query = "SELECT 1 FROM entries WHERE key = ?"
        return self._db.execute(query, (number(record_id),)).fetchone() is not None

    def duplicates(self) -> Iterator[Finding]:
        """Yield the records that have the id of another one with other content."""
        query = """
            SELECT files.name, b.offset, other.name, a.offset FROM entries a
            JOIN entries b ON b.key = a.key AND b.rowid > a.rowid AND b.file != a.file
            JOIN files ON files.id = b.file JOIN files other ON other.id = a.file
            WHERE a.content != b.content AND a.content != 0 AND b.content != 0"""
        for name, offset, other, at in self._db.execute(query):
            reason = f"another record has the same id, in {other} at byte {at}"
            yield Finding(name, offset, FindingKind.DUPLICATE, reason)

    def revisits(self) -> Iterator[tuple[bool, bool, Finding]]:
        """Yield the revisits with something wrong: whether only their original is missing, whether
        the file is ours, and the finding."""
        query = f"""
            SELECT files.name, files.ours, r.offset, r.record_id, r.place, r.payload,
                e.key, e.place, e.payload
            FROM revisits r JOIN files ON files.id = r.file
            LEFT JOIN entries e ON e.rowid = coalesce(
                (SELECT rowid FROM entries WHERE key = r.refers AND r.refers != 0 LIMIT 1),
                (SELECT rowid FROM entries
                    WHERE place = r.place AND place != 0 AND r.refers = 0 LIMIT 1),
                (SELECT rowid FROM entries
                    WHERE place = r.place AND place != 0 AND r.place != 0 AND NOT files.ours
                    LIMIT 1),
                CASE WHEN {_NAMES_NONE} THEN
                    (SELECT rowid FROM entries WHERE payload = r.payload AND payload != 0 LIMIT 1)
                END)"""
        for name, ours, offset, record_id, place, payload, *original in self._db.execute(query):
            fault = _revisit_fault(place, payload, *original, ours=bool(ours))
            if fault is not None:
                is_missing, reason = fault
                finding = Finding(name, offset, FindingKind.REVISIT, reason, record_id)
                yield is_missing, bool(ours), finding

    def close(self) -> None:
        """Delete the index."""
        self._db.close()

    def __enter__(self) -> RecordIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _revisit_fault(
    place: int,
    payload: int,
    original_key: int | None,
    original_place: int | None,
    original_payload: int | None,
    *,
    ours: bool,
) -> tuple[bool, str] | None:
    if original_key is None:
        return True, "the record that it refers to is not there"
    if not original_payload:
        return (False, "it refers to a record that holds no payload") if ours else None
    if payload and payload != original_payload:
        return False, "its payload digest is not that of the record that it refers to"
    if ours and place != original_place:
        return False, "the URI and date that it refers to are not those of that record"
    return None
