"""A record of a web archive as a value: WARC's own, or what one of ARC comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from pipelines.files.timestamps import parse_stamp
from pipelines.warc.exchange import sha1_digest
from pipelines.warc.http import HttpMessage, parse_response

_TAIL = b"\r\n\r\n"


@dataclass(frozen=True)
class Record:
    """One record.

    ``record_id`` is without angle brackets. ``head`` and ``block`` are its bytes.
    ``offset`` and ``length`` (bytes in the file) name its gzip member, or its place in a
    plain file; ``addressable`` is False where it shares a member with others, so that
    ``read_at`` could not find it. ``tail`` is what ended it: fewer than two line ends where
    the file ends early. ``suspect`` says why its bytes may be damaged though it looks whole: it
    shares a compressed member whose checksum does not hold; "" for all others.
    """

    headers: tuple[tuple[str, str], ...]
    head: bytes
    block: bytes
    offset: int
    length: int
    addressable: bool
    tail: bytes = _TAIL
    suspect: str = ""

    def get(self, name: str, default: str = "") -> str:
        """The first value of a WARC header field, by any case of its name."""
        return self._first_values.get(name.lower(), default)

    @cached_property
    def _first_values(self) -> dict[str, str]:
        return {name.lower(): value for name, value in reversed(self.headers)}

    @cached_property
    def record_type(self) -> str:
        """response, request, resource, conversion, revisit, metadata, warcinfo ..."""
        return self.get("WARC-Type").lower()

    @cached_property
    def record_id(self) -> str:
        """WARC-Record-ID."""
        return self.get("WARC-Record-ID").strip("<>")

    @cached_property
    def url(self) -> str:
        """WARC-Target-URI; an old wget put angle brackets around it."""
        return self.get("WARC-Target-URI").strip("<>")

    @cached_property
    def date(self) -> datetime | None:
        """WARC-Date, aware; None where it is missing or is no date."""
        return parse_stamp(self.get("WARC-Date"))

    @cached_property
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
        """The payload with content encodings undone.

        :raises UndecodableBody: see :meth:`HttpMessage.content`
        """
        return self.http.content() if self.http else self.block

    @cached_property
    def payload_digest(self) -> str:
        """The payload's sha1, computed. What the record says may be over other bytes."""
        return sha1_digest(self.payload)


def header_fields(head: bytes) -> tuple[tuple[str, str], ...]:
    """The named fields of a WARC header, its version line and the empty line included in it."""
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    fields: list[tuple[str, str]] = []
    for line in text.split("\n")[1:]:
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}")
        elif colon:
            fields.append((name.strip(), value.strip()))
    return tuple(fields)
