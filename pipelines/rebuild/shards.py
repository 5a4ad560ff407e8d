"""Shards: what was read in a span, in Parquet files, one a table, and the task that makes them.

A folder of shards has a folder for each table, with a file for each shard, and ``receipts/``.
Files are written under other names first; a shard counts if its receipt is there, which
comes last. A shard that is written twice is the same twice. Any process anywhere can do a task.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from parsers.readers.best import PARSERS
from parsers.urls import declared_sites
from pipelines.capture.crawl_records import crawl_as_json, crawl_from_json
from pipelines.capture.page_deadline import deadline
from pipelines.capture.warc_extract import FileStats, Span, SpanReader
from pipelines.db.changeset import ChangeSet
from pipelines.db.models import Crawl
from pipelines.db.rules import to_json
from pipelines.files.durable import rename_durably, replace_durably, sync_path
from pipelines.rebuild.tables import TABLES, add_rows, rows_of
from pipelines.warc.damage import DamagedWarc, FindingKind

FORMAT = 2
"""The version of the format; it is raised when a field changes its meaning or goes."""
#: Rows of a table that are written as one row group.
GROUP = 1000
#: Tables whose rows stand in the order of the captures that they are about.
_OF_CAPTURES = ("pages", "failures", "mentions")
RECEIPTS = "receipts"
RESULT = "result.json"


#: What is beneath fsspec, and raises errors of its own: no credentials, nobody answers.
_LIBRARIES = ("botocore", "aiobotocore", "aiohttp")


@contextmanager
def named_place(place: str) -> Iterator[None]:
    """Give errors the address at which they were met; those of paths have it.

    :raises OSError: for what a library of object stores raises
    """
    try:
        yield
    except Exception as error:
        foreign = type(error).__module__.partition(".")[0] in _LIBRARIES
        if "://" not in place or not (foreign or isinstance(error, OSError)):
            raise
        raise OSError(f"{place}: {error}") from error


class ShardWriter:
    """Writes changes into one file a table, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, Any] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}

    def add(self, changes: ChangeSet) -> None:
        """Write changes."""
        for table, rows in rows_of(changes).items():
            waiting = self._rows[table]
            waiting += rows
            if len(waiting) >= GROUP:
                self._write(table)

    def close(self) -> dict[str, Path]:
        """Finish the files; returns those of the tables that have any row."""
        for table in TABLES:
            self._write(table)
        for writer in self._writers.values():
            writer.close()
        return {table: self._folder / f"{table}.parquet" for table in self._writers}

    def _write(self, table: str) -> None:
        rows, self._rows[table] = self._rows[table], []
        if not rows:
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        from pipelines.rebuild.schemas import SCHEMAS

        schema = SCHEMAS[table].with_metadata({"housecall-format": str(FORMAT)})
        if table not in self._writers:
            path = self._folder / f"{table}.parquet"
            self._writers[table] = pq.ParquetWriter(path, schema, compression="zstd")
        self._writers[table].write_table(pa.Table.from_pylist(rows, schema))


