"""From evidence to values: what a WARC record, or an exchange just made, is a capture of.

A crawl makes its rows from exchanges, a rebuild from records, over the same bytes and by
the same functions, so that they agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from parsers import canonical_url
from parsers.records import Capture
from pipelines.capture.memento import Memento, memento_of
from pipelines.capture.unrewrite import unwrap
from pipelines.db.capture_rules import PARTIAL
from pipelines.db.models import CaptureRow
from pipelines.files.timestamps import parse_stamp, stamp
from pipelines.warc.http import HttpMessage
from pipelines.warc.purpose import CapturePurpose, purpose_of
from pipelines.warc.reader import Record
from pipelines.warc.writer import ERROR_FIELD, Exchange, Location

#: The record types that hold a page (a revisit holds only the news that it is the same).
CAPTURE_TYPES = frozenset({"response", "resource", "conversion", "revisit"})
#: The source of what an archive's index answered, whoever asked.
INDEX = "index"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which run a capture belongs to, and what kind of source that run read."""

    crawl: str
    source: str


def row_of_exchange(exchange: Exchange, location: Location, origin: Provenance) -> CaptureRow:
    """The row for an exchange with a response."""
    row = CaptureRow(
        record_id=location.record_id,
        url=exchange.url,
        canonical_url=canonical_url(exchange.url),
        captured_at=exchange.started_at,
        status=exchange.status,
        content_type=exchange.content_type,
        digest=location.digest,
        warc_file=location.warc_file,
        offset=location.offset,
        length=location.length,
        source=origin.source,
        crawl=origin.crawl,
        revisit_of=exchange.original.record_id if exchange.original else None,
        truncated=exchange.truncated or ("unspecified" if exchange.error else None),
        etag=_header(exchange.http, "etag"),
        last_modified=_header(exchange.http, "last-modified"),
    )
    return _through_archive(row, exchange.http, exchange.errand)


def capture_of_exchange(exchange: Exchange, location: Location, source: str) -> Capture:
    """What a parser is given of an exchange.

    :raises UndecodableBody: if the body is not what its Content-Encoding says
    """
    capture = Capture(
        url=exchange.url,
        captured_at=exchange.started_at,
        body=exchange.http.content() if exchange.http else b"",
        content_type=exchange.content_type,
        status=exchange.status,
        source=source,
        record_id=location.record_id,
    )
    return _of_original(capture, memento_of(exchange.http, exchange.url))


def row_of_record(record: Record, warc_file: str, origin: Provenance) -> CaptureRow | None:
    """The row for a WARC record; None if it is no capture of a web page."""
    date = captured_at(record)
    if date is None or not is_web_capture(record):
        return None
    kind = record.record_type
    digest = record.payload_digest
    if kind == "revisit":  # its own block has no payload: what it stands for has
        digest = record.get("WARC-Payload-Digest", digest)
    row = CaptureRow(
        record_id=record.record_id,
        url=record.url,
        canonical_url=canonical_url(record.url),
        captured_at=date,
        status=_status(record),
        content_type=_content_type(record),
        digest=digest,
        warc_file=warc_file,
        offset=record.offset,
        length=record.length,
        source=_source(record, origin.source),
        crawl=origin.crawl,
        revisit_of=_revisit_of(record),
        truncated=truncation_of(record),
        etag=_header(record.http, "etag"),
        last_modified=_header(record.http, "last-modified"),
    )
    return _through_archive(row, record.http, purpose_of(record))


def capture_of(record: Record, source: str = "warc") -> Capture | None:
    """What a parser is given of a WARC record; None if it holds no page.

    :raises UndecodableBody: if the body is not what its Content-Encoding says
    """
    date = captured_at(record)
    if date is None or record.record_type == "revisit" or not is_web_capture(record):
        return None
    capture = Capture(
        url=record.url,
        captured_at=date,
        body=b"" if _is_not_http(record) else record.content(),
        content_type=_content_type(record),
        status=_status(record),
        source=_source(record, source),
        record_id=record.record_id,
    )
    if record.record_type == "resource":  # such as a page saved from an archive's view
        return replace(capture, body=unwrap(capture.body))
    return _of_original(capture, memento_of(record.http, record.url))


