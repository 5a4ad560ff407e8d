"""Bytes to text, by the rules and tables that browsers follow.

The order is: byte order mark, the header's charset, a ``<meta>`` or XML declaration, and where
nothing is declared UTF-8 if the bytes are that and windows-1252 otherwise. Labels mean what the
WHATWG Encoding Standard says (https://encoding.spec.whatwg.org); webencodings has its table.
What is wider than in browsers is said: bytes that most evidently are in another encoding.
"""

from __future__ import annotations

import codecs
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import webencodings
from w3lib.encoding import read_bom

from parsers.page.declared_charset import declared_labels, xml_label
from parsers.page.media_type import media_type, utf_16_of

# Codecs of the standard that Python has under another name, or more of.
_CODECS = {
    "gbk": "gb18030",
    "iso-2022-jp": "iso2022_jp_ext",
    "windows-1252": "cp1252",
    # Bytes of a font of the page's own. As private characters, as the standard has it, nobody
    # could read what of them is ASCII beside.
    "x-user-defined": "cp1252",
}
# Browsers show nothing of a page in these, lest a script be hidden in it; no script runs here.
_REFUSED = {
    "iso-2022-kr": "iso2022_kr", "csiso2022kr": "iso2022_kr", "hz-gb-2312": "hz",
}  # fmt: skip
#: Evidence against UTF-8 is as many bytes that are not (so many are no slip of the pen), and more
#: of them than characters that are.
_NOT_A_SLIP = 4
_HEAD = 4096  # bytes
_CUT = "ends inside a character"


class Decoded(NamedTuple):
    """A page's text, the codec that gave it, and what did not fit (or ``""``)."""

    text: str
    encoding: str
    warning: str = ""


class _Charset(NamedTuple):
    """A declared charset: Python's codec, "" if there is none; the label, and why it is doubted."""

    codec: str
    label: str = ""
    doubt: str = ""


def decode(body: bytes, content_type: str = "", *, html: bool = True) -> Decoded:
    """Return the text of a body; never fails.

    :param content_type: the header's value, as sent
    :param html: look for a declaration inside the page as well
    """
    encoding, mark = read_bom(body)
    if encoding is not None and mark is not None:
        return _decode_as(body[len(mark) :], encoding)
    guess = utf_16_of(body) if b"\0" in body[:512] else ""
    charset = _declared(body, content_type, html=html and not guess)
    if guess:
        decoded = _decode_as(body, guess)
        declared = charset is not None and charset.codec.startswith("utf-16")
        doubt = "" if declared else f"the bytes are {guess}, which nothing declares"
        return decoded._replace(warning=decoded.warning or doubt)
    if charset is None:
        return _decode_undeclared(body)
    if not charset.codec:
        decoded = _decode_undeclared(body)
        return decoded._replace(warning=f"{charset.doubt}; read as {decoded.encoding}")
    codec = charset.codec
    if codec.startswith("utf-16") and b"\0" not in body[:_HEAD]:
        codec = "utf-8"  # what can be read as ASCII is not UTF-16, whatever it says
    decoded = _decode_as(body, codec)
    if codec != "utf-8" and not decoded.warning and not body.isascii() and _is_utf_8(body):
        warning = f"declared as {charset.label}, but the bytes look like UTF-8"
        return decoded._replace(warning=warning)
    return decoded._replace(warning=decoded.warning or charset.doubt)


def _declared(body: bytes, content_type: str, *, html: bool) -> _Charset | None:
    """The charset that counts; if no label is known the first that is not, None without any."""
    kind, label = media_type(content_type)
    unknown = None
    if label:
        charset = _charset(label.lower())
        if charset.codec:
            return charset
        unknown = charset
    if not html:
        return unknown
    is_xml = kind.endswith("xml")
    for label in chain(xml_label(body) if is_xml else (), declared_labels(body)):
        charset = _charset(label.lower())
        if charset.codec:
            return charset
        unknown = unknown or charset
    return unknown


