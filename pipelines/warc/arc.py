"""Reads the records of ARC files, version 1 and 2, as records of WARC.

An ARC record is a line (URL, IP address, date, type, length; version 2 has five more fields
before the length), as many bytes, and an empty line. It has no id and no digest: that its
bytes are what they were, nothing but gzip's checksum can say.

What writers did otherwise, and is read, is what the tests of the Internet Archive's CDX-Writer
and of webarchive-commons (``ARCRecord``) list: blanks in addresses and types, types that are
missing, dates of other lengths or none, fields in the wrong order.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from pipelines.files.timestamps import parse_timestamp
from pipelines.warc.compressed import MemberStream
from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.http import parse_response
from pipelines.warc.record import Record, header_text
from pipelines.warc.streams import PlainStream

#: How an ARC file begins.
ARC_MAGIC = b"filedesc:"
#: A line that certainly begins a record: what is looked for after damage.
ARC_MARK = re.compile(
    rb"(?m)^(?:filedesc|(?i:https?|ftp)|dns)://?[^\s]{1,2048} "
    rb"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F:]{2,39}|-) [0-9]{10,20} "
    rb"(?:\S{1,255} |[a-z-]{1,64}/\S{1,255} \S{1,64} | )"
    rb"(?:\S{1,12} \S{1,64} \S{1,2048} \S{1,20} \S{1,255} )?-?[0-9]{1,18}\r?\n"
    rb"|^dns:[^\s/]{1,255} [0-9.]{7,15} [0-9]{14} text/dns [0-9]{1,9}\r?\n"
)
# What a line has. Early and later writers left blanks and line breaks in addresses and types,
# wrote dates of 8 to 20 digits, with text behind them, or other things; some left the type or
# the IP address out, or wrote the fields in another order, or with tabs.
_URL = rb"(?P<url>[A-Za-z][A-Za-z0-9+.-]*:[^\n]*?)"
_ADDRESS = rb"(?P<address>\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*|-|[Nn]one|null)"
_DATE = rb"(?P<date>\d{4,20}[A-Za-z]*|[0-9A-Fa-f]{10,64}|-)"
_DIGITS_ONLY = rb"(?P<date>\d{8,20})"
_TYPE = rb"(?P<kind>[^\s/]+/\S+)"
_END = rb"[ \t]+(?P<length>-?\d+)\r?\n"
_ANY_TYPE = rb"(?:[ \t]+(?P<kind>[^\n]*?))??" + _END
_VERSION_2 = (
    _URL + rb" (?P<address>\S+) (?P<date>\S+) (?P<kind>\S+) (?:\d{3}|0|-) \S+ \S+ (?:\d+|-)"
    rb" \S+ (?P<length>\S+)\r?\n"
)
_FIVE_FIELDS = _URL + rb" (?P<address>\S+) (?P<date>\S+) (?P<kind>\S+) (?P<length>\S+)\r?\n"
_BLANK = rb"[ \t]+"
_LINES = tuple(
    re.compile(line)
    for line in (
        _VERSION_2,
        _BLANK.join((_URL, _ADDRESS, _DATE)) + _ANY_TYPE,
        _BLANK.join((_URL, _DIGITS_ONLY, _ADDRESS)) + _ANY_TYPE,
        _BLANK.join((_ADDRESS, _URL, _DIGITS_ONLY)) + _ANY_TYPE,
        _BLANK.join((_URL, _ADDRESS, _TYPE, _DIGITS_ONLY)) + _END,
        _FIVE_FIELDS,
        _BLANK.join((_URL, rb"(?P<date>\d{12,20})")) + _ANY_TYPE,
    )
)
_MAX_LINE = 16_384
_LENGTH = re.compile(rb"[0-9]{1,18}")
_DIGITS = re.compile(rb"(\d{8,14})\d{0,6}[A-Za-z]*\Z")


class ArcHead(NamedTuple):
    """The line that begins a record, its fields as they stand there."""

    line: bytes
    url: bytes
    date: bytes
    kind: bytes
    length: bytes
    address: bytes = b"-"


def arc_head(stream: PlainStream) -> ArcHead | None:
    """Return the line that a record begins with, and leave it in the stream; None if it is none."""
    end = stream.find((b"\n",), _MAX_LINE)
    line = stream.peek(end) if end > 0 else b""
    for form in _LINES:
        if match := form.fullmatch(line):
            return ArcHead(line, **match.groupdict(b""))
    return None


def arc_size(head: ArcHead, name: str, offset: int) -> int:
    """Return how many bytes a record has by its line.

    :raises DamagedWarc: if that is no number
    """
    if not _LENGTH.fullmatch(head.length):
        why = f"the length of an ARC record is {head.length.decode('latin-1')!r}"
        raise DamagedWarc(name, offset, why, FindingKind.LENGTH, record=True)
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


def arc_record(head: ArcHead, block: bytes, offset: int, length: int, addressable: bool) -> Record:
    """Return the record as one of WARC."""
    url, date = header_text(head.url), header_text(head.date)
    moment = _moment(head.date)
    if moment is not None:
        date = moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    http = parse_response(block)
    is_file = head.url.startswith(ARC_MAGIC)
    headers = (
        ("WARC-Type", "warcinfo" if is_file else "response"),
        ("WARC-Target-URI", url),
        ("WARC-Date", date),
        ("WARC-IP-Address", header_text(head.address)),
        ("Content-Type", "application/http; msgtype=response" if http else header_text(head.kind)),
        ("Content-Length", str(len(block))),
    )
    record = Record(headers, head.line, block, offset, length, addressable, b"\n")
    if not is_file:
        record.__dict__["http"] = http
    return record


def _moment(date: bytes) -> datetime | None:
    """What 8 to 20 digits say, whatever stands behind them: YYYYMMDDhhmmss, or a part of that."""
    digits = _DIGITS.match(date)
    return parse_timestamp(digits[1].decode()) if digits is not None else None
