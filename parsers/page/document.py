"""A capture opened: bytes to text to lines, and the addresses that stand in the page.

lxml parses HTML, and calls a :class:`LineReader` with each tag and text as it comes. No tree is
built, so time and memory grow with the size of a page and with nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lxml import etree

from parsers.page.charset import Decoded, decode
from parsers.page.line_reader import LabelTests, LineReader
from parsers.page.lines import Document
from parsers.page.media_type import Kind, kind_of
from parsers.page.text_lines import plain_title, text_lines
from parsers.records import Capture

if TYPE_CHECKING:
    from bs4 import Tag

_IS_HTML = re.compile(
    r"\s*+(?:<\?xml\b(?>.*?\?>)\s*+)?+(?:(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.I | re.S,
)
_ANY_TAG = re.compile(r"<[a-z!/][^<>]*>", re.I)
# lxml closes all that is open at </body> and </html>; browsers go on.
# (Written without re.I, which would keep the search from skipping to the next "</".)
_CLOSERS = re.compile(rb"</(?:[Hh][Tt][Mm][Ll]|[Bb][Oo][Dd][Yy])\s*>")
# libxml2 looks for what an end tag closes among all open elements, so that its time may grow
# with the square of a page; BeautifulSoup counts what is open.
_MANY_TAGS = 50_000  # fewer take no time however they are nested
_NO_LABELS = LabelTests(lambda image: False, lambda cell: False)
_DEEPEST = 2000  # elements within each other; no honest page comes near
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
        reader = LineReader(labels, 0 if lines else 1)
        feed_soup(_deep_soup(markup), reader)
    page = reader.document()
    if not reader.srcdocs or not frames:
        return page
    inner = (read_html(each, labels, lines=False, frames=frames - 1) for each in reader.srcdocs)
    return replace(page, frames=tuple(inner))


def _deep_soup(markup: bytes) -> Tag:
    """BeautifulSoup's tree of a page that is thousands of elements deep."""
    from bs4 import BeautifulSoup  # for hardly any page, and slow to load

    class Unlinked(BeautifulSoup):
        def _linkage_fixer(self, el: Tag) -> None:
            """Leave ``next_element`` as it is: mending it asks all elements above, each time."""

    return Unlinked(markup, "html.parser", multi_valued_attributes=None)


def feed_soup(soup: Tag, reader: LineReader) -> None:
    """Call a reader with the tags and texts of BeautifulSoup's tree."""
    from bs4.element import PreformattedString, Tag

    stack: list[tuple[str, Iterator[object]]] = [("", iter(soup.contents))]
    while stack:
        name, children = stack[-1]
        for child in children:
            if isinstance(child, Tag):
                reader.start(child.name, child.attrs)  # type: ignore[arg-type]
                stack.append((child.name, iter(child.contents)))
                break
            if not isinstance(child, PreformattedString):  # no comment, no doctype
                reader.data(str(child))
        else:
            stack.pop()
            if stack:
                reader.end(name)


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