class Shards:
    """A folder of shards: a path, or an address that fsspec knows (``s3://bucket/folder``).

    :raises OSError: from all methods: it cannot be read or written
    """

    def __init__(self, place: str | os.PathLike[str]) -> None:
        self.address = self.place = os.fspath(place).rstrip("/")
        self._remote: Any = None
        if "://" in self.place:
            import fsspec

            self._remote, self.place = fsspec.core.url_to_fs(self.place)

    def put(self, shard: str, files: Mapping[str, Path], receipt: Mapping[str, Any]) -> None:
        """Commit a shard: its files, and then its receipt."""
        for table, path in files.items():
            self._put(path, f"{table}/{shard}.parquet")
        self.write(f"{RECEIPTS}/{shard}.json", receipt)

    def receipt(self, shard: str) -> dict[str, Any] | None:
        """What is said of a shard; None if it has not been committed."""
        return self.read(f"{RECEIPTS}/{shard}.json")

    def drop(self, shard: str) -> None:
        """Remove a shard, its receipt first."""
        for name in (f"{RECEIPTS}/{shard}.json", *(f"{t}/{shard}.parquet" for t in TABLES)):
            if self._remote is None:
                self._path(name).unlink(missing_ok=True)
                continue
            with named_place(self.address):
                if self._remote.exists(f"{self.place}/{name}"):
                    self._remote.rm(f"{self.place}/{name}")

    def changes(self, shard: str) -> Iterator[ChangeSet]:
        """What a shard says, a part at a time; what names a run or a capture comes with it or
        after it."""
        with named_place(self.address), ExitStack() as opened:
            rows = {name: opened.enter_context(self._rows(name, shard)) for name in TABLES}
            yield _changes({"runs": rows["runs"].rest()})
            while captures := rows["captures"].next_group():
                ids = {row["record_id"] for row in captures}
                own = {name: rows[name].of_captures(ids) for name in _OF_CAPTURES}
                yield _changes({"captures": captures, **own})
            for name in (*_OF_CAPTURES, "unanswered", "listings", "fetched"):
                while group := rows[name].next_group():
                    yield _changes({name: group})

    def write(self, name: str, value: Mapping[str, Any]) -> None:
        """Write a JSON object, whole or not at all."""
        data = json.dumps(value, indent=1).encode()
        if self._remote is not None:
            with named_place(self.address):
                self._remote.pipe_file(f"{self.place}/{name}", data)
            return
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replace_durably(path) as file:
            file.write(data)

    def read(self, name: str) -> dict[str, Any] | None:
        """A JSON object; None if there is none."""
        with named_place(self.address):
            try:
                if self._remote is not None:
                    data = self._remote.cat_file(f"{self.place}/{name}")
                else:
                    data = self._path(name).read_bytes()
            except FileNotFoundError:
                return None
        value: dict[str, Any] = json.loads(data)
        return value

    def _path(self, name: str) -> Path:
        return Path(self.place, name)

    def _put(self, path: Path, name: str) -> None:
        if self._remote is not None:
            self._remote.put_file(str(path), f"{self.place}/{name}")
            return
        target = self._path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.move(path, aside)  # which may cross from one file system to another
        sync_path(aside)
        rename_durably(aside, target)

    @contextmanager
    def _rows(self, table: str, shard: str) -> Iterator[_Rows]:
        import pyarrow.parquet as pq

        file = self._open(f"{table}/{shard}.parquet")
        if file is None:
            yield _Rows(iter(()))
            return
        with file, pq.ParquetFile(file) as parquet:
            yield _Rows(batch.to_pylist() for batch in parquet.iter_batches(GROUP))

    def _open(self, name: str) -> Any:
        try:
            if self._remote is not None:
                return self._remote.open(f"{self.place}/{name}", "rb")
            return self._path(name).open("rb")
        except FileNotFoundError:
            return None


class _Rows:
    """The rows of one file, in order, in groups."""

    def __init__(self, groups: Iterator[list[dict[str, Any]]]) -> None:
        self._groups = groups
        self._left: list[dict[str, Any]] = []

    def next_group(self) -> list[dict[str, Any]]:
        """What is left of a group, or the next; empty at the end."""
        group, self._left = self._left or next(self._groups, []), []
        return group

    def rest(self) -> list[dict[str, Any]]:
        """All that is left."""
        rows = []
        while group := self.next_group():
            rows += group
        return rows

    def of_captures(self, ids: set[str]) -> list[dict[str, Any]]:
        """The next rows, as long as they are of these captures."""
        rows = []
        while group := self.next_group():
            own = list(takewhile(lambda row: row["record_id"] in ids, group))
            rows += own
            if len(own) < len(group):
                self._left = group[len(own) :]
                break
        return rows


def _changes(rows: Mapping[str, list[dict[str, Any]]]) -> ChangeSet:
    changes = ChangeSet()
    for table, table_rows in rows.items():
        add_rows(changes, table, table_rows)
    return changes


