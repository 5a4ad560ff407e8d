"""HTTP/1 responses as they went over the wire: head, framing and content encoding.

One implementation serves the crawl, the rebuild and every import, so that a page read
while it is crawled and the same page read again from its WARC record are the same bytes.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, overload

from parsers.links import head_target
from pipelines.warc.content_encoding import UndecodableBody, decode_coding

T = TypeVar("T")
_STATUS = re.compile(rb"HTTP/\d+(?:\.\d+)?[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?")
#: The line that begins a chunk; its group is the size, in hexadecimal digits.
CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class lazy(Generic[T]):  # it is used as a decorator
    """``functools.cached_property`` without a lock, as Python 3.12 has it.

    The lock is most of its time, and records have many such properties.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> T | Self:
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._compute(instance)
        return value


@dataclass(frozen=True)
class HttpMessage:
    """A response: ``body`` is what followed the head, framing included.

    ``complete_head`` is False where the empty line that ends the head never came.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    complete_head: bool = True

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header, by any case of its name."""
        return self._first_values.get(name.lower(), default)

    @lazy
    def _first_values(self) -> dict[str, str]:
        return first_values(self.headers)

    @lazy
    def leads_to(self) -> str:
        """Where the head sends a browser, as a reference; "" to nowhere else."""
        return head_target(self.status, self.get("location"), self.get("refresh"))

    @lazy
    def is_chunked(self) -> bool:
        """Whether the body is chunk-framed: said so, and true (many archives de-chunk)."""
        coding = self.get("transfer-encoding").lower().rpartition(",")[2].strip()
        return coding == "chunked" and CHUNK_SIZE.match(self.body) is not None

    @lazy
    def payload(self) -> bytes:
        """The body without chunk framing, its content encoding still on."""
        return dechunk(self.body) if self.is_chunked else self.body

    def content(self) -> bytes:
        """The payload with its content encodings undone.

        :raises UndecodableBody: if it is not what Content-Encoding says, or too large
        """
        coded = [value for key, value in self.headers if key.lower() == "content-encoding"]
        if not coded and self.get("memento-datetime"):
            with suppress(UndecodableBody):  # most archives hand it on decoded
                return self._undo(self._coded_at_capture())
        return self._undo(coded)

    def _undo(self, coded: list[str]) -> bytes:
        body = self.payload
        for coding in reversed([name for value in coded for name in value.split(",")]):
            try:
                body = decode_coding(coding.strip().lower(), body)
            except (zlib.error, OSError, EOFError, ValueError) as error:
                raise UndecodableBody(f"{coding.strip()}: {error}") from error
        return body

    def _coded_at_capture(self) -> list[str]:
        """The codings of a memento whose archive hands the body on coded and names none.

        The Wayback Machine calls the original's fields ``X-Archive-Orig-...``.
        """
        coding = self.get("x-archive-orig-content-encoding")
        is_text = self.get("content-type").lower().startswith("text/")
        return [coding or ("gzip" if is_text and self.payload.startswith(b"\x1f\x8b") else "")]


def parse_response(block: bytes) -> HttpMessage | None:
    """The response in a WARC block or off a socket; None if it is not HTTP/1.

    Interim (1xx) responses in front of the final one are passed over.
    """
    start = 0
    while True:
        line = _STATUS.match(block, start)
        if line is None:
            return None
        end = _HEAD_END.search(block, start)
        status = int(line[1])
        if end is None or not (100 <= status < 200 and _STATUS.match(block, end.end())):
            break
        start = end.end()
    head = block[line.end() : end.start() if end else len(block)]
    return HttpMessage(
        status=status,
        reason=(line[2] or b"").decode("latin-1").strip(),
        headers=header_fields(head.decode("latin-1")),
        body=block[end.end() :] if end else b"",
        complete_head=end is not None,
    )


def header_fields(text: str) -> tuple[tuple[str, str], ...]:
    """Return the named fields of a header, of HTTP or of a WARC record, in order.

    A line that begins with a space goes on with the field before it; a line without a colon
    is no field.

    :param text: its lines, without the line that says what is sent
    """
    parts = [line.partition(":") for line in text.split("\n")]
    if "\n " not in text and "\n\t" not in text:
        return tuple([(name.strip(), value.strip()) for name, colon, value in parts if colon])
    fields: list[tuple[str, str]] = []
    for name, colon, value in parts:
        if name.startswith((" ", "\t")) and fields:
            first, begun = fields[-1]
            fields[-1] = (first, f"{begun} {(name + colon + value).strip()}".strip())
        elif colon:
            fields.append((name.strip(), value.strip()))
    return tuple(fields)


def first_values(fields: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the first value of each field, by its name in lower case."""
    return {name.lower(): value for name, value in reversed(fields)}


def dechunk(body: bytes) -> bytes:
    """Undo chunked framing; trailers are left out. A body that was cut gives what came."""
    parts: list[bytes] = []
    at = 0
    while (size := CHUNK_SIZE.match(body, at)) is not None:
        length = int(size[1], 16)
        if length == 0:
            break
        parts.append(body[size.end() : size.end() + length])
        at = size.end() + length
        if body.startswith(b"\r\n", at):
            at += 2
        elif body.startswith(b"\n", at):
            at += 1
    return parts[0] if len(parts) == 1 else b"".join(parts)
