"""What is stored of a WARC record, of an exchange, and of reading a page.

A crawl calls :func:`collect_exchange` and :func:`collect_reading`, a rebuild and an import
:func:`collect` and :func:`collect_reading`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from contextlib import suppress

from parsers.records import Capture, Reading
from parsers.urls import is_question_url, question_id, resolve, site_of
from pipelines.capture.cdx import CdxError, listings_in, parse_cdx
from pipelines.capture.interpret import InterpretedRecord, interpret_exchange
from pipelines.db.changeset import ChangeSet
from pipelines.db.models import Crawl, Failure, Mention
from pipelines.db.rules import GONE_STATUS
from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.exchange import Exchange, Location
from pipelines.warc.record import AccessMethod, sha1_digest


def collect(changes: ChangeSet, interpreted: InterpretedRecord) -> Capture | None:
    """Add what a record says to the changes.

    :returns: what a parser may read, with an empty body if it cannot be decoded; None if the
        record holds no page
    """
    if interpreted.unanswered is not None:
        changes.add_unanswered(interpreted.unanswered)
        return None
    if interpreted.fetched is not None:
        changes.add_fetched(interpreted.fetched)
    row = interpreted.row
    if row is None:
        return None
    changes.add_capture(dataclasses.replace(row, robots=interpreted.robots))
    if row.status in GONE_STATUS:
        changes.mark_gone(row.record_id)
    if interpreted.fetch_failure is not None:
        changes.add_failure(Failure(row.record_id, "fetch", interpreted.fetch_failure))
    if not _is_as_listed(interpreted):
        reason = f"not the bytes that the archive's index lists ({interpreted.purpose.digest})"
        changes.add_failure(Failure(row.record_id, "read", reason))
    try:
        capture = interpreted.capture()
    except UndecodableBody as error:
        changes.add_failure(Failure(row.record_id, "read", str(error)))
        return interpreted.empty_capture
    if capture is not None:
        if capture.damage:
            changes.add_failure(Failure(row.record_id, "read", capture.damage))
        _collect_listings(changes, interpreted, capture)
    return capture


def collect_exchange(
    changes: ChangeSet, exchange: Exchange, location: Location, crawl: Crawl
) -> Capture:
    """Add what an exchange says that has been written to a WARC file.

    :param location: what :meth:`WarcWriter.write_exchange` returned for it
    :returns: what a parser may read; its body is b"" where there is none to read, and its
        status 0 where there was no answer
    """
    interpreted = interpret_exchange(exchange, location, crawl)
    capture = collect(changes, interpreted)
    if capture is not None:
        return capture
    if interpreted.row is None or interpreted.unanswered is not None:
        url = exchange.purpose.wanted or exchange.url
        return Capture(
            url, exchange.started_at, b"", exchange.content_type, 0, crawl.source,
            location.record_id,
        )  # fmt: skip
    # A revisit: its record has no body, and the exchange still has it.
    with suppress(UndecodableBody):
        return dataclasses.replace(interpreted.empty_capture, body=interpreted.body.content)
    return interpreted.empty_capture


def collect_reading(changes: ChangeSet, record_id: str, reading: Reading, page_url: str) -> None:
    """Add what reading a capture gave.

    It counts only if the capture is whole, a success and no revisit: the store sees to that.

    :param page_url: the address that was asked for, to which links are relative
    """
    for page in reading.pages:
        try:
            own = page.record_id == record_id
            changes.add_page(page if own else dataclasses.replace(page, record_id=record_id))
        except UnicodeError as error:
            changes.add_failure(Failure(record_id, "parse", f"text that is no text: {error}"))
    if reading.gone:
        changes.mark_gone(record_id)
    if reading.error is not None:
        changes.add_failure(Failure(record_id, "parse", reading.error.why, reading.error.field))
    changes.add_mentions(record_id, mentions_in(page_url, reading.outlinks))


def mentions_in(page_url: str, hrefs: Iterable[str]) -> tuple[Mention, ...]:
    """The questions that a page links to, once each, in the order of the page.

    Question pages have none: what they link to is in ``links``, and the menus around them
    are those of every page.

    :param page_url: the page's address, as it was asked for
    :param hrefs: its links, as written
    """
    if is_question_url(page_url):
        return ()
    mentions: dict[tuple[str, str], Mention] = {}
    for url in dict.fromkeys(resolve(page_url, href) for href in hrefs):
        if url is not None and is_question_url(url) and _is_encodable(url):
            mention = Mention(site_of(url), question_id(url), url)
            mentions.setdefault((mention.site, mention.source_id), mention)
    return tuple(mentions.values())


def _is_encodable(url: str) -> bool:
    """Whether a URL can be stored: half characters in a host's name cannot."""
    try:
        url.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_as_listed(interpreted: InterpretedRecord) -> bool:
    """Whether the payload is what the archive's index lists, if it lists a digest.

    Archives compute digests over what they stored, content encodings still on; some give
    them out undone.
    """
    digest, http = interpreted.purpose.digest, interpreted.record.http
    if not digest or http is None or interpreted.record.payload_digest == digest:
        return True
    with suppress(UndecodableBody):
        return sha1_digest(http.decoded().content) == digest
    return False


def _collect_listings(changes: ChangeSet, interpreted: InterpretedRecord, capture: Capture) -> None:
    index, doubt = interpreted.purpose.index, interpreted.purpose.doubt
    if doubt:
        changes.add_failure(Failure(capture.record_id, "read", doubt))
    if index is None:
        return
    if capture.status != 200 or index.method is AccessMethod.NONE:
        return
    try:
        page = parse_cdx(capture.body)
    except CdxError as error:
        changes.add_failure(Failure(capture.record_id, "read", str(error)))
        return
    for listing in listings_in(page, index, capture.record_id):
        changes.add_listing(listing)
    if page.doubts:
        changes.add_failure(Failure(capture.record_id, "read", page.doubts))
