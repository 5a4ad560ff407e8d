"""What the records of one file must be to each other: pairs, warcinfo, ids that are unique."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from pipelines.capture.crawl_records import BORROWING, crawl_of, metadata_of
from pipelines.verify.findings import Finding
from pipelines.verify.records import http_fault
from pipelines.warc.damage import FindingKind
from pipelines.warc.reader import Record
from pipelines.warc.writer import FETCHED, OPEN_SUFFIX

#: The file names that our writer makes.
_OUR_NAME = re.compile(r".+-\d{17}-\d{5}-[0-9a-f]{8}\.warc\.gz(\.open)?")
_ANSWERS = frozenset({"response", "revisit"})
#: What a request shares with the response that it is concurrent to.
_SHARED = ("WARC-Target-URI", "WARC-Date", "WARC-IP-Address")


class FileOrder:
    """Follows the records of one file, in order.

    :param name: the file's, as findings have it
    """

    def __init__(self, name: str) -> None:
        self.name = name
        #: whether Housecall wrote the file
        self.ours = _OUR_NAME.fullmatch(PurePosixPath(name).name) is not None
        # of each record, its offset and (of other tools') a hash of its block
        self._ids: dict[str, tuple[int, int]] = {}
        self._infos: set[str] = set()
        self._borrows = False  # whether it takes in records of another archive
        self._borrowed: Record | None = None  # of such, one that waits for its provenance
        self._answer: Record | None = None  # of ours, one that waits for its request
        self._before = ""  # the id of the record before
        self._uris: dict[str, int] = {}  # of responses of other tools, a hash of the URI

    def follow(self, record: Record) -> Iterator[Finding]:
        """What is wrong with a record where it stands; begins with warcinfo."""
        if record.record_type == "warcinfo":
            crawl = crawl_of(record)
            self.ours = self.ours or crawl is not None
            self._borrows = crawl is not None and crawl.source in BORROWING
            self._infos.add(record.record_id)
            yield from self._check_name(record)
        yield from self._check_id(record)
        if self.ours:
            yield from self._follow_ours(record)
        else:
            yield from self._follow_foreign(record)
        self._before = record.record_id

    def made(self, record: Record) -> bool:
        """Whether Housecall made a record, and did not take it over from another archive."""
        if not (self._borrows and record.record_type in _ANSWERS):
            return self.ours
        return record.get("WARC-Warcinfo-ID").strip("<>") in self._infos

    def finish(self) -> Iterator[Finding]:
        """What is missing at the end of the file."""
        yield from self._unpaired()

    def _check_id(self, record: Record) -> Iterator[Finding]:
        """Of ours no two have the same id; other tools' may, if they are the same record."""
        content = 0 if self.ours else hash(record.block)
        first = self._ids.setdefault(record.record_id, (record.offset, content))
        if first[0] == record.offset or not record.record_id:
            return  # also where several records share a member, and so an offset
        if self.ours or first[1] != content:
            reason = f"the record at byte {first[0]} has the same id"
            yield self._found(record, FindingKind.DUPLICATE, reason)

    # -- ours ------------------------------------------------------------------------

    def _follow_ours(self, record: Record) -> Iterator[Finding]:
        kind = record.record_type
        if self._borrowed is not None:
            yield from self._check_provenance(record)
        if not self.made(record):
            yield from self._unpaired()
            self._borrowed = record
            return
        if kind != "warcinfo":
            named = record.get("WARC-Warcinfo-ID").strip("<>")
            if named not in self._infos:
                reason = f"it belongs to warcinfo {named or '(none)'}, which is not before it"
                yield self._found(record, FindingKind.WARCINFO, reason)
        if kind == "request":
            yield from self._pair(record)
            return
        yield from self._unpaired()
        if kind in _ANSWERS:
            self._answer = record

    def _pair(self, request: Record) -> Iterator[Finding]:
        answer, self._answer = self._answer, None
        named = request.get("WARC-Concurrent-To").strip("<>")
        if answer is not None and answer.record_id == named:
            for name in _SHARED:
                if request.get(name) != answer.get(name):
                    said = f"{request.get(name)!r}, its response has {answer.get(name)!r}"
                    yield self._found(request, FindingKind.PAIR, f"{name} is {said}")
            if not request.block.startswith(b"HEAD "):
                yield from self._check_http(answer)
            return
        self._answer = answer
        yield from self._unpaired()
        if named not in self._ids:
            reason = f"its response {named or '(none named)'} is not in the file before it"
            yield self._found(request, FindingKind.PAIR, reason)
        elif named != self._before:
            yield self._found(request, FindingKind.PAIR, "it does not stand behind its response")

    def _check_provenance(self, following: Record) -> Iterator[Finding]:
        borrowed, self._borrowed = self._borrowed, None
        assert borrowed is not None
        values = metadata_of(following) if following.record_type == "metadata" else {}
        if values.get("kind") != FETCHED or values.get("record") != borrowed.record_id:
            reason = "no record behind it says where this record of another archive was had"
            yield self._found(borrowed, FindingKind.PAIR, reason)

    def _unpaired(self) -> Iterator[Finding]:
        answer, self._answer = self._answer, None
        if answer is not None:
            yield self._found(
                answer, FindingKind.PAIR, f"no request follows this {answer.record_type}"
            )
            yield from self._check_http(answer)

    def _check_http(self, answer: Record) -> Iterator[Finding]:
        fault = http_fault(answer)
        if fault is not None:
            yield self._found(answer, FindingKind.HTTP, fault)

    def _check_name(self, record: Record) -> Iterator[Finding]:
        named = record.get("WARC-Filename")
        mine = PurePosixPath(self.name).name.removesuffix(OPEN_SUFFIX)
        if self.ours and named != mine:
            yield self._found(record, FindingKind.WARCINFO, f"the file was written as {named!r}")

    # -- other tools' ----------------------------------------------------------------

    def _follow_foreign(self, record: Record) -> Iterator[Finding]:
        if record.record_type in _ANSWERS:
            self._uris[record.record_id] = hash(record.url)
        if record.record_type != "request":
            return
        named = record.get("WARC-Concurrent-To").strip("<>")
        if self._uris.get(named, hash(record.url)) != hash(record.url):
            yield self._found(record, FindingKind.PAIR, f"its response {named} has another URI")

    def _found(self, record: Record, kind: FindingKind, reason: str) -> Finding:
        return Finding(self.name, record.offset, kind, reason, record.record_id)
