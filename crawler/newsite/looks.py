"""What is seen on one page of a site that nobody has declared yet. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from lxml import html

from parsers.page.opened import OpenPage
from parsers.qa.labels import LABEL_TESTS
from parsers.readers.best import read_page, undeclared
from parsers.records import Capture, QAPage, Reading
from parsers.sites.declaration import READERS
from parsers.urls import canonical_url

_FEED = re.compile(r"application/(?:rss|atom|rdf)\+xml", re.I)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})?", re.I)
_SURE = 0.5  # of a reading, below which a page does not count as a question page


@dataclass(frozen=True)
class Look:
    """A page that was looked at.

    ``links`` are the addresses on the same host with the text of their links, ``feeds`` those
    of feeds that the page names. ``readings`` are what each reader makes of it, by its name,
    ``reading`` is the surest.
    """

    capture: Capture
    links: Mapping[str, str]
    feeds: tuple[str, ...]
    language: str
    site_title: str
    readings: Mapping[str, Reading]
    reading: Reading

    @property
    def url(self) -> str:
        """The page's address."""
        return self.capture.url

    @property
    def pages(self) -> tuple[QAPage, ...]:
        """Its questions, if it is sure to be a question page."""
        pages = self.reading.pages
        return pages if pages and min(page.confidence for page in pages) >= _SURE else ()


def look_at(capture: Capture) -> Look:
    """Look at a page."""
    page = OpenPage(capture, LABEL_TESTS)
    site, address = undeclared(capture.url)
    readings = {
        reader: read_page(page, replace(site, reader=reader), address)
        for reader in READERS
        if reader != "selectors"
    }
    return Look(
        capture=capture,
        links=_links(page),
        feeds=_feeds(page),
        language=_language(page),
        site_title=_site_title(page),
        readings=readings,
        reading=read_page(page, site, address),
    )


def _links(page: OpenPage) -> dict[str, str]:
    """The addresses on the page's host that it links to, each with the longest of its texts."""
    base = _absolute(page.url, page.document.base) or page.url
    links: dict[str, str] = {}
    host = urlsplit(page.url).netloc
    texts = {anchor.href: anchor.text for line in page.document.lines for anchor in line.links}
    for href in page.document.outlinks:
        url = _absolute(base, href)
        if url is not None and urlsplit(url).netloc == host:
            text = texts.get(href, "")
            links[url] = max(links.get(url, ""), text, key=len)
    return links


def _absolute(base: str, href: str) -> str | None:
    try:
        parts = urlsplit(urljoin(base, href.strip()))
    except ValueError:
        return None
    if not href.strip() or parts.scheme not in ("http", "https"):
        return None
    return parts._replace(fragment="").geturl()


def _feeds(page: OpenPage) -> tuple[str, ...]:
    found = (
        _absolute(page.url, element.get("href", ""))
        for element in _elements(page, "link")
        if _FEED.fullmatch(element.get("type", "").strip())
    )
    return tuple(dict.fromkeys(url for url in found if url))


def _language(page: OpenPage) -> str:
    root = page.tree
    said = (root.get("lang") or root.get("xml:lang") or "") if root is not None else ""
    match = _LANGUAGE.match(said.strip().replace("_", "-"))
    return match[0] if match else ""


def _site_title(page: OpenPage) -> str:
    for element in _elements(page, "meta"):
        if element.get("property") == "og:site_name" or element.get("name") == "application-name":
            return " ".join(element.get("content", "").split())
    return ""


def _elements(page: OpenPage, name: str) -> Iterable[html.HtmlElement]:
    return page.tree.iter(name) if page.tree is not None else ()


def common_title(looks: Iterable[Look], host: str) -> str:
    """What the site calls itself: what its pages say, or what their titles end with."""
    titles = Counter(look.site_title for look in looks if look.site_title)
    return titles.most_common(1)[0][0] if titles else host


def common_language(looks: Iterable[Look]) -> str:
    """The language that most pages say they are in; "" if none does."""
    languages = Counter(look.language for look in looks if look.language)
    return languages.most_common(1)[0][0] if languages else ""


def canonical_key(url: str) -> str:
    """By what two addresses of one page are known to be the same."""
    return canonical_url(url)
