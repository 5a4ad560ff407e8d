"""The values that the store takes, and how times and identities are written in rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pipelines.warc.exchange import Original

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
    and ``last_modified`` are the HTTP headers as sent, "" where there are none, ``robots`` is
    what the page asks of robots (:mod:`pipelines.capture.robots_meta`). Of a capture that a web
    archive gave, ``captured_at`` is when the archive made it, ``fetched_at`` (as rows write
    times) and ``fetched_from`` when and from which address we had it.
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
    robots: str = ""
    fetched_at: str | None = None
    fetched_from: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A capture that a web archive's index lists.

    ``archive`` is the archive's name, ``captured_at`` aware. ``status`` is None, the others
    "", where the index does not say. ``place`` is where its bytes can be had; see
    :class:`pipelines.warc.record.ArchiveIndex`. ``record_id`` is that of the answer which lists it.
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
class Validators:
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


class Mention(NamedTuple):
    """A question that a page links to. ``url`` is canonical."""

    site: str
    source_id: str
    url: str
