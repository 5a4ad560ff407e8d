"""A record of a web archive as a value: WARC's own, or what one of ARC comes to.

Here is also what a record says of itself: whether the digests that it names are those of its
bytes, and what an exchange with a web archive was for.

Tools write digests in base32, hex, base64 or URL-safe base64, under labels of any case
(``sha1:``, ``SHA-256:``), and mean different bytes by "payload": WARC/1.1 the entity body
without chunk framing, many tools the body as it was framed, some the body decoded. For
other tools' files any of these is right; for ours only the first is. A digest of the whole
block is none of an HTTP payload (ClueWeb09 has that; warcio reports it too).

The record of an exchange with a web archive has the bytes as the archive sent them, under the
address that was asked, at the time that it was asked. Which page of which site that was about,
and what the archive's index had said of it, stands beside them in fields of our own: a rebuild
needs nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from parsers.page.media_type import Kind, kind_of
from pipelines.files.timestamps import parse_http_date, parse_stamp
from pipelines.warc.content_encoding import DecodedBody, UndecodableBody, decode_body
from pipelines.warc.damage import FindingKind
from pipelines.warc.http import HttpMessage, first_values, lazy, parse_response

_TAIL = b"\r\n\r\n"
#: What kind of damage there is, and that in words.
Wrong = tuple[FindingKind, str]

_SIZES = {
    "sha1": 20, "sha256": 32, "md5": 16, "sha512": 64, "sha224": 28, "sha384": 48, "blake2b": 64,
    "blake2s": 32,
}  # fmt: skip
_HEX = re.compile(r"[0-9a-fA-F]+")
_BASE32, _INT_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghijklmnopqrstuv"
#: From the digits of base32 to those of int(..., 32); any other byte to what is none.
_DIGITS = bytes(
    _INT_DIGITS[_BASE32.index(byte)] if byte in _BASE32 else ord("!") for byte in range(256)
)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
#: A revisit's payload is its original's, and a segment's that of the whole record.
_PAYLOAD_ELSEWHERE = frozenset({"revisit", "continuation"})
_WANTED = "Housecall-Wanted"
_REFUSED = "Housecall-Refused"
_DIGEST = "Housecall-Listed-Digest"
_INDEX = "Housecall-Index"
_DOUBT = "Housecall-Index-Doubt"


@dataclass(frozen=True)
class Record:
    """One record.

    ``head`` and ``block`` are its bytes, ``headers`` its named fields. ``offset`` and
    ``length`` (bytes in the file) name its gzip member, or its place in a plain file;
    ``addressable`` is False where it shares a member with others, so that ``read_at`` could
    not find it. ``tail`` is what ended it: fewer than two line ends where the file ends early.
    A record without an id has one that is made of its address, date and bytes, so that the same
    record has the same one in every copy and at every rebuild.
    ``suspect`` says why its bytes may be damaged though it looks whole: it shares a compressed
    member whose checksum does not hold; "" for all others.

    Of its fields, ``record_type`` is in lower case (response, request, resource, conversion,
    revisit, metadata, warcinfo ...); ``record_id`` is without angle brackets, and so is
    ``url``, the WARC-Target-URI, around which an old wget put some.
    """

    headers: tuple[tuple[str, str], ...]
    head: bytes
    block: bytes
    offset: int
    length: int
    addressable: bool
    tail: bytes = _TAIL
    suspect: str = ""
    record_type: str = field(init=False, repr=False, compare=False)
    record_id: str = field(init=False, repr=False, compare=False)
    url: str = field(init=False, repr=False, compare=False)
    _values: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        values = first_values(self.headers)
        self.__dict__.update(
            record_type=values.get("warc-type", "").lower(),
            record_id=values.get("warc-record-id", "").strip("<> ") or self._made_id(values),
            url=values.get("warc-target-uri", "").strip("<> "),
            _values=values,
        )

    def _made_id(self, values: dict[str, str]) -> str:
        about = f"{values.get('warc-target-uri', '')} {values.get('warc-date', '')}"
        return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{about} {sha256(self.block).hexdigest()}')}"

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a WARC header field, by any case of its name."""
        return self._values.get(name.lower(), default)

    @lazy
    def date(self) -> datetime | None:
        """WARC-Date, aware; None where it is missing or is no date."""
        text = self.get("WARC-Date")
        # Some write it as HTTP has it.
        return parse_stamp(text) or (parse_http_date(text) if text[:1].isalpha() else None)

    @lazy
    def http(self) -> HttpMessage | None:
        """The HTTP response in the block; None in other records, or if it is not HTTP."""
        if self.record_type not in ("response", "revisit"):
            return None
        return parse_response(self.block)

    @property
    def payload(self) -> bytes:
        """The block, or the body of its HTTP response without chunk framing."""
        return self.http.payload if self.http else self.block

    def content(self) -> bytes:
        """Return the payload with content encodings undone.

        :raises UndecodableBody: see :meth:`HttpMessage.decoded`
        """
        return self.decoded().content

    def decoded(self) -> DecodedBody:
        """Return that, and what was odd about the encodings.

        :raises UndecodableBody: see :meth:`HttpMessage.decoded`
        """
        if self.http:
            return self.http.decoded()
        is_page = kind_of(self.get("Content-Type"), b"") is not Kind.OTHER
        return decode_body((), self.block, is_page=is_page)

    @lazy
    def payload_digest(self) -> str:
        """The payload's sha1, computed. What the record says may be over other bytes."""
        return sha1_digest(self.payload)


