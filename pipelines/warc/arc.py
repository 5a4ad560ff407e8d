"""Reads the records of ARC files, version 1 and 2, as records of WARC.

An ARC record is a line (URL, IP address, date, type, length; version 2 has five more fields
before the length), as many bytes, and an empty line. It has no id and no digest: the id is
made of its address, date and bytes, so that the same record has the same one in every copy
and at every rebuild; that its bytes are what they were, nothing but gzip's checksum can say.
"""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from pipelines.files.timestamps import parse_timestamp
from pipelines.warc.compressed import MemberStream
from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.record import Record, header_text
from pipelines.warc.streams import PlainStream

#: How an ARC file begins.
ARC_MAGIC = b"filedesc:"
#: A line that certainly begins a record: what is looked for after damage.
ARC_MARK = re.compile(
    rb"(?m)^(?:filedesc|https?|ftp|dns)://?[^\s]{1,2048} "
    rb"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F:]{2,39}|-) [0-9]{12,20} \S{1,255} "
    rb"(?:\S{1,12} \S{1,64} \S{1,2048} \S{1,20} \S{1,255} )?-?[0-9]{1,18}\r?\n"
    rb"|^dns:[^\s/]{1,255} [0-9.]{7,15} [0-9]{14} text/dns [0-9]{1,9}\r?\n"
)
_LINE = re.compile(
    rb"([A-Za-z][A-Za-z0-9+.-]*:[^\r\n]*?) (\S+) (\S+) (\S+)"
    rb"(?: (\d{3}|0|-) (\S+) (\S+) (\d+|-) (\S+))? (\S+)\r?\n"
)
_MAX_LINE = 16_384
_LENGTH = re.compile(rb"[0-9]{1,18}")
_HTTP = re.compile(rb"HTTP/\d")


class ArcHead(NamedTuple):
    """The line that begins a record, its fields as they stand there."""

    line: bytes
    url: bytes
    address: bytes
    date: bytes
    kind: bytes
    length: bytes


def arc_head(stream: PlainStream) -> ArcHead | None:
    """Return the line that a record begins with, and leave it in the stream; None if it is none."""
    end = stream.find((b"\n",), _MAX_LINE)
    match = _LINE.fullmatch(stream.peek(end)) if end > 0 else None
    if match is None:
        return None
    return ArcHead(match[0], match[1], match[2], match[3], match[4], match[10])


def arc_size(head: ArcHead, name: str, offset: int) -> int:
    """Return how many bytes a record has by its line.

    :raises DamagedWarc: if that is no number
    """
    if not _LENGTH.fullmatch(head.length):
        why = f"the length of an ARC record is {head.length.decode('latin-1')!r}"
        raise DamagedWarc(name, offset, why, FindingKind.LENGTH)
    return int(head.length)


def take_end(stream: PlainStream) -> bool:
    """Take the empty line that a record ends with; some writers leave it out.

    :returns: False if something else follows, so that the record cannot end here
    """
    if stream.border() is not None and isinstance(stream, MemberStream):
        return True  # its member ends with it: what follows is of no concern, and may be broken
    ahead = stream.peek(1)
    if ahead == b"\n" or stream.peek(2) == b"\r\n":
        stream.take(len(ahead) if ahead == b"\n" else 2)
        return True
    return not ahead or ARC_MARK.match(stream.peek(_MAX_LINE)) is not None


def arc_fault(head: ArcHead) -> str | None:
    """Return what is wrong with the line, besides its length; None if nothing is."""
    if _moment(head.date) is None:
        return f"the date of an ARC record is {head.date.decode('latin-1')!r}"
    return None


def arc_record(head: ArcHead, block: bytes, offset: int, length: int, addressable: bool) -> Record:
    """Return the record as one of WARC."""
    moment = _moment(head.date)
    date = moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0") if moment else ""
    url = header_text(head.url)
    key = f"{url} {date} {sha256(block).hexdigest()}"
    is_file = head.url.startswith(ARC_MAGIC)
    is_http = _HTTP.match(block) is not None
    kind = "application/http; msgtype=response" if is_http else header_text(head.kind)
    headers = (
        ("WARC-Type", "warcinfo" if is_file else "response"),
        ("WARC-Record-ID", f"<urn:uuid:{uuid5(NAMESPACE_URL, key)}>"),
        ("WARC-Target-URI", url),
        ("WARC-Date", date),
        ("WARC-IP-Address", header_text(head.address)),
        ("Content-Type", kind),
        ("Content-Length", str(len(block))),
    )
    return Record(headers, head.line, block, offset, length, addressable, b"\n")


def _moment(date: bytes) -> datetime | None:
    """YYYYMMDDhhmmss, and whatever finer digits some writers add."""
    if not (14 <= len(date) <= 20 and date.isdigit()):
        return None
    return parse_timestamp(date[:14].decode())
