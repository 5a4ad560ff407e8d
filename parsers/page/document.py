"""A capture opened: bytes to text to lines, and the addresses that stand in the page."""

from __future__ import annotations

import re
from dataclasses import replace

from parsers.page.charset import decode
from parsers.page.html_lines import read_html
from parsers.page.line_reader import LabelTests
from parsers.page.lines import Document
from parsers.page.text_lines import plain_title, text_lines
from parsers.records import Capture

_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml")
_IS_HTML = re.compile(
    r"\s*+(?:<\?xml\b(?>.*?\?>)\s*+)?+(?:(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.I | re.S,
)
_ANY_TAG = re.compile(r"<[a-z!/][^<>]*>", re.I)


def open_document(capture: Capture, labels: LabelTests, *, lines: bool = True) -> Document:
    """Read a capture's body, HTML or a text rendering; empty for other media types.

    :param lines: False to leave the lines of HTML out, where only addresses count
    """
    media_type = capture.content_type.partition(";")[0].strip().lower()
    if media_type not in ("", "text/plain", *_HTML_TYPES):
        return Document()
    is_plain = media_type == "text/plain"
    text, _, warning = decode(capture.body, capture.content_type, html=not is_plain)
    if _IS_HTML.match(text) or (not is_plain and _ANY_TAG.search(text)):
        page = read_html(text, labels, lines=lines)
        return replace(page, complete=_is_complete(text), warning=warning)
    plain = text_lines(text)
    return Document(plain, plain_title(plain), warning=warning)


def _is_complete(text: str) -> bool:
    """Whether a page closes the ``<html>`` that it opens; others may have been cut short."""
    return "<html" not in text[:2000].lower() or "</html" in text[-4000:].lower()
