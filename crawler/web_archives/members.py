"""One record of a WARC file that lies elsewhere, fetched as a range of it, and checked. Pure."""

from __future__ import annotations

import re

from pipelines.warc.damage import DamagedWarc
from pipelines.warc.exchange import Exchange
from pipelines.warc.reader import record_in
from pipelines.warc.record import check_digests

_PLACE = re.compile(r"#(\d+)-(\d+)$")
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(?:\d+|\*)")


class InvalidMember(Exception):
    """An answer is not the record that was asked for; the message says why."""


def range_of(place: str) -> tuple[int, int]:
    """Return offset and length (bytes) in a place such as "https://.../file.warc.gz#1000-2000"."""
    match = _PLACE.search(place)
    if match is None:
        raise ValueError(f"{place!r} names no range")
    return int(match[1]), int(match[2])


def read_member(exchange: Exchange, place: str) -> bytes:
    """Return the gzip member that an answer brought.

    :param exchange: whose answer has status 206, or 200 from a server that knows no ranges
    :raises InvalidMember: it is not one whole record, of the page that the index lists, with the
        digests that it names
    """
    offset, length = range_of(place)
    body = exchange.payload
    if exchange.truncated:
        raise InvalidMember(f"the record was cut on the way ({len(body)} of {length} bytes)")
    if exchange.status == 200 and len(body) != length:
        body = body[offset : offset + length]
    header = exchange.http.get("content-range") if exchange.http else ""
    match = _CONTENT_RANGE.fullmatch(header)
    if match is not None and (int(match[1]), int(match[2])) != (offset, offset + length - 1):
        raise InvalidMember(f"another range came than was asked for: {match[0]}")
    if len(body) != length:
        raise InvalidMember(f"{len(body)} bytes came where the index lists {length}")
    try:
        record = record_in(body, "the record")
    except DamagedWarc as damage:
        raise InvalidMember(f"the record is damaged: {damage.why}") from damage
    url = exchange.purpose.wanted
    if url and record.url != url:
        raise InvalidMember(f"the record is of {record.url}, not of {url}")
    mismatch = next(check_digests(record, ours=False), None)
    if mismatch is not None:
        raise InvalidMember(f"the record is damaged: {mismatch[1]}")
    return body
