"""Web archives as other tools wrote them: what is odd in each, and what an import must say."""

from __future__ import annotations

import gzip
import hashlib
import importlib
from base64 import b32encode, b64encode
from collections.abc import Iterable
from typing import NamedTuple

from tests.pipelines.archive_makers import http_response, question_html, question_url


class OddFile(NamedTuple):
    """A file, and what must be found in it.

    ``pages`` are question pages, ``note`` is a part of what is said, ``damage`` the kinds of
    what is wrong.
    """

    name: str
    data: bytes
    records: int
    pages: int
    note: str = ""
    damage: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()


_DAY = "2004-05-06T07:08:09Z"
_CAPTURED = "2004-05-06T07:08:09.000000Z"


def block(number: int, head: str = "") -> bytes:
    """The HTTP response of a question page."""
    return http_response(question_html(number), more=head)


def record(
    number: int,
    content: bytes | None = None,
    *,
    version: str = "WARC/1.0",
    line: bytes = b"\r\n",
    tail: bytes = b"\r\n\r\n",
    longer: int = 0,
    **fields: str | None,
) -> bytes:
    """A response record.

    :param longer: by how much Content-Length is more than that of the block
    :param fields: ``WARC_Date`` for WARC-Date; None for a field that is left out
    """
    content = block(number) if content is None else content
    values: dict[str, str | None] = {
        "WARC-Type": "response",
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012}>",
        "WARC-Target-URI": question_url(number),
        "WARC-Date": _DAY,
        "Content-Type": "application/http; msgtype=response",
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    values.setdefault("Content-Length", str(len(content) + longer))
    lines = [version, *(f"{name}: {value}" for name, value in values.items() if value is not None)]
    return b"".join(each.encode() + line for each in lines) + line + content + tail


def arc(number: int, line: str, content: bytes | None = None, tail: bytes = b"\n") -> bytes:
    """A record of ARC, ``{url}`` and ``{size}`` in its line filled in."""
    content = (
        block(number, "Date: Sun, 02 May 1999 03:04:05 GMT\r\n") if content is None else content
    )
    text = line.format(url=question_url(number), size=len(content))
    return text.encode("latin-1") + b"\n" + content + tail


_VERSION_1 = b"1 0 Alexa Internet\nURL IP-address Archive-date Content-type Archive-length\n"
FILEDESC = b"filedesc://x.arc 0.0.0.0 19990501000000 text/plain %d\n%b\n" % (
    len(_VERSION_1), _VERSION_1,
)  # fmt: skip
_LINE = "{url} 204.1.2.3 19990502030405 text/html {size}"


def members(*records: bytes) -> bytes:
    """Each record in a gzip member of its own."""
    return b"".join(gzip.compress(each, mtime=0) for each in records)


