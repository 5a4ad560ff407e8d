"""HTTP/1 responses as they went over the wire: head, framing and content encoding.

One implementation serves the wire, the rebuild and every import, so that a page read
while it is crawled and the same page read again from its WARC record are the same bytes.
Heads are read as leniently as browsers do; what is odd about one is said by
:attr:`HttpMessage.odd`. ``python -m tests.http_heads`` compares that with chromium.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, overload

from parsers.links import head_target
from parsers.page.media_type import Kind, kind_of
from pipelines.warc.content_encoding import DecodedBody, decode_body
from pipelines.warc.framing import (
    EMPTY_LINE,
    Framing,
    codings_of,
    dechunk,
    framing_of,
    is_chunks,
)

T = TypeVar("T")
#: What a status line begins with. Line ends and some other bytes may stand before it: four, as in
#: chromium, or eight. ICY is that of streaming servers, and "HTTPS" has been seen.
_START = re.compile(
    rb"(?:[\r\n\t ]*+(?=HTTP|ICY )|.{0,4}?(?=HTTP)|.{0,8}?(?=HTTP/[0-9]))",
    re.IGNORECASE | re.DOTALL,
)
#: A status line without a number counts as 200.
_STATUS = re.compile(
    rb"(?:HTTP|ICY)([^ \t\r\n]*)(?:[ \t]+([0-9]{1,9}))?[ \t]*([^\r\n]*)", re.IGNORECASE
)
_VERSION = re.compile(rb"\A[^\n]*?HTTPS?/([0-9])\.([0-9])(?![0-9.])", re.IGNORECASE)
#: An interim response ends at its empty line, or where another response begins without one.
_INTERIM_END = re.compile(rb"\n(?:\r*\n|(?=HTTP/[0-9]))", re.IGNORECASE)
#: Of a longer head (bytes), the fields behind are not read. No server sends a tenth of it.
MOST_FIELD_BYTES = 1 << 20
_LONGEST_START = 14
_WHOLE_RANGE = re.compile(r"bytes[ =]\s*0\s*-\s*(\d{1,15})\s*/\s*(\d{1,15})", re.I | re.A)
_BLANK_BEGINS = ("\n ", "\n\t", "\r\n ", "\r\n\t")
_FOLDED_STATUS = re.compile(r"\A(?:\r?\n[ \t][^\n]*)+")
#: What may stand around names and values. No others: bytes of a name in UTF-8 look like blanks.
_BLANKS = " \t\r"
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REGULAR = re.compile(
    rb"HTTP/1\.[01] [0-9]{3} [^\0-\x08\n-\x1f\x7f]*\r\n"
    rb"(?:" + _TOKEN + rb":[^\0-\x08\n-\x1f\x7f]*\r\n)*+\r\n"
)
#: What is odd about a head, and the sign of it.
_ODDITIES = {
    "bytes before the status line": re.compile(rb"\A(?!HTTP|ICY)", re.IGNORECASE),
    "an odd status line": re.compile(
        rb"\A(?![\s\S]{0,8}?HTTP/[0-9]\.[0-9] [1-9][0-9]{2}(?: |\r?\n))"
    ),
    "a folded line": re.compile(rb"\n[ \t]"),
    "a line without a colon": re.compile(rb"\n(?![ \t])[^:\r\n]+\r*(?=\n|\Z)"),
    "no field name": re.compile(rb"\n[ \t]*:"),
    "blanks in a field name": re.compile(rb"\n[^ \t:\r\n]+[ \t][^:\r\n]*:"),
    "a control character": re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]"),
    "line ends without CR": re.compile(rb"(?<!\r)\n"),
    "CR without LF": re.compile(rb"\r(?!\n)"),
}


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

    ``head`` are the bytes of the head with the empty line that ends it, and what stood before
    the status line. ``complete_head`` is False where that empty line never came.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    complete_head: bool = True
    head: bytes = b""

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header, by any case of its name."""
        return self._first_values.get(name.lower(), default)

    @lazy
    def _first_values(self) -> dict[str, str]:
        return first_values(self.headers)

    @property
    def version(self) -> str:
        """The version that the status line says, such as "1.1"; "" if it says none."""
        version = _VERSION.search(self.head)
        return b".".join(version.groups()).decode() if version else ""

    @lazy
    def outcome(self) -> int:
        """The status; 200 of a part (206) that is all there is, asked for or not: its range is
        from the first byte to the last (RFC 9110, 14.4), and as many bytes are here."""
        if self.status != 206:
            return self.status
        field = self.get("content-range") or self.get("x-archive-orig-content-range")
        span = _WHOLE_RANGE.fullmatch(field.strip())
        whole = span is not None and int(span[1]) + 1 == int(span[2]) == len(self.payload)
        return 200 if whole else 206

    @property
    def is_interim(self) -> bool:
        """Whether another response follows this one (1xx)."""
        return 100 <= self.status < 200

    @lazy
    def framing(self) -> Framing:
        """How the end of the body is known."""
        return framing_of(self.status, self.headers)

    @property
    def odd(self) -> tuple[str, ...]:
        """What is not as RFC 9112 has it, in words; () of nearly every response."""
        odd: tuple[str, ...] = ()
        if _REGULAR.fullmatch(self.head) is None:
            odd = tuple(what for what, sign in _ODDITIES.items() if sign.search(self.head.rstrip()))
        if 300 <= self.status < 400:
            targets = {value for name, value in self.headers if name.lower() == "location"}
            odd += ("different Locations",) * (len(targets) > 1)
        return odd + self.framing.odd

    @lazy
    def leads_to(self) -> str:
        """Where the head leads, as a reference; "" to nowhere else. Of several Locations it is the
        first: browsers refuse different ones."""
        return head_target(self.status, self.get("location"), self.get("refresh"))

    @lazy
    def is_chunked(self) -> bool:
        """Whether the body is chunk-framed: said so, and true (many archives de-chunk)."""
        said = self.get("transfer-encoding") and "chunked" in self._transfer_codings
        return bool(said) and is_chunks(self.body)

    @property
    def _transfer_codings(self) -> list[str]:
        return codings_of(self.headers, "transfer-encoding")

    @lazy
    def payload(self) -> bytes:
        """The body without chunk framing, its content encoding still on."""
        return dechunk(self.body) if self.is_chunked else self.body

    @property
    def content_type(self) -> str:
        """Content-Type as sent, of several headers their values, with commas between; or ""."""
        return ", ".join(self._values("content-type"))

    def decoded(self) -> DecodedBody:
        """The payload with its content encodings undone, and what was odd about them.

        :raises UndecodableBody: if nothing of it can be read, or it is too large
        """
        codings = codings_of(self.headers, "content-encoding") or self._coded_at_capture()
        codings += [name for name in self._transfer_codings if name in ("gzip", "x-gzip")]
        is_page = kind_of(self.content_type, b"") is not Kind.OTHER
        return decode_body(codings, self.payload, is_page=is_page)

    def _values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]

    def _coded_at_capture(self) -> list[str]:
        """The codings of a memento whose archive may hand the body on coded and names none.

        The Wayback Machine calls the original's fields ``X-Archive-Orig-...``.
        """
        if not self.get("memento-datetime"):
            return []
        return self.get("x-archive-orig-content-encoding").split(",")


