"""Damage of many kinds, planted into a copy of an archive that a real crawl made."""

from __future__ import annotations

import re
import sqlite3
from base64 import b32encode
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha1, sha256
from pathlib import Path

from isal import igzip_lib

from pipelines.warc.damage import FindingKind
from pipelines.warc.reader import read_warc
from pipelines.warc.record import Record


@dataclass(frozen=True)
class Planted:
    """Where the damage is, and of which kinds a finding about it may be."""

    file: str
    offset: int | None
    kinds: frozenset[FindingKind]


class Archive:
    """A copy that may be damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warcs = folder / "warcs"
        self.database = folder / "archive.db"

    @cached_property
    def files(self) -> list[Path]:
        """Its WARC files, by name."""
        return sorted(self.warcs.iterdir())

    @cached_property
    def path(self) -> Path:
        """The file that gets the damage."""
        return self.files[0]

    @cached_property
    def records(self) -> list[Record]:
        """What was in that file before."""
        return list(read_warc(self.path))

    @cached_property
    def index(self) -> int:
        """Of a response in its middle, with a page in it and its request behind it."""
        start = len(self.records) // 2
        return next(
            at
            for at in range(start, len(self.records))
            if self.records[at].record_type == "response"
            and self.records[at].http is not None
            and self.records[at].http.status == 200  # type: ignore[union-attr]
            and not self.records[at].get("WARC-Truncated")
            and len(self.records[at].payload) > 1000
        )

    @property
    def response(self) -> Record:
        """That response."""
        return self.records[self.index]

    @property
    def request(self) -> Record:
        """Its request."""
        return self.records[self.index + 1]

    def edit(self, change: Callable[[bytearray], object], path: Path | None = None) -> None:
        """Change the bytes of the file."""
        data = bytearray((path or self.path).read_bytes())
        change(data)
        (path or self.path).write_bytes(data)

    def flip(self, at: int, bit: int = 0) -> None:
        """Flip one bit."""

        def change(data: bytearray) -> None:
            data[at] ^= 1 << bit

        self.edit(change)

    def replace(self, record: Record, *members: bytes) -> None:
        """Put other gzip members in the place of a record's."""

        def change(data: bytearray) -> None:
            data[record.offset : record.offset + record.length] = b"".join(members)

        self.edit(change)

    def rewrite(
        self, record: Record, head: bytes | None = None, block: bytes | None = None
    ) -> None:
        """Write a record again with another head or block: gzip is sound, lengths are right."""
        new = record.block if block is None else block
        head = record.head if head is None else head
        if block is not None:
            head = field(head, "Content-Length", str(len(new)))
        self.replace(record, member(head + new + b"\r\n\r\n"))

    def sql(self, *statements: str, values: tuple[object, ...] = ()) -> None:
        """Change rows, whatever the keys say."""
        with closing(sqlite3.connect(self.database, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            for statement in statements:
                connection.execute(statement, values if "?" in statement else ())
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def here(
        self, *kinds: FindingKind, record: Record | None = None, at: int | None = None
    ) -> Planted:
        """Damage at a record (the response, unless another is named)."""
        offset = at if at is not None else (record or self.response).offset
        return Planted(self.path.name, offset, frozenset(kinds))

    def in_file(self, *kinds: FindingKind) -> Planted:
        """Damage of the file that has no place in it."""
        return Planted(self.path.name, None, frozenset(kinds))

    def in_archive(self, *kinds: FindingKind) -> Planted:
        """Damage of archive.db."""
        return Planted("archive.db", None, frozenset(kinds))


def member(data: bytes) -> bytes:
    """A gzip member as our writer makes it."""
    made: bytes = igzip_lib.compress(data, 1, igzip_lib.COMP_GZIP)
    return made


def raw(record: Record) -> bytes:
    """A record's gzip member, made again."""
    return member(record.head + record.block + b"\r\n\r\n")


def field(head: bytes, name: str, value: str) -> bytes:
    """A WARC header with another value in a field."""
    pattern = rb"(?m)^%b: [^\r\n]*" % name.encode()
    changed, count = re.subn(pattern, f"{name}: {value}".encode(), head)
    assert count == 1
    return changed


def digests(head: bytes, block: bytes, payload: bytes | None) -> bytes:
    """A WARC header with the right digests for a block, as a forger would write it."""
    head = field(head, "WARC-Block-Digest", f"sha256:{b32encode(sha256(block).digest()).decode()}")
    if payload is None:
        return head
    return field(head, "WARC-Payload-Digest", f"sha1:{b32encode(sha1(payload).digest()).decode()}")


Plant = Callable[[Archive], Planted]
DAMAGE: dict[str, Plant] = {}


def plants(plant: Plant) -> Plant:
    """Name a kind of damage."""
    DAMAGE[plant.__name__] = plant
    return plant
