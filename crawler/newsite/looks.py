"""What is seen on one page of a site that nobody has declared yet. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import html

from parsers.links import absolute, in_charset
from parsers.page.media_type import Kind, kind_of
from parsers.page.opened import OpenPage
from parsers.qa.labels import LABEL_TESTS
from parsers.readers.best import read_page, undeclared
from parsers.records import Capture, QAPage, Reading
from parsers.sites.declaration import READERS
from pipelines.capture.page_deadline import within_deadline

_FEED = re.compile(r"application/(?:rss|atom|rdf)\+xml", re.I)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})?", re.I)
_SEPARATOR = re.compile(r"\s[-–—|·•»:]+\s|\s*\|\s*")
_FEW = 4  # words, which are no answer
_SURE = 0.5  # of a reading, below which a page does not count as a question page


@dataclass(frozen=True)
class Look:
    """A page that was looked at.

    ``title`` is its own, ``site_title`` what it calls the site, "" if it does not say it.
    ``links`` are the addresses on the same host with the text of their links, ``feeds`` those
    of feeds that the page names. ``readings`` are what each reader makes of it, by its name,
    ``reading`` is the surest.
    """

    capture: Capture
    links: Mapping[str, str]
    feeds: tuple[str, ...]
    language: str
    title: str
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
        if not pages or min(page.confidence for page in pages) < _SURE or self._is_list:
            return ()
        return pages

    @property
    def _is_list(self) -> bool:
        """Whether the seeming answers are entries of a list: a line of each is a link, or it has
        few words."""
        titles = {text for text in self.links.values() if len(text.split()) > 1}
        answers = [answer for page in self.reading.pages for answer in page.answers]
        entries = sum(
            len(answer.text.split()) < _FEW or not titles.isdisjoint(answer.text.split("\n"))
            for answer in answers
        )
        return len(answers) > 1 and entries * 2 > len(answers)


def is_page(capture: Capture) -> bool:
    """Whether a capture is a page for people, and was there."""
    kind = kind_of(capture.content_type, capture.body)
    return 200 <= capture.status < 300 and kind is not Kind.OTHER


def look_at(capture: Capture) -> Look:
    """Look at a page."""
    page = OpenPage(capture, LABEL_TESTS)
    site, address = undeclared(capture.url)

    def read(reader: str = "") -> Reading:
        return within_deadline(capture, lambda: read_page(page, site, address, reader))

    return Look(
        capture=capture,
        links=_links(page),
        feeds=_feeds(page),
        language=_language(page),
        title=page.document.title,
        site_title=_site_title(page),
        readings={reader: read(reader) for reader in READERS if reader != "selectors"},
        reading=read(),
    )


def _links(page: OpenPage) -> dict[str, str]:
    """The addresses on the page's host that it links to, each with the longest of its texts."""
    base = page.base
    links: dict[str, str] = {}
    host = urlsplit(page.url).netloc
    texts = {anchor.href: anchor.text for line in page.document.lines for anchor in line.links}
    for href in in_charset(page.document.outlinks, page.document.encoding):
        url = _absolute(base, href)
        if url is not None and urlsplit(url).netloc == host:
            text = texts.get(href, "")
            links[url] = max(links.get(url, ""), text, key=len)
    return links


def _absolute(base: str, href: str) -> str | None:
    target = absolute(base, href) if href.strip() else None
    is_web = target is not None and target.startswith(("http://", "https://"))
    return target.partition("#")[0] if target and is_web else None


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


def common_title(looks: Iterable[Look], otherwise: str) -> str:
    """What the site calls itself: what its pages say, or what their titles end or begin with."""
    looks = tuple(looks)
    said = Counter(look.site_title for look in looks if look.site_title)
    if said:
        return said.most_common(1)[0][0]
    names = {look.title for look in looks if look.title}  # a thread may be looked at twice
    for place in (-1, 0):
        parts = Counter(_SEPARATOR.split(name)[place].strip() for name in names)
        part, count = parts.most_common(1)[0] if parts else ("", 0)
        is_all = len(names) == 1 and (len(looks) > 1 or part not in names)
        if part and (count > 1 or is_all):
            return part
    return otherwise


def common_language(looks: Iterable[Look]) -> str:
    """The language that most pages say they are in; "" if none does."""
    languages = Counter(look.language for look in looks if look.language)
    return languages.most_common(1)[0][0] if languages else ""
