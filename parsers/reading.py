"""A capture read: its site, its records, its links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from parsers.links import absolute, base_of, in_charset
from parsers.page.document import open_document
from parsers.page.lines import Document
from parsers.page.opened import OpenPage
from parsers.qa.labels import LABEL_TESTS
from parsers.readers.best import read_page, undeclared
from parsers.records import Capture, ParseError, Reading
from parsers.urls import is_question_url, question_of, site_for

#: A page is kilobytes. A parser needs thirty times the memory of what it reads (bytes).
MAX_BODY = 8 << 20
_GONE = (404, 410)


def read_capture(capture: Capture, *, outlinks: bool, anywhere: bool) -> Reading:
    """See :func:`parsers.read`, which catches what this raises."""
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
