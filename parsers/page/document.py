"""A capture opened: bytes to text to lines, and the addresses that stand in the page.

lxml parses HTML, and calls a :class:`LineReader` with each tag and text as it comes. No tree is
built, so time and memory grow with the size of a page and with nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from lxml import etree

from parsers.page.charset import Decoded, decode
from parsers.page.line_reader import LabelTests, LineReader
from parsers.page.lines import Document
from parsers.page.media_type import Kind, kind_of
from parsers.page.text_lines import plain_title, text_lines
from parsers.records import Capture

_IS_HTML = re.compile(
    r"\s*+(?:<\?xml\b(?>.*?\?>)\s*+)?+(?:(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.I | re.S,
)
_ANY_TAG = re.compile(r"<[a-z!/][^<>]*>", re.I)
# lxml closes all that is open at </body> and </html>; browsers go on.
# (Written without re.I, which would keep the search from skipping to the next "</".)
_CLOSERS = re.compile(rb"</(?:[Hh][Tt][Mm][Ll]|[Bb][Oo][Dd][Yy])\s*>")
# libxml2 looks for what an end tag closes among all open elements, so that its time may grow
# with the square of a page.
_MANY_TAGS = 50_000  # fewer take no time however they are nested
_NO_LABELS = LabelTests(lambda image: False, lambda cell: False)
_DEEPEST = 2000  # elements within each other; no honest page comes near
_MOST_OF_A_KIND = 100  # where a page comes near all the same
_TAG = re.compile(rb"<(/?)([a-zA-Z][^\s/<>]*)[^<>]*>")
_HOLD_NO_ELEMENTS = frozenset(
    b"area base br col embed hr img input link meta param source track wbr frame basefont "
    b"script style textarea title xmp".split()
)
_MOST_FRAMES = 3


def open_document(
    capture: Capture, labels: LabelTests, *, decoded: Decoded | None = None, lines: bool = True
) -> Document:
    """Read a capture's body, HTML or a text rendering; empty for other media types.

    :param decoded: its text, where that is known
    :param lines: False to leave the lines of HTML out, where only addresses count
    """
    kind = kind_of(capture.content_type, capture.body)
    if kind is Kind.OTHER:
        return Document()
    text, encoding, warning = decoded or decode_page(capture)
    if _IS_HTML.match(text) or (kind is Kind.HTML and _ANY_TAG.search(text)):
        page = read_html(text, labels, lines=lines)
        return replace(page, complete=_is_complete(text), warning=warning, encoding=encoding)
    plain = text_lines(text.replace("\0", ""))
    return Document(plain, plain_title(plain), warning=warning, plain=True)


def decode_page(capture: Capture) -> Decoded:
    """The text of a page; what a text rendering says of a charset is no declaration."""
    html = kind_of(capture.content_type, capture.body) is not Kind.TEXT
    decoded = decode(capture.body, capture.content_type, html=html)
    if not html and _IS_HTML.match(decoded.text):
        return decode(capture.body, capture.content_type)
    return decoded


def _is_complete(text: str) -> bool:
    """Whether a page closes the ``<html>`` that it opens; others may have been cut short."""
    return "<html" not in text[:2000].lower() or "</html" in text[-4000:].lower()


def markup_of(source: str) -> bytes:
    """A page as libxml2 should be given it, in UTF-8."""
    return _CLOSERS.sub(b"", source.encode("utf-8", "replace").replace(b"\0", b""))


def is_shallow(markup: bytes) -> bool:
    """Whether a page's elements are nested no deeper than libxml2 closes them in good time."""
    if markup.count(b"<") < _MANY_TAGS:
        return True
    reader = _ShallowReader(_NO_LABELS, 1)
    try:
        etree.fromstring(markup, etree.HTMLParser(encoding="utf-8", huge_tree=True, target=reader))
    except _TooDeepError:
        return False
    return True


def read_html(
    source: str, labels: LabelTests, *, lines: bool = True, frames: int = _MOST_FRAMES
) -> Document:
    """Read a page; never fails, whatever the source.

    :param lines: False to leave them out, where only the addresses in a page count
    :param frames: how deep documents may stand in each other's ``srcdoc``
    """
    markup = markup_of(source)
    tags = markup.count(b"<")
    reader = (LineReader if tags < _MANY_TAGS else _ShallowReader)(labels, 0 if lines else 1)
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, target=reader)
    try:
        etree.fromstring(markup, parser)
    except _TooDeepError:
        reader = _ShallowReader(labels, 0 if lines else 1)
        parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, target=reader)
        with suppress(_TooDeepError):  # again, by tags in comments: what was read is read
            etree.fromstring(_flattened(markup), parser)
    page = reader.document()
    if not reader.srcdocs or not frames:
        return page
    inner = (read_html(each, labels, lines=False, frames=frames - 1) for each in reader.srcdocs)
    return replace(page, frames=tuple(inner))


def _flattened(markup: bytes) -> bytes:
    """Markup in which elements within many of their kind hold nothing: what they held follows
    them, as in browsers (Blink goes 512 deep). Comments and values are not told from tags."""
    opened: list[bytes] = []
    counts = Counter[bytes]()
    closed_at_once = Counter[bytes]()

    def tag(match: re.Match[bytes]) -> bytes:
        name = match[2].lower()
        if match[1]:
            if closed_at_once[name]:
                closed_at_once[name] -= 1
                return b""
            if opened and opened[-1] == name:
                counts[opened.pop()] -= 1
        elif name not in _HOLD_NO_ELEMENTS:
            if counts[name] >= _MOST_OF_A_KIND or len(opened) >= _DEEPEST // 2:
                closed_at_once[name] += 1
                return b"%b</%b>" % (match[0], match[2])
            opened.append(name)
            counts[name] += 1
        return match[0]

    return _TAG.sub(tag, markup)


class _TooDeepError(Exception):
    """More elements stand within each other than libxml2 closes in good time."""


@dataclass(slots=True)
class _ShallowReader(LineReader):
    """A reader that gives up where a page is too deep."""

    depth: int = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _TooDeepError
        LineReader.start(self, name, attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        LineReader.end(self, name)
