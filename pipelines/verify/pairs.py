"""What the records of one file must be to each other: pairs, warcinfo, ids that are unique."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from pipelines.capture.crawl_records import BORROWING
from pipelines.capture.interpret import InterpretedRecord
from pipelines.capture.warc_extract import CaptureIds
from pipelines.verify.findings import Finding, finding_at
from pipelines.verify.records import http_fault
from pipelines.warc.damage import FindingKind
from pipelines.warc.record import Record
from pipelines.warc.writer import OPEN_SUFFIX

#: The file names that our writer makes.
_OUR_NAME = re.compile(r".+-\d{17}-\d{5}-[0-9a-f]{8}\.warc\.gz(\.open)?")
_RESPONSES = frozenset({"response", "revisit"})
#: What a request shares with the response that it is concurrent to.
_SHARED = ("WARC-Target-URI", "WARC-Date", "WARC-IP-Address")


class FileOrder:
    """Checks each record of a file against the records before it.

    :param name: the file's, as findings have it
    """

    def __init__(self, name: str) -> None:
        self.name = name
        #: whether Housecall wrote the file
        self.ours = _OUR_NAME.fullmatch(PurePosixPath(name).name) is not None
        self._ids: dict[str, int] = {}  # of each record of ours, its offset
        self._infos: set[str] = set()
        self._borrows = False  # whether it takes in records of another archive
        self._borrowed: Record | None = None  # of such, one that waits for its provenance
        self._response: Record | None = None  # of ours, one that waits for its request
        self._previous = ""  # the id of the record before
        self._captures = CaptureIds()  # of other tools

    def check(self, interpreted: InterpretedRecord) -> Iterator[Finding]:
        """Yield what is wrong with a record where it stands."""
        record = interpreted.record
        if record.record_type == "warcinfo":
            self.ours = self.ours or interpreted.names_crawl
            self._borrows = interpreted.names_crawl and interpreted.crawl.source in BORROWING
            self._infos.add(record.record_id)
            yield from self._check_name(record)
        if self.ours:
            yield from self._check_id(record)
            yield from self._check_ours(interpreted)
        else:
            yield from self._check_foreign(interpreted)
        self._previous = record.record_id

    def is_made(self, record: Record) -> bool:
        """Return whether Housecall made a record, and did not borrow it from another archive."""
        if not (self._borrows and record.record_type in _RESPONSES):
            return self.ours
        return _id_in(record, "WARC-Warcinfo-ID") in self._infos

    def finish(self) -> Iterator[Finding]:
        """Yield what is missing at the end of the file."""
        response, self._response = self._response, None
        if response is not None:
            reason = f"no request follows this {response.record_type}"
            yield self._finding(response, FindingKind.PAIR, reason)
            yield from self._check_http(response)

    def _check_id(self, record: Record) -> Iterator[Finding]:
        offset = self._ids.setdefault(record.record_id, record.offset)
        if offset != record.offset and record.record_id:  # several may share a member
            reason = f"the record at byte {offset} has the same id"
            yield self._finding(record, FindingKind.DUPLICATE, reason)

    # -- ours ------------------------------------------------------------------------

    def _check_ours(self, interpreted: InterpretedRecord) -> Iterator[Finding]:
        record = interpreted.record
        if self._borrowed is not None:
            yield from self._check_provenance(self._borrowed, interpreted)
            self._borrowed = None
        if not self.is_made(record):
            yield from self.finish()
            self._borrowed = record
            return
        if record.record_type != "warcinfo":
            info = _id_in(record, "WARC-Warcinfo-ID")
            if info not in self._infos:
                reason = f"it belongs to warcinfo {info or '(none)'}, which is not before it"
                yield self._finding(record, FindingKind.WARCINFO, reason)
        if record.record_type == "request":
            yield from self._check_request(record)
            return
        yield from self.finish()
        if record.record_type in _RESPONSES:
            self._response = record

    def _check_request(self, request: Record) -> Iterator[Finding]:
        response, concurrent = self._response, _id_in(request, "WARC-Concurrent-To")
        if response is not None and response.record_id == concurrent:
            self._response = None
            for name in _SHARED:
                if request.get(name) != response.get(name):
                    values = f"{request.get(name)!r}, its response has {response.get(name)!r}"
                    yield self._finding(request, FindingKind.PAIR, f"{name} is {values}")
            if not request.block.startswith(b"HEAD "):
                yield from self._check_http(response)
            return
        yield from self.finish()
        if concurrent not in self._ids:
            reason = f"its response {concurrent or '(none named)'} is not in the file before it"
            yield self._finding(request, FindingKind.PAIR, reason)
        elif concurrent != self._previous:
            reason = "it does not stand behind its response"
            yield self._finding(request, FindingKind.PAIR, reason)

    def _check_provenance(
        self, borrowed: Record, following: InterpretedRecord
    ) -> Iterator[Finding]:
        fetched = following.fetched
        if fetched is None or fetched.record_id != borrowed.record_id:
            reason = "no record behind it says where this record of another archive was had"
            yield self._finding(borrowed, FindingKind.PAIR, reason)

    def _check_http(self, response: Record) -> Iterator[Finding]:
        fault = http_fault(response)
        if fault is not None:
            yield self._finding(response, FindingKind.HTTP, fault)

    def _check_name(self, record: Record) -> Iterator[Finding]:
        name = record.get("WARC-Filename")
        if self.ours and name != PurePosixPath(self.name).name.removesuffix(OPEN_SUFFIX):
            reason = f"the file was written as {name!r}"
            yield self._finding(record, FindingKind.WARCINFO, reason)

    # -- other tools' ----------------------------------------------------------------

    def _check_foreign(self, interpreted: InterpretedRecord) -> Iterator[Finding]:
        reason = self._captures.fault(interpreted)
        if reason is not None:
            yield self._finding(interpreted.record, FindingKind.DUPLICATE, reason)
        if interpreted.undated is not None:
            yield self._finding(interpreted.record, FindingKind.HEADER, interpreted.undated)

    def _finding(self, record: Record, kind: FindingKind, reason: str) -> Finding:
        return finding_at(self.name, record, kind, reason)


def _id_in(record: Record, name: str) -> str:
    """Return the record id in a field, without its angle brackets."""
    return record.get(name).strip("<>")