def warc_files() -> Iterable[OddFile]:
    """Of WARC: heads, ends, lengths, dates, compression, addresses, ids."""
    folded = record(1, WARC_Type="\r\n response", WARC_Date=f"\r\n\t{_DAY}", Content_Length="\r\n "
                    + str(len(block(1))))  # fmt: skip
    yield OddFile("values that are folded", folded, 1, 1)
    yield OddFile("warc/1.0", record(1, version="warc/1.0") + record(2, version="Warc/1.1"), 2, 2)
    yield OddFile("other versions", b"".join(
        record(at, version=f"WARC/{text}") for at, text in enumerate(("0.17", "0.18", "1.2", "2.0"))
    ), 4, 4)  # fmt: skip
    yield OddFile("a blank behind the version", record(1, version="WARC/1.0 "), 1, 1)
    yield OddFile("names of any case", record(1).replace(b"WARC-T", b"warc-t"), 1, 1)
    yield OddFile("LF", record(1, line=b"\n", tail=b"\n\n") + record(2, line=b"\n", tail=b"\n"),
                  2, 2, "without two line ends behind them: 1")  # fmt: skip
    yield OddFile("CR CR LF", record(1, line=b"\r\r\n", tail=b"\r\r\n\r\r\n") + record(2), 2, 2)
    yield OddFile("LF and CRLF", record(1, line=b"\n") + record(2, tail=b"\n\n"), 2, 2)
    yield OddFile("a byte order mark", b"\xef\xbb\xbf" + record(1) + record(2), 2, 2)
    yield OddFile("empty lines before all", b"\r\n\n" + record(1), 1, 1)
    for name, end in (("CRLF", b"\r\n"), ("LF", b"\n"), ("nothing", b"")):
        files = record(1, tail=end) + record(2, tail=end)
        yield OddFile(
            f"{name} behind a record", files, 2, 2, "without two line ends behind them: 2"
        )
    yield OddFile("many line ends", record(1, tail=b"\r\n" * 7) + record(2), 2, 2)
    for more in (2, 4):
        digest = "sha1:" + b32encode(hashlib.sha1(block(1)).digest()).decode()
        counted = record(1, longer=more, WARC_Block_Digest=digest) + record(2)
        note = "without two line ends behind them: 1"
        yield OddFile(f"{more} bytes of its own end counted", counted, 2, 2, note)
    yield OddFile("a byte too short", record(1, longer=-1) + record(2), 2, 1, "",
                  frozenset({"length"}))  # fmt: skip
    yield OddFile("no length", record(1, Content_Length=None) + record(2), 2, 1, "",
                  frozenset({"length"}))  # fmt: skip
    yield OddFile("zeros in a page", record(1, block(1).replace(b"Rest", b"\0Rest\0")), 1, 1)
    yield from _compressed()
    yield from _dated()
    yield from _named()


def _compressed() -> Iterable[OddFile]:
    first, second = record(1), record(2)
    filled = "zeros, line ends"
    yield OddFile("zeros behind gzip", members(first) + bytes(9000), 1, 1, filled)
    yield OddFile(
        "zeros between members", members(first) + bytes(512) + members(second), 2, 2, filled
    )
    yield OddFile("line ends before gzip", b"\r\n\n" + members(first, second), 2, 2)
    yield OddFile("an empty member", members(first, b"", second), 2, 2, filled)
    yield OddFile(
        "zeros behind plain records", first + bytes(700) + second + bytes(9), 2, 2, filled
    )
    yield OddFile(
        "garbage behind gzip", members(first) + b"-- end --", 1, 1, "", frozenset({"stray"})
    )
    yield OddFile("one member", gzip.compress(first + second, mtime=0), 2, 2, "by its offset")
    named = bytearray(members(first))
    named[3] |= 4 | 8
    named[10:10] = b"\x04\0sl\0\0a name.warc\0"
    yield OddFile("fields in gzip's head", bytes(named) + members(second), 2, 2)
    try:
        zstd = importlib.import_module("backports.zstd")
    except ImportError:
        return
    words = zstd.ZstdDict(first[:600], is_raw=True)
    frame = b"\x5d\x2a\x4d\x18" + len(words.dict_content).to_bytes(4, "little")
    frames = b"".join(zstd.compress(each, zstd_dict=words) for each in (first, second))
    yield OddFile("Zstandard with its dictionary", frame + words.dict_content + frames, 2, 2)
    yield OddFile("Zstandard", zstd.compress(first) + zstd.compress(second), 2, 2)


