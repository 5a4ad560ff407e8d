"""What a WARC record says, interpreted once: its row, its page, its run, what is wrong with it.

A rebuild and an import interpret the records that they read, a crawl those that it has just
written of its exchanges. Both get an :class:`InterpretedRecord`, whose parts are computed when
they are first asked for, so that a crawl and a rebuild agree on every row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from parsers import canonical_url
from parsers.records import Capture
from pipelines.capture.crawl_records import crawl_end_in, crawl_of, foreign_crawl, metadata_of
from pipelines.capture.memento import Memento, memento_of, unwrap
from pipelines.capture.robots_meta import robots_of
from pipelines.db.models import CaptureRow, Crawl, CrawlEnd, Fetched, Unanswered
from pipelines.db.rules import PARTIAL, is_no_loss
from pipelines.files.timestamps import parse_http_date, parse_stamp, rough_date, stamp
from pipelines.warc.content_encoding import DecodedBody, UndecodableBody
from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.exchange import Exchange, Location
from pipelines.warc.http import lazy
from pipelines.warc.record import CapturePurpose, Record, check_digests, parsed, purpose_of
from pipelines.warc.writer import ERROR_FIELD, FAILURE, FETCHED, record_of

#: The record types that hold a page (a revisit holds only the news that it is the same).
CAPTURE_TYPES = frozenset({"response", "resource", "conversion", "revisit"})
#: Those whose block is the page itself, without an HTTP response around it.
_BARE_TYPES = frozenset({"resource", "conversion"})
_HTML = re.compile("ht|xml|unknown|octet|\\*/")  # and what servers call it that do not know
#: The source of what an archive's index answered, whoever asked.
INDEX = "index"
#: What the name of a file of suspect records ends in, before its suffix.
SUSPECT = "-doubtful"
#: No web server has a clock that is right and before this year.
FIRST_YEAR = 1990


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a record that was read whole is not sound: a digest that does not hold, or doubt.

    Its capture is stored all the same, with a row of ``failures`` (stage ``read``). A page that
    is read in it counts only if ``proven``: a digest of the whole block holds, so that the other
    digest, or a checksum around it, is what is wrong.
    """

    reason: str
    proven: bool