def parse_response(block: bytes) -> HttpMessage | None:
    """The response in a WARC block or off a socket; None if it is not HTTP/1.

    Interim (1xx) responses in front of the final one are passed over.
    """
    message, end = read_head(block, with_body=True), 0
    while message and message.is_interim:
        end += len(message.head)
        following = read_head(block, end, with_body=True)
        if following is None:
            break
        message = following
    return message


def read_head(
    data: bytes | bytearray, at: int = 0, *, with_body: bool = False
) -> HttpMessage | None:
    """The response that begins at a place, without its body or with it; None if none does.

    Lines end with LF, CRLF or, among others that do, CR. NUL counts as a blank (RFC 9110, 5.5).
    """
    start = _START.match(data, at)
    line = _STATUS.match(data, start.end()) if start else None
    if line is None:
        return None
    status = int(line[2]) if line[2] else 200
    end = (_INTERIM_END if 100 <= status < 200 else EMPTY_LINE).search(data, line.end())
    head_end = end.end() if end else len(data)
    fields_end = end.start() if end else head_end
    if fields_end - line.end() > MOST_FIELD_BYTES:
        fields_end = data.rfind(b"\n", line.end(), line.end() + MOST_FIELD_BYTES)
    text = data[line.end() : max(fields_end, line.end())].decode("latin-1")
    if "\0" in text:
        text = text.replace("\0", " ")
    if text.count("\r") != text.count("\r\n"):
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith(_BLANK_BEGINS):
        text = _FOLDED_STATUS.sub("", text)
    return HttpMessage(
        status=status,
        reason=line[3].decode("latin-1").strip(),
        headers=header_fields(text),
        body=bytes(data[head_end:]) if with_body else b"",
        complete_head=end is not None,
        head=bytes(data[at:head_end]),
    )


def may_begin(data: bytes | bytearray, at: int) -> bool:
    """Whether a response begins at a place, or may when more bytes have come."""
    return len(data) - at < _LONGEST_START or data[at:].isspace() or bool(_START.match(data, at))


def header_fields(text: str) -> tuple[tuple[str, str], ...]:
    """Return the named fields of a header, of HTTP or of a WARC record, in order.

    A line that begins with a space goes on with the field before it; a line without a colon
    is no field.

    :param text: its lines, without the line that says what is sent
    """
    parts = [line.partition(":") for line in text.split("\n")]
    if "\n " not in text and "\n\t" not in text:
        return tuple(
            [(name.strip(_BLANKS), value.strip(_BLANKS)) for name, colon, value in parts if colon]
        )
    fields: list[tuple[str, list[str]]] = []
    for name, colon, value in parts:
        if name.startswith((" ", "\t")) and fields:
            fields[-1][1].append((name + colon + value).strip(_BLANKS))
        elif colon:
            fields.append((name.strip(_BLANKS), [value.strip(_BLANKS)]))
    return tuple((name, " ".join(filter(None, lines))) for name, lines in fields)


def first_values(fields: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the first value of each field, by its name in lower case."""
    return {name.lower(): value for name, value in reversed(fields)}