def _dated() -> Iterable[OddFile]:
    for text in (
        "20040506070809", "2004-05-06T07:08:09", "2004-05-06 07:08:09Z", "2004-05-06t07:08:09z",
        "2004-05-06T09:08:09+02:00", "2004-05-06T02:08:09-0500", "Thu, 06 May 2004 07:08:09 GMT",
    ):  # fmt: skip
        dated = record(1, WARC_Date=text)
        note = "in another form than WARC's: 1"
        yield OddFile(f"dated {text}", dated, 1, 1, note, dates=frozenset({_CAPTURED}))
    for text, moment in (
        ("20040506", "2004-05-06T00:00:00.000000Z"),
        ("200405060708", "2004-05-06T07:08:00.000000Z"),
        ("2004", "2004-01-01T00:00:00.000000Z"),
        ("2004-05-06T07:08Z", "2004-05-06T07:08:00.000000Z"),
        ("2004-05-06T07:08:09.123456789Z", "2004-05-06T07:08:09.123456Z"),
        ("2004-02-30T07:08:09Z", "2004-02-01T00:00:00.000000Z"),
    ):  # fmt: skip
        yield OddFile(f"dated {text}", record(1, WARC_Date=text), 1, 1, dates=frozenset({moment}))
    served = block(1, "Date: Thu, 06 May 2004 07:08:09 GMT\r\n")
    yield OddFile("dated by the server", record(1, served, WARC_Date="-"), 1, 1, "server's clock",
                  dates=frozenset({_CAPTURED}))  # fmt: skip
    yield OddFile("dated by nothing", record(1, WARC_Date="soon"), 1, 0, "", frozenset({"header"}))
    yield OddFile(
        "dated in the future", record(1, WARC_Date="2199-01-01T00:00:00Z"), 1, 1, "future"
    )


def _named() -> Iterable[OddFile]:
    blank, control = "http://x.example/a b?c d", "http://x.example/a\x0cb"
    for url in (blank, control):
        note = "blanks or control characters in their address: 1"
        yield OddFile(f"the address {url!r}", record(1, WARC_Target_URI=url), 1, 0, note)
    yield OddFile("an address in brackets", record(1, WARC_Target_URI=f"<{question_url(1)}>"), 1, 1)
    latin = record(1, WARC_Target_URI=question_url(1) + "?x=@").replace(b"@", b"\xe9")
    yield OddFile("an address in Latin-1", latin, 1, 1)
    without = record(1, WARC_Record_ID=None) + record(2, WARC_Record_ID=None)
    yield OddFile("no ids", without, 2, 2, "without an id, which is made of their bytes: 2")
    yield OddFile("an id without brackets", record(1, WARC_Record_ID="urn:uuid:1"), 1, 1)
    one = "<urn:uuid:2>"
    logs = [record(at, WARC_Record_ID=one, WARC_Type="resource", WARC_Target_URI=f"metadata://{at}")
            for at in (1, 2)]  # fmt: skip
    yield OddFile("an id of two records that are no captures", b"".join(logs), 2, 0)
    twice = record(1, WARC_Record_ID=one)
    yield OddFile("a capture twice", twice + twice, 2, 2)
    yield OddFile("an id of two captures", twice + record(2, WARC_Record_ID=one), 2, 2, "",
                  frozenset({"duplicate"}))  # fmt: skip
    for kind in ("application/http", "text/html", None):
        yield OddFile(f"a response of type {kind}", record(1, Content_Type=kind), 1, 1)
    page = question_html(1)
    yield OddFile("a response without a head", record(1, page, Content_Type="text/html"), 1, 1,
                  "without an HTTP head")  # fmt: skip
    yield OddFile(
        "a resource", record(1, page, WARC_Type="resource", Content_Type="text/html"), 1, 1
    )
    sha1, sha256 = hashlib.sha1(page).digest(), hashlib.sha256(page)
    for digest in (
        "sha1:" + b32encode(sha1).decode().lower(), "SHA-1:" + sha1.hex().upper(), sha1.hex(),
        "sha1:" + b64encode(sha1).decode(), "urn:sha1:" + b32encode(sha1).decode(),
        b32encode(sha1).decode(), "sha-256:" + sha256.hexdigest(),
        "blake2b:" + hashlib.blake2b(page).hexdigest(), "md5:" + hashlib.md5(page).hexdigest(),
    ):  # fmt: skip
        yield OddFile(f"the digest {digest}", record(1, WARC_Payload_Digest=digest), 1, 1)
    wrong = record(1, WARC_Payload_Digest="sha1:" + "A" * 32)
    yield OddFile("a digest of other bytes", wrong, 1, 0, "", frozenset({"digest"}))


