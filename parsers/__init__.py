"""Reads captures: bytes in, records out. No I/O, no clock, no Scrapy, no SQL.

``parse`` serves the live crawl, web archives, imported files and re-extraction alike::

    page = parse(Capture(url, captured_at, body, "text/html", 200, "file", record_id))
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from parsers.json_form import as_json, canonical_json, from_json
from parsers.links import absolute, base_of, in_charset
from parsers.page.document import open_document
from parsers.page.lines import Document
from parsers.page.opened import OpenPage
from parsers.qa.labels import LABEL_TESTS
from parsers.readers.best import PARSERS, read_page, undeclared
from parsers.records import Capture, ParseError, QAPage, Reading
from parsers.sites.declaration import DeclarationError, read_declaration
from parsers.urls import canonical_url, declare, is_question_url, question_of, site_for

__all__ = [
    "PARSERS",
    "DeclarationError",
    "as_json",
    "canonical_json",
    "canonical_url",
    "declare",
    "from_json",
    "is_question_url",
    "parse",
    "read",
    "read_declaration",
]

#: A page is kilobytes. A parser needs thirty times the memory of what it reads (bytes).
MAX_BODY = 8 << 20


_GONE = (404, 410)


def read(capture: Capture, *, outlinks: bool = False, anywhere: bool = False) -> Reading:
    """Everything that one capture says. Raises nothing, whatever the bytes.

    :param outlinks: give the page's links as well
    :param anywhere: read pages of hosts that nobody declares, too
    """
    try:
        return _read(capture, outlinks=outlinks, anywhere=anywhere)
    except Exception as bug:  # one page must never end a crawl of thousands
        why = f"the parser failed: {type(bug).__name__}: {bug}"
        return Reading(error=ParseError("parser", why, capture.url))


def _read(capture: Capture, *, outlinks: bool, anywhere: bool) -> Reading:
    page = OpenPage(capture, LABEL_TESTS)
    if len(capture.body) > MAX_BODY:
        if not is_question_url(capture.url):
            return Reading()
        why = f"{len(capture.body)} bytes are no page (at most {MAX_BODY})"
        return Reading(error=ParseError("body", why, capture.url))
    site, address = site_for(page.url), question_of(page.url)
    if anywhere and site is None:
        site, address = undeclared(page.url)
    if site is None or address is None or not 200 <= capture.status < 300:
        gone = capture.status in _GONE and is_question_url(capture.url)
        document = open_document(capture, LABEL_TESTS, lines=False) if outlinks else Document()
        links = tuple(_outlinks(document, page.url))
        return Reading(gone=gone, outlinks=links)
    reading = read_page(page, site, address)
    links = tuple(_outlinks(page.document, page.url)) if outlinks else ()
    return replace(reading, outlinks=links) if outlinks else reading


def _outlinks(document: Document, url: str) -> Iterator[str]:
    """The links of a page as written, but for the charset of their queries; where it has a base,
    as they are meant."""
    links = in_charset(document.outlinks, document.encoding)
    if document.base:
        base = base_of(url, document.base)
        yield from (absolute(base, link) or link for link in links)
    else:
        yield from links
    for frame in document.frames:
        yield from _outlinks(frame, base_of(url, document.base))


def parse(capture: Capture) -> QAPage | None:
    """The first record of a question page; None for a page that is not one.

    :raises ParseError: naming the field of a question page that cannot be read
    """
    reading = read(capture)
    if reading.error is not None:
        raise reading.error
    return reading.pages[0] if reading.pages else None
