"""The records by which a run describes itself in a WARC file: written, and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pipelines.db.models import Crawl, CrawlEnd
from pipelines.db.rules import to_json
from pipelines.files.timestamps import parse_stamp, stamp
from pipelines.warc.record import Record
from pipelines.warc.writer import CRAWL_END

_FIELD = "housecall-crawl"
#: Sources whose runs take records over from another archive as they are.
BORROWING = frozenset({"commoncrawl"})


def warcinfo(crawl: Crawl, **more: str) -> dict[str, str]:
    """The warcinfo fields of a run: what any archivist reads, and our own row in JSON.

    :param more: further fields, such as ``operator``, ``robots``, ``http_header_user_agent``
        (underscores become hyphens)
    """
    versions = " ".join(f"{name}/{version}" for name, version in crawl.software.items())
    return {
        "software": versions or "Housecall",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        **{name.replace("_", "-"): value for name, value in more.items()},
        _FIELD: to_json(crawl_as_json(crawl)),
    }


def crawl_of(record: Record) -> Crawl | None:
    """The run that a warcinfo record of ours names; None for those of other software."""
    for line in record.block.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == _FIELD:
            try:
                return crawl_from_json(json.loads(value))
            except (ValueError, KeyError, TypeError, AttributeError):
                return None
    return None


def crawl_as_json(crawl: Crawl) -> dict[str, Any]:
    """A run as a JSON object; :func:`crawl_from_json` reads it."""
    return {
        "uid": crawl.uid,
        "spider": crawl.spider,
        "arguments": dict(crawl.arguments),
        "started": stamp(crawl.started) if crawl.started else None,
        "software": dict(crawl.software),
        "source": crawl.source,
    }


def crawl_from_json(row: Mapping[str, Any]) -> Crawl:
    """The run that a JSON object describes.

    :raises ValueError, KeyError, TypeError, AttributeError: it describes none
    """
    return Crawl(
        uid=str(row["uid"]),
        spider=str(row["spider"]),
        arguments={str(name): str(value) for name, value in row["arguments"].items()},
        started=parse_stamp(row["started"]) if row["started"] else None,
        software={str(name): str(value) for name, value in row["software"].items()},
        source=str(row["source"]),
    )


def foreign_crawl(warc_file: str, started: datetime | None) -> Crawl:
    """The run that a WARC of other software counts as: the same for the same file name."""
    uid = str(uuid5(NAMESPACE_URL, f"warc:{warc_file}"))
    return Crawl(uid, "ingest", {"file": warc_file}, started, source="warc")


def crawl_end_record(uid: str, end: CrawlEnd) -> dict[str, Any]:
    """The metadata record that says how a run ended; :func:`crawl_end_in` reads it."""
    return {
        "kind": CRAWL_END,
        "crawl": uid,
        "finished": stamp(end.finished),
        "outcome": end.outcome,
        "counts": dict(end.counts),
        "alarms": list(end.alarms),
    }


def metadata_of(record: Record) -> dict[str, Any]:
    """The JSON object in one of our metadata records; {} in any other record."""
    if not record.get("Content-Type").lower().startswith("application/json"):
        return {}
    try:
        values = json.loads(record.block)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def crawl_end_in(values: Mapping[str, Any]) -> tuple[str, CrawlEnd] | None:
    """The uid of a run and how it ended; None if a metadata record says something else.

    :param values: what :func:`metadata_of` returns
    """
    finished = parse_stamp(str(values.get("finished", "")))
    counts = values.get("counts")
    if values.get("kind") != CRAWL_END or finished is None or not isinstance(counts, dict):
        return None
    alarms = values.get("alarms")  # records of before there were monitors have none
    texts = tuple(str(alarm) for alarm in alarms) if isinstance(alarms, list) else ()
    return str(values.get("crawl")), CrawlEnd(finished, str(values.get("outcome")), counts, texts)
