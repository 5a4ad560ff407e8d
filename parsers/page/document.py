"""HTML documents: parsed once with lxml, cut to the content; or read whole with BeautifulSoup.

A portal page is mostly navigation, and an element costs BeautifulSoup about forty times as
much as lxml; so lxml finds what is surely navigation (blocks of links before the first
landmark or after the last), and the rest is read. Where it is not sure, a block stays; where
the record that is read leaves any doubt, BeautifulSoup is given the whole page: a page that
is read slowly is better than one that is cut wrongly.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any, NamedTuple

from bs4 import BeautifulSoup
from bs4.builder._lxml import LXMLTreeBuilder
from bs4.element import Tag
from lxml import etree

from parsers.page.lines import collapse
from parsers.page.navigation import cut_to_region

Element = Any  # lxml ships no types

# lxml ends the document at the first </html>; browsers go on.
# (Written without re.I, which would keep the search from skipping to the next "</".)
_CLOSERS = re.compile(rb"</(?:[Hh][Tt][Mm][Ll]|[Bb][Oo][Dd][Yy])\s*>")
_PROLOG = re.compile(r"\s*<\?xml\b[^>]*>", re.I)
_PARSER = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
_TITLE = etree.XPath("string((//title)[1])", smart_strings=False)
_BASE = etree.XPath("string((//base/@href)[1])", smart_strings=False)
_OWN_URL = etree.XPath(
    "string((//link[@rel='canonical']/@href | //meta[@property='og:url']/@content)[1])",
    smart_strings=False,
)


def is_complete(text: str) -> bool:
    """Whether a page closes the ``<html>`` that it opens; others may have been cut short."""
    return "<html" not in text[:2000].lower() or "</html" in text[-4000:].lower()


def root_of(source: bytes) -> Element | None:
    """The root of the tree of a page, or of a stretch of one; None where there is none.

    :param source: in UTF-8
    """
    try:
        return etree.fromstring(_plain(source), _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _plain(source: bytes) -> bytes:
    """Source without what lxml would end at."""
    return _CLOSERS.sub(b"", source.replace(b"\0", b""))


class Document:
    """A page as lxml sees it. ``root`` is None where there is nothing to see."""

    def __init__(self, text: str) -> None:
        self.complete = is_complete(text)
        self.text = text
        self.root = root_of(text.encode("utf-8", "replace"))
        last = _PARSER.error_log.last_error if self.root is not None else None
        # lxml stops at a depth of 2048 elements, and what follows is not in its tree.
        self.whole = last is None or "Excessive depth" not in last.message

    @property
    def title(self) -> str:
        """The text of ``<title>``."""
        return "" if self.root is None else collapse(_TITLE(self.root))

    def base(self, url: str) -> str:
        """What links are relative to: ``<base href>`` or the page's own URL."""
        return url if self.root is None else _BASE(self.root).strip() or url

    def own_url(self) -> str:
        """The URL that the page gives for itself, or ""."""
        return "" if self.root is None else _OWN_URL(self.root).strip()

    def outlinks(self) -> tuple[str, ...]:
        """The targets of all ``<a href>``, as written, in order."""
        if self.root is None:
            return ()
        return tuple(href for a in self.root.iter("a") if (href := a.get("href")) is not None)


def soup(markup: str) -> Tag:
    """BeautifulSoup over lxml, without its limit on depth."""
    # BeautifulSoup warns of XML where it sees the prolog of XHTML.
    markup = _PROLOG.sub("", _plain(markup.encode("utf-8", "replace")).decode(), count=1)
    return BeautifulSoup(markup, builder=_DeepBuilder(multi_valued_attributes=None))


class _DeepBuilder(LXMLTreeBuilder):
    def default_parser(self, encoding: Any) -> Any:
        return partial(etree.HTMLParser, huge_tree=True)


class Region(NamedTuple):
    """The body of a page, and whether anything is cut out of it."""

    body: Element
    is_cut: bool


def region(document: Document) -> Region | None:
    """The body of a page without the menus around the question; None if that is not sure.

    Uses the document up.
    """
    root = document.root
    body = None if root is None or not document.whole else root.find("body")
    return None if body is None else Region(body, cut_to_region(body, document.title))