def arc_files() -> Iterable[OddFile]:
    """Of ARC: the line that begins a record, what is around it, what it holds."""
    captured = frozenset({"1999-05-02T03:04:05.000000Z"})
    for line in (
        "{url} 204.1.2.3 19990502030405 text/html; charset=iso-8859-1 {size}",
        "{url} 204.1.2.3 19990502030405 text/html, application/x {size}",
        "{url} 204.1.2.3 19990502030405  {size}",
        "{url} 204.1.2.3 19990502030405 {size}",
        "{url} - 19990502030405 no-type {size}",
        "{url} None 19990502030405 text/html {size}",
        "{url}  204.1.2.3  19990502030405  text/html  {size}",
        "{url} 19990502030405 204.1.2.3 text/html {size}",
        "204.1.2.3 {url} 19990502030405 text/html {size}",
        "{url} 204.1.2.3 text/html 19990502030405 {size}",
        "{url} 19990502030405 text/html {size}",
        "{url}\t204.1.2.3\t19990502030405\ttext/html\t{size}",
        "{url} 2001:db8::1 19990502030405 text/html {size}",
        "{url} 204.1.2.3 19990502030405123 text/html {size}",
        "{url} 204.1.2.3 19990502030405jpg text/html {size}",
        "{url} 204.1.2.3 a0d1fdddf3165d0447b1f7a285c61c1c9 text/html {size}",
        "{url} 204.1.2.3 - text/html {size}",
        "{url} 204.1.2.3 19991802030405 text/html {size}",
        "{url} 204.1.2.3 19990502030405 text/html 200 - - 77 x.arc {size}",
    ):
        file = members(FILEDESC, arc(1, line))
        yield OddFile(f"the line {line}", file, 2, 1, dates=captured)
    for date, moment in (
        ("199905020304", "1999-05-02T03:04:00.000000Z"),
        ("1999050203", "1999-05-02T03:00:00.000000Z"),
        ("19990502", "1999-05-02T00:00:00.000000Z"),
    ):  # fmt: skip
        line = f"{{url}} 204.1.2.3 {date} text/html {{size}}"
        yield OddFile(
            f"{len(date)} digits", FILEDESC + arc(1, line), 2, 1, dates=frozenset({moment})
        )
    rough = arc(1, "{url} 204.1.2.3 199902000000000 text/html {size}", block(1))
    yield OddFile("a date of no day", FILEDESC + rough, 2, 1, "their own date is none: 1",
                  dates=frozenset({"1999-02-01T00:00:00.000000Z"}))  # fmt: skip
    for url in ("http://x.example/a b c", "http://x.example/a\rb", "http://x.example/a\tb\x0c"):
        odd = arc(1, f"{url} 204.1.2.3 19990502030405 text/html {{size}}")
        note = "blanks or control characters in their address: 1"
        yield OddFile(f"the address {url!r}", members(FILEDESC, odd, arc(2, _LINE)), 3, 1, note)
    capitals = arc(2, _LINE).replace(b"http:", b"HTTP:", 1)
    yield OddFile("capitals behind damage", FILEDESC + b"stray\n" + capitals, 2, 1,
                  damage=frozenset({"stray"}))  # fmt: skip
    yield OddFile("no filedesc", members(arc(1, _LINE), arc(2, _LINE)), 2, 2)
    dashes = b"filedesc:// - - - %d\n%b\n" % (len(_VERSION_1), _VERSION_1)
    yield OddFile("a filedesc of dashes", dashes + arc(1, _LINE), 2, 1)
    for end in (b"", b"\r\n", b"\n\n\n"):
        file = FILEDESC + arc(1, _LINE, tail=end) + arc(2, _LINE, tail=end)
        yield OddFile(f"{end!r} behind a record", file, 3, 2)
    page = question_html(1)
    bare = arc(1, "{url} 204.1.2.3 19990502030405 no-type {size}", page)
    yield OddFile("a page without a head", members(FILEDESC, bare), 2, 1, "without an HTTP head",
                  dates=captured)  # fmt: skip
    name = arc(
        1, "dns:www.example.org 204.1.2.3 19990502030405 text/dns {size}", b"19990502030405\n"
    )
    yield OddFile("an answer of DNS", members(FILEDESC, name), 2, 0)
