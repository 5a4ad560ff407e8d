"""Where a reference leads, as the URL Standard says it (https://url.spec.whatwg.org). Pure.

ada-url parses as that standard has it. Of the HTML Standard
(https://html.spec.whatwg.org) there is here what surrounds it: the base of a page, the page's
charset in a query, what a refresh says.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from urllib.parse import quote

from ada_url import check_url, join_url, normalize_url

#: What answers with a Location that is followed. Chrome stays at a 300, Firefox does not.
REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})

_CONTROLS = "".join(map(chr, range(33)))
_DROPPED = dict.fromkeys(map(ord, "\t\r\n"))
_QUERY = re.compile(r"([^?#]*\?)([^#]*)(.*)", re.S)
# Of a query in HTTP; all else is percent-encoded ("special-query percent-encode set").
_IN_QUERY = "!$%&()*+,-./:;=?@[\\]^_`{|}~"
# What is decoded by the larger table is encoded by the smaller (Encoding Standard): Big5 without
# Hong Kong's letters, GBK, which pages say more often than gb18030, and ISO-2022-JP without JIS
# X 0212.
_ENCODERS = {"gb18030": "gbk", "big5hkscs": "cp950", "iso2022_jp_ext": "iso2022_jp"}
_JIS_X_0212 = re.compile(rb"\x8f[\xa1-\xfe]{2}")  # in EUC-JP; likewise never encoded
_OTHER_SCHEME = re.compile(r"(?!https?:|ftp:)[a-z][a-z0-9+.-]*:", re.I)
_NO_BASE = re.compile(r"(?:data|javascript):", re.I)
_RAW_BYTE = re.compile("[\x80-\xff]")
# "Shared declarative refresh steps": a delay, what separates it, and the address.
_SPACE = r"[ \t\n\f\r]*+"
_REFRESH = re.compile(
    rf"{_SPACE}(?:[0-9]++|(?=\.))[0-9.]*+(?:{_SPACE}[;,]|[ \t\n\f\r]){_SPACE}(.+)", re.S
)
_URL_IS = re.compile(rf"url{_SPACE}={_SPACE}", re.I)


def absolute(base: str, reference: str) -> str | None:
    """The address that a reference means, as browsers write it; None if it means none.

    :param base: the address to which it is relative; one that is none serves for whole addresses
    """
    try:
        return str(join_url(base, reference))
    except ValueError:
        pass
    try:
        return None if check_url(base) else str(normalize_url(reference))
    except ValueError:
        return None


def as_sent(url: str) -> str:
    """A whole address as it is asked for: as browsers write it, without a fragment.

    One that means nothing to them comes back as it is.
    """
    return (absolute(url, "") or url).partition("#")[0]


def base_of(url: str, href: str) -> str:
    """The base of a page's references (HTML Standard, "fallback base URL").

    :param url: the page's address
    :param href: of its ``<base>``; "" where there is none
    """
    base = absolute(url, href) if href else None
    return url if base is None or _NO_BASE.match(base) else base


def in_charset(references: Iterable[str], codec: str) -> tuple[str, ...]:
    """A page's references, the queries of which are in its charset, in which browsers send them.

    Letters that it lacks become ``&#NNN;``, percent-encoded (URL Standard, "percent-encode after
    encoding"). All else of an address is in UTF-8.

    :param codec: Python's, with which the page was decoded; "" for UTF-8
    """
    references = tuple(references)
    if codec in ("", "utf-8") or codec.startswith("utf-16") or "".join(references).isascii():
        return references
    codec = _ENCODERS.get(codec, codec)
    return tuple(
        each if each.isascii() else _with_query_in(each.strip(_CONTROLS).translate(_DROPPED), codec)
        for each in references
    )


def _with_query_in(reference: str, codec: str) -> str:
    parts = _QUERY.fullmatch(reference)
    if parts is None or _OTHER_SCHEME.match(reference):
        return reference
    query = parts[2].encode(codec, "housecall-reference")
    if codec == "euc_jp":
        query = _JIS_X_0212.sub(lambda letter: _numeric(letter[0].decode(codec)).encode(), query)
    return parts[1] + quote(query, _IN_QUERY) + parts[3]


def _numeric(letters: str) -> str:
    """Letters as numeric references of HTML, percent-encoded."""
    return "".join(f"%26%23{ord(letter)}%3B" for letter in letters)


def _as_reference(error: UnicodeError) -> tuple[str | bytes, int]:
    """What to send of letters that a charset lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    if error.encoding == "gbk" and letters == "\u20ac":
        return b"\x80", error.end
    if (
        error.encoding == "charmap" and "\x80" <= letters <= "\x9f"
    ):  # the free places of windows-125x
        return letters.encode("latin-1"), error.end
    return _numeric(letters), error.end


def refresh_target(content: str) -> str | None:
    """The address to which a refresh leads, as written; None if to none but the page itself.

    :param content: of ``<meta http-equiv="refresh">``, or of the header of that name
    """
    match = _REFRESH.match(content)
    if match is None:
        return None
    address = _URL_IS.sub("", match[1], 1) if _URL_IS.match(match[1]) else match[1]
    if address[:1] in ("'", '"'):
        address = address[1:].partition(address[0])[0]
    return address


def head_target(status: int, location: str, refresh: str) -> str:
    """Where the head of an answer leads; "" if nowhere.

    :param location, refresh: values of its fields, a letter for each byte (latin-1)
    """
    return escaped(location if status in REDIRECTS else refresh_target(refresh) or "")


def escaped(text: str) -> str:
    """Text of unknown charset, a letter for each byte (latin-1), as browsers put it into an
    address: what is no ASCII is percent-encoded byte by byte."""
    return _RAW_BYTE.sub(lambda byte: f"%{ord(byte[0]):02X}", text)


codecs.register_error("housecall-reference", _as_reference)
