"""Damage to records in gzip members that are sound: a tool, or a person, wrote them so."""

from __future__ import annotations

from pipelines.warc.damage import FindingKind
from tests.pipelines.verify.damage import (
    DAMAGE,
    Archive,
    Plant,
    Planted,
    digests,
    field,
    member,
    plants,
    raw,
)

_OTHER_ID = "<urn:uuid:00000000-0000-4000-8000-000000000000>"

#: name: (field, its new value, what is found)
_FIELDS = {
    "type": (
        "WARC-Type",
        "respomse",
        {FindingKind.HEADER, FindingKind.PAIR, FindingKind.NO_RECORD},
    ),
    "malformed_id": ("WARC-Record-ID", "urn:uuid:1", {FindingKind.HEADER}),
    "other_id": ("WARC-Record-ID", _OTHER_ID, {FindingKind.NO_ROW}),
    "impossible_date": ("WARC-Date", "2026-13-01T00:00:00.000000Z", {FindingKind.HEADER}),
    "other_date": ("WARC-Date", "2020-01-01T00:00:00.000000Z", {FindingKind.ROW}),
    "other_url": ("WARC-Target-URI", "http://127.0.0.1/other", {FindingKind.ROW}),
    "no_url": ("WARC-Target-URI", "nothing", {FindingKind.HEADER}),
    "other_warcinfo": ("WARC-Warcinfo-ID", _OTHER_ID, {FindingKind.WARCINFO}),
    "length_too_large": ("Content-Length", "99999999", {FindingKind.CUT, FindingKind.LENGTH}),
    "length_too_small": ("Content-Length", "100", {FindingKind.LENGTH}),
    "length_is_no_number": ("Content-Length", "1O0", {FindingKind.LENGTH}),
    "length_is_negative": ("Content-Length", "-1", {FindingKind.LENGTH}),
    "block_digest": ("WARC-Block-Digest", f"sha256:{'A' * 52}====", {FindingKind.BLOCK_DIGEST}),
    "block_digest_malformed": ("WARC-Block-Digest", "sha256:1", {FindingKind.BLOCK_DIGEST}),
    "payload_digest": ("WARC-Payload-Digest", f"sha1:{'A' * 32}", {FindingKind.PAYLOAD_DIGEST}),
}


def _with_field(name: str, value: str, kinds: set[FindingKind]) -> Plant:
    def plant(archive: Archive) -> Planted:
        archive.rewrite(archive.response, field(archive.response.head, name, value))
        return archive.here(*kinds)

    return plant


for _name, (_field, _value, _kinds) in _FIELDS.items():
    DAMAGE[f"header_{_name}"] = _with_field(_field, _value, _kinds)


@plants
def header_version(archive: Archive) -> Planted:
    head = archive.response.head.replace(b"WARC/1.1", b"WARC/7.1")
    archive.rewrite(archive.response, head)
    return archive.here(FindingKind.HEADER)


@plants
def header_name_flipped(archive: Archive) -> Planted:
    archive.rewrite(archive.response, archive.response.head.replace(b"WARC-Date", b"WARC-Dase"))
    return archive.here(FindingKind.HEADER)


@plants
def header_without_a_digest(archive: Archive) -> Planted:
    head = archive.response.head.replace(b"WARC-Block-Digest", b"X-Block-Digest")
    archive.rewrite(archive.response, head)
    return archive.here(FindingKind.HEADER)


@plants
def header_with_a_field_twice(archive: Archive) -> Planted:
    head = archive.response.head.replace(b"WARC-Type", b"WARC-Date: 2020\r\nWARC-Type")
    archive.rewrite(archive.response, head)
    return archive.here(FindingKind.HEADER)


@plants
def header_with_a_line_that_is_no_field(archive: Archive) -> Planted:
    head = archive.response.head.replace(b"WARC-Type", b"nonsense\r\nWARC-Type")
    archive.rewrite(archive.response, head)
    return archive.here(FindingKind.HEADER)


@plants
def header_that_does_not_end(archive: Archive) -> Planted:
    archive.replace(archive.response, member(archive.response.head[:-4]))
    return archive.here(FindingKind.CUT, FindingKind.LENGTH, FindingKind.STRAY)


@plants
def block_changed(archive: Archive) -> Planted:
    block = bytearray(archive.response.block)
    block[-20] ^= 1
    archive.rewrite(archive.response, block=bytes(block))
    return archive.here(FindingKind.BLOCK_DIGEST)


@plants
def http_header_changed(archive: Archive) -> Planted:
    block = archive.response.block.replace(b"200", b"404", 1)
    archive.rewrite(archive.response, block=block)
    return archive.here(FindingKind.BLOCK_DIGEST)


@plants
def block_and_its_digest_changed(archive: Archive) -> Planted:
    block = bytearray(archive.response.block)
    block[-20] ^= 1
    head = digests(archive.response.head, bytes(block), None)
    archive.rewrite(archive.response, head, bytes(block))
    return archive.here(FindingKind.PAYLOAD_DIGEST)


@plants
def block_and_both_digests_changed(archive: Archive) -> Planted:
    block = bytearray(archive.response.block)
    block[-20] ^= 1
    payload = bytes(block[-len(archive.response.payload) :])
    head = digests(archive.response.head, bytes(block), payload)
    archive.rewrite(archive.response, head, bytes(block))
    return archive.here(FindingKind.ROW)


@plants
def body_cut_and_digests_changed(archive: Archive) -> Planted:
    block = archive.response.block[:-9]
    head = digests(archive.response.head, block, archive.response.payload[:-9])
    archive.rewrite(archive.response, head, block)
    return archive.here(FindingKind.HTTP)


