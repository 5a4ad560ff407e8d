"""Checks a single record: its header, its digests, the framing of its HTTP response."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from pipelines.warc.damage import FindingKind
from pipelines.warc.framing import UNFRAMED, Chunks, ChunksState
from pipelines.warc.record import Record, Wrong, check_digests
from pipelines.warc.writer import ODD_FIELD

#: WARC/1.1, section 5.8: the types that must say which URI they are about.
_WITH_URI = frozenset({"response", "resource", "request", "revisit", "conversion", "continuation"})
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_OUR_ID = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]+>")
#: With TLS there are two protocols: that of HTTP and that under it.
_MAY_REPEAT = frozenset({"warc-concurrent-to", "warc-protocol"})
#: Fields that each record of our writer has.
_OURS = ("WARC-Block-Digest", "Content-Type", "Content-Length")


def check_record(record: Record, *, ours: bool) -> Iterator[Wrong]:
    """Yield what is wrong with a record by itself.

    :param ours: Housecall made the record, so that all that its writer does is demanded. Of
        others only the digests are looked at: what else is wrong with them, an import says too
    """
    if ours:
        yield from _check_header(record)
        yield from _check_our_header(record)
        if len(record.tail) < 4:
            reason = f"the record ends with {len(record.tail)} of 4 bytes of line ends"
            yield FindingKind.CUT, reason
    yield from check_digests(record, ours=ours)


def _check_header(record: Record) -> Iterator[Wrong]:
    if not record.get("WARC-Record-ID"):
        yield FindingKind.HEADER, "there is no WARC-Record-ID"
    if not record.record_type:
        yield FindingKind.HEADER, "there is no WARC-Type"
    if record.date is None:
        yield FindingKind.HEADER, f"WARC-Date is {record.get('WARC-Date')!r}"
    if record.record_type in _WITH_URI and not _URI.fullmatch(record.url):
        yield FindingKind.HEADER, f"WARC-Target-URI is {record.url!r}"


def _check_our_header(record: Record) -> Iterator[Wrong]:
    if not record.head.startswith(b"WARC/1.1\r\n"):
        yield FindingKind.HEADER, f"the version line is {record.head[:12]!r}"
    if record.head.count(b"\n") != len(record.headers) + 2:
        yield FindingKind.HEADER, "a line of the header is no field"
    if not _OUR_ID.fullmatch(record.get("WARC-Record-ID")):
        yield FindingKind.HEADER, f"WARC-Record-ID is {record.get('WARC-Record-ID')!r}"
    has_payload = record.record_type in ("resource", "revisit") or record.http is not None
    for reason in _name_faults(tuple([name for name, _ in record.headers]), has_payload):
        yield FindingKind.HEADER, reason


@lru_cache(maxsize=1024)  # the same few lists of names come again and again
def _name_faults(headers: tuple[str, ...], has_payload: bool) -> tuple[str, ...]:
    names = [name.lower() for name in headers]
    twice = sorted({name for name in names if names.count(name) > 1} - _MAY_REPEAT)
    required = (*_OURS, "WARC-Payload-Digest") if has_payload else _OURS
    missing = [name for name in required if name.lower() not in names]
    return (
        *(f"the field {name} stands twice" for name in twice),
        *(f"there is no {name}" for name in missing),
    )


def http_fault(record: Record) -> str | None:
    """Return why the block of one of our responses is no whole HTTP response; None if it is one.

    One of which its record says that it was cut, or that its body ends otherwise than its head
    has it, is not looked at.
    """
    http = record.http
    if http is None or record.record_type != "response" or record.get("WARC-Truncated"):
        return None
    odd = record.get(ODD_FIELD)
    if odd and not UNFRAMED.isdisjoint(odd.split("; ")):
        return None
    if not http.complete_head:
        return "the head of the HTTP response does not end"
    if http.framing.chunked:
        ended = Chunks().read(http.body) is ChunksState.ENDED
        return None if ended else "the chunked body does not end"
    length = http.framing.length
    if length is None or length == len(http.body):
        return None
    return f"the HTTP body has {len(http.body)} bytes, its Content-Length says {length}"
