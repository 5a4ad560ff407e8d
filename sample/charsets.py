"""How a page's characters are sent, and who says so.

As in browsers, "iso-8859-1" means windows-1252, a header outranks a <meta>, and a page
that declares nothing is UTF-8 if its bytes are valid UTF-8, and windows-1252 if not.
"""

from __future__ import annotations

from dataclasses import dataclass
from html.entities import codepoint2name


@dataclass(frozen=True, slots=True)
class Charset:
    """One way of sending characters.

    ``header`` and ``meta`` are the names declared there ("" for none), ``codec`` is what
    Python encodes with. ``named``: everything beyond ASCII goes as ``&eacute;``.
    """

    name: str
    header: str
    meta: str
    codec: str
    named: bool = False

    @property
    def content_type(self) -> str:
        """The Content-Type header."""
        return f"text/html; charset={self.header}" if self.header else "text/html"

    def encode(self, html: str) -> bytes:
        """The bytes of a page. What the codec lacks goes as a character reference."""
        if self.named:
            html = "".join(_named(char) for char in html) if not html.isascii() else html
        return html.encode(self.codec, "xmlcharrefreplace")


def _named(char: str) -> str:
    if char.isascii():
        return char
    name = codepoint2name.get(ord(char))
    return f"&{name};" if name else char


CHARSETS = (
    Charset("latin-1 by header", "ISO-8859-1", "", "latin-1"),
    Charset("latin-1 by meta, entities", "", "iso-8859-1", "latin-1", named=True),
    Charset("latin-1 in name only", "", "iso-8859-1", "cp1252"),
    Charset("windows-1252 by header", "windows-1252", "", "cp1252"),
    Charset("windows-1252 by meta", "", "windows-1252", "cp1252"),
    Charset("utf-8 by header", "UTF-8", "", "utf-8"),
    Charset("utf-8 by meta", "", "utf-8", "utf-8"),
    Charset("windows-1252 undeclared", "", "", "cp1252"),
    Charset("utf-8 undeclared", "", "", "utf-8"),
    Charset("utf-8 by header against the meta", "utf-8", "iso-8859-1", "utf-8"),
)
PLAIN = CHARSETS[5]  # for pages where the character set is beside the point