@dataclass(frozen=True)
class InterpretedRecord:
    """A record of a WARC file, and what it says.

    :param warc_file: the file's path relative to the WARC directory, in its final form
    :param crawl: the run that the record belongs to; of a warcinfo record, the run that begins
    :param names_crawl: the record is a warcinfo record of ours, which names ``crawl``
    """

    record: Record
    warc_file: str
    crawl: Crawl
    names_crawl: bool = False

    # -- of a capture ----------------------------------------------------------------------

    @lazy
    def captured_at(self) -> datetime | None:
        """WARC-Date, aware; where that is no date (ClueWeb09, early ARC), the server's clock if it
        was set; then the day, month or year that the date begins with."""
        if self.record.date is not None:
            return self.record.date
        http = self.record.http
        clock = parse_http_date(http.get("date")) if http is not None else None
        is_set = clock is not None and clock.year >= FIRST_YEAR
        return clock if is_set else rough_date(self.record.get("WARC-Date"))

    @lazy
    def purpose(self) -> CapturePurpose:
        """What a web archive was asked for; without any field for all other exchanges."""
        return purpose_of(self.record)

    @lazy
    def memento(self) -> Memento | None:
        """What a web archive's answer is a memento of; None if it is none."""
        http = self.record.http
        if http is None or not http.get("memento-datetime"):
            return None
        return memento_of(http, self.record.url)

    @lazy
    def is_capture(self) -> bool:
        """Whether the record is a page of the web (not a request, a DNS answer, a crawl log) of
        which it is known when it was captured."""
        return self._is_web_page and self.captured_at is not None

    @lazy
    def row(self) -> CaptureRow | None:
        """The row of ``captures``; None if the record is no capture of a web page."""
        record, date = self.record, self.captured_at
        if date is None or not self.is_capture:
            return None
        http = record.http
        row = CaptureRow(
            record_id=record.record_id,
            url=record.url,
            canonical_url=canonical_url(record.url),
            captured_at=date,
            status=self._status,
            content_type=self._content_type,
            digest=_payload_digest(record),
            warc_file=self.warc_file,
            offset=record.offset,
            length=record.length,
            source=self._source,
            crawl=self.crawl.uid,
            revisit_of=_revisit_of(record),
            truncated=_truncation_of(record),
            etag=http.get("etag") if http else "",
            last_modified=http.get("last-modified") if http else "",
        )
        return self._row_of_original(row)

    @lazy
    def robots(self) -> str:
        """What the response asks of robots, in its head and in its page."""
        http = self.record.http
        field = "x-robots-tag" if self.memento is None else "x-archive-orig-x-robots-tag"
        values = [value for name, value in http.headers if name.lower() == field] if http else []
        kind = self._content_type.lower()
        if self.record.record_type == "revisit" or (kind and not _HTML.search(kind)):
            return robots_of(values, b"")
        try:
            return robots_of(values, self.body.content)
        except UndecodableBody:
            return robots_of(values, b"")

    @lazy
    def fetch_failure(self) -> str | None:
        """Why the capture counts as a failure to fetch, in words; None if it does not."""
        row = self.row
        if row is None:
            return None
        if row.truncated:
            error = " ".join(self.record.get(ERROR_FIELD).split())
            return f"the response is not whole ({row.truncated})" + (f": {error}" if error else "")
        if row.status == 0 and (row.revisit_of is None or self.record.block):
            return "the response is not HTTP"
        if row.status == PARTIAL:
            return "HTTP 206: a part of the page, which was not asked for"
        if row.status == 304 and row.revisit_of is None:
            return "HTTP 304, without anything that it could repeat"
        if row.status >= 400 and not is_no_loss(row.url, row.status):
            http = self.record.http
            return f"HTTP {row.status} {http.reason if http else ''}".strip()
        return None

    @property
    def empty_capture(self) -> Capture:
        """The capture without its body, for one that cannot be read or is no page.

        :raises ValueError: the record is no capture of a web page
        """
        row = self.row
        if row is None:
            raise ValueError(f"{self.record.record_id} is no capture")
        return Capture(
            row.url, row.captured_at, b"", row.content_type, row.status, self._source, row.record_id
        )

    def capture(self) -> Capture | None:
        """What a parser is given; None if the record holds no page.

        :raises UndecodableBody: if the body is not what its Content-Encoding says
        """
        if self.row is None or self.record.record_type == "revisit":
            return None
        body = self.body
        return replace(
            self.empty_capture, body=body.content, warnings=body.warnings, damage=body.damage
        )

    @lazy
    def body(self) -> DecodedBody:
        """The page's bytes, without what a web archive put in; b"" if it is not HTTP.

        :raises UndecodableBody: see :meth:`capture`
        """
        record = self.record
        if record.record_type == "response" and record.http is None and not self.is_bare:
            return DecodedBody(b"")
        # A page that was saved from an archive's view has its marks too.
        shown = record.record_type == "resource" or self.memento is not None
        body = record.decoded()
        return body._replace(content=unwrap(body.content)) if shown else body

    # -- of other records ------------------------------------------------------------------

    @lazy
    def unanswered(self) -> Unanswered | None:
        """The request that got no response, or for which a web archive gave no capture."""
        record, purpose = self.record, self.purpose
        reason = purpose.refused
        if record.record_type == "metadata":
            failed = self._metadata.get("kind") == FAILURE and record.url
            reason = str(self._metadata.get("error") or "no response") if failed else ""
        if not reason or record.date is None:
            return None
        url = purpose.wanted or record.url
        return Unanswered(
            url, canonical_url(url), record.date, reason, record.record_id, self.crawl.uid
        )

    @lazy
    def fetched(self) -> Fetched | None:
        """When and from where a record of another archive was had, if this record says it."""
        values, record = self._metadata, self.record
        if values.get("kind") != FETCHED or record.date is None or not record.url:
            return None
        return Fetched(str(values.get("record")), record.date, record.url)

    @lazy
    def crawl_end(self) -> tuple[str, CrawlEnd] | None:
        """The uid of a run and how it ended, if this record says it."""
        return crawl_end_in(self._metadata)

    # -- what is wrong with it -------------------------------------------------------------

    @lazy
    def fault(self) -> Fault | None:
        """Why the record is not sound; None if nothing is known to be wrong with it."""
        record = self.record
        wrong = [
            (kind, reason)
            for kind, reason in check_digests(record, ours=False)
            if kind is not FindingKind.DIGEST_UNKNOWN
        ]
        reasons = [reason for _, reason in wrong]
        in_suspect_file = "the checksum of its gzip member did not hold"
        suspect = record.suspect or (SUSPECT in self.warc_file and in_suspect_file)
        if suspect:
            reasons.append(f"it shares a compressed member that is damaged ({suspect})")
        if not reasons:
            return None
        proven = parsed(record.get("WARC-Block-Digest")) is not None and all(
            kind is not FindingKind.BLOCK_DIGEST for kind, _ in wrong
        )
        return Fault("; ".join(reasons), proven)

    @lazy
    def flags(self) -> tuple[DamagedWarc, ...]:
        """What is wrong, by offset, beside the places of a file that could not be read."""
        flags = []
        record, fault = self.record, self.fault
        if fault is not None:
            why = f"{fault.reason} ({record.record_id})" if record.record_id else fault.reason
            flags.append(self._damage(why, FindingKind.DIGEST))
        if self.undated is not None:
            flags.append(self._damage(self.undated, FindingKind.HEADER))
        return tuple(flags)

    @property
    def undated(self) -> str | None:
        """Why a page of the web is no capture: nothing says of when it is; None if it is one."""
        if self.captured_at is not None or not self._is_web_page:
            return None
        date = self.record.get("WARC-Date")
        return f"a capture whose WARC-Date is {date!r}: not kept in the archive"

    def _damage(self, why: str, kind: FindingKind) -> DamagedWarc:
        return DamagedWarc(self.warc_file, self.record.offset, why, kind)

    # -- parts -----------------------------------------------------------------------------

    @property
    def _is_web_page(self) -> bool:
        return self.record.record_type in CAPTURE_TYPES and _has_web_url(self.record)

    @lazy
    def _metadata(self) -> dict[str, Any]:
        return metadata_of(self.record) if self.record.record_type == "metadata" else {}

    @lazy
    def is_bare(self) -> bool:
        """Whether it is a response whose block is the page itself: HTTP/0.9 has no head."""
        record = self.record
        kind = record.get("Content-Type").lower()
        if record.record_type != "response" or record.http or kind.startswith("application/http"):
            return False
        start = record.block[:256].lstrip()[:1]
        return _has_web_url(record) and (
            start == b"<" or (kind.startswith("text/") and bool(start))
        )

    @property
    def _status(self) -> int:
        if self.record.record_type in _BARE_TYPES or self.is_bare:
            return 200
        return self.record.http.outcome if self.record.http else 0

    @property
    def _content_type(self) -> str:
        if self.record.record_type in _BARE_TYPES:
            return self.record.get("Content-Type")
        if self.is_bare:
            kind = self.record.get("Content-Type")
            return kind if kind.lower().startswith("text/") else "text/html"
        http = self.record.http
        # The Wayback Machine guesses for pages that came without a type.
        return (http.content_type or http.get("x-archive-guessed-content-type")) if http else ""

    @property
    def _source(self) -> str:
        """What kind of source the run read; of the texts in a WET file ``wet``."""
        source = self.crawl.source
        return "wet" if self.record.record_type == "conversion" and source == "warc" else source

    def _row_of_original(self, row: CaptureRow) -> CaptureRow:
        """The row of what the site said, if a web archive handed that on.

        Its validators are the archive's own, and no server of the site knows them.
        """
        if self.purpose.index is not None:
            return replace(row, canonical_url=row.url, source=INDEX)
        memento = self.memento
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


