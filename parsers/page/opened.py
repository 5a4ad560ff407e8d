"""A capture opened, for readers: its text, its lines and its tree, each made when asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from lxml import etree, html

from parsers.links import base_of
from parsers.page.charset import Decoded
from parsers.page.document import decode_page, is_shallow, markup_of, open_document
from parsers.page.line_reader import LabelTests, LineReader
from parsers.page.lines import Document, Line
from parsers.page.media_type import Kind, kind_of
from parsers.page.outline import Outline, outline
from parsers.records import Capture

T = TypeVar("T")

_LANGUAGE = re.compile(
    rb"""<html\b[^>]{0,500}?\slang\s*=\s*["']?([a-z]{2,3}(?:[-_][a-z0-9]{2,8})*)""", re.I
)
_HEAD = 4096  # bytes
# One class for all elements: the usual lookup asks a function for each.
_ELEMENTS = etree.ElementDefaultClassLookup(
    element=html.HtmlElement,
    comment=html.HtmlComment,
    pi=html.HtmlProcessingInstruction,
    entity=html.HtmlEntity,
)


@dataclass(frozen=True)
class OpenPage:
    """A capture, and what it holds."""

    capture: Capture
    labels: LabelTests
    _made: dict[Callable[[Any], object], Any] = field(default_factory=dict, compare=False)

    @cached_property
    def url(self) -> str:
        """The page's address: where it was captured, or what it says of itself in a file."""
        url = self.capture.url
        is_web = url.lower().startswith(("http:", "https:"))
        return url if is_web else self.document.own_url or url

    @cached_property
    def base(self) -> str:
        """The address to which the page's references are relative."""
        return base_of(self.url, self.document.base)

    @cached_property
    def language(self) -> str:
        """What the page says of its language (``<html lang>``), a tag of BCP 47; "" if nothing."""
        match = _LANGUAGE.search(self.capture.body[:_HEAD])
        return match[1].decode("ascii") if match else ""

    @cached_property
    def document(self) -> Document:
        """The lines that a reader sees, of HTML or of a text rendering."""
        text = None if self.kind is Kind.OTHER else self.decoded
        return open_document(self.capture, self.labels, decoded=text)

    @cached_property
    def kind(self) -> Kind:
        """Whether it is a page or a text at all."""
        return kind_of(self.capture.content_type, self.capture.body)

    @cached_property
    def decoded(self) -> Decoded:
        """The page's text."""
        return decode_page(self.capture)

    @cached_property
    def tree(self) -> html.HtmlElement | None:
        """The root of the page's tree; None if it is no HTML, empty, or nested without end."""
        if self.kind is Kind.OTHER:
            return None
        markup = markup_of(self.decoded.text)
        if not is_shallow(markup):
            return None
        parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
        parser.set_element_class_lookup(_ELEMENTS)
        try:
            return html.document_fromstring(markup, parser=parser)
        except (etree.ParserError, etree.XMLSyntaxError):  # nothing in it
            return None

    @cached_property
    def outline(self) -> Outline:
        """The columns of the page's tree; empty where there is none."""
        return outline(self.tree) if self.tree is not None else Outline()

    def once(self, make: Callable[[OpenPage], T]) -> T:
        """What a function makes of this page, made once, whoever asks."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def lines_of(
        self,
        element: html.HtmlElement,
        without: Collection[html.HtmlElement] = (),
        until: html.HtmlElement | None = None,
    ) -> list[Line]:
        """The lines that a reader sees of an element and what is in it, not of its tail.

        :param without: elements in it that are left out
        :param until: the element in it with which the lines end
        """
        reader = LineReader(self.labels)
        walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
        for event, node in walk:
            if event == "start":
                reader.start(node.tag, node.attrib)
                if node in without:
                    walk.skip_subtree()
                elif node.text:
                    reader.data(node.text)
                continue
            if event == "end":
                reader.end(node.tag)
            if node is until:
                break
            if node.tail and node is not element:
                reader.data(node.tail)
        return list(reader.document().lines)