@plants
def request_changed(archive: Archive) -> Planted:
    archive.rewrite(archive.request, block=archive.request.block.replace(b"GET", b"PUT", 1))
    return archive.here(FindingKind.BLOCK_DIGEST, record=archive.request)


@plants
def request_of_another_url(archive: Archive) -> Planted:
    head = field(archive.request.head, "WARC-Target-URI", "http://127.0.0.1/x")
    archive.rewrite(archive.request, head)
    return archive.here(FindingKind.PAIR, record=archive.request)


@plants
def request_of_no_response(archive: Archive) -> Planted:
    archive.rewrite(archive.request, field(archive.request.head, "WARC-Concurrent-To", _OTHER_ID))
    return archive.here(FindingKind.PAIR, record=archive.request)


@plants
def tail_cut(archive: Archive) -> Planted:
    archive.replace(
        archive.response, member(archive.response.head + archive.response.block + b"\r\n")
    )
    return archive.here(FindingKind.CUT)


@plants
def tail_of_the_last_record_cut(archive: Archive) -> Planted:
    last = archive.records[-1]
    archive.replace(last, member(last.head + last.block + b"\r\n"))
    return archive.here(FindingKind.CUT, record=last)


@plants
def more_line_ends_in_a_member(archive: Archive) -> Planted:
    data = archive.response.head + archive.response.block + b"\r\n" * 3
    archive.replace(archive.response, member(data))
    return archive.here(FindingKind.MEMBER)


@plants
def two_records_in_a_member(archive: Archive) -> Planted:
    pair = (archive.response, archive.request)
    data = b"".join(one.head + one.block + b"\r\n\r\n" for one in pair)
    archive.replace(archive.request)
    archive.replace(archive.response, member(data))
    return archive.here(FindingKind.MEMBER)


@plants
def exchanges_swapped(archive: Archive) -> Planted:
    first = archive.records[archive.index : archive.index + 2]
    after = next(
        at
        for at in range(archive.index + 2, len(archive.records))
        if archive.records[at].record_type == "response"
    )
    second = archive.records[after : after + 2]
    for record, other in reversed(list(zip(first + second, second + first, strict=True))):
        archive.replace(record, raw(other))
    return archive.here(FindingKind.ROW, FindingKind.NO_RECORD)


@plants
def request_before_its_response(archive: Archive) -> Planted:
    archive.replace(archive.request, raw(archive.response))
    archive.replace(archive.response, raw(archive.request))
    return archive.here(FindingKind.PAIR)


@plants
def record_duplicated(archive: Archive) -> Planted:
    archive.replace(archive.response, raw(archive.response), raw(archive.response))
    second = archive.response.offset + archive.response.length
    return archive.here(FindingKind.DUPLICATE, at=second)


@plants
def exchange_deleted(archive: Archive) -> Planted:
    archive.replace(archive.request)
    archive.replace(archive.response)
    return archive.here(FindingKind.NO_RECORD)


@plants
def response_deleted(archive: Archive) -> Planted:
    archive.replace(archive.response)
    return archive.here(FindingKind.PAIR)


@plants
def request_deleted(archive: Archive) -> Planted:
    archive.replace(archive.request)
    return archive.here(FindingKind.PAIR)


@plants
def exchange_of_another_file_added(archive: Archive) -> Planted:
    size = archive.files[1].stat().st_size
    moved = raw(archive.response) + raw(archive.request)
    archive.edit(lambda data: data.extend(moved), archive.files[1])
    return Planted(archive.files[1].name, size, frozenset({FindingKind.WARCINFO}))


@plants
def foreign_record_without_a_row(archive: Archive) -> Planted:
    path = archive.warcs / "other.warc"
    head = field(archive.response.head, "WARC-Record-ID", _OTHER_ID)
    path.write_bytes(head + archive.response.block + b"\r\n\r\n")
    return Planted(path.name, 0, frozenset({FindingKind.NO_ROW}))


@plants
def same_id_with_other_content_elsewhere(archive: Archive) -> Planted:
    path = archive.warcs / "zzz.warc.gz"
    block = archive.response.block + b"!"
    payload = archive.response.payload + b"!"
    head = digests(archive.response.head, block, payload)
    head = field(head, "Content-Length", str(len(block)))
    path.write_bytes(member(head + block + b"\r\n\r\n"))
    return Planted(path.name, 0, frozenset({FindingKind.DUPLICATE}))


@plants
def file_missing(archive: Archive) -> Planted:
    archive.path.unlink()
    return archive.in_file(FindingKind.NO_FILE)


@plants
def file_renamed(archive: Archive) -> Planted:
    archive.path.rename(archive.warcs / "renamed.warc.gz")
    return Planted("renamed.warc.gz", 0, frozenset({FindingKind.WARCINFO}))


@plants
def file_copied(archive: Archive) -> Planted:
    path = archive.warcs / "zzz.warc.gz"
    path.write_bytes(archive.path.read_bytes())
    return Planted(path.name, 0, frozenset({FindingKind.WARCINFO}))


@plants
def files_exchanged(archive: Archive) -> Planted:
    first, second = (path.read_bytes() for path in archive.files[:2])
    archive.files[0].write_bytes(second)
    archive.files[1].write_bytes(first)
    return archive.here(FindingKind.WARCINFO, at=0)


@plants
def file_replaced_by_another_format(archive: Archive) -> Planted:
    archive.path.write_bytes(b"PK\x03\x04" + bytes(100))
    return archive.here(FindingKind.FORMAT, at=0)


@plants
def writer_killed(archive: Archive) -> Planted:
    size = archive.path.stat().st_size
    archive.path.rename(archive.path.with_name(archive.path.name + ".open"))
    return archive.here(FindingKind.UNFINISHED, at=size)
