"""Whether the digests that a record names are those of its bytes.

Tools write them in base32, hex, base64 or URL-safe base64, under labels of any case
(``sha1:``, ``SHA-256:``), and mean different bytes by "payload": WARC/1.1 the entity body
without chunk framing, many tools the body as it was framed, some the body decoded. For
other tools' files any of these is right; for ours only the first is. A digest of the whole
block is none of an HTTP payload (ClueWeb09 has that; warcio reports it too).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.damage import FindingKind
from pipelines.warc.reader import Record

#: What is wrong, and that in words.
Wrong = tuple[FindingKind, str]

_SIZES = {"sha1": 20, "sha256": 32, "md5": 16, "sha512": 64}
_HEX = re.compile(r"[0-9a-fA-F]+")
_MAKERS: dict[str, Callable[[bytes], bytes]] = {
    "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).digest(),
    "sha512": lambda data: hashlib.sha512(data).digest(),
}
#: From the digits of base32 to those of int(..., 32); anything else to what is none.
_DIGITS = bytes(
    b"0123456789abcdefghijklmnopqrstuv"[at] if at >= 0 else ord("!")
    for at in (b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(byte) for byte in range(256))
)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
#: A revisit's payload is its original's, and a segment's that of the whole record.
_OTHERS_PAYLOAD = frozenset({"revisit", "continuation"})


def check_digests(record: Record, *, ours: bool) -> Iterator[Wrong]:
    """What is wrong with a record's digests."""
    said = record.get("WARC-Block-Digest")
    if said:
        yield from _check_block(record, said)
    said = record.get("WARC-Payload-Digest")
    if said and record.record_type not in _OTHERS_PAYLOAD and not record.get("WARC-Segment-Number"):
        yield from _check_payload(record, said, ours)


def parsed(digest: str) -> tuple[str, bytes] | None:
    """The algorithm's name and the digest's bytes; None if it is neither known nor well-formed."""
    label, _, value = digest.partition(":")
    name = label.strip().lower().replace("-", "")
    size = _SIZES.get(name)
    if size is None:
        return None
    raw = _decoded(value.strip(), size)
    return (name, raw) if raw is not None else None


def same_digest(one: str, other: str) -> bool | None:
    """Whether two digests are of the same bytes; None if they cannot be compared."""
    first, second = parsed(one), parsed(other)
    if first is None or second is None or first[0] != second[0]:
        return None
    return first[1] == second[1]


def base32_number(digits: bytes) -> int:
    """Base32 digits as a number, four times as fast as their bytes; -1 if one is none."""
    try:
        return int(digits.translate(_DIGITS), 32)
    except ValueError:
        return -1


def _check_block(record: Record, said: str) -> Iterator[Wrong]:
    if said.startswith("sha256:") and len(said) == 63 and said.endswith("===="):
        # As our writer makes it: 52 digits of 5 bits, the last 4 of them not used.
        made = int.from_bytes(hashlib.sha256(record.block).digest(), "big")
        if base32_number(said[7:-4].encode()) == made << 4:
            return
    known = parsed(said)
    if known is None:
        yield _unknown(said, FindingKind.BLOCK_DIGEST)
    elif _MAKERS[known[0]](record.block) != known[1]:
        yield FindingKind.BLOCK_DIGEST, f"the block's {known[0]} is not {said}"


def _check_payload(record: Record, said: str, ours: bool) -> Iterator[Wrong]:
    if said.startswith("sha1:") and len(said) == 37:
        made = hashlib.sha1(record.payload, usedforsecurity=False).digest()
        if base32_number(said[5:].encode()) == int.from_bytes(made, "big"):
            record.__dict__["payload_digest"] = said  # what the cached property would be
            return
    known = parsed(said)
    if known is None:
        yield _unknown(said, FindingKind.PAYLOAD_DIGEST)
        return
    make = _MAKERS[known[0]]
    for candidate in _payloads(record, ours):
        if make(candidate) == known[1]:
            return
    yield FindingKind.PAYLOAD_DIGEST, f"the payload's {known[0]} is not {said}"


def _payloads(record: Record, ours: bool) -> Iterator[bytes]:
    """The bytes that a payload digest may be of, the likeliest first."""
    yield record.payload
    if ours:
        return
    if record.http is not None:
        yield record.http.body
        with suppress(UndecodableBody):
            yield record.content()
    head = _HEAD_END.search(record.block)
    if head is not None:
        yield record.block[head.end() :]


def _unknown(said: str, kind: FindingKind) -> Wrong:
    label, _, value = said.partition(":")
    if label.strip().lower().replace("-", "") in _SIZES:
        return kind, f"{said!r} is no {label} digest"
    return FindingKind.DIGEST_UNKNOWN, f"the digest {label}:{value[:12]}... cannot be checked here"


def _decoded(text: str, size: int) -> bytes | None:
    bare = text.rstrip("=")
    if len(bare) == 2 * size:
        return bytes.fromhex(bare) if _HEX.fullmatch(bare) else None
    try:
        if len(bare) == -(-size * 8 // 5):
            raw = base64.b32decode(bare.upper() + "=" * (-len(bare) % 8))
        elif len(bare) == -(-size * 8 // 6):
            bare = bare.replace("-", "+").replace("_", "/")
            raw = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        else:
            return None
    except ValueError:
        return None
    return raw if len(raw) == size else None
