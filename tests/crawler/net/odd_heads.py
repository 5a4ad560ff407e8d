"""640 odd HTTP responses, by kind: what servers, proxies and their authors get wrong.

Each is a template of bytes. ``{body}`` stands for a question page, ``{n}`` for its length
(``{n+5}``, ``{n-60}`` are wrong ones, ``{x}`` is hexadecimal), ``{half}`` for half of it,
``{chunks}`` for it in chunks without the last one, ``{gz}`` for its chunks after gzip. Half of the
kinds are from RFC 9112, the others follow reports of users of browsers, wget, curl, Heritrix, Browsertrix and proxies.
"""

# ruff: noqa: E501 -- a table reads better in long lines
from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

#: The number of the first question page.
FIRST = 940_001
COUNT = 640

_STATUS = "HTTP/1.1 200 OK\r\n"
_TYPE = "Content-Type: text/html\r\n"
_LENGTH = "Content-Length: {n}\r\n"
_HEAD = _STATUS + _TYPE
_PLAIN = _HEAD + _LENGTH + "\r\n{body}"
_CHUNKED = _HEAD + "Transfer-Encoding: chunked\r\n"
_BITS = (
    b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b":", b",", b"0", b"\xff", b"HTTP/1.1 ", b"\r\n ", b";",
)  # fmt: skip
_PLACE = re.compile(rb"\{(body|half|chunks|gz|[nx])([+-]\d+)?\}")


@dataclass(frozen=True, slots=True)
class OddResponse:
    """A response to the request for the page of question ``number``, exactly as it is sent."""

    number: int
    kind: str
    what: str
    sent: bytes

    @property
    def path(self) -> str:
        """Where it is served."""
        return f"/question.cfm/{self.number}.htm"


def begins(number: int) -> str:
    """What the page of a question begins with."""
    return f"Does response {number} come through?"


def ends(number: int) -> str:
    """What it ends with."""
    return f"The last word of response {number}."


def page(number: int) -> bytes:
    """The page of a question."""
    filler = "".join(f"<p>Paragraph {n} keeps the two apart.</p>\n" for n in range(6))
    return (
        f"<html><head><title>Response {number}</title></head><body>\n<h1>Response {number}</h1>\n"
        f"<h2>Question:</h2><p>{begins(number)}</p>\n<h2>Answer:</h2>\n{filler}"
        f"<p>{ends(number)}</p>\n</body></html>\n"
    ).encode()


def chunks(data: bytes, form: bytes = b"%x\r\n%b\r\n", size: int = 100) -> bytes:
    """Data in chunks, without the last one."""
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(form % (len(piece), piece) for piece in pieces)


@lru_cache(maxsize=1)
def odd_responses() -> tuple[OddResponse, ...]:
    """The responses."""
    templates = [*_by_hand()]
    templates += _chunks_at_random(40)
    templates += _at_random(COUNT - len(templates))
    return tuple(
        OddResponse(number, kind, what, _filled(template, number))
        for number, (kind, what, template) in enumerate(templates, FIRST)
    )


def _filled(template: bytes, number: int) -> bytes:
    body = page(number)

    def value(match: re.Match[bytes]) -> bytes:
        length = len(body) + int(match[2] or 0)
        return {
            b"body": body, b"half": body[:300], b"chunks": chunks(body), b"gz": chunks(gzip.compress(body, mtime=0)),
            b"n": b"%d" % length, b"x": b"%x" % length,
        }[match[1]]  # fmt: skip

    return _PLACE.sub(value, template)


