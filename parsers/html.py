"""HTML documents: parsed once with lxml, cut to the content, read with BeautifulSoup.

A portal page is mostly navigation. BeautifulSoup is the reader, but it costs about forty
times as much per element as lxml; so lxml finds what is surely navigation (blocks of links
before the first landmark or after the last) and BeautifulSoup is given the rest. Where it
is not sure, a block stays: a page that is read slowly is better than one that is cut wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from bs4 import BeautifulSoup, Tag
from bs4.builder import HTMLTreeBuilder
from bs4.builder._lxml import LXMLTreeBuilder
from lxml import etree

from parsers.landmarks import MORE, image_label
from parsers.lines import collapse

Element = Any  # lxml ships no types

# lxml ends the document at the first </html>; browsers go on.
_CLOSERS = re.compile(r"</(?:html|body)\s*>", re.I)
_PROLOG = re.compile(r"\s*<\?xml\b[^>]*>", re.I)
_PARSER = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
_NOT_TEXT = ("script", "style", "noscript", "template")
# Words that a landmark begins with. Too many hits cost time, too few would cost text.
_HINT = re.compile(
    r"[^\w<]{0,20}(?:(?:the|your|our|an?|original|patient|visitor|reader|expert)\S{0,3}\s+){0,2}"
    r"(?:question|answer|respon|reply|repl|[qa]\s*[:.]|[qa]$|for\s+(?:more|further)|more\s+info"
    r"|additional\s+info|go\s+to\s|published|posted|date|subject|title|topic|unanswered)",
    re.I,
)
_LIST_HINT = re.compile(
    r"[^\w<]{0,20}(?:for\s+(?:more|further)|more\s+info|additional|go\s+to|health\s+topic|where\s+you)",
    re.I,
)
_NAV_LINKS = 6  # links; a block with fewer is too cheap to be worth the risk
_NAV_WORDS = 40  # characters; a longer text outside links is more than a heading of a menu
_NAV_SHARE = 8  # characters outside links, for each link
_SEPARATORS = " \t\r\n\f\xa0|:»>·•-[]()*/,"
_COUNT_LINKS = etree.XPath("count(.//a)")
_TEXT_LENGTH = etree.XPath("string-length(.)")
_LINK_TEXT = 60  # characters; what a link of a menu has on average, spaces included, at most
# Cheap, and true of most blocks that are no menus: asked before the texts are looked at.
_HAS_PROSE = etree.XPath(
    f"boolean(.//text()[string-length() > {_NAV_WORDS}]"
    f"[string-length(normalize-space()) > {_NAV_WORDS + 8}][not(ancestor::a)])"
)
_OUTSIDE_LINKS = etree.XPath(
    ".//text()[normalize-space()][not(ancestor::a)] | .//img[string(@alt)][not(ancestor::a)]/@alt",
    smart_strings=False,
)
_PICTURES = etree.XPath(".//img[not(@alt) or @alt='']/@src", smart_strings=False)
_HAS_HEADING = etree.XPath("boolean(.//h1 | .//h2)")
_STAND_IN = "housecall-menu"
_SEQUENCE = etree.XPath(
    f".//text() | .//img | .//input[@type='image'] | .//{_STAND_IN}", smart_strings=False
)
_LINK_TARGETS = etree.XPath("//a/@href", smart_strings=False)
_TITLE = etree.XPath("string((//title)[1])", smart_strings=False)
_BASE = etree.XPath("string((//base/@href)[1])", smart_strings=False)
_OWN_URL = etree.XPath(
    "string((//link[@rel='canonical']/@href | //meta[@property='og:url']/@content)[1])",
    smart_strings=False,
)


class Document:
    """A page as lxml sees it. ``root`` is None where there is nothing to see."""

    def __init__(self, text: str) -> None:
        # Pages that open <html> and never close it may have been cut short.
        self.complete = "<html" not in text[:2000].lower() or "</html" in text[-4000:].lower()
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
        return () if self.root is None else tuple(_LINK_TARGETS(self.root))


def soup(markup: str) -> Tag:
    """BeautifulSoup over lxml, without its limit on depth."""
    # BeautifulSoup warns of XML where it sees the prolog of XHTML.
    markup = _PROLOG.sub("", markup, count=1)
    return BeautifulSoup(markup, builder=_DeepBuilder(multi_valued_attributes=None))


class _DeepBuilder(LXMLTreeBuilder):
    def default_parser(self, encoding: Any) -> Any:
        return partial(etree.HTMLParser, huge_tree=True)


def soup_of(body: Element) -> Tag:
    """BeautifulSoup over a tree that lxml has parsed already."""
    return BeautifulSoup("", builder=_TreeBuilder(body))


class _TreeBuilder(HTMLTreeBuilder):
    """Hands the elements of an lxml tree to BeautifulSoup, instead of writing and parsing it."""

    def __init__(self, body: Element) -> None:
        super().__init__(multi_valued_attributes={}, string_containers={})
        self.body = body

    def prepare_markup(self, *args: Any, **kwargs: Any) -> Iterator[tuple[str, None, None, bool]]:
        yield "", None, None, False

    def feed(self, markup: Any) -> None:
        soup = cast(BeautifulSoup, self.soup)
        start, end, data = soup.handle_starttag, soup.handle_endtag, soup.handle_data
        stack: list[tuple[Iterator[Element], str, str | None]] = [(iter((self.body,)), "", None)]
        while stack:
            children, name, tail = stack[-1]
            for el in children:
                tag = el.tag
                start(tag, None, None, el.attrib)
                if el.text:
                    data(el.text)
                if len(el):
                    stack.append((iter(el), tag, el.tail))
                    break
                end(tag)
                if el.tail:
                    data(el.tail)
            else:
                stack.pop()
                if stack:
                    end(name)
                    if tail:
                        data(tail)


def region(document: Document) -> Element | None:
    """The body of a page without its blocks of navigation, or None if that is not sure.

    A block of links between two landmarks stays, and so does one right after a landmark
    that announces a list. Blocks are taken out first, so that only what is left must be
    searched for landmarks; and then put back where they belong to the content.
    """
    root = document.root
    if root is None or not document.whole:
        return None
    body = root.find("body")
    if body is None:
        return None
    etree.strip_elements(body, *_NOT_TEXT, with_tail=False)
    cut = _cut_menus(body, document.title)
    if cut:
        _put_back(body, cut)
    return body


def _cut_menus(body: Element, title: str) -> dict[Element, Element]:
    """Replace blocks of links; gives back stand-in -> block."""
    cut: dict[Element, Element] = {}
    todo = [body]
    while todo:
        for child in todo.pop():
            links = _COUNT_LINKS(child)
            if links < _NAV_LINKS:
                continue
            if _is_menu(child, links, title):
                stand_in = etree.Element(_STAND_IN)
                stand_in.tail, child.tail = child.tail, None
                child.getparent().replace(child, stand_in)
                cut[stand_in] = child
            else:
                todo.append(child)
    return cut


def _is_menu(block: Element, links: float, title: str) -> bool:
    """Whether a block is links and hardly anything else."""
    if _TEXT_LENGTH(block) > _LINK_TEXT * links:
        return False
    if _HAS_PROSE(block) or _HAS_HEADING(block):
        return False
    words = 0
    for text in _OUTSIDE_LINKS(block):
        text = text.strip(_SEPARATORS)
        if len(text) < 2:
            continue
        if len(text) > _NAV_WORDS or _HINT.match(text) or (len(text) > 3 and text in title):
            return False
        words += len(text)
    if words > _NAV_SHARE * links:
        return False
    return not any(image_label("", src) for src in _PICTURES(block))


def _put_back(body: Element, cut: dict[Element, Element]) -> None:
    """Restore what stands between landmarks or belongs to one; forget the rest."""
    waiting: list[Element] = []  # since the last landmark
    begun = owed = False
    for node in _SEQUENCE(body):
        if isinstance(node, str):
            text = node.strip(_SEPARATORS)
            owns_list = _LIST_HINT.match(text) is not None
            if not owns_list and not _HINT.match(text):
                continue
        elif node in cut:
            if owed:
                _restore(node, cut.pop(node))
                owed = False
            elif begun:
                waiting.append(node)
            continue
        else:
            label = image_label(node.get("alt") or "", node.get("src") or "")
            if not label:
                continue
            owns_list = label == MORE
        begun, owed = True, owns_list
        for stand_in in waiting:
            _restore(stand_in, cut.pop(stand_in))
        waiting = []


def _restore(stand_in: Element, block: Element) -> None:
    block.tail = stand_in.tail
    stand_in.getparent().replace(stand_in, block)
