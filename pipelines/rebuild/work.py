"""One task: a span is read, and its shard committed. Any process anywhere can do it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from parsers import PARSERS
from pipelines.capture.warc_extract import FileStats, Span, SpanReader
from pipelines.db.models import Crawl
from pipelines.files.canonical_json import to_json
from pipelines.files.timestamps import parse_stamp, stamp
from pipelines.rebuild.shards import Shards, ShardWriter
from pipelines.rebuild.tables import FORMAT
from pipelines.warc.streams import DamagedWarc, DamageKind


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
    """

    span: Span
    out: str
    mark: str = ""

    @property
    def shard(self) -> str:
        """The shard's name: other bytes, another span or another parser make another one."""
        said = (FORMAT, PARSERS, self.mark, span_as_json(self.span))
        digest = hashlib.sha256(to_json(said).encode()).hexdigest()[:16]
        base = "".join(c if c.isalnum() or c in "-." else "_" for c in self.span.name)
        return f"{base[-80:]}-{self.span.begin:012d}-{digest}"


def run(task: ExtractTask) -> Receipt:
    """Read a span and commit its shard; or find that this has been done.

    :raises OSError: the file cannot be read, or the shard not written
    """
    shards = Shards(task.out)
    known = shards.receipt(task.shard)
    if known is not None:
        return receipt_of(known)
    reader = SpanReader(task.span)
    total = FileStats(task.span.name)
    with tempfile.TemporaryDirectory(prefix=".shard-") as folder:
        writer = ShardWriter(Path(folder))
        for batch in reader:
            writer.add(batch.changes)
            total.add(batch.stats)
        files = writer.close()
        size = sum(path.stat().st_size for path in files.values())
        receipt = Receipt(
            task.shard, task.span, reader.began, reader.ended, reader.assumed, reader.crawl,
            total, size,
        )  # fmt: skip
        shards.put(task.shard, files, as_json(receipt))
    return receipt


# -- as JSON -------------------------------------------------------------------------------


def as_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt, for its file."""
    found = receipt.stats
    return {
        "format": FORMAT,
        "parsers": PARSERS,
        "shard": receipt.shard,
        "span": span_as_json(receipt.span),
        "began": receipt.began,
        "ended": receipt.ended,
        "assumed": _crawl_as_json(receipt.assumed),
        "crawl": _crawl_as_json(receipt.crawl),
        "found": {
            **{name: getattr(found, name) for name in _COUNTS},
            "damaged": [_damage_as_json(one) for one in found.damaged],
            "flagged": [_damage_as_json(one) for one in found.flagged],
        },
        "bytes": receipt.bytes,
    }


def receipt_of(value: Mapping[str, Any]) -> Receipt:
    """The receipt that a file holds."""
    said, found = value["span"], value["found"]
    intake = FileStats(said["name"], **{name: found[name] for name in _COUNTS})
    intake.damaged = [_damage_of(said["name"], one) for one in found["damaged"]]
    intake.flagged = [_damage_of(said["name"], one) for one in found["flagged"]]
    span = Span(**{**said, "crawl": _crawl_of(said["crawl"])})
    return Receipt(
        value["shard"], span, value["began"], value["ended"], _crawl_of(value["assumed"]),
        _crawl_of(value["crawl"]), intake, value["bytes"],
    )  # fmt: skip


_COUNTS = ("records", "captures", "pages", "errors", "size")


def span_as_json(span: Span) -> dict[str, Any]:
    """A span, for a receipt and for the name of its shard."""
    bare = asdict(replace(span, crawl=None))
    return {**bare, "crawl": _crawl_as_json(span.crawl)}


def _crawl_as_json(crawl: Crawl | None) -> dict[str, Any] | None:
    if crawl is None:
        return None
    started = stamp(crawl.started) if crawl.started else None
    given = {"arguments": dict(crawl.arguments), "software": dict(crawl.software)}
    return {"uid": crawl.uid, "spider": crawl.spider, "started": started,
            "source": crawl.source, **given}  # fmt: skip


def _crawl_of(value: Mapping[str, Any] | None) -> Crawl | None:
    if value is None:
        return None
    started = parse_stamp(value["started"]) if value["started"] else None
    return Crawl(**{**value, "started": started})


def _damage_as_json(one: DamagedWarc) -> dict[str, Any]:
    return {"offset": one.offset, "why": one.why, "harm": str(one.kind), "record": one.record}


def _damage_of(name: str, value: Mapping[str, Any]) -> DamagedWarc:
    kind = DamageKind(value["harm"])
    return DamagedWarc(name, value["offset"], value["why"], kind, record=value["record"])