_LENGTHS = [
    "Content-Length: {n}\r\nContent-Length: {n}", "Content-Length: {n}\r\nCONTENT-LENGTH: {n}",
    "Content-Length: {n}\r\nX-Between: 1\r\nContent-Length: {n}\r\nContent-Length: {n}",
    "Content-Length: {n}, {n}", "Content-Length: {n},{n},{n}", "Content-Length: {n} , {n}",
    "Content-Length: 0{n}", "Content-Length: {n}\r\nContent-Length: 00{n}",
    "Content-Length:{n}", "Content-Length:   {n}   ", "Content-Length:\t{n}\t",
    "Content-Length: +{n}", "Content-Length: -{n}", "Content-Length: -1", "Content-Length: ",
    "Content-Length:", "Content-Length: none", "Content-Length: {n} bytes", "Content-Length: {n};",
    "Content-Length: {n};q=1", 'Content-Length: "{n}"', "Content-Length: {n}.0",
    "Content-Length: 0x{x}", "Content-Length: {x}h", "Content-Length: 1_000",
    "Content-Length: 9223372036854775807", "Content-Length: 9223372036854775808",
    "Content-Length: 99999999999999999999999", "Content-Length: \xb2\xb3", "Content-Length: NaN",
    "Content-Length: {n},", "Content-Length: ,{n}", "Content-Length: {n}, ",
    "Content-Length: \r\nContent-Length: {n}", "Content-Length: {n}\r\nContent-Length: ",
    "Content-Length: abc\r\nContent-Length: {n}", "Content-Length: {n} {n}",
    "Content-Length: {n}\r\nContent-Length: +{n}", "Content-Length: {n}\x00",
    "Content-Length: 1{n}\x08", "Content-Length : {n}", "Content-Length\t: {n}",
    "content-length: {n}", "Content-length: {n}", "Content_Length: {n}", "Content-Length={n}",
]  # fmt: skip

_DIFFERENT = [
    "Content-Length: {n}\r\nContent-Length: {n+9}",
    "Content-Length: {n+9}\r\nContent-Length: {n}",
    "Content-Length: {n}, {n+9}",
    "Content-Length: {n}, {n-60}",
    "Content-Length: 0, {n}",
    "Content-Length: {n}\r\nContent-Length: 0",
    "Content-Length: 0\r\nContent-Length: {n}",
    "Content-Length: {n}\r\nContent-Length: {n}\r\nContent-Length: 5",
]