# -- tasks and their receipts ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a span: its shard, and what :class:`SpanReader` says of it.

    ``stats`` is what was found in it, ``bytes`` how large the shard is.
    """

    shard: str
    span: Span
    began: int | None
    ended: int | None
    assumed: Crawl | None
    crawl: Crawl | None
    stats: FileStats
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class ExtractTask:
    """A span, and the folder that its shard goes into.

    ``mark`` tells one state of the file from another (its size, and when it was changed).
    ``passed_over`` are the record ids of pages that have ended a process, past their deadline.
    """

    span: Span
    out: str
    mark: str = ""
    passed_over: frozenset[str] = frozenset()

    @property
    def shard(self) -> str:
        """The shard's name: other bytes, another span, parser, declaration or deadline
        make another one."""
        key = (
            FORMAT, PARSERS, sites_mark(), deadline(), self.mark, span_as_json(self.span),
        )  # fmt: skip
        digest = hashlib.sha256(to_json(key).encode()).hexdigest()[:16]
        base = "".join(c if c.isalnum() or c in "-." else "_" for c in self.span.name)
        return f"{base[-80:]}-{self.span.begin:012d}-{digest}"


def extract_span(task: ExtractTask) -> Receipt:
    """Read a span and commit its shard; or find that it is committed.

    :raises OSError: the file cannot be read, or the shard not written
    """
    shards = Shards(task.out)
    receipt_json = shards.receipt(task.shard)
    if receipt_json is not None:
        return receipt_from_json(receipt_json)
    reader = SpanReader(task.span)
    stats = FileStats(task.span.name)
    with tempfile.TemporaryDirectory(prefix=".shard-") as folder:
        writer = ShardWriter(Path(folder))
        for batch in reader:
            writer.add(batch.changes)
            stats.add(batch.stats)
        files = writer.close()
        size = sum(path.stat().st_size for path in files.values())
        receipt = Receipt(
            task.shard, task.span, reader.began, reader.ended, reader.assumed, reader.crawl,
            stats, size,
        )  # fmt: skip
        shards.put(task.shard, files, receipt_as_json(receipt))
    return receipt


def sites_mark() -> str:
    """What tells the sites that are declared in this process from others, or from these with
    another word in a declaration."""
    sites = [asdict(site) for site in declared_sites()]
    return hashlib.sha256(to_json(sites).encode()).hexdigest()[:12]


# -- as JSON -------------------------------------------------------------------------------

_COUNTS = ("records", "captures", "pages", "errors", "size")


def receipt_as_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt, for its file."""
    stats = receipt.stats
    return {
        "format": FORMAT,
        "parsers": PARSERS,
        "shard": receipt.shard,
        "span": span_as_json(receipt.span),
        "began": receipt.began,
        "ended": receipt.ended,
        "assumed": receipt.assumed and crawl_as_json(receipt.assumed),
        "crawl": receipt.crawl and crawl_as_json(receipt.crawl),
        "found": {
            **{name: getattr(stats, name) for name in _COUNTS},
            "damaged": [_damage_as_json(damage) for damage in stats.damaged],
            "flagged": [_damage_as_json(damage) for damage in stats.flagged],
        },
        "bytes": receipt.bytes,
    }


def receipt_from_json(value: Mapping[str, Any]) -> Receipt:
    """The receipt that a file holds."""
    span, found = value["span"], value["found"]
    name = span["name"]
    stats = FileStats(name, **{count: found[count] for count in _COUNTS})
    stats.damaged = [_damage_from_json(name, damage) for damage in found["damaged"]]
    stats.flagged = [_damage_from_json(name, damage) for damage in found["flagged"]]
    before, assumed, crawl = (
        crawl_from_json(row) if row else None
        for row in (span["crawl"], value["assumed"], value["crawl"])
    )
    return Receipt(
        value["shard"], Span(**{**span, "crawl": before}), value["began"], value["ended"],
        assumed, crawl, stats, value["bytes"],
    )  # fmt: skip


def span_as_json(span: Span) -> dict[str, Any]:
    """A span, for a receipt and for the name of its shard."""
    return {**asdict(replace(span, crawl=None)), "crawl": span.crawl and crawl_as_json(span.crawl)}


def _damage_as_json(damage: DamagedWarc) -> dict[str, Any]:
    return {
        "offset": damage.offset, "why": damage.why, "harm": str(damage.kind),
        "record": damage.record,
    }  # fmt: skip


def _damage_from_json(name: str, value: Mapping[str, Any]) -> DamagedWarc:
    kind = FindingKind(value["harm"])
    return DamagedWarc(name, value["offset"], value["why"], kind, record=value["record"])
