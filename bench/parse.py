"""Reading one page: ours, beside BeautifulSoup(html.parser) over the whole page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from statistics import fmean, median

from bs4 import BeautifulSoup
from bs4.element import PreformattedString, Tag

from bench.measure import Result, interleaved
from parsers import read
from parsers.page.charset import decode
from parsers.page.line_reader import LineReader
from parsers.page.lines import Document
from parsers.page.opened import OpenPage
from parsers.qa.labels import LABEL_TESTS
from parsers.readers.best import read_page
from parsers.records import Capture, Reading
from parsers.urls import question_of, site_for
from sample import Site

PAGES = 200


def feed_soup(soup: Tag, reader: LineReader) -> None:
    """Call a reader with the tags and texts of BeautifulSoup's tree."""
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


class SoupPage(OpenPage):
    """A page whose lines are those of BeautifulSoup(html.parser)."""

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The whole page."""
        text = decode(self.capture.body, self.capture.content_type).text
        return BeautifulSoup(text, "html.parser", multi_valued_attributes=None)

    @cached_property
    def document(self) -> Document:
        """The lines of the whole page."""
        reader = LineReader(self.labels)
        feed_soup(self.soup, reader)
        return reader.document()


def read_whole_page(capture: Capture, page_of: type[SoupPage] = SoupPage) -> Reading:
    """What we read, by the same rules, from BeautifulSoup(html.parser) over the whole page."""
    site, address = site_for(capture.url), question_of(capture.url)
    if site is None or address is None:
        return Reading()
    return read_page(page_of(capture, LABEL_TESTS), site, address)


def parse(rounds: int) -> dict[str, Result]:
    """Measure milliseconds a page, over pages of about 30 KB of every era and charset.

    Both must give the same records, or the comparison would not be one.
    """
    captures = question_pages(PAGES)
    differing = [c.url for c in captures if texts(read(c)) != texts(read_whole_page(c))]
    if len(differing) > len(captures) // 50:
        raise RuntimeError(f"the two readings differ on {len(differing)} pages: {differing[:3]}")
    ours, peer = interleaved(
        rounds,
        lambda: milliseconds(lambda capture: read(capture, outlinks=True), captures),
        lambda: milliseconds(read_whole_page, captures),
    )
    kilobytes = fmean(len(capture.body) for capture in captures) / 1024
    more = {"page_kb": round(kilobytes, 1), "pages": len(captures)}
    peer_is = "BeautifulSoup(html.parser) over the whole page, same records"
    return {"parse": Result(median(ours), median(peer), "ms/page", peer_is, more)}


def question_pages(count: int) -> list[Capture]:
    """Question pages of the sample site as portal pages of 30 KB."""
    site = Site(pages=count, kb=30, slow=0.0, big=0.0)
    captures = []
    for path in site.urls():
        status, headers, body = site.response(path)
        if status == 200 and site.truth(path[14:-4]) is not None:
            captures.append(_capture(path, headers["Content-Type"], body))
    return captures


def _capture(path: str, content_type: str, body: bytes) -> Capture:
    url = f"http://127.0.0.1:8000{path}"
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Capture(url, when, body, content_type, 200, "live", "urn:uuid:0")


def texts(reading: Reading) -> object:
    return [
        (page.title, page.question, page.answer, page.responders, page.topics)
        for page in reading.pages
    ]


def milliseconds(reader: Callable[[Capture], Reading], captures: list[Capture]) -> float:
    started = time.process_time()
    for capture in captures:
        reader(capture)
    return (time.process_time() - started) * 1000 / len(captures)
