"""What kind of thing a body is: its declared media type, and where that says little its bytes.

A Content-Type is read as the Fetch Standard reads it ("extract a MIME type":
https://fetch.spec.whatwg.org/#concept-header-extract-mime-type). What is sent as HTML is a page
but for files whose first bytes say what they are, and feeds. A type that names no medium
(``unknown/unknown``, ``*/*``, ``text``, none) is judged by the body's first bytes, as the MIME
Sniffing Standard says (https://mimesniff.spec.whatwg.org/). Wider than browsers, which offer to
save it: so is ``application/octet-stream``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

#: How much of a body is looked at (bytes), by the standard.
_HEAD = 1445
_HTML_TYPES = frozenset(
    ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml", "application/xml",
     "text/xml")
)  # fmt: skip
# Types that name no medium: what the standard calls unknown, and what servers make up; names of
# handlers (application/x-httpd-php), and misspellings of text/html.
_UNKNOWN = re.compile(
    r"|.*(?:unknown|octet-stream|htm|httpd|\*).*"
    r"|(?!(?:application|audio|font|image|message|model|multipart|text|video)/).*"
)
_PARAMETER = re.compile(r";\s*([^\s;=\"]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?|([^;]*))", re.S)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-zA-Z-]+")
# A comma between two types, and none within quotes.
_VALUE = re.compile(r"(?:\"(?:[^\"\\]|\\.)*\"?|[^,\"])+")
_HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml\b(?>.*?\?>)\s*+)?+"
    rb"<(?:!--|(?:!doctype\s+html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br"
    rb"|p|meta)[\s>])",
    re.I | re.S,
)
_FEED = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?(?>.*?\?>)\s*+|<!(?>.*?>)\s*+)*+"
    rb"<(?:rss|feed|rdf:RDF|urlset|sitemapindex)[\s>]",
    re.I | re.S,
)
#: Documents, images, sound, films, fonts, archives and programs, by their first bytes.
_FILE = re.compile(
    rb"\s*+%PDF-|\s*+%!PS-Adobe-|\{\\rtf|GIF8[79]a|\x89PNG\r\n|\xff\xd8\xff|BM.{4}\x00{4}"
    rb"|\x00\x00[\x01\x02]\x00|RIFF.{4}(?:WEBPVP|AVI |WAVE)|FORM.{4}AIFF|ID3[\x02-\x04]|OggS\x00"
    rb"|MThd\x00{3}\x06|.{4}ftyp|\x1aE\xdf\xa3|wOF[F2]|OTTO\x00|\x00\x01\x00\x00|PK\x03\x04"
    rb"|Rar!\x1a\x07|\x1f\x8b\x08|7z\xbc\xaf|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|\x00asm"
    rb"|[FC]WS[\x01-\x20]|\xca\xfe\xba\xbe",
    re.S,
)
#: Bytes that texts have none of (the standard's "binary data bytes").
_BINARY = bytes([*range(9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Kind(StrEnum):
    """What a body is to a reader: HTML (or what may be), a text, or something else."""

    HTML = "html"
    TEXT = "text"
    OTHER = "other"


class MediaType(NamedTuple):
    """A Content-Type: ``essence`` in lower case, "" where there is none; the label of its charset,
    as sent, or ""."""

    essence: str
    charset: str


@lru_cache(maxsize=512)
def media_type(content_type: str) -> MediaType:
    """Return what a Content-Type says, of several the last.

    :param content_type: the header's value; of several headers their values, with commas between
    """
    essence = charset = ""
    for value in _VALUE.findall(content_type):
        name, _, rest = value.partition(";")
        kind, slash, subtype = name.strip().lower().partition("/")
        whole = slash and _TOKEN.fullmatch(kind) and _TOKEN.fullmatch(subtype)
        if not whole or (kind, subtype) == ("*", "*"):
            # No type at all, which servers send: "html", "charset=utf-8", "text/html charset=x".
            charset = charset or _charset(f";{value}" if "=" in name else f";{rest}")
            continue
        own = _charset(f";{rest}")
        if own or essence != f"{kind}/{subtype}":
            charset = own or ("" if essence else charset)
        essence = f"{kind}/{subtype}"
    return MediaType(essence, charset)


def _charset(parameters: str) -> str:
    for name, quoted, bare in _PARAMETER.findall(parameters.replace(" charset=", ";charset=")):
        if name.lower() == "charset":
            return str(quoted or bare).strip().strip("'\"").strip()
    return ""


def kind_of(content_type: str, body: bytes) -> Kind:
    """Return what a body is, by its Content-Type and its first bytes."""
    essence = media_type(content_type).essence
    head = body[:_HEAD]
    if essence in _HTML_TYPES:
        return Kind.OTHER if _FILE.match(head) or _FEED.match(head) else Kind.HTML
    if essence == "text/plain":
        return Kind.OTHER if _FILE.match(head) or is_binary(head) else Kind.TEXT
    if _UNKNOWN.fullmatch(essence):
        return _sniffed(essence, head)
    return Kind.OTHER


def _sniffed(essence: str, head: bytes) -> Kind:
    if _FILE.match(head) or _FEED.match(head) or is_binary(head):
        return Kind.OTHER
    # What is sent for saving is a page only if it cannot be anything else.
    is_html = _HTML_START.match(head) or utf_16_of(head) or not essence.endswith("/octet-stream")
    return Kind.HTML if is_html else Kind.OTHER


def is_binary(body: bytes) -> bool:
    """Whether a body's first bytes are those of no text, in whatever charset.

    The standard takes a body with one binary byte for no text; archived texts have a NUL here
    and there, while of the bytes of anything compressed a tenth is binary.
    """
    head = body[:_HEAD].rstrip(b"\0")  # the rest of a disk's block
    if head.startswith(_UTF_16_MARKS) or utf_16_of(head):
        return False
    return (len(head) - len(head.translate(None, _BINARY))) * 30 > len(head)


def utf_16_of(body: bytes) -> str:
    """Return the codec of UTF-16 that a body's first bytes are in, though no mark says so.

    Every other byte of markup is NUL then; "" for all else.
    """
    head = body[:512]
    if head.count(b"\0") * 3 < len(head) or len(head) < 4:
        return ""
    even, odd = (len(part) - part.count(b"\0") for part in (head[::2], head[1::2]))
    if even > 4 * odd:
        return "utf-16-le"
    return "utf-16-be" if odd > 4 * even else ""
