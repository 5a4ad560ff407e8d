"""One task of an extraction: read a span, commit its shard. Any process anywhere can do it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from parsers import PARSERS
from pipelines.capture.crawl_records import crawl_as_json, crawl_from_json
from pipelines.capture.warc_extract import FileStats, Span, SpanReader
from pipelines.db.models import Crawl
from pipelines.db.rules import to_json
from pipelines.rebuild.shards import Shards, ShardWriter
from pipelines.rebuild.tables import FORMAT
from pipelines.warc.damage import DamagedWarc, FindingKind


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
        key = (FORMAT, PARSERS, self.mark, span_as_json(self.span))
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
