"""The tables of a shard, in Parquet: a public format, described in docs/shards.md.

Times are in UTC, to the microsecond. PyArrow takes a seventh of a second to import, so that this
module is imported where a shard is read or written.
"""

from __future__ import annotations

from dataclasses import fields

import pyarrow as pa

from pipelines.db.models import CaptureRow, Failure, Fetched, Listing, Mention, Unanswered

_TIME = pa.timestamp("us", tz="UTC")
_TEXT = pa.string()
_TEXTS = pa.list_(_TEXT)


def _struct(**members: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field(name, kind) for name, kind in members.items()])


_RESPONDER = _struct(
    name=_TEXT, credentials=_TEXTS, title=_TEXT, college=_TEXT, institution=_TEXT, url=_TEXT
)
_ANSWER = _struct(
    text=_TEXT,
    author=_TEXT,
    responders=pa.list_(_RESPONDER),
    answered_on=pa.date32(),
    accepted=pa.bool_(),
    score=pa.int64(),
    url=_TEXT,
)
_TOPIC = _struct(name=_TEXT, url=_TEXT)
_LINK = _struct(text=_TEXT, url=_TEXT)
_ORIGIN = _struct(field=_TEXT, landmark=_TEXT)

_WHOLE = {"offset", "length"}
_TIMES = {"captured_at", "occurred_at", "at", "started", "finished"}


def _kind(name: str) -> pa.DataType:
    if name in _TIMES:
        return _TIME
    if name in _WHOLE:
        return pa.int64()
    return pa.int32() if name == "status" else _TEXT


def _plain(value: type) -> pa.Schema:
    """The schema of a dataclass whose fields are texts, numbers and times."""
    return pa.schema([(member.name, _kind(member.name)) for member in fields(value)])


SCHEMAS: dict[str, pa.Schema] = {
    "runs": pa.schema([
        ("uid", _TEXT), ("spider", _TEXT), ("arguments", _TEXT), ("started", _TIME),
        ("software", _TEXT), ("source", _TEXT), ("finished", _TIME), ("outcome", _TEXT),
        ("counts", _TEXT), ("alarms", _TEXTS),
    ]),
    "captures": _plain(CaptureRow).append(pa.field("gone", pa.bool_())),
    "pages": pa.schema([
        ("record_id", _TEXT), ("url", _TEXT), ("site", _TEXT), ("source_id", _TEXT),
        ("title", _TEXT), ("question", _TEXT), ("asker", _TEXT), ("asked_on", pa.date32()),
        ("answers", pa.list_(_ANSWER)), ("topics", pa.list_(_TOPIC)),
        ("links", pa.list_(_LINK)), ("status", _TEXT), ("confidence", pa.float64()),
        ("warnings", _TEXTS), ("parser", _TEXT), ("origins", pa.list_(_ORIGIN)),
        ("part", pa.int32()), ("language", _TEXT),
        ("version", _TEXT), ("words", _TEXT), ("members", _TEXTS),
    ]),
    "failures": _plain(Failure),
    "mentions": pa.schema([(name, _TEXT) for name in ("record_id", *Mention._fields)]),
    "unanswered": _plain(Unanswered),
    "listings": _plain(Listing),
    "fetched": _plain(Fetched),
}  # fmt: skip
