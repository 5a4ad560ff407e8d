"""A record of a web archive as a value: WARC's own, or what one of ARC comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pipelines.files.timestamps import parse_stamp
from pipelines.warc.exchange import sha1_digest
from pipelines.warc.http import HttpMessage, first_values, parse_response
from pipelines.warc.lazy import lazy

_TAIL = b"\r\n\r\n"


@dataclass(frozen=True)
class Record:
    """One record.

    ``head`` and ``block`` are its bytes, ``headers`` its named fields. ``offset`` and
    ``length`` (bytes in the file) name its gzip member, or its place in a plain file;
    ``addressable`` is False where it shares a member with others, so that ``read_at`` could
    not find it. ``tail`` is what ended it: fewer than two line ends where the file ends early.
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
            record_id=values.get("warc-record-id", "").strip("<>"),
            url=values.get("warc-target-uri", "").strip("<>"),
            _values=values,
        )

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a WARC header field, by any case of its name."""
        return self._values.get(name.lower(), default)

    @lazy
    def date(self) -> datetime | None:
        """WARC-Date, aware; None where it is missing or is no date."""
        return parse_stamp(self.get("WARC-Date"))

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

        :raises UndecodableBody: see :meth:`HttpMessage.content`
        """
        return self.http.content() if self.http else self.block

    @lazy
    def payload_digest(self) -> str:
        """The payload's sha1, computed. What the record says may be over other bytes."""
        return sha1_digest(self.payload)


def header_text(data: bytes) -> str:
    """Return the bytes of a header as text: UTF-8, or Latin-1 where they are not that."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
