"""Reads captures: bytes in, records out. No I/O, no clock, no Scrapy, no SQL.

``parse`` serves the live crawl, web archives, imported files and re-extraction alike::

    page = parse(Capture(url, captured_at, body, "text/html", 200, "file", record_id))
"""

from __future__ import annotations

from parsers.json_form import as_json, canonical_json, from_json
from parsers.records import Capture, ParseError, QAPage, Reading
from parsers.sites.declaration import DeclarationError, read_declaration
from parsers.urls import canonical_url, declare, is_question_url

__all__ = [
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


def read(capture: Capture, *, outlinks: bool = False, anywhere: bool = False) -> Reading:
    """Everything that one capture says. Raises nothing, whatever the bytes.

    :param outlinks: give the page's links as well
    :param anywhere: read pages of hosts that nobody declares, too
    """
    # Late: the readers take a fifth of a second, and most commands read no page.
    from parsers.readers.best import read_capture

    try:
        return read_capture(capture, outlinks=outlinks, anywhere=anywhere)
    except Exception as bug:  # one page must never end a crawl of thousands
        why = f"the parser failed: {type(bug).__name__}: {bug}"
        return Reading(error=ParseError("parser", why, capture.url))


def parse(capture: Capture) -> QAPage | None:
    """The first record of a question page; None for a page that is not one.

    :raises ParseError: naming the field of a question page that cannot be read
    """
    reading = read(capture)
    if reading.error is not None:
        raise reading.error
    return reading.pages[0] if reading.pages else None