@lru_cache(maxsize=512)
def _charset(label: str) -> _Charset:
    if label in _REFUSED:
        return _Charset(_REFUSED[label], label, f"browsers refuse the declared charset {label!r}")
    spellings = (label, label.replace("_", "-")) if label.isascii() else ()
    encoding = next(filter(None, map(webencodings.lookup, spellings)), None)
    if encoding is None or encoding.name == "replacement":
        return _Charset("", label, f"the declared charset {label!r} is unknown")
    codec = _CODECS.get(encoding.name) or encoding.codec_info.name
    return _Charset(codec, label)


def _decode_undeclared(body: bytes) -> Decoded:
    try:
        return Decoded(body.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        text, good, bad, cut = _as_utf_8(body, error)
    if good < bad or not good:
        return _decode_as(body, "cp1252")
    if cut:
        return Decoded(text, "utf-8", _CUT)
    warning = f"{_counted(bad)} not utf-8, as all others are: read as windows-1252"
    return Decoded(body.decode("utf-8", "housecall-1252"), "utf-8", warning)


def _decode_as(body: bytes, encoding: str) -> Decoded:
    """Decode what is declared: what does not fit becomes U+FFFD, as in browsers."""
    try:
        return Decoded(body.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8":
            text, good, bad, cut = _as_utf_8(body, error)
            if cut:
                return Decoded(text, encoding, _CUT)
            if bad > good and bad >= _NOT_A_SLIP:
                warning = f"declared as utf-8, but {_counted(bad)} not: read as windows-1252"
                return Decoded(body.decode("cp1252", "housecall-web"), "cp1252", warning)
        else:
            text = body.decode(encoding, "housecall-web")
            bad = text.count("\ufffd")
    return Decoded(text, encoding, f"{_counted(bad)} not {encoding}: read as U+FFFD" if bad else "")


def _as_utf_8(body: bytes, error: UnicodeDecodeError) -> tuple[str, int, int, bool]:
    """What is no UTF-8 as text; how many characters beyond ASCII are good and bad in it; and
    whether only the last one is bad, of which the end is missing."""
    text = body.decode("utf-8", "replace")
    marks = text.count("\ufffd")
    bad = marks - body.count("\ufffd".encode())
    good = len(text) - len(text.encode("ascii", "ignore")) - marks
    cut = error.end == len(body) and error.reason == "unexpected end of data"
    return text, good, bad, cut


def _counted(bad: int) -> str:
    return "1 character is" if bad == 1 else f"{bad} characters are"


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _as_1252(error: UnicodeError) -> tuple[str, int]:
    """Read what does not fit as windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", "housecall-web"), error.end


def _as_web(error: UnicodeError) -> tuple[str, int]:
    """Read what Python's codecs lack of the standard's tables; U+FFFD for all else."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad, encoding = error.object[error.start : error.start + 2], error.encoding
    if len(bad) == 2 and encoding in ("euc_jp", "iso2022_jp_ext"):
        row, cell = ((byte & 0x7F) - 0x20 for byte in bad)
        if (text := _of_vendors(row, cell)) and bad[0] & 0x80 == bad[1] & 0x80:
            return text, error.start + 2
    if encoding == "gb18030" and bad[0] == 0x80:
        return "\u20ac", error.start + 1
    if encoding.startswith(("cp12", "cp874", "charmap")) and bad[0] < 0xA0:
        return chr(bad[0]), error.start + 1
    return "\ufffd", error.end


def _of_vendors(row: int, cell: int) -> str:
    """A character of JIS X 0208 with NEC's and IBM's rows, which Python has in Shift JIS only."""
    if not (1 <= row <= 94 and 1 <= cell <= 94):
        return ""
    lead = (row - 1) // 2 + (0x81 if row < 63 else 0xC1)
    trail = cell + (0x9E if row % 2 == 0 else 0x40 if cell > 63 else 0x3F)
    return bytes((lead, trail)).decode("cp932", "ignore")


codecs.register_error("housecall-1252", _as_1252)
codecs.register_error("housecall-web", _as_web)