_BODIES = [
    ("a length of 5 too many", "{n+5}", "{body}"), ("of 5000 too many", "{n+5000}", "{body}"),
    ("of 1 too many", "{n+1}", "{body}"), ("of 2 too many", "{n+2}", "{body}"),
    ("of 2 too few", "{n-2}", "{body}"), ("of 20 too few", "{n-20}", "{body}"),
    ("of 60 too few", "{n-60}", "{body}"), ("of 0", "0", "{body}"), ("of 1", "1", "{body}"),
    ("a line end behind the body", "{n}", "{body}\r\n"), ("four", "{n}", "{body}\r\n\r\n\r\n\r\n"),
    ("garbage behind it", "{n}", "{body}GARBAGE"), ("a chunk's end behind it", "{n}", "{body}0\r\n\r\n"),
    ("another response behind it", "{n}", "{body}HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
    ("half of another behind it", "{n}", "{body}HTTP/1.1 200 O"),
    ("a line end before the body, counted", "{n+2}", "\r\n{body}"),
    ("a line end before the body, not counted", "{n}", "\r\n{body}"),
    ("a body that never comes", "{n}", ""),
]  # fmt: skip

_CODINGS = [
    "identity", "Identity", "", "none", "gzip", "compress", "binary", "8bit", "7bit",
    "identity, identity", "quoted-printable", "utf-8", "false", "close", "*",
]  # fmt: skip

_CHUNKED_CODINGS = [
    "Chunked", "CHUNKED", "chunked ", "\tchunked", "chunked,", ",chunked", "chunked, chunked",
    "identity, chunked", "chunked, identity", "chunked;q=0.5", '"chunked"', "xchunked",
    "chunkedx", "x-chunked", "chunked\x00", "trailers, chunked", "chunked,gzip",
    "chunked\r\nTransfer-Encoding: chunked", "identity\r\nTransfer-Encoding: chunked",
    "chunked\r\nTransfer-Encoding: identity", "\r\n chunked", "chunked\x0b",
]  # fmt: skip

_BOTH = [
    "Content-Length: {n}\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: {n}",
    "Transfer-Encoding: chunked\r\nContent-Length: 10",
    "Transfer-Encoding: chunked\r\nContent-Length: 0",
    "Transfer-Encoding: chunked\r\nContent-Length: 999999",
    "Transfer-Encoding: chunked\r\nContent-Length: junk",
    "Transfer-Encoding: chunked\r\nContent-Length: ",
    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\nContent-Length: 6",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked\r\nContent-Length: {n}",
    " Transfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nConnection: keep-alive",
]

_CHUNKS = [
    ("an extension", "{x};a=b\r\n{body}\r\n0\r\n\r\n"),
    ("a quoted one", '{x};a="b;c"\r\n{body}\r\n0\r\n\r\n'),
    ("one of the last chunk", "{x}\r\n{body}\r\n0;last=1\r\n\r\n"),
    ("an empty one", "{x};\r\n{body}\r\n0;\r\n\r\n"), ("a blank before it", "{x} ;a\r\n{body}\r\n0\r\n\r\n"),
    ("a long one", "{x};" + "a" * 3000 + "\r\n{body}\r\n0\r\n\r\n"),
    ("a very long one", "{x};" + "a" * 40_000 + "\r\n{body}\r\n0\r\n\r\n"),
    ("blanks behind a size", "{x}   \r\n{body}\r\n0\r\n\r\n"), ("a tab", "{x}\t\r\n{body}\r\n0\r\n\r\n"),
    ("a blank before a size", " {x}\r\n{body}\r\n0\r\n\r\n"), ("a tab", "\t{x}\r\n{body}\r\n0\r\n\r\n"),
    ("zeros before a size", "000000{x}\r\n{body}\r\n0\r\n\r\n"),
    ("forty zeros", "0" * 40 + "{x}\r\n{body}\r\n0\r\n\r\n"),
    ("0x", "0x{x}\r\n{body}\r\n0\r\n\r\n"), ("a plus", "+{x}\r\n{body}\r\n0\r\n\r\n"),
    ("a minus", "-{x}\r\n{body}\r\n0\r\n\r\n"), ("a decimal size", "{n}\r\n{body}\r\n0\r\n\r\n"),
    ("h behind it", "{x}h\r\n{body}\r\n0\r\n\r\n"), ("no size", "\r\n{body}\r\n0\r\n\r\n"),
    ("a huge size", "ffffffffffffffff\r\n{body}\r\n0\r\n\r\n"),
    ("an impossible size", "f" * 30 + "\r\n{body}\r\n0\r\n\r\n"),
    ("LF", "{x}\n{body}\n0\n\n"), ("LF after sizes", "{x}\n{body}\r\n0\n\r\n"),
    ("LF after data", "{x}\r\n{body}\n0\r\n\r\n"), ("CR alone", "{x}\r{body}\r0\r\r"),
    ("nothing after data", "{x}\r\n{body}0\r\n\r\n"), ("two line ends after data", "{x}\r\n{body}\r\n\r\n0\r\n\r\n"),
    ("junk after data", "{x}\r\n{body}JUNK\r\n0\r\n\r\n"),
    ("a size too small", "{x-9}\r\n{body}\r\n0\r\n\r\n"), ("a size too large", "{x+9}\r\n{body}\r\n0\r\n\r\n"),
    ("no last chunk", "{chunks}"), ("half a last chunk", "{chunks}0"), ("its line", "{chunks}0\r\n"),
    ("the last chunk with LF", "{chunks}0\n\n"), ("000", "{chunks}000\r\n\r\n"), ("0 with a blank", "{chunks}0 \r\n\r\n"),
    ("a trailer", "{chunks}0\r\nX-Sum: 1\r\n\r\n"), ("trailers", "{chunks}0\r\nX-A: 1\r\nX-B: 2\r\n\r\n"),
    ("a trailer with LF", "{chunks}0\r\nX-A: 1\n\n"), ("a trailer without a colon", "{chunks}0\r\njunk\r\n\r\n"),
    ("a trailer that does not end", "{chunks}0\r\nX-Sum: 1\r\n"), ("a Content-Length trailer", "{chunks}0\r\nContent-Length: 5\r\n\r\n"),
    ("garbage behind the last chunk", "{chunks}0\r\n\r\nGARBAGE"), ("a response behind it", "{chunks}0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
    ("no chunks at all", "{body}"), ("no chunks, a line end", "\r\n{body}"), ("an empty body", ""),
    ("only the last chunk", "0\r\n\r\n"), ("a first chunk of nothing", "0\r\n\r\n{chunks}0\r\n\r\n"),
    ("cut inside a chunk", "{x+90}\r\n{body}"), ("cut inside a size", "{chunks}5"),
    ("chunks of one byte", "1\r\n<\r\n1\r\n!\r\n1\r\n>\r\n{chunks}0\r\n\r\n"),
    ("a line end before the first", "\r\n{chunks}0\r\n\r\n"), ("gzip within", "{gz}0\r\n\r\n"),
]  # fmt: skip

_STATUS_LINES = [
    "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1  200  OK", "HTTP/1.1\t200\tOK", "HTTP/1.1 200OK",
    "HTTP/1.1 200-OK", "HTTP/1.1 200: OK", "HTTP/1.1 +200 OK", "HTTP/1.1 OK", "HTTP/1.1",
    "HTTP/1.1 ", "HTTP 200 OK", "HTTP/ 200 OK", "HTTP/1 200 OK", "HTTP/1. 200 OK", "HTTP/11 200 OK",
    "HTTP/1.10 200 OK", "HTTP/01.01 200 OK", "HTTP/1,1 200 OK", "HTTP /1.1 200 OK", "http/1.1 200 ok",
    "Http/1.1 200 Ok", "HTTP/0.9 200 OK", "HTTP/1.0 200 OK", "HTTP/1.2 200 OK", "HTTP/2 200",
    "HTTP/2.0 200 OK", "HTTP/3 200", "HTTP/9.9 200 OK", "HTTPS/1.1 200 OK", "HTTP/1.1/1.1 200 OK",
    "ICY 200 OK", "SIP/2.0 200 OK", "RTSP/1.0 200 OK", ";TT/HTTP.0 200 OK", "HTHTTPP/1.1 200 OK", "200 OK", "Status: 200 OK", "HTTP1.1 200 OK",
    "HTTP/1.1 099 Low", "HTTP/1.1 000 None", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 2 OK",
    "HTTP/1.1 299 Odd", "HTTP/1.1 0200 OK", "HTTP/1.1 200.0 OK", "HTTP/1.1 -200 OK", "HTTP/1.1 2OO OK",
    "HTTP/1.1 600 Odd", "HTTP/1.1 777 Lucky", "HTTP/1.1 999 Blocked", "HTTP/1.1 1200 OK",
    "HTTP/1.1 200 \xc3\xa9t\xc3\xa9 \xe9", "HTTP/1.1 200 OK\x00", "HTTP/1.1 200 O\x01K", "HTTP/1.1 200 OK " + "k" * 5000,
    "HTTP/1.1 200 OK HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\nHTTP/1.0 404 Not Found",
    "HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\nHTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n folded", "HTTP/1.1 200 OK\r\r",
    "HTTP/1.1 203 Other", "HTTP/1.1 404 Not Found", "HTTP/1.1 500 Error", "HTTP/1.1 402 Pay", "HTTP/1.1 418 Teapot",
]  # fmt: skip

_LINES = [
    "P3P : CP=x", "X-A\t: b", "X-A  \t : b", "X Bad Name: y", "X-A b c", "this line has no colon",
    "nocolon", ": no name", ":", " : x", "=x", "<!-- a comment -->", "{'a': 1}", "X-A:", "X-A: ", "X-A:b:c",
    "::", "X-A", "X-A: a\x01\x02b", "X-A: a\x00b", "X-\x00A: b", "\x00", "X-A: \x7f", "X-A: a\x0bb", "X-A: a\x0cb",
    "\x01: b", "X-A: a\tb", "X-A: a\r\n  folded", "X-A: a\r\n\tfolded", "X-A: a\r\n ", "X-A:\r\n b",
    "X-A: a\r\n b\r\n c\r\n d", "X-A: a\r\n Content-Length: 3", "X-A: a\r\n\tTransfer-Encoding: chunked",
    "X-A: \xc3\xa9t\xc3\xa9", "X-A: \xe9t\xe9", "X-A: \x93quoted\x94", "X-\xe9: b", "X-\xc3\xa9: b", "X-A: \xff\xfe",
    "HTTP/1.1 200 OK", "HTTP/1.0 404 Not Found", "GET / HTTP/1.1", "X-A: " + "b" * 8_000, "X-A: " + "b" * 60_000,
    "X-A: " + "b" * 200_000, "X-A: " + "b" * 300_000, "X" * 10_000 + ": b", "\r\n".join(["X-A: b"] * 300),
    "\r\n".join(f"X-{n}: b" for n in range(1_000)), "\r\n".join(f"X-{n}: b" for n in range(5_000)),
    "\r\n".join(f"X-{n}: b" for n in range(30_000)), "Set-Cookie: a=\x00b", "Set-Cookie: " + "a" * 5_000,
    "Connection: keep-alive, close", "Connection: upgrade\r\nUpgrade: websocket", "Upgrade: h2c", "Connection: ",
    "Proxy-Connection: keep-alive", "Keep-Alive: junk", "Trailer: X-A", "Content-Range: bytes 0-5/10",
    "X-A: 'b", 'X-A: "b', "X-A: b\\", "X-A: b\r", "X-A: b\r\r", "X\rA: b", "X-A: a\rX-B: b", "(c): d", "X/A: b", "X@A: b",
    'X"A": b', "X,A: b", "{x}: b", "?: b", "- : b", "\ufeffX-A: b",
]  # fmt: skip

_DOUBLES = [
    "Content-Type: text/html\r\nContent-Type: text/html", "Content-Type: text/html\r\nContent-Type: text/html; charset=utf-8",
    "Content-Type: text/plain\r\nContent-Type: text/html", "Content-Type: text/html, text/html", "Content-Type : text/html",
    "Content-Type:text/html", "CONTENT-TYPE: TEXT/HTML", "Content-Type: text/html\r\nLocation: /a", "Content-Type: text/html\r\nLocation: /a\r\nLocation: /a",
    "Content-Type: text/html\r\nLocation: /a\r\nLocation: /b", "Content-Type: text/html\r\nLocation: ", "Content-Type: text/html\r\nContent-Disposition: inline\r\nContent-Disposition: inline",
    "Content-Type: text/html\r\nContent-Disposition: inline\r\nContent-Disposition: attachment", "Content-Type: text/html\r\n ; charset=utf-8",
    "Content-Type: text/html\r\nDate: never\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT", "Content-Type: text/html\r\nETag: a\r\nETag: b",
]  # fmt: skip

_BEFORE = [
    "\r\n", "\n", "\r\n\r\n", "\r\n\r\n\r\n", "\n\n\n", "\n\n\n\n\n\n\n\n", "\r", "\r\r\n", " ", "  ", "\t", "x", "xyz\n", "junkjunk",
    "\xef\xbb\xbf", "\xef\xbb\xbf\r\n", "\x00", "\x00\x00\x00", "0\r\n", "0\r\n\r\n", "X-A: b\r\n", "\r\n" * 200, "200 OK\r\n", "<html>",
    "Content-Type: text/html\r\n\r\n", "HTT", "H", "HTTP",
]  # fmt: skip

_INTERIM = [
    "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", "HTTP/1.1 102 Processing\r\n\r\n" * 2,
    "HTTP/1.1 100 Continue\r\n\r\n" * 20, "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 100 Continue\n\n", "HTTP/1.1 100 Continue\n\r\n", "HTTP/1.0 100 Continue\r\n\r\n", "HTTP/1.1 100\r\n\r\n",
    "HTTP/1.1 199 Odd\r\n\r\n", "HTTP/1.1 110 Odd\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 100 Continue\r\n",
    "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n\r\n", "HTTP/1.1 100 Continue\r\njunk\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 200 Connection established\r\n\r\n",
]  # fmt: skip

_EMPTY = [
    "204 No Content", "205 Reset Content", "304 Not Modified", "206 Partial Content",
    "201 Created", "202 Accepted", "300 Many",
]  # fmt: skip

_ENDS = [
    ("LF", "\n", "\n"), ("LF, a CRLF at the end", "\n", "\r\n"), ("CRLF, an LF at the end", "\r\n", "\n"), ("CR alone", "\r", "\r"),
    ("CR CR LF", "\r\r\n", "\r\r\n"), ("CR CR LF, then CRLF", "\r\r\n", "\r\n"), ("LF CR", "\n\r", "\n\r"), ("blanks before CRLF", "  \r\n", "\r\n"),
    ("a blank line of blanks", "\r\n", "  \r\n"), ("a blank line of a tab", "\r\n", "\t\r\n\r\n"), ("NEL", "\x85", "\x85"), ("no empty line", "\r\n", ""),
    ("a form feed", "\x0c\r\n", "\r\n"), ("an empty line of CR LF CR LF LF", "\r\n", "\r\n\n"), ("NUL before CRLF", "\x00\r\n", "\r\n"),
    ("LF and CRLF in turn", "mixed", "\r\n"),
]  # fmt: skip

_NO_HEAD = [
    "{body}",
    "\r\n{body}",
    "\r\n\r\n{body}",
    "<!DOCTYPE html>{body}",
    "Content-Type: text/html\r\n\r\n{body}",
    " {body}",
]

_CUT = [
    "", "H", "HTTP", "HTTP/1.1 200", "HTTP/1.1 200 OK\r", _STATUS, _STATUS + "Content-Ty", _HEAD, _HEAD + "\r", _HEAD + "Content-Length: {n}\r\n",
    _HEAD + "\r\n", _HEAD + _LENGTH + "\r\n", "\r\n\r\n", _HEAD + _LENGTH + "\r\n{half}", _CHUNKED + "\r\n{x}\r\n{half}",
]  # fmt: skip


def _by_hand() -> Iterator[tuple[str, str, bytes]]:
    for kind, what, template in _texts():
        yield kind, what, template.encode("latin-1", "replace")


def _texts() -> Iterator[tuple[str, str, str]]:
    for line in _LENGTHS:
        yield "Content-Length", line, f"{_HEAD}{line}\r\n\r\n{{body}}"
    for line in _DIFFERENT:
        yield "different Content-Lengths", line, f"{_HEAD}{line}\r\n\r\n{{body}}"
    for what, length, body in _BODIES:
        yield "length of the body", what, f"{_HEAD}Content-Length: {length}\r\n\r\n{body}"
    for coding in _CODINGS:
        for more in ("", _LENGTH):
            what = f"{coding}{' and a length' if more else ''}"
            head = f"{_HEAD}Transfer-Encoding: {coding}\r\n{more}\r\n"
            yield "Transfer-Encoding, no chunks", what, head + "{body}"
    for coding in _CHUNKED_CODINGS:
        head = f"{_HEAD}Transfer-Encoding: {coding}\r\n\r\n"
        yield "Transfer-Encoding, chunks", coding, head + "{chunks}0\r\n\r\n"
    for coding in ("gzip, chunked", "x-gzip,chunked", "gzip\r\nTransfer-Encoding: chunked"):
        head = f"{_HEAD}Transfer-Encoding: {coding}\r\n\r\n"
        yield "Transfer-Encoding of gzip", coding, head + "{gz}0\r\n\r\n"
    for line in _BOTH:
        yield "length and chunks", line, f"{_HEAD}{line}\r\n\r\n{{chunks}}0\r\n\r\n"
    for version in ("1.0", "1.1", "1.2", "2.0"):
        head = f"HTTP/{version} 200 OK\r\n{_TYPE}Transfer-Encoding: chunked\r\n\r\n"
        yield "length and chunks", f"chunks of HTTP/{version}", head + "{chunks}0\r\n\r\n"
    for what, body in _CHUNKS:
        yield "chunks", what, f"{_CHUNKED}\r\n{body}"
    for line in _STATUS_LINES:
        yield "status line", line, f"{line}\r\n{_TYPE}{_LENGTH}\r\n{{body}}"
    for line in _LINES:
        line = line.replace("\ufeff", "\xef\xbb\xbf")
        yield "header line", line, f"{_HEAD}{line}\r\n{_LENGTH}\r\n{{body}}"
    for line in (" leading: x", "\tleading: x", "junk", ": x", "HTTP/1.1 200 OK", "\x00: x"):
        first, last = f"{line}\r\n{_TYPE}{_LENGTH}", f"{_TYPE}{_LENGTH}{line}\r\n"
        yield "header line", f"as the first: {line}", f"{_STATUS}{first}\r\n{{body}}"
        yield "header line", f"as the last: {line}", f"{_STATUS}{last}\r\n{{body}}"
    for lines in _DOUBLES:
        yield "fields twice", lines, f"{_STATUS}{lines}\r\n{_LENGTH}\r\n{{body}}"
    for before in _BEFORE:
        yield "before the head", repr(before), before + _PLAIN
    for interim in _INTERIM:
        yield "interim responses", interim, interim + _PLAIN
    for status in _EMPTY:
        for framing in (_LENGTH, ""):
            head = f"HTTP/1.1 {status}\r\n{_TYPE}{framing}\r\n"
            yield "status and body", f"{status} {framing}", head + "{body}"
    for what, end, last in _ENDS:
        yield "line ends", what, _with_ends(end, last)
    for text in _NO_HEAD:
        yield "no head", text, text
    for text in _CUT:
        yield "cut", repr(text), text


def _with_ends(end: str, last: str) -> str:
    lines = (_HEAD + _LENGTH).split("\r\n")[:-1]
    ends = ("\n", "\r\n") if end == "mixed" else (end, end)
    return "".join(line + ends[n % 2] for n, line in enumerate(lines)) + last + "{body}"


def _at_random(count: int) -> Iterator[tuple[str, str, bytes]]:
    """Heads with bytes changed, by a fixed seed."""
    dice = random.Random(15)
    heads = (
        _HEAD + _LENGTH,
        _CHUNKED,
        _HEAD + "Server: Odd/1.0 (x)\r\nSet-Cookie: a\r\n" + _LENGTH,
    )
    for _ in range(count):
        head = bytearray(dice.choice(heads).encode())
        body = b"{chunks}0\r\n\r\n" if b"chunked" in head else b"{body}"
        changes = [*_changed(head, dice)]
        yield "changed at random", ", ".join(changes), bytes(head) + b"\r\n" + body


def _chunks_at_random(count: int) -> Iterator[tuple[str, str, bytes]]:
    """Chunks with bytes changed where one ends and the next begins."""
    dice = random.Random(16)
    for _ in range(count):
        parts = [bytearray(b"\r\n10\r\n"), bytearray(b"\r\n0\r\n\r\n")]
        changes = [*_changed(dice.choice(parts), dice)]
        body = b"{chunks}" + parts[0][2:] + b"<!-- a note -->\n" + parts[1]
        yield "chunks changed at random", ", ".join(changes), f"{_CHUNKED}\r\n".encode() + body


def _changed(data: bytearray, dice: random.Random) -> Iterator[str]:
    for _ in range(dice.choice((1, 1, 2, 3))):
        at, how, bit = dice.randrange(len(data)), dice.randrange(3), dice.choice(_BITS)
        if b"{n}" in data[max(at - 3, 0) : at + 3]:
            continue
        if how == 2:
            bit = b""
        data[at : at + (how > 0)] = bit
        yield f"{at}: {bit!r}"
