"""Reads captures: bytes in, records out. No I/O, no clock, no Scrapy, no SQL.

``parse`` serves the live crawl, web archives, imported files and re-extraction alike::

    page = parse(Capture(url, captured_at, body, "text/html", 200, "file", record_id))
"""

from __future__ import annotations

from collections.abc import Callable

from parsers import netwellness
from parsers.json_form import as_json, canonical_json, from_json
from parsers.records import Capture, ParseError, QAPage, Reading
from parsers.urls import canonical_url, is_question_url, site_of

__all__ = [
    "PARSERS",
    "as_json",
    "canonical_json",
    "canonical_url",
    "from_json",
    "is_question_url",
    "parse",
    "read",
]

PARSERS = (netwellness.PARSER,)
"""The parsers and their versions: what was read by others is to be read again."""

# One module a site. Any other host with the same layout is read as NetWellness is.
_SITES: dict[str, Callable[..., Reading]] = {"netwellness": netwellness.read}


#: A page is kilobytes. A parser needs thirty times the memory of what it reads (bytes).
MAX_BODY = 8 << 20


def read(capture: Capture, *, outlinks: bool = False) -> Reading:
    """Everything that one capture says. Raises nothing, whatever the bytes.

    :param outlinks: give the page's links as well
    """
    if len(capture.body) > MAX_BODY:
        if not is_question_url(capture.url):
            return Reading()
        why = f"{len(capture.body)} bytes are no page (at most {MAX_BODY})"
        return Reading(error=ParseError("body", why, capture.url))
    reader = _SITES.get(site_of(capture.url), netwellness.read)
    try:
        return reader(capture, outlinks=outlinks)
    except Exception as bug:  # one page must never end a crawl of thousands
        why = f"the parser failed: {type(bug).__name__}: {bug}"
        return Reading(error=ParseError("parser", why, capture.url))


def parse(capture: Capture) -> QAPage | None:
    """The record of a question page; None for a page that is not one.

    :raises ParseError: naming the field of a question page that cannot be read
    """
    reading = read(capture)
    if reading.error is not None:
        raise reading.error
    return reading.page
