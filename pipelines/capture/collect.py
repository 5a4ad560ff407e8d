"""What is kept of an exchange, of a WARC record, and of reading one: the same for all.

A live crawl calls ``keep_exchange`` and ``keep_reading``; a rebuild and an import call
``keep_record`` and ``keep_reading``. What they tell the store is equal wherever the bytes
are, because both come down to ``_keep``.
"""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress

from parsers import canonical_url
from parsers.records import Capture, Reading
from pipelines.capture.cdx import CdxError
from pipelines.capture.cdx_listings import listings_in
from pipelines.capture.interpret import (
    Provenance,
    capture_of,
    capture_of_exchange,
    error_of,
    fetch_failure,
    row_of_exchange,
    row_of_record,
)
from pipelines.capture.mentions import mentions_in
from pipelines.db.capture_rules import GONE_STATUS
from pipelines.db.changeset import ChangeSet
from pipelines.db.models import CaptureRow, Failure, Fetched, Unanswered
from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.http import HttpMessage
from pipelines.warc.purpose import CapturePurpose, purpose_of
from pipelines.warc.reader import Record
from pipelines.warc.writer import FAILURE, FETCHED, Exchange, Location, sha1_digest


def keep_exchange(
    notes: ChangeSet, exchange: Exchange, location: Location, origin: Provenance
) -> Capture:
    """Tell the store of an exchange that has been written to a WARC.

    :param location: what :meth:`WarcWriter.write_exchange` returned for it
    :returns: what a parser may read; its body is b"" where there is none to read
    """
    empty = Capture(
        url=exchange.url,
        captured_at=exchange.started_at,
        body=b"",
        content_type=exchange.content_type,
        status=exchange.status,
        source=origin.source,
        record_id=location.record_id,
    )
    errand = exchange.errand
    if errand.wanted:
        empty = dataclasses.replace(empty, url=errand.wanted)
    if not exchange.response or errand.refused:
        reason = errand.refused or exchange.error or "no response"
        _keep_unanswered(notes, empty, reason, origin.crawl)
        return dataclasses.replace(empty, status=0)  # no page: not even one that is gone
    row = row_of_exchange(exchange, location, origin)
    _keep(notes, row, exchange.http, exchange.error or "")
    _check_listed(notes, row.record_id, errand, exchange.http)
    try:
        capture = capture_of_exchange(exchange, location, origin.source)
    except UndecodableBody as error:
        notes.add_failure(Failure(row.record_id, "read", str(error)))
        return empty
    _keep_listings(notes, capture, errand)
    return capture


def keep_record(notes: ChangeSet, record: Record, file: str, origin: Provenance) -> Capture | None:
    """Tell the store of a WARC record.

    :param file: the WARC file's path relative to the WARC directory
    :returns: what a parser may read; None if the record holds no page
    """
    if record.record_type == "metadata":
        _keep_metadata(notes, record, origin)
        return None
    if (refused := refusal_in(record, origin)) is not None:
        notes.add_unanswered(refused)
        return None
    row = row_of_record(record, file, origin)
    if row is None:
        return None
    errand = purpose_of(record)
    _keep(notes, row, record.http, error_of(record))
    _check_listed(notes, row.record_id, errand, record.http)
    try:
        capture = capture_of(record, origin.source)
    except UndecodableBody as error:
        notes.add_failure(Failure(row.record_id, "read", str(error)))
        return Capture(
            row.url, row.captured_at, b"", row.content_type, row.status, row.source, row.record_id
        )
    if capture is not None:
        _keep_listings(notes, capture, errand)
    return capture


def refusal_in(record: Record, origin: Provenance) -> Unanswered | None:
    """The request that an archive's answer in a record gives no capture for; None if it does."""
    errand = purpose_of(record)
    if not errand.refused or record.date is None:
        return None
    wanted = errand.wanted or record.url
    return Unanswered(
        wanted, canonical_url(wanted), record.date, errand.refused, record.record_id, origin.crawl
    )


def keep_reading(notes: ChangeSet, record_id: str, reading: Reading, page: str) -> None:
    """Tell the store what reading a capture gave.

    The store lets it count only if the capture is whole, a success and no revisit.

    :param page: the address that was asked for, to which links are relative
    """
    if reading.page is not None:
        try:
            notes.add_page(dataclasses.replace(reading.page, record_id=record_id))
        except UnicodeError as error:
            notes.add_failure(Failure(record_id, "parse", f"text that is no text: {error}"))
    if reading.gone:
        notes.mark_gone(record_id)
    if reading.error is not None:
        notes.add_failure(Failure(record_id, "parse", reading.error.why, reading.error.field))
    notes.add_mentions(record_id, mentions_in(page, reading.outlinks))


def _keep(notes: ChangeSet, row: CaptureRow, http: HttpMessage | None, error: str) -> None:
    notes.add_capture(row)
    if row.status in GONE_STATUS:
        notes.mark_gone(row.record_id)
    reason = fetch_failure(row, http, " ".join(error.split()))
    if reason is not None:
        notes.add_failure(Failure(row.record_id, "fetch", reason))


def _keep_unanswered(notes: ChangeSet, empty: Capture, reason: str, crawl: str) -> None:
    reason = " ".join(reason.split())
    canonical = canonical_url(empty.url)
    notes.add_unanswered(
        Unanswered(empty.url, canonical, empty.captured_at, reason, empty.record_id, crawl)
    )


def _check_listed(
    notes: ChangeSet, id_: str, errand: CapturePurpose, http: HttpMessage | None
) -> None:
    """Note it if an archive's index lists other bytes than the archive gave.

    Archives compute digests over what they stored, content encodings still on; some give
    them out undone.
    """
    if not errand.digest or http is None or sha1_digest(http.payload) == errand.digest:
        return
    with suppress(UndecodableBody):
        if sha1_digest(http.content()) == errand.digest:
            return
    reason = f"not the bytes that the archive's index lists ({errand.digest})"
    notes.add_failure(Failure(id_, "read", reason))


def _keep_listings(notes: ChangeSet, capture: Capture, errand: CapturePurpose) -> None:
    if errand.index is None or capture.status != 200:
        return
    try:
        for listing in listings_in(capture.body, errand.index, capture.record_id):
            notes.add_listing(listing)
    except CdxError as error:
        notes.add_failure(Failure(capture.record_id, "read", str(error)))


def _keep_metadata(notes: ChangeSet, record: Record, origin: Provenance) -> None:
    values = metadata_of(record)
    if record.date is None or not record.url:
        return
    if values.get("kind") == FETCHED:
        notes.add_fetched(Fetched(str(values.get("record")), record.date, record.url))
    if values.get("kind") != FAILURE:
        return
    reason = str(values.get("error") or "no response")
    wanted = purpose_of(record).wanted or record.url
    notes.add_unanswered(
        Unanswered(
            wanted, canonical_url(wanted), record.date, reason, record.record_id, origin.crawl
        )
    )


def metadata_of(record: Record) -> dict[str, object]:
    """The JSON object in one of our metadata records; {} in anything else."""
    if not record.get("Content-Type").lower().startswith("application/json"):
        return {}
    try:
        values = json.loads(record.block)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
