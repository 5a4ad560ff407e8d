"""HTML documents: parsed once with lxml, cut to the content, read with BeautifulSoup.

A portal page is mostly navigation. BeautifulSoup is the reader, but it costs about forty
times as much per element as lxml; so lxml finds what is surely navigation (blocks of links
before the first landmark or after the last) and BeautifulSoup is given the rest. Where it
is not sure, a block stays: a page that is read slowly is better than one that is cut wrongly.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from bs4 import BeautifulSoup
from bs4.builder._lxml import LXMLTreeBuilder
from bs4.element import NavigableString, Tag
from lxml import etree

from parsers.lines import collapse
from parsers.region import cut_to_region

Element = Any  # lxml ships no types

# lxml ends the document at the first </html>; browsers go on.
# (Written without re.I, which would keep the search from skipping to the next "</".)
_CLOSERS = re.compile(r"</(?:[Hh][Tt][Mm][Ll]|[Bb][Oo][Dd][Yy])\s*>")
_PROLOG = re.compile(r"\s*<\?xml\b[^>]*>", re.I)
_PARSER = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
# The attributes that anything is read from; each costs BeautifulSoup as much as an element.
_USED = frozenset(("alt", "class", "color", "hidden", "href", "size", "src", "style", "type"))
# Elements at whose edges white space is never shown. (Not those it is only unlikely in: in old
# pages text and links stand directly in the body or in a list, with spaces between.)
_BLOCKS = frozenset(
    str.split(
        "table tbody thead tfoot tr td th ul ol dl li dt dd p div hr h1 h2 h3 h4 h5 h6 center form"
    )
)
_TITLE = etree.XPath("string((//title)[1])", smart_strings=False)
_BASE = etree.XPath("string((//base/@href)[1])", smart_strings=False)
_OWN_URL = etree.XPath(
    "string((//link[@rel='canonical']/@href | //meta[@property='og:url']/@content)[1])",
    smart_strings=False,
)


def is_complete(text: str) -> bool:
    """Whether a page closes the ``<html>`` that it opens; others may have been cut short."""
    return "<html" not in text[:2000].lower() or "</html" in text[-4000:].lower()


class Document:
    """A page as lxml sees it. ``root`` is None where there is nothing to see."""

    def __init__(self, text: str) -> None:
        self.complete = is_complete(text)
        self.text = _CLOSERS.sub("", text.replace("\0", ""))
        data = self.text.encode("utf-8", "replace")
        try:
            self.root: Element | None = etree.fromstring(data, _PARSER)
        except (etree.XMLSyntaxError, ValueError):
            self.root = None
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
    markup = _PROLOG.sub("", markup, count=1)
    return BeautifulSoup(markup, builder=_DeepBuilder(multi_valued_attributes=None))


class _DeepBuilder(LXMLTreeBuilder):
    def default_parser(self, encoding: Any) -> Any:
        return partial(etree.HTMLParser, huge_tree=True)


def soup_of(body: Element) -> Tag:
    """BeautifulSoup's objects for a tree that lxml has parsed already.

    They are linked from parents to children only (``contents``), which is all that is
    walked here; the further links that BeautifulSoup makes take most of its time.
    """
    top = Tag(name="[document]")
    above: list[Tag] = [top]
    for event, el in etree.iterwalk(body, events=("start", "end")):
        name = el.tag
        if event == "start":
            tag = Tag(name=name)
            given = el.attrib
            if given:
                tag.attrs = {k: v for k, v in given.items() if k in _USED}
            above[-1].contents.append(tag)
            above.append(tag)
            text = el.text
        else:
            above.pop()
            text = el.tail
        if text and not (name in _BLOCKS and text.isspace()):
            above[-1].contents.append(NavigableString(text))
    return top


def region(document: Document) -> Element | None:
    """The body of a page without the menus around the question; None if that is not sure.

    Uses the document up.
    """
    root = document.root
    body = None if root is None or not document.whole else root.find("body")
    if body is not None:
        cut_to_region(body, document.title)
    return body
