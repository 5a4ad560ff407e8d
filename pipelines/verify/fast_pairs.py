"""A short way through `verify` for what nearly all of our files consist of.

A response, or a revisit, with its request behind it, as :class:`pipelines.warc.writer.WarcWriter`
lays them out: three quarters of the time that the careful checks take for such a pair goes
into questions whose answers that layout already gives (which fields there are, whether one
stands twice, of which bytes a digest is). Here one regular expression holds the header to
the layout, and the rest is inflating and hashing.

This lane can only say that a pair is sound, and what it is. It never says that one is not:
whatever differs in a single byte from what is expected here is None, and goes through the
careful checks, which alone make findings.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import NamedTuple

from pipelines.warc.digests import base32_number

_END = b"\r\n\r\n"
_TEXT = rb"[!-~](?:[ -~]*[!-~])?"
_BEGIN = rb"WARC/1\.1\r\nWARC-Type: %b\r\nWARC-Record-ID: <(urn:uuid:[0-9a-f-]{36})>\r\n"
_URL = rb"https?://[!-;=?-~]+"
_DATE = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
#: What a request must share with its response, to the byte.
_SHARED = (
    rb"(WARC-Target-URI: (" + _URL + rb")\r\nWARC-Date: (" + _DATE + rb")\r\n"
    rb"(?:WARC-IP-Address: [!-~]+\r\n)?)"
)
_REFERS = (
    rb"WARC-Profile: [!-~]+\r\nWARC-Refers-To: <(urn:uuid:[0-9a-f-]{36})>\r\n"
    rb"WARC-Refers-To-Target-URI: (" + _URL + rb")\r\nWARC-Refers-To-Date: (" + _DATE + rb")\r\n"
)
_PAYLOAD = rb"WARC-Payload-Digest: (sha1:[A-Z2-7]{32})\r\n"
#: Each at most once, but for the protocol: HTTP's and that of TLS.
_EXTRA = b"".join(
    rb"(?:%b: %b\r\n)?" % (name, _TEXT)
    for name in (
        b"WARC-Protocol",
        b"WARC-Protocol",
        b"WARC-Cipher-Suite",
        b"Housecall-TLS-Peer",
        b"Housecall-Interim",
    )
)
_FINISH = (
    rb"WARC-Warcinfo-ID: <([!-;=?-~]+)>\r\nWARC-Block-Digest: (sha256:[A-Z2-7]{52}====)\r\n"
    rb"Content-Type: application/http; msgtype=%b\r\nContent-Length: (0|[1-9]\d{0,17})\r\n\r\n"
)
_ANSWER = re.compile(
    _BEGIN % b"(?:response|revisit)"
    + _SHARED
    + rb"(?:%b)?" % _REFERS
    + _PAYLOAD
    + _EXTRA
    + _FINISH % b"response"
)
_REQUEST = re.compile(
    _BEGIN % b"request"
    + rb"(WARC-Target-URI: [!-~]+\r\nWARC-Date: [!-~]+\r\n(?:WARC-IP-Address: [!-~]+\r\n)?)"
    + rb"WARC-Concurrent-To: <([!-;=?-~]+)>\r\n"
    + rb"(?:Housecall-Redacted: %b\r\n)?" % _TEXT
    + _FINISH % b"request"
)
_REVISIT = b"WARC/1.1\r\nWARC-Type: revisit\r\n"
#: The head of a final HTTP response of which no reader could make anything else: no folded
#: lines, no lone line ends, no space before a colon, nothing but ASCII.
_HTTP = re.compile(
    rb"HTTP/1\.[01] ([2-9]\d\d)(?: [ -~]*)?((?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*)*)\r\n\r\n"
)
_FIELDS = re.compile(
    rb"\n(content-type|etag|last-modified|content-length|transfer-encoding):[ \t]*([^\r]*)", re.I
)
_BODILESS = (b"204", b"304")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,15})\r\n")


class Refers(NamedTuple):
    """What a revisit says of its original. ``date`` as it is written."""

    record_id: str
    url: str
    date: str


class Answer(NamedTuple):
    """A response or revisit that is sound by itself.

    ``offset`` and ``length`` (bytes in the file) are its gzip member, ``size`` is
    uncompressed. ``date``, the digests and the HTTP fields are as written; ``shared`` are the
    header lines that its request must repeat, ``info`` is the warcinfo record that it names.
    """

    record_id: str
    url: str
    date: str
    shared: bytes
    info: str
    block_digest: str
    payload_digest: str
    refers: Refers | None
    status: int
    content_type: str
    etag: str
    last_modified: str
    offset: int
    length: int
    size: int


class Pair(NamedTuple):
    """An answer and the request that follows it. ``end`` is the offset behind both."""

    answer: Answer
    request_id: str
    size: int
    end: int


def sound_answer(data: bytes, offset: int, length: int) -> Answer | None:
    """A response or revisit of ours with nothing wrong in it; None if that is not certain.

    :param data: the content of a gzip member
    :param offset: the member's, in the file
    :param length: the member's, in the file
    """
    head = _ANSWER.match(data)
    http = _HTTP.match(data, head.end()) if head is not None else None
    if head is None or http is None:
        return None
    record_id, shared, url, date, refers, refers_url, refers_date, payload, info, block, size = (
        head.groups()
    )
    if not _is_date(date) or not _is_whole(data, head.end(), size, block):
        return None
    found = _FIELDS.findall(http[2])
    fields = {name.lower(): value for name, value in found}
    if len(fields) != len(found):  # which one counts is a question for the careful checks
        return None
    if data.startswith(_REVISIT) != (refers is not None):
        return None
    if refers is None and not _is_whole_body(data, http.end(), http[1], fields, payload):
        return None
    return Answer(
        record_id.decode(),
        url.decode(),
        date.decode(),
        shared,
        info.decode(),
        block.decode(),
        payload.decode(),
        None
        if refers is None
        else Refers(refers.decode(), refers_url.decode(), refers_date.decode()),
        int(http[1]),
        fields.get(b"content-type", b"").decode().strip(),
        fields.get(b"etag", b"").decode().strip(),
        fields.get(b"last-modified", b"").decode().strip(),
        offset,
        length,
        len(data),
    )


def sound_pair(answer: Answer, data: bytes, offset: int, length: int) -> Pair | None:
    """An answer with the request in the next member; None if it is not certainly that.

    :param data: the content of the member; its offset and length follow
    """
    head = _REQUEST.match(data)
    if head is None:
        return None
    record_id, shared, concurrent, info, block, size = head.groups()
    if shared != answer.shared or concurrent.decode() != answer.record_id:
        return None
    if info.decode() != answer.info or not _is_whole(data, head.end(), size, block):
        return None
    return Pair(answer, record_id.decode(), answer.size + len(data), offset + length)


def _is_date(text: bytes) -> bool:
    """Whether digits in the places of a date are one: month 13 is not."""
    try:
        datetime.fromisoformat(text.decode())
    except ValueError:
        return False
    return True


def _is_whole(data: bytes, start: int, size: bytes, digest: bytes) -> bool:
    """Whether a block has its length and its digest, and nothing but its end behind it."""
    end = start + int(size)
    if end + len(_END) != len(data) or not data.endswith(_END):
        return False
    made = hashlib.sha256(memoryview(data)[start:end]).digest()
    # 52 digits of 5 bits, the last 4 of them not used.
    return base32_number(digest[7:59]) == int.from_bytes(made, "big") << 4


def _is_whole_body(
    data: bytes, start: int, status: bytes, fields: dict[bytes, bytes], digest: bytes
) -> bool:
    """Whether the body of a response is framed to its end, and has the payload's digest."""
    end = len(data) - len(_END)
    coding, length = fields.get(b"transfer-encoding"), fields.get(b"content-length")
    if coding is not None:
        made = _chunked_digest(data, start, end) if coding.strip().lower() == b"chunked" else None
    elif length is None or status in _BODILESS or length.strip() == b"%d" % (end - start):
        made = hashlib.sha1(memoryview(data)[start:end], usedforsecurity=False).digest()
    else:
        made = None
    return made is not None and base32_number(digest[5:]) == int.from_bytes(made, "big")


def _chunked_digest(data: bytes, start: int, end: int) -> bytes | None:
    """The sha1 of a body without its chunk framing; None if that is not of the plainest kind."""
    view = memoryview(data)
    payload = hashlib.sha1(usedforsecurity=False)
    while (size := _CHUNK.match(data, start, end)) is not None:
        begin = size.end()
        start = begin + int(size[1], 16)
        if data[start : start + 2] != b"\r\n" or start + 2 > end:
            return None
        payload.update(view[begin:start])
        start += 2
        if start == begin + 2:  # the last chunk, which is empty, and no trailers
            return payload.digest() if start == end else None
    return None
