"""Bytes to text, by the rules that browsers follow.

The order is: byte order mark, the header's charset, a ``<meta>`` or XML declaration near
the beginning, and where nothing is declared UTF-8 if the bytes are valid UTF-8 and
windows-1252 otherwise. See the WHATWG Encoding Standard (https://encoding.spec.whatwg.org).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

_PRESCAN = 4096  # bytes; the standard says 1024, but old pages put long scripts first
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
         (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.I)
_META = re.compile(
    rb"<meta\b[^>]*?\bcharset\s*=\s*[\"']?\s*([^\s\"'/>;]+)"
    rb"|<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([^\"']+)[\"']",
    re.I,
)
_COMMENT = re.compile(rb"<!--.*?(?:-->|$)", re.S)
# Only codecs that turn bytes into text and that the web uses: a page must not be able to
# ask for "zip" or "unicode_escape".
_WEB_CODECS = ("utf-8", "iso8859", "cp125", "cp874", "cp866", "koi8", "mac-roman", "gb", "big5",
               "euc_", "shift_jis", "iso2022_jp")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's text, the codec that gave it, and what did not fit (or ``""``)."""

    text: str
    encoding: str
    warning: str = ""


def decode(body: bytes, content_type: str = "", *, html: bool = True) -> Decoded:
    """The text of a body; never fails.

    :param content_type: the header's value, as sent
    :param html: look for a declaration inside the page as well
    """
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            text = body[len(bom) :].decode(encoding, "housecall-1252")
            return Decoded(text, encoding, _bad_bytes(body, encoding, text))
    declared = _header_charset(content_type)
    if declared is None and html:
        declared = _meta_charset(body)
    if declared is None:
        return _undeclared(body)
    text = _decode_as(body, declared)
    warning = _bad_bytes(body, declared, text)
    if not warning and declared == "cp1252" and not body.isascii() and _is_utf8(body):
        warning = "declared as windows-1252, but the bytes look like UTF-8"
    return Decoded(text, declared, warning)


def _header_charset(content_type: str) -> str | None:
    match = _HEADER.search(content_type)
    return codec_name(match[1]) if match else None


def _meta_charset(body: bytes) -> str | None:
    head = body[:_PRESCAN]
    if b"<!--" in head:
        head = _COMMENT.sub(b"", head)
    match = _META.search(head)
    if match is None:
        return None
    name = codec_name((match[1] or match[2]).decode("latin-1"))
    # A page that could be prescanned as ASCII is not UTF-16, whatever it says.
    return name


@lru_cache(maxsize=256)
def codec_name(label: str) -> str | None:
    """Python's codec for a charset label of the web, or None if it is not one of those."""
    label = label.strip().lower()
    if label.startswith(("utf-16", "utf16", "unicode")):
        return "utf-8"
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    if name in ("iso8859-1", "ascii"):
        return "cp1252"
    if name == "utf-8-sig":
        return "utf-8"
    return name if name.startswith(_WEB_CODECS) else None


def _undeclared(body: bytes) -> Decoded:
    try:
        return Decoded(body.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        # Cut in the middle of a character: still UTF-8.
        if error.end == len(body) and error.reason == "unexpected end of data" and error.start:
            head = body[: error.start]
            if not head.isascii():
                return Decoded(head.decode("utf-8") + "\ufffd", "utf-8", "ends inside a character")
        return Decoded(_decode_as(body, "cp1252"), "cp1252")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode_as(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding, "housecall-1252")
    except (UnicodeError, ValueError):
        return body.decode(encoding, "replace")


def _bad_bytes(body: bytes, encoding: str, text: str) -> str:
    if not encoding.startswith("utf-") or not body:
        return ""
    try:
        body.decode("utf-8" if encoding == "utf-8" else "utf-16")
    except UnicodeDecodeError:
        return f"some bytes are not {encoding} and were read as windows-1252"
    return ""


def _as_1252(error: UnicodeError) -> tuple[str, int]:
    """Read what does not fit as windows-1252, its five free places as C1 controls."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    chars = (bytes([b]).decode("cp1252", "ignore") or chr(b) for b in bad)
    return "".join(chars), error.end


codecs.register_error("housecall-1252", _as_1252)