def header_text(data: bytes) -> str:
    """Return the bytes of a header as text: UTF-8, or Latin-1 in the lines that are not that."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        if b"\n" in data:
            return "\n".join(header_text(line) for line in data.split(b"\n"))
        return data.decode("latin-1")


# -- digests ---------------------------------------------------------------------------------


def sha1_digest(data: bytes) -> str:
    """A payload digest as WARC and CDX files write it."""
    return f"sha1:{base32(hashlib.sha1(data, usedforsecurity=False))}"


def base32(digest: Any) -> str:
    """A hashlib digest as WARC fields write it."""
    return base64.b32encode(digest.digest()).decode()


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
    label, _, value = digest.rpartition(":")
    # Without a label its length says what it is.
    for algorithm in (_algorithm(label),) if label else ("sha1", "sha256", "md5", "sha512"):
        raw = _decoded(value.strip(), _SIZES[algorithm]) if algorithm in _SIZES else None
        if raw is not None:
            return algorithm, raw
    return None


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
    elif not _is_digest_of(expected, _without_own_end(record)):
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
    elif not _is_digest_of(expected, _payloads(record, ours)):
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
    for block in _without_own_end(record):
        yield block[head.end() if head is not None else 0 :]


def _without_own_end(record: Record) -> Iterator[bytes]:
    """Yield the block, and what it is if its length counts the record's own line ends."""
    yield record.block
    for end in (b"\r\n", b"\r\n\r\n") if len(record.tail) < len(_TAIL) else ():
        if record.block.endswith(end):
            yield record.block[: -len(end)]


def _base32_number(digits: str) -> int:
    """Return base32 digits as a number, in a tenth of the time of encoding; -1 if one is none."""
    try:
        return int(digits.encode().translate(_DIGITS), 32)
    except ValueError:
        return -1


def _algorithm(label: str) -> str:
    return label.strip().lower().removeprefix("urn:").replace("-", "")


def _is_digest_of(digest: tuple[str, bytes], candidates: Iterator[bytes]) -> bool:
    algorithm, raw = digest
    return any(
        hashlib.new(algorithm, data, usedforsecurity=False).digest() == raw for data in candidates
    )


def _unknown(digest: str, kind: FindingKind) -> Wrong:
    label, _, value = digest.rpartition(":")
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


# -- what an exchange with a web archive is for ------------------------------------------------


class AccessMethod(StrEnum):
    """How a listed capture is had: by replaying its address, or as a range of a WARC file; an
    answer may also list none, but other parts of the index."""

    REPLAY = "replay"
    RANGE = "range"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ArchiveIndex:
    """An index that was asked: the archive's name, and where what it lists can be had.

    ``prefix`` is an address: of replay, or of the folder that file names are relative to.
    """

    archive: str
    method: AccessMethod
    prefix: str


@dataclass(frozen=True, slots=True)
class CapturePurpose:
    """What an exchange with an archive is for; no field is set for all other exchanges.

    ``wanted`` is the original's address, ``refused`` why the archive's answer is no capture
    of it, ``digest`` what the index lists for its payload. ``index`` is set where the answer
    is an index's, ``doubt`` is why that cannot be all that the archive has.
    """

    wanted: str = ""
    refused: str = ""
    digest: str = ""
    index: ArchiveIndex | None = None
    doubt: str = ""

    def fields(self) -> tuple[tuple[str, str], ...]:
        """As WARC header fields."""
        index = ""
        if self.index:
            name = self.index.archive.replace(" ", "_")
            index = f"{self.index.method} {name} {self.index.prefix}"
        values = (
            (_WANTED, self.wanted), (_REFUSED, self.refused), (_DIGEST, self.digest),
            (_INDEX, index), (_DOUBT, self.doubt),
        )  # fmt: skip
        return tuple((name, " ".join(value.split())) for name, value in values if value)


NO_PURPOSE = CapturePurpose()


def purpose_of(record: Record) -> CapturePurpose:
    """Return what a WARC record says that its exchange was for."""
    wanted, refused, digest, line = map(record.get, (_WANTED, _REFUSED, _DIGEST, _INDEX))
    if not (wanted or refused or digest or line):
        return NO_PURPOSE
    method, _, rest = line.partition(" ")
    archive, _, prefix = rest.partition(" ")
    index = None
    if method in set(AccessMethod) and archive and prefix:
        index = ArchiveIndex(archive, AccessMethod(method), prefix)
    return CapturePurpose(wanted, refused, digest, index, record.get(_DOUBT))
