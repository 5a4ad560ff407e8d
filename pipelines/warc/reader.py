"""Reads WARC 0.17 to 1.1, WET included, and ARC: plain, gzip or Zstandard in any division.

A record is either whole or an error that names file and offset; a short one is never
handed out as good. After damage, reading goes on at the next record, wherever that begins:
in the file, or within a compressed member that holds many.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from pipelines.files.other_formats import beginning, describe
from pipelines.warc.arc import arc_head, arc_record, arc_size, take_end
from pipelines.warc.compressed import MemberStream, open_stream
from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.http import header_fields
from pipelines.warc.record import Record, header_text
from pipelines.warc.resync import MARK, VERSION, first_mark, next_start, pass_over, to_next_record
from pipelines.warc.streams import MemberStart, PlainStream
from pipelines.warc.writer import OPEN_SUFFIX

_VERSION = re.compile(VERSION)
_HEAD_ENDS = (b"\n\r\n", b"\n\n", b"\n\r\r\n")
_TAIL = b"\r\n\r\n"
#: What a record may end with, where it is not that: fewer line ends, none, of any kind.
_ODD_TAIL = re.compile(rb"(?:\r{0,2}\n){0,2}\r?")
#: How far it is looked for a record behind such an end.
_DESCRIBED = 4096
_AHEAD = 256
#: What stands between records and is passed over: line ends, and zeros that fill a block of
#: a tape or disk; before the first one, a byte order mark.
_FILLING = b"\r\n\0"
_BOM = b"\xef\xbb\xbf"
_MAX_HEAD = 1 << 20
_USUAL_HEAD = 1 << 14
#: A page is kilobytes, and a record is held in memory whole. Larger ones (bytes) are passed
#: over, and said to be. The crawler keeps at most 64 MB of a response (DOWNLOAD_MAXSIZE).
MAX_BLOCK = 96 << 20
_LENGTH = re.compile(r"[0-9]{1,18}")
#: A member of a compressed file is read from its beginning again to find a record within
#: what was too large; no more often than this in one file, so that none takes forever.
_MOST_REWINDS = 16

OnDamage = Callable[[DamagedWarc], None]


def read_warc(path: Path, on_damage: OnDamage | None = None, *, start: int = 0) -> Iterator[Record]:
    """Yield the records of a WARC or ARC file, in order, in bounded memory (one at a time).

    :param start: the offset of the record to begin with
    :param on_damage: called with each damage found; reading goes on at the next record.
        Without it the first damage is raised
    :raises DamagedWarc: see above
    :raises OSError: if the file cannot be read
    """
    with path.open("rb") as file:
        yield from read_open_warc(file, path.name, on_damage, start=start)


def read_open_warc(
    file: BinaryIO, name: str, on_damage: OnDamage | None = None, *, start: int = 0
) -> Iterator[Record]:
    """As :func:`read_warc`, of a file that is open and can be sought in.

    :param name: of the file, for errors
    """
    place: int | None = start
    while place is not None:
        file.seek(place)
        try:
            yield from _records(open_stream(file, name), on_damage)
            return
        except DamagedWarc as damage:
            if on_damage is None:
                raise
            reached = max(place, damage.offset)
            place = damage.resume
            if place is None or place <= reached:
                place = next_start(file, reached + 1)
            on_damage(damage)


def read_at(path: Path, offset: int, length: int) -> Record:
    """Return the one record at a place, as rows of ``captures`` name it.

    A file that is still being written is found under its ``.open`` name.

    :raises DamagedWarc: if there is no whole record of exactly that length
    :raises FileNotFoundError: if there is no such file
    """
    if not path.exists():
        path = path.with_name(path.name + OPEN_SUFFIX)
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(length)
    if len(data) < length:
        raise DamagedWarc(path.name, offset, f"the file ends {length - len(data)} bytes early")
    return replace(record_in(data, path.name, offset), offset=offset, addressable=True)


def record_in(data: bytes, name: str = "a record", offset: int = 0) -> Record:
    """Return the one record in some bytes: a gzip member, or a piece of a plain file.

    :param name: of what the bytes are from, and ``offset`` where there, for the error
    :raises DamagedWarc: if they are anything but one whole record
    """
    try:
        records = list(_records(open_stream(io.BytesIO(data), name), None))
    except DamagedWarc as damage:
        raise DamagedWarc(name, offset, damage.why) from damage
    if len(records) != 1 or records[0].length != len(data):
        raise DamagedWarc(name, offset, f"{len(records)} records where one should be")
    return records[0]


class _BadRecord(Exception):
    """A record that is damaged, while the bytes that it came from could be read."""

    def __init__(self, damage: DamagedWarc, back_to: int | None = None) -> None:
        super().__init__(str(damage))
        self.damage = damage
        self.back_to = back_to


def _records(stream: PlainStream, on_damage: OnDamage | None) -> Iterator[Record]:
    rewinds = 0
    if stream.raw_position == 0 and stream.peek(3) == _BOM:
        stream.take(3)
    while True:
        first, filled_from = stream.peek(1), None
        while first and first in _FILLING:
            filled_from = stream.raw_position if filled_from is None else filled_from
            stream.take(len(stream.buffer) - len(stream.buffer.lstrip(_FILLING)))
            first = stream.peek(1)
        start = stream.border()
        if not first:
            return
        offset = stream.raw_position if start is None else start.offset
        position = stream.position
        try:
            if stream.peek(5).upper() == b"WARC/":
                record = _warc_record(stream, offset, start)
            else:
                record = _arc_record(stream, offset, start)
        except DamagedWarc as damage:
            damage.record = stream.position > position  # its header was read
            raise
        except _BadRecord as bad:
            if bad.damage.kind is FindingKind.STRAY and filled_from is not None:
                bad.damage.offset = filled_from  # what is before it was no filling, then
            if on_damage is None or not isinstance(stream, MemberStream):
                raise bad.damage from None
            if bad.back_to is not None and (rewinds := rewinds + 1) <= _MOST_REWINDS:
                stream.rewind(bad.back_to)
            _go_on(stream, bad.damage, on_damage)
            continue
        if record.suspect and start is not None and start.offset == offset and not stream.buffer:
            raise DamagedWarc(stream.name, offset, record.suspect, FindingKind.GZIP)
        yield record


def _go_on(stream: MemberStream, damage: DamagedWarc, on_damage: OnDamage) -> None:
    """Go to the next record, and report the damage of the last one, whatever becomes of that."""
    try:
        if damage.kind is not FindingKind.SIZE:
            to_next_record(stream)
    except DamagedWarc as deeper:
        if deeper.offset == damage.offset:  # it is what broke the record
            deeper.record |= damage.record
        else:
            on_damage(damage)
        raise
    on_damage(damage)


def _warc_record(stream: PlainStream, offset: int, start: MemberStart | None) -> Record:
    end = stream.find(_HEAD_ENDS, _USUAL_HEAD)
    if end < 0 and first_mark(stream.buffer, 5) is None:  # nor does it run into another
        end = stream.find(_HEAD_ENDS, _MAX_HEAD)
    if end < 0:
        why = "a WARC header that does not end"
        stream.take(len(b"WARC/"))  # or the next record that is looked for is this one again
        raise _bad(stream, offset, why, FindingKind.CUT, record=False)
    head = stream.take(end)
    if not _VERSION.match(head):
        why = f"not a version of WARC that is known: {head[:12]!r}"
        raise _bad(stream, offset, why, FindingKind.HEADER)
    headers = header_fields(header_text(head).partition("\n")[2])
    size = next((value for key, value in headers if key.lower() == "content-length"), "")
    if not _LENGTH.fullmatch(size):
        raise _bad(stream, offset, f"Content-Length is {size[:40]!r}", FindingKind.LENGTH)
    block = _block(stream, offset, int(size))
    tail = stream.take(4) if stream.peek(4) == _TAIL else _take_odd_tail(stream, block)
    if tail is None:
        stream.give_back(block)
        why = f"Content-Length {size} is not the length of the block"
        raise _bad(stream, offset, why, FindingKind.LENGTH)
    length, addressable, suspect = _place(stream, offset, start)
    return Record(headers, head, block, offset, length, addressable, tail, suspect)


def _take_odd_tail(stream: PlainStream, block: bytes) -> bytes | None:
    """Take the line ends behind a block that are not the usual two; None if something else is.

    Some writers leave out some or all of them, or count their own into Content-Length, so that
    the next record follows too early. A length that ends within a line end is wrong.
    """
    if stream.peek(2) == b"\n\n":
        return stream.take(2)
    ahead = stream.peek(_AHEAD)
    tail = _ODD_TAIL.match(ahead)
    assert tail is not None  # it matches nothing, too
    rest = ahead[tail.end() :].lstrip(_FILLING if tail[0] else b"")
    cut = ahead.startswith(b"\n") and (block.endswith(b"\r") or ahead.startswith(b"\n\r"))
    if cut or (rest and not MARK.match(rest)):
        return None
    return stream.take(tail.end())


def _instead(stream: PlainStream) -> str:
    """What stands at the beginning of a file that begins with no record."""
    head = stream.peek(_DESCRIBED)
    if description := describe(head):
        return f": it is {description}"
    return "" if b"\0" in head else f": it begins with {beginning(head)!r}"


def _arc_record(stream: PlainStream, offset: int, start: MemberStart | None) -> Record:
    head = arc_head(stream)
    if head is None:
        why = f"no record where one should start{_instead(stream) if offset == 0 else ''}"
        raise _bad(stream, offset, why, FindingKind.STRAY, record=False)
    stream.take(len(head.line))
    try:
        size = arc_size(head, stream.name, offset)
    except DamagedWarc as damage:
        raise _BadRecord(damage) from damage
    block = _block(stream, offset, size)
    if not take_end(stream):
        stream.give_back(block)
        why = f"the length {size} of an ARC record is not that of its bytes"
        raise _bad(stream, offset, why, FindingKind.LENGTH)
    length, addressable, suspect = _place(stream, offset, start)
    record = arc_record(head, block, offset, length, addressable)
    return replace(record, suspect=suspect) if suspect else record


def _block(stream: PlainStream, offset: int, size: int) -> bytes:
    if size > stream.room():  # nothing is held ready for what cannot come
        why = f"the record is cut: of its {size} bytes no more than {stream.room()} can follow"
        raise _bad(stream, offset, why, FindingKind.CUT)
    if size > MAX_BLOCK:
        _pass_over(stream, offset, size)
    block = stream.take(size)
    if len(block) < size:
        stream.give_back(block)
        raise _bad(
            stream, offset, f"the record is cut: {len(block)} of {size} bytes", FindingKind.CUT
        )
    return block


def _pass_over(stream: PlainStream, offset: int, size: int) -> None:
    whole, first_record = pass_over(stream, size)
    kind, why = FindingKind.LENGTH, f"the length {size} is not that of the record"
    if not whole:
        kind, why = FindingKind.CUT, f"the record is cut: it says to have {size} bytes"
    elif stream.peek(4) in (_TAIL, b"") or stream.peek(2) == b"\n\n" or take_end(stream):
        kind = FindingKind.SIZE
        why = f"a record of {size} bytes, larger than what is read ({MAX_BLOCK} bytes)"
    bad = _bad(stream, offset, why, kind)
    if kind is FindingKind.SIZE:
        bad.damage.resume = stream.raw_position
    else:
        bad.back_to = first_record
    raise bad


def _place(stream: PlainStream, offset: int, start: MemberStart | None) -> tuple[int, bool, str]:
    """Return the length of the record just taken, whether it lies alone, and why it is suspect."""
    end = stream.border()
    length = (end.offset if end else stream.raw_position) - offset
    addressable = start is not None and end is not None and start.next_is(end)
    return length, addressable, "" if addressable else stream.suspect()


def _bad(
    stream: PlainStream, offset: int, why: str, kind: FindingKind, *, record: bool = True
) -> _BadRecord:
    return _BadRecord(DamagedWarc(stream.name, offset, why, kind, record=record))
