"""A page's tree as columns: what stands where, which elements are alike, how much text they hold.

One walk over the tree fills them, in document order; every question about an element is then a
look into a list. Elements are numbers, and those inside an element are a range of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from lxml import html

from parsers.page.elements import KINDS, SKIPPED, is_hidden
from parsers.page.lines import EDGES, collapse

_NOT_TEXT = frozenset(name for name, kind in KINDS.items() if kind & SKIPPED) | {"head"}
# Classes that tell elements apart that are alike, or that a stylesheet alone needs.
_STATE = re.compile(
    r"odd|even|alt|first|last|new|old|unread|read|active|current|visible|online|offline|clearfix"
    r"|clear|cf|hentry|byuser|bypostauthor|thread-(?:odd|even|alt)|(?:js|is|has|by)-.*"
    r"|comment-author-.*|status-.*|depth"
)
_TURN = re.compile(r"(?:odd|even|first(?:post)?|last(?:post)?)$")
_DIGITS = re.compile(r"\d+")
_CHAIN = 6  # elements at most
_CLASSED = 2  # of them with classes
_TEXTS = ("*",)  # the texts of elements, not of comments
_SHELL = 400  # characters; less in <noscript> is a notice


class Piece(NamedTuple):
    """A text without markup in it: its element, and how many elements begin before it."""

    owner: int
    place: int
    text: str


@lru_cache(maxsize=8192)
def _look(tag: str, classes: str) -> tuple[str, str]:
    """What elements that look alike share: the tag, and classes without numbers and states."""
    names = set()
    for name in classes.lower().split():
        name = _TURN.sub("", _DIGITS.sub("", name)).strip("-_")
        if name and not _STATE.fullmatch(name):
            names.add(name)
    return tag, " ".join(sorted(names))


@dataclass(slots=True)
class Outline:
    """The columns; number 0 is the root.

    ``end`` is the number after the last element inside. ``look`` numbers tag and classes,
    ``chain`` those of the elements around as well. ``size`` counts the characters of text
    inside but in links, ``linked`` those in links. ``pieces`` are the texts, in order, and
    ``first_piece`` is how many of them stand before an element.
    """

    elements: list[html.HtmlElement] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    look: list[int] = field(default_factory=list)
    chain: list[int] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    linked: list[int] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    first_piece: list[int] = field(default_factory=list)
    last_piece: list[int] = field(default_factory=list)
    looks: list[tuple[str, str]] = field(default_factory=list)

    def inside(self, inner: int, outer: int) -> bool:
        """Whether an element is another one, or stands inside it."""
        return outer <= inner < self.end[outer]

    def children(self, number: int) -> list[int]:
        """The elements directly inside an element."""
        numbers = []
        child, last = number + 1, self.end[number]
        while child < last:
            numbers.append(child)
            child = self.end[child]
        return numbers

    def text(self, number: int) -> str:
        """The text of an element in one line."""
        return collapse("".join(self.elements[number].itertext(*_TEXTS))).strip(EDGES)


@dataclass(slots=True)
class _Builder:
    """What the walk must remember."""

    page: Outline
    skipped: frozenset[str]
    links: int = 0  # open <a href>
    looks: dict[tuple[str, str], int] = field(default_factory=dict)
    chains: dict[tuple[int, ...], int] = field(default_factory=dict)
    around: list[tuple[int, ...]] = field(default_factory=list)  # the chain of each open element
    classed: list[bool] = field(default_factory=list)  # by look

    def start(self, node: html.HtmlElement, parent: int) -> int:
        """An element begins; -1 if nothing in it is shown."""
        tag = node.tag
        if not isinstance(tag, str) or tag in self.skipped:
            return -1
        attributes = node.attrib
        if ("style" in attributes or "hidden" in attributes) and is_hidden(attributes):
            return -1
        page = self.page
        number = len(page.tags)
        page.elements.append(node)
        page.tags.append(tag)
        page.parent.append(parent)
        page.end.append(0)
        page.size.append(0)
        page.linked.append(0)
        page.first_piece.append(len(page.pieces))
        page.last_piece.append(0)
        look = self._number_of(_look(tag, attributes.get("class") or ""))
        page.look.append(look)
        chain = self._chain(look)
        self.around.append(chain)
        page.chain.append(self.chains.setdefault(chain, len(self.chains)))
        self.links += tag == "a"
        if node.text:
            self.data(number, node.text)
        return number

    def stop(self, number: int) -> None:
        """An element ends."""
        page = self.page
        page.end[number] = len(page.tags)
        page.last_piece[number] = len(page.pieces)
        self.around.pop()
        self.links -= page.tags[number] == "a"
        if number:
            above = page.parent[number]
            page.size[above] += page.size[number]
            page.linked[above] += page.linked[number]

    def data(self, owner: int, text: str) -> None:
        """A text comes."""
        text = collapse(text).strip(EDGES)
        if text:
            page = self.page
            page.pieces.append(Piece(owner, len(page.tags), text))
            if self.links:
                page.linked[owner] += len(text)
            else:
                page.size[owner] += len(text)

    def _number_of(self, look: tuple[str, str]) -> int:
        number = self.looks.setdefault(look, len(self.looks))
        if number == len(self.classed):
            self.classed.append(bool(look[1]))
            self.page.looks.append(look)
        return number

    def _chain(self, look: int) -> tuple[int, ...]:
        """The looks of an element and of those around it, up to the second that has classes."""
        chain = ((*self.around[-1], look) if self.around else (look,))[-_CHAIN:]
        classed = [n for n, each in enumerate(chain) if self.classed[each]]
        return chain[classed[-_CLASSED] :] if len(classed) >= _CLASSED else chain


def outline(root: html.HtmlElement) -> Outline:
    """Walk a tree once, whatever its depth."""
    page = Outline()
    builder = _Builder(page, _skipped(root))
    number = builder.start(root, -1)
    if number < 0:
        return page
    stack: list[tuple[int, Iterator[html.HtmlElement]]] = [(number, iter(root))]
    while stack:
        number, children = stack[-1]
        for child in children:
            begun = builder.start(child, number)
            if begun >= 0:
                stack.append((begun, iter(child)))
                break
            if child.tail:
                builder.data(number, child.tail)
        else:
            stack.pop()
            builder.stop(number)
            if stack:
                tail = page.elements[number].tail
                if tail:
                    builder.data(stack[-1][0], tail)
    return page


def _skipped(root: html.HtmlElement) -> frozenset[str]:
    """The elements without text. ``<noscript>`` has text where most of the page stands in it."""
    aside = sum(_length(node) for node in root.iter("noscript"))
    if aside < _SHELL:
        return _NOT_TEXT
    whole = _length(root) - sum(_length(node) for node in root.iter("script", "style"))
    return _NOT_TEXT - {"noscript"} if aside > whole / 2 else _NOT_TEXT


def _length(node: html.HtmlElement) -> int:
    return sum(map(len, node.itertext()))
