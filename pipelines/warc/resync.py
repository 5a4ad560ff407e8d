"""Finds the next record after damage: in the bytes of the file, and within a compressed one.

What is looked for is a version line of WARC with a named field after it, or a line that
begins an ARC record; it need not follow an empty line, since that may be what is damaged. A
page that holds a whole web archive can therefore, where it is damaged itself, give records
of that inner archive; nothing in the format tells the two apart.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import BinaryIO

from isal import igzip_lib

from pipelines.warc.arc import ARC_MARK
from pipelines.warc.compressed import BAD_GZIP, GZIP_MAGIC, MemberStream, open_stream
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.streams import PlainStream

#: The version line of a record, and the name of its first field. Versions after 1.1 are read
#: as that is: what a record says of itself shows whether it can be.
VERSION = rb"(?i:WARC)/\d{1,2}\.\d{1,2}[ \t]*\r{0,2}\n"
MARK = re.compile(VERSION + rb"[A-Za-z][A-Za-z0-9-]{0,40}[ \t]*:")
_MEMBER = re.compile(rb"\x1f\x8b\x08[\0-\x1f]|\x28\xb5\x2f\xfd")
_LONGEST = 8192
_FIRST_SCAN, _SCAN = 1 << 16, 1 << 20
#: How far a member is looked into for a record that begins in it.
_LOOK = 1 << 16


def next_start(file: BinaryIO, offset: int, limit: int | None = None) -> int | None:
    """Where in a file reading can start again, at or after an offset; None if nowhere.

    Either kind is looked for, plain records and compressed members that hold the beginning
    of one, since it may be the file's first bytes that are damaged.

    :param limit: how many bytes to look through; all by default
    """
    position = max(0, offset - 1)  # a line of ARC must begin after a line end
    end = None if limit is None else offset + limit
    size = _FIRST_SCAN
    while end is None or position < end:
        file.seek(position)
        data = file.read(size)
        start = _first_in(file, data, position, offset)
        if start is not None:
            return start
        if len(data) < size:
            return None
        size = _SCAN
        position += len(data) - _LONGEST
        offset = max(offset, position)
    return None


def _first_in(file: BinaryIO, data: bytes, position: int, offset: int) -> int | None:
    start = max(0, offset - position)
    mark = first_mark(data, start, begins=position == 0)
    best = position + mark.start() if mark else None
    for match in _MEMBER.finditer(data, start):
        at = position + match.start()
        if best is not None and at > best:
            break
        if _may_begin(data[match.start() : match.start() + 512]) and _holds_record(file, at):
            return at
    return best


def first_mark(
    data: bytes | bytearray, start: int = 0, *, begins: bool = True
) -> re.Match[bytes] | None:
    """The first place where a record begins.

    :param begins: whether the data begins where a line does
    """
    # Looking for what both have takes a tenth of the time, and most data have neither.
    warc = MARK.search(data, start) if b"warc/" in data.lower() else None
    end = warc.start() if warc is not None else len(data)
    maybe = b":/" in data or b"dns:" in data
    arc = ARC_MARK.search(data, start, end) if maybe else None
    if arc is not None and arc.start() == 0 and not begins:
        arc = ARC_MARK.search(data, 1, end)
    return arc or warc


def _may_begin(data: bytes) -> bool:
    """Whether a gzip member may begin so: most places that look like it are ruled out fast."""
    if not data.startswith(GZIP_MAGIC):
        return True
    member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    try:
        return bool(member.decompress(data, 64)) or not member.eof
    except BAD_GZIP:
        return len(data) < 512  # its checksum may be in there, and be what is wrong


def _holds_record(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    try:
        stream = open_stream(file, "")
    except DamagedWarc:
        return False
    with suppress(DamagedWarc):
        stream.peek(_LOOK)
    return first_mark(stream.buffer) is not None


def to_next_record(stream: MemberStream) -> bool:
    """Drop bytes until a record begins; False if none does.

    :raises DamagedWarc: if the compression is broken before one does
    """
    stream.peek(_LONGEST)
    while True:
        mark = first_mark(stream.buffer)
        if mark is not None:
            stream.drop(mark.start())
            return True
        stream.drop(max(0, len(stream.buffer) - _LONGEST))
        if not stream.fill():
            stream.drop(len(stream.buffer))
            return False


def pass_over(stream: PlainStream, size: int) -> tuple[bool, int | None]:
    """Drop a block that is too large to be held.

    :returns: whether all of it was there, and the position of the first thing in it that
        looks like a record, if any
    """
    first_record: int | None = None
    while size > 0:
        if not stream.buffer and not stream.fill():
            break
        if first_record is None and isinstance(stream, MemberStream):
            match = first_mark(stream.buffer)
            first_record = stream.position + match.start() if match else None
        step = min(size, len(stream.buffer))
        stream.take(step)
        size -= step
    return size == 0, first_record
