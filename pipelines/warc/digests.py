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
from collections.abc import Iterator
from contextlib import suppress

from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.damage import FindingKind
from pipelines.warc.record import Record

#: What kind of damage there is, and that in words.
Wrong = tuple[FindingKind, str]

_SIZES = {"sha1": 20, "sha256": 32, "md5": 16, "sha512": 64}
_HEX = re.compile(r"[0-9a-fA-F]+")
_BASE32, _INT_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghijklmnopqrstuv"
#: From the digits of base32 to those of int(..., 32); any other byte to what is none.
_DIGITS = bytes(
    _INT_DIGITS[_BASE32.index(byte)] if byte in _BASE32 else ord("!") for byte in range(256)
)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
#: A revisit's payload is its original's, and a segment's that of the whole record.
_PAYLOAD_ELSEWHERE = frozenset({"revisit", "continuation"})


def check_digests(record: Record, *, ours: bool) -> Iterator[Wrong]:
    """Yield what is wrong with a record's digests.

    :param ours: whether Housecall made the record
    """
    digest = record.get("WARC-Block-Digest")
    if digest:
        yield from _check_block(record, digest)
    digest = record.get("WARC-Payload-Digest")
    elsewhere = record.record_type in _PAYLOAD_ELSEWHERE or record.get("WARC-Segment-Number")
    if digest and not elsewhere:
        yield from _check_payload(record, digest, ours)


def parsed(digest: str) -> tuple[str, bytes] | None:
    """Return a digest's algorithm and bytes; None if it is neither known nor well-formed."""
    label, _, value = digest.partition(":")
    algorithm = _algorithm(label)
    if algorithm not in _SIZES:
        return None
    raw = _decoded(value.strip(), _SIZES[algorithm])
    return (algorithm, raw) if raw is not None else None


def same_digest(digest: str, second_digest: str) -> bool | None:
    """Return whether two digests are of the same bytes; None if they cannot be compared."""
    first, second = parsed(digest), parsed(second_digest)
    if first is None or second is None or first[0] != second[0]:
        return None
    return first[1] == second[1]


def _check_block(record: Record, digest: str) -> Iterator[Wrong]:
    if len(digest) == 63 and digest.startswith("sha256:") and digest.endswith("===="):
        # As our writer makes it: 52 digits of 5 bits, the last 4 of them not used.
        block = int.from_bytes(hashlib.sha256(record.block).digest(), "big")
        if _base32_number(digest[7:-4]) == block << 4:
            return
    expected = parsed(digest)
    if expected is None:
        yield _unknown(digest, FindingKind.BLOCK_DIGEST)
    elif _digest(expected[0], record.block) != expected[1]:
        yield FindingKind.BLOCK_DIGEST, f"the block's {expected[0]} is not {digest}"


def _check_payload(record: Record, digest: str, ours: bool) -> Iterator[Wrong]:
    if len(digest) == 37 and digest.startswith("sha1:"):
        payload = hashlib.sha1(record.payload, usedforsecurity=False).digest()
        if _base32_number(digest[5:]) == int.from_bytes(payload, "big"):
            record.__dict__["payload_digest"] = digest  # what the cached property would be
            return
    expected = parsed(digest)
    if expected is None:
        yield _unknown(digest, FindingKind.PAYLOAD_DIGEST)
    elif all(_digest(expected[0], data) != expected[1] for data in _payloads(record, ours)):
        yield FindingKind.PAYLOAD_DIGEST, f"the payload's {expected[0]} is not {digest}"


def _payloads(record: Record, ours: bool) -> Iterator[bytes]:
    """Yield the bytes that a payload digest may be of, the likeliest first."""
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


def _base32_number(digits: str) -> int:
    """Return base32 digits as a number, in a tenth of the time of encoding; -1 if one is none."""
    try:
        return int(digits.encode().translate(_DIGITS), 32)
    except ValueError:
        return -1


def _algorithm(label: str) -> str:
    return label.strip().lower().replace("-", "")


def _digest(algorithm: str, data: bytes) -> bytes:
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


def _unknown(digest: str, kind: FindingKind) -> Wrong:
    label, _, value = digest.partition(":")
    if _algorithm(label) in _SIZES:
        return kind, f"{digest!r} is no {label} digest"
    return FindingKind.DIGEST_UNKNOWN, f"the digest {label}:{value[:12]}... cannot be checked here"


def _decoded(text: str, size: int) -> bytes | None:
    """Return the bytes of a digest in hex, base32 or base64; None if they are not that many."""
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