def interpret(record: Record, warc_file: str, crawl: Crawl | None = None) -> InterpretedRecord:
    """Interpret a record of a WARC file.

    :param warc_file: the file's path relative to the WARC directory, in its final form
    :param crawl: the run that the record before it belongs to; None if there is none. A file
        without any warcinfo record of ours counts as a run of its own
    """
    named = crawl_of(record) if record.record_type == "warcinfo" else None
    crawl = named or crawl or foreign_crawl(warc_file, record.date)
    return InterpretedRecord(record, warc_file, crawl, names_crawl=named is not None)


def interpret_exchange(exchange: Exchange, location: Location, crawl: Crawl) -> InterpretedRecord:
    """Interpret the record that was written of an exchange, without reading it again.

    :param location: what :meth:`pipelines.warc.writer.WarcWriter.write_exchange` returned
    """
    return InterpretedRecord(record_of(exchange, location), location.warc_file, crawl)


def _has_web_url(record: Record) -> bool:
    return record.url.lower().startswith(("http://", "https://"))


def _payload_digest(record: Record) -> str:
    """Of a revisit, whose own block has no payload, the digest of what it stands for."""
    named = record.get("WARC-Payload-Digest") if record.record_type == "revisit" else ""
    return named or record.payload_digest


def _truncation_of(record: Record) -> str | None:
    """Why a record is not whole. Many writers say "length" of revisits, which have no body.

    Of a response in segments, it has the first one only: they are not joined.
    """
    segment = "segment" if record.get("WARC-Segment-Number") else None
    reason = record.get("WARC-Truncated") or segment
    return None if record.record_type == "revisit" and reason == "length" else reason


def _revisit_of(record: Record) -> str | None:
    if record.record_type != "revisit":
        return None
    named = record.get("WARC-Refers-To").strip("<>")
    if named:
        return named
    # Many writers name the original by address and time only, old ones not even that.
    address = canonical_url(record.get("WARC-Refers-To-Target-URI").strip("<>") or record.url)
    text = record.get("WARC-Refers-To-Date")
    date = parse_stamp(text)
    if date is not None:
        exact = stamp(date)
        return f"{address} {exact if '.' in text else exact[:19]}"
    digest = record.get("WARC-Payload-Digest")
    return f"{address} {digest}" if digest else None
