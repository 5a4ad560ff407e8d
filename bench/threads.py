"""Reading a page of a forum: ours, beside the same rules after BeautifulSoup(html.parser)."""

from __future__ import annotations

from functools import cached_property, partial
from statistics import fmean, median

from bs4 import BeautifulSoup
from lxml import html
from lxml.html import soupparser

from bench.measure import Result, interleaved
from bench.parse import SoupPage, milliseconds, read_whole_page, texts
from parsers import declare, read, read_declaration
from parsers.qa.labels import LABEL_TESTS
from parsers.records import Capture
from sample.kinds.check import capture
from sample.kinds.site import KindSite

KINDS = ("phpbb", "discourse")
PAGES = 60  # threads of each kind


class _SoupTree(SoupPage):
    """A page whose tree is that of BeautifulSoup(html.parser)."""

    trees: dict[str, html.HtmlElement] = {}  # noqa: RUF012  (made before anything is timed)

    @cached_property
    def tree(self) -> html.HtmlElement | None:
        """The tree of the page, in the form that our rules take, once the page is parsed."""
        return self.trees.get(self.capture.url) if self.soup else None


def threads(rounds: int) -> dict[str, Result]:
    """Measure milliseconds a page, over pages of threads of two kinds of software.

    Both must give the same records. What it takes to turn the peer's tree into one of lxml is
    not counted.
    """
    # Each at an address of its own: of two declarations of a host one counts.
    sites = [
        KindSite(kind=kind, pages=PAGES, base=f"http://127.0.0.1:{8000 + n}")
        for n, kind in enumerate(KINDS)
    ]
    declare([read_declaration(site.declaration(), f"{site.kind}.toml") for site in sites])
    try:
        captures = [capture(site, known.target) for site in sites for known in site.known_pages()]
        for each in captures:
            soup = _SoupTree(each, LABEL_TESTS).soup
            _SoupTree.trees[each.url] = _converted(soup)
        peer_read = partial(read_whole_page, page_of=_SoupTree)
        differing = [c.url for c in captures if texts(read(c)) != texts(peer_read(c))]
        if len(differing) > len(captures) // 50:
            raise RuntimeError(f"the two differ on {len(differing)} pages: {differing[:3]}")
        ours, peer = interleaved(
            rounds,
            lambda: milliseconds(lambda each: read(each, outlinks=True), captures),
            lambda: milliseconds(peer_read, captures),
        )
    finally:
        declare([])
    return {"threads": _result(median(ours), median(peer), captures)}


def _converted(soup: BeautifulSoup) -> html.HtmlElement:
    """A tree of BeautifulSoup as one of lxml."""
    make = html.html_parser.makeelement
    root = make("html")
    root.extend(soupparser.convert_tree(soup, makeelement=make))
    return root


def _result(ours: float, peer: float, captures: list[Capture]) -> Result:
    kilobytes = fmean(len(each.body) for each in captures) / 1024
    more = {"page_kb": round(kilobytes, 1), "pages": len(captures)}
    peer_is = "BeautifulSoup(html.parser) over the whole page, same rules and records"
    return Result(ours, peer, "ms/page", peer_is, more)
