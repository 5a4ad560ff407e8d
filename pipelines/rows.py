"""The values that the store takes, and how times and identities are written in rows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

#: What a run counts as until its closing record says how it ended.
INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Crawl:
    """One run, live or imported.

    ``uid`` is a UUID as text. ``arguments`` and ``software`` (name to version) are kept as
    JSON. ``source`` is what its captures are: ``live``, ``wayback``, ``commoncrawl``,
    ``warc``, ``file``; it is not a column, but goes into the WARC with the rest.
    """

    uid: str
    spider: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    started: datetime | None = None
    software: Mapping[str, str] = field(default_factory=dict)
    source: str = "live"


@dataclass(frozen=True, slots=True)
class CrawlEnd:
    """How a run ended: when, its outcome in one word ("finished"), and its counts.

    ``alarms`` say, a sentence each, what the monitors found wrong with it.
    """

    finished: datetime
    outcome: str
    counts: Mapping[str, int] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """A row of ``captures``: one response, resource or conversion record.

    ``captured_at`` is aware. ``digest`` is "sha1:BASE32" of the payload. ``warc_file`` is
    the file's path relative to the WARC directory, ``offset`` and ``length`` (bytes) its
    gzip member there. ``crawl`` is the uid of the run. ``revisit_of`` is the record id of
    the capture that a revisit repeats. ``truncated`` is the WARC-Truncated reason. ``etag``
    and ``last_modified`` are the HTTP headers as sent, "" where there are none. Of a capture
    that a web archive gave, ``captured_at`` is when the archive made it, ``fetched_at`` (as
    rows write times) and ``fetched_from`` when and from which address we had it.
    """

    record_id: str
    url: str
    canonical_url: str
    captured_at: datetime
    status: int
    content_type: str
    digest: str
    warc_file: str
    offset: int
    length: int
    source: str
    crawl: str
    revisit_of: str | None = None
    truncated: str | None = None
    etag: str = ""
    last_modified: str = ""
    fetched_at: str | None = None
    fetched_from: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A capture that a web archive's index lists.

    ``archive`` is the archive's name, ``captured_at`` aware. ``status`` is None, the others
    "", where the index does not say. ``place`` is where its bytes can be had; see
    :class:`pipelines.errand.Index`. ``record_id`` is that of the answer which lists it.
    """

    archive: str
    url: str
    captured_at: datetime
    status: int | None
    content_type: str
    digest: str
    place: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """When (aware) and from where a record was had that another archive made."""

    record_id: str
    at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Original:
    """The capture that a revisit repeats: what WARC-Refers-To and its like name.

    It holds the payload itself, so it is never a revisit. ``captured_at`` is aware,
    ``digest`` the payload's ("sha1:BASE32").
    """

    record_id: str
    url: str
    captured_at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the archive knows of a URL, for asking whether it has changed since.

    ``original`` holds the payload that the server last gave with status 200. ``etag`` and
    ``last_modified`` are the headers that it last sent with it ("" if none), ``seen_at``
    (aware) when it last said that this is what the URL holds.
    """

    original: Original
    etag: str
    last_modified: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request that got no response, so that there is no capture of it.

    ``record_id`` is that of the WARC metadata record that says so, ``crawl`` the run's uid.
    """

    url: str
    canonical_url: str
    occurred_at: datetime
    reason: str
    record_id: str
    crawl: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong with a capture. ``stage`` is ``fetch``, ``read`` (its body could not be
    decoded) or ``parse``; ``field`` the record's field that could not be parsed.
    """

    record_id: str
    stage: str
    reason: str
    field: str | None = None


def stamp(moment: datetime) -> str:
    """A time as rows and WARC headers write it: UTC, microseconds, sortable as text.

    :raises ValueError: if it is naive: which instant it means would be a guess
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:26]}Z"


_STAMP = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?)?)?"
    r"(Z|[+-]\d\d:?\d\d)?$"
)


def parse_stamp(text: str) -> datetime | None:
    """The instant that a WARC-Date names, of any precision that WARC/1.1 allows.

    A missing month or day is the first, finer parts than a microsecond are cut, a zone
    other than UTC is converted. None if it is no such date.
    """
    match = _STAMP.match(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second = (
        int(part) if part else least
        for part, least in zip(match.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    )
    micro = int((match[7] or "0")[:6].ljust(6, "0"))
    zone = (match[8] or "Z").replace(":", "")
    try:
        offset = UTC if zone == "Z" else datetime.strptime(zone, "%z").tzinfo
        moment = datetime(year, month, day, hour, minute, second, micro, offset)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def to_json(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, characters as they are.

    Of floats, those that need no exponent are meant: how one is written is nobody's standard.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # half characters, whole numbers of more than 64 bits
        return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
