"""One record of a WARC file that lies elsewhere, had as a range of it: checked. Pure."""

from __future__ import annotations

import re

from pipelines.warc import DamagedWarc, Exchange, record_in
from pipelines.warc.digests import check_digests

_PLACE = re.compile(r"#(\d+)-(\d+)$")
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(?:\d+|\*)")


class NoMember(Exception):
    """What came is not the record that was asked for; the message says in what."""


def range_of(place: str) -> tuple[int, int]:
    """Offset and length (bytes) in a place such as "https://.../file.warc.gz#1000-2000"."""
    found = _PLACE.search(place)
    if found is None:
        raise ValueError(f"{place!r} names no range")
    return int(found[1]), int(found[2])


def member_in(exchange: Exchange, place: str) -> bytes:
    """The gzip member that an answer brought.

    :param exchange: whose answer has status 206, or 200 from a server that knows no ranges
    :raises NoMember: it is not one whole record, of the page that the index lists, with the
        digests that it names
    """
    offset, length = range_of(place)
    body = exchange.payload
    if exchange.truncated:
        raise NoMember(f"the record was cut on the way ({len(body)} of {length} bytes)")
    if exchange.status == 200 and len(body) != length:
        body = body[offset : offset + length]
    said = _CONTENT_RANGE.fullmatch(exchange.http.get("content-range")) if exchange.http else None
    if said is not None and (int(said[1]), int(said[2])) != (offset, offset + length - 1):
        raise NoMember(f"another range came than was asked for: {said[0]}")
    if len(body) != length:
        raise NoMember(f"{len(body)} bytes came where the index lists {length}")
    try:
        record = record_in(body, "the record")
    except DamagedWarc as damage:
        raise NoMember(f"the record is damaged: {damage.why}") from damage
    wanted = exchange.purpose.wanted
    if wanted and record.url != wanted:
        raise NoMember(f"the record is of {record.url}, not of {wanted}")
    wrong = next(check_digests(record, ours=False), None)
    if wrong is not None:
        raise NoMember(f"the record is damaged: {wrong[1]}")
    return body
