"""Bytes to text, by the rules and tables that browsers follow.

The order is: byte order mark, the header's charset, a ``<meta>`` or XML declaration near the
beginning, and where nothing is declared UTF-8 if the bytes are valid UTF-8 and windows-1252
otherwise. See the WHATWG Encoding Standard (https://encoding.spec.whatwg.org); w3lib finds
the declaration and has most of the standard's table of labels.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
)

# Labels of the standard that neither Python nor w3lib knows, as Python spells them.
_LABELS = {
    label: codec
    for codec, labels in {
        "utf_8": "unicode_1_1_utf_8 unicode11utf8 unicode20utf8 x_unicode20utf8",
        "utf_16_le": "csunicode iso_10646_ucs_2 ucs_2 unicode unicodefeff",
        "utf_16_be": "unicodefffe",
        "iso8859_2": "iso88592",
        "iso8859_3": "iso88593",
        "iso8859_4": "iso88594",
        "iso8859_5": "iso88595",
        "iso8859_6": "iso88596 csiso88596e csiso88596i iso_8859_6_e iso_8859_6_i",
        "iso8859_7": "iso88597 sun_eu_greek",
        "iso8859_8": "iso88598 csiso88598e csiso88598i iso_8859_8_e iso_8859_8_i logical visual",
        "iso8859_10": "iso885910",
        "iso8859_13": "iso885913",
        "iso8859_14": "iso885914",
        "iso8859_15": "iso885915 csisolatin9",
        "koi8_r": "koi koi8",
        "koi8_u": "koi8_ru",
        "mac_roman": "csmacintosh mac x_mac_roman",
        "mac_cyrillic": "x_mac_cyrillic x_mac_ukrainian",
        "cp874": "dos_874 iso885911",
        "cp1250": "x_cp1250",
        "cp1251": "x_cp1251",
        "cp1252": "x_cp1252 iso88591 x_user_defined",
        "cp1253": "x_cp1253",
        "cp1254": "x_cp1254 iso88599",
        "cp1255": "x_cp1255",
        "cp1256": "x_cp1256",
        "cp1257": "x_cp1257",
        "cp1258": "x_cp1258",
        "gb18030": "csgb2312 gb_2312 x_gbk",
        "big5hkscs": "cn_big5 x_x_big5",
        "euc_jp": "cseucpkdfmtjapanese x_euc_jp",
        "cp949": "cseuckr csksc56011987 iso_ir_149 ks_c_5601_1989 ksc_5601 windows_949",
    }.items()
    for label in labels.split()
}
# Only codecs of the standard: a page must not be able to ask for "zip" or "unicode_escape".
_WEB_CODECS = ("utf-8", "utf-16", "iso8859", "cp125", "cp874", "cp866", "cp932", "cp949", "koi8",
               "mac-", "gb18030", "big5", "euc_jp", "iso2022_jp")  # fmt: skip
# Labels that w3lib does not take for one: unknown, or with a colon or a point inside.
_HEADER_LABEL = re.compile(r";\s*charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.I)
_META_LABEL = re.compile(
    rb"<!--.*?-->|<meta\s(?=\s*charset|[^<>]*\bhttp-equiv)[^<>]*?\bcharset\s*=\s*[\"']?\s*"
    rb"(?P<label>[^\s\"'/<>;]+)",
    re.I | re.S,
)
_PRESCAN = 4096  # bytes; as many as w3lib looks at


class Decoded(NamedTuple):
    """A page's text, the codec that gave it, and what did not fit (or ``""``)."""

    text: str
    encoding: str
    warning: str = ""


def decode(body: bytes, content_type: str = "", *, html: bool = True) -> Decoded:
    """Return the text of a body; never fails.

    :param content_type: the header's value, as sent
    :param html: look for a declaration inside the page as well
    """
    encoding, mark = read_bom(body)
    if encoding is not None and mark is not None:
        return _decode_as(body[len(mark) :], encoding)
    encoding = _web_codec(http_content_type_encoding(content_type), body)
    if encoding is None and html:
        encoding = _web_codec(html_body_declared_encoding(body), body)
    label = ""
    if encoding is None:
        label = _declared_label(body if html else b"", content_type)
        encoding = _web_codec(resolve_encoding(label), body)
    if encoding is None:
        decoded = _decode_undeclared(body)
        warning = f"the declared charset {label!r} is unknown; read as {decoded.encoding}"
        return decoded._replace(warning=warning) if label else decoded
    decoded = _decode_as(body, encoding)
    if encoding == "cp1252" and not body.isascii() and _is_utf8(body):
        warning = "declared as windows-1252, but the bytes look like UTF-8"
        return decoded._replace(warning=warning)
    return decoded


def _web_codec(encoding: str | None, body: bytes) -> str | None:
    """Return a declared codec if it is one of the web's."""
    if encoding is None or not encoding.startswith(_WEB_CODECS):
        return None
    if encoding.startswith("utf-16"):
        # A page that can be read as ASCII is not UTF-16, whatever it says.
        is_utf16 = b"\0" in body[:_PRESCAN]
        return (encoding if encoding.endswith("e") else "utf-16-le") if is_utf16 else "utf-8"
    return encoding


def _declared_label(body: bytes, content_type: str) -> str:
    match = _HEADER_LABEL.search(content_type)
    if match:
        return match[1]
    labels = (meta["label"] for meta in _META_LABEL.finditer(body[:_PRESCAN]))
    return next((label.decode("latin-1") for label in labels if label), "")


def _decode_undeclared(body: bytes) -> Decoded:
    try:
        return Decoded(body.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        # Cut in the middle of a character: still UTF-8.
        is_cut = error.end == len(body) and error.reason == "unexpected end of data"
        if is_cut and not body[: error.start].isascii():
            text = body[: error.start].decode("utf-8") + "\ufffd"
            return Decoded(text, "utf-8", "ends inside a character")
        return _decode_as(body, "cp1252")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode_as(body: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(body.decode(encoding), encoding)
    except UnicodeDecodeError:
        text = body.decode(encoding, "housecall-1252")
    # In windows-1252 every byte has a meaning: Python leaves out the five control characters.
    warning = f"some bytes are not {encoding} and were read as windows-1252"
    return Decoded(text, encoding, "" if encoding == "cp1252" else warning)


def _as_1252(error: UnicodeError) -> tuple[str, int]:
    """Read what does not fit as windows-1252, its five free places as C1 controls."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    chars = (bytes([b]).decode("cp1252", "ignore") or chr(b) for b in bad)
    return "".join(chars), error.end


def _find_codec(label: str) -> codecs.CodecInfo | None:
    return codecs.lookup(_LABELS[label]) if label in _LABELS else None


codecs.register_error("housecall-1252", _as_1252)
codecs.register(_find_codec)