def captured_at(record: Record) -> datetime | None:
    """When a capture was made: WARC-Date; where that is no date (ClueWeb09), the server's clock."""
    if record.date is not None or record.http is None:
        return record.date
    try:
        moment = parsedate_to_datetime(record.http.get("date"))
    except (ValueError, IndexError, OverflowError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_web_capture(record: Record) -> bool:
    """Whether a record is a page of the web: not a request, a DNS answer, a crawl log."""
    if record.record_type not in CAPTURE_TYPES or not record.record_id:
        return False
    if not record.url.lower().startswith(("http://", "https://")):
        return False
    if record.record_type in ("resource", "conversion"):
        return True
    return record.get("Content-Type").lower().startswith("application/http") or bool(record.http)


def truncation_of(record: Record) -> str | None:
    """Why a record is not whole. Many writers say "length" of revisits, which have no body."""
    reason = record.get("WARC-Truncated") or None
    return None if record.record_type == "revisit" and reason == "length" else reason


def fetch_failure(row: CaptureRow, http: HttpMessage | None, error: str = "") -> str | None:
    """Why a capture counts as a failure to fetch, in words; None if it does not.

    :param error: what the crawler noted about it, if anything
    """
    if row.truncated:
        return f"the response is not whole ({row.truncated})" + (f": {error}" if error else "")
    if row.status == 0:
        return "the response is not HTTP"
    if row.status == PARTIAL:
        return "HTTP 206: a part of the page, which was not asked for"
    if row.status == 304 and row.revisit_of is None:
        return "HTTP 304, without anything that it could repeat"
    if row.status >= 400:
        return f"HTTP {row.status} {http.reason if http else ''}".strip()
    return None


def error_of(record: Record) -> str:
    """What the crawler noted about an incomplete response."""
    return record.get(ERROR_FIELD)


def _through_archive(
    row: CaptureRow, http: HttpMessage | None, errand: CapturePurpose
) -> CaptureRow:
    """A row as what it stands for: what the site said, if an archive handed that on.

    Its validators are the archive's own, and no server of the site knows them.
    """
    if errand.index is not None:
        return replace(row, canonical_url=row.url, source=INDEX)
    memento = memento_of(http, row.url)
    if memento is None:
        return row
    return replace(
        row,
        url=memento.url,
        canonical_url=canonical_url(memento.url),
        captured_at=memento.captured_at,
        etag="",
        last_modified="",
        fetched_at=stamp(row.captured_at),
        fetched_from=row.url,
    )


def _of_original(capture: Capture, memento: Memento | None) -> Capture:
    """A capture as what it stands for, without what an archive's view mode puts in."""
    if memento is None:
        return capture
    return replace(
        capture,
        url=memento.url,
        captured_at=memento.captured_at,
        body=unwrap(capture.body),
    )


def _is_not_http(record: Record) -> bool:
    return record.record_type == "response" and record.http is None


def _status(record: Record) -> int:
    if record.record_type in ("resource", "conversion"):
        return 200
    return record.http.status if record.http else 0


def _content_type(record: Record) -> str:
    if record.record_type in ("resource", "conversion"):
        return record.get("Content-Type")
    return record.http.get("content-type") if record.http else ""


def _source(record: Record, source: str) -> str:
    return "wet" if record.record_type == "conversion" and source == "warc" else source


def _header(http: HttpMessage | None, name: str) -> str:
    return http.get(name) if http else ""


def _revisit_of(record: Record) -> str | None:
    if record.record_type != "revisit":
        return None
    named = record.get("WARC-Refers-To").strip("<>")
    if named:
        return named
    # Many writers name the original by address and time only, old ones not even that.
    address = canonical_url(record.get("WARC-Refers-To-Target-URI").strip("<>") or record.url)
    said = record.get("WARC-Refers-To-Date")
    date = parse_stamp(said)
    if date is not None:
        exact = stamp(date)
        return f"{address} {exact if '.' in said else exact[:19]}"
    digest = record.get("WARC-Payload-Digest")
    return f"{address} {digest}" if digest else None
