"""Damage to the bytes of a WARC file: flips, cuts, and what does not belong there."""

from __future__ import annotations

from pipelines.warc.damage import FindingKind
from tests.pipelines.verify.damage import DAMAGE, Archive, Plant, Planted, member, plants

_GZIP = (
    FindingKind.GZIP,
    FindingKind.STRAY,
    FindingKind.MEMBER,
    FindingKind.CUT,
    FindingKind.LENGTH,
)

#: Bits of a gzip member: (bytes from its start, or from its end if negative; bit).
_BITS = {
    "magic": (0, 0),
    "method": (2, 1),
    "text_flag": (3, 0),
    "name_flag": (3, 3),
    "reserved_flag": (3, 6),
    "time": (5, 4),
    "extra_flags": (8, 1),
    "system": (9, 7),
    "first_data": (14, 2),
    "middle": (1000, 5),
    "checksum": (-8, 0),
    "length": (-4, 3),
    "last_byte": (-1, 7),
}


def _flip(place: int, bit: int) -> Plant:
    def plant(archive: Archive) -> Planted:
        record = archive.response
        start = record.offset + (record.length if place < 0 else 0)
        archive.flip(start + place, bit)
        return archive.here(*_GZIP)

    return plant


for _name, (_place, _bit) in _BITS.items():
    DAMAGE[f"flip_gzip_{_name}"] = _flip(_place, _bit)


@plants
def flip_first_byte_of_the_file(archive: Archive) -> Planted:
    archive.flip(0)
    return archive.here(*_GZIP, at=0)


def _cut(archive: Archive, size: int) -> None:
    archive.edit(lambda data: data.__delitem__(slice(size, None)))


@plants
def cut_last_byte(archive: Archive) -> Planted:
    last = archive.records[-1]
    _cut(archive, last.offset + last.length - 1)
    return archive.here(*_GZIP, record=last)


@plants
def cut_gzip_trailer(archive: Archive) -> Planted:
    last = archive.records[-1]
    _cut(archive, last.offset + last.length - 8)
    return archive.here(*_GZIP, record=last)


@plants
def cut_in_gzip_header(archive: Archive) -> Planted:
    _cut(archive, archive.response.offset + 5)
    return archive.here(*_GZIP)


@plants
def cut_after_one_byte_of_a_member(archive: Archive) -> Planted:
    _cut(archive, archive.response.offset + 1)
    return archive.here(*_GZIP)


@plants
def cut_in_warc_header(archive: Archive) -> Planted:
    _cut(archive, archive.response.offset + 60)
    return archive.here(*_GZIP)


@plants
def cut_in_block(archive: Archive) -> Planted:
    _cut(archive, archive.response.offset + archive.response.length // 2)
    return archive.here(*_GZIP)


@plants
def cut_before_request(archive: Archive) -> Planted:
    _cut(archive, archive.request.offset)
    return archive.here(FindingKind.PAIR)


@plants
def cut_at_a_border_between_exchanges(archive: Archive) -> Planted:
    _cut(archive, archive.response.offset)
    return archive.here(FindingKind.NO_RECORD)


@plants
def cut_closing_record(archive: Archive) -> Planted:
    _cut(archive, archive.records[-1].offset)
    return archive.in_file(FindingKind.CRAWL_END)


@plants
def emptied(archive: Archive) -> Planted:
    _cut(archive, 0)
    return archive.here(FindingKind.CUT, at=0)


@plants
def first_half_lost(archive: Archive) -> Planted:
    archive.edit(lambda data: data.__delitem__(slice(0, archive.response.offset + 7)))
    return archive.here(*_GZIP, at=0)


@plants
def first_record_lost(archive: Archive) -> Planted:
    archive.edit(lambda data: data.__delitem__(slice(0, archive.records[0].length)))
    return archive.here(FindingKind.WARCINFO, at=0)


@plants
def byte_inserted(archive: Archive) -> Planted:
    archive.edit(lambda data: data.insert(archive.response.offset + 100, 0x41))
    return archive.here(*_GZIP)


@plants
def byte_removed(archive: Archive) -> Planted:
    archive.edit(lambda data: data.pop(archive.response.offset + 100))
    return archive.here(*_GZIP)


def _insert(archive: Archive, at: int, what: bytes) -> None:
    def change(data: bytearray) -> None:
        data[at:at] = what

    archive.edit(change)


@plants
def zeros_between_records(archive: Archive) -> Planted:
    _insert(archive, archive.response.offset, bytes(512))
    return archive.here(FindingKind.STRAY, FindingKind.GZIP)


@plants
def text_between_records(archive: Archive) -> Planted:
    _insert(archive, archive.response.offset, b"\r\n")
    return archive.here(FindingKind.STRAY, FindingKind.GZIP)


@plants
def zeros_at_the_end(archive: Archive) -> Planted:
    size = archive.path.stat().st_size
    _insert(archive, size, bytes(4096))
    return archive.here(FindingKind.STRAY, at=size)


@plants
def garbage_at_the_end(archive: Archive) -> Planted:
    size = archive.path.stat().st_size
    _insert(archive, size, b"<html>")
    return archive.here(FindingKind.STRAY, at=size)


@plants
def empty_member_at_the_end(archive: Archive) -> Planted:
    size = archive.path.stat().st_size
    _insert(archive, size, member(b""))
    return archive.here(FindingKind.STRAY, at=size)


@plants
def sector_of_zeros(archive: Archive) -> Planted:
    start = archive.response.offset + 40

    def change(data: bytearray) -> None:
        data[start : start + 512] = bytes(512)

    archive.edit(change)
    return archive.here(*_GZIP)


@plants
def sector_of_another_file(archive: Archive) -> Planted:
    start = archive.response.offset + 40
    other = archive.files[1].read_bytes()[5000:5512]

    def change(data: bytearray) -> None:
        data[start : start + 512] = other

    archive.edit(change)
    return archive.here(*_GZIP)
