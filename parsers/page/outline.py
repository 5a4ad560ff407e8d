"""A page's tree as columns: what stands where, which elements are alike, how much text they hold.

One walk over the tree fills them, in document order; every question about an element is then a
look into a list. Elements are numbers, and those inside an element are a range of numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from lxml import etree, html

from parsers.page.elements import KINDS, SKIPPED, is_hidden
from parsers.page.lines import EDGES, collapse

_NOT_TEXT = frozenset(name for name, kind in KINDS.items() if kind & SKIPPED) | {"head"}
# Classes that tell elements apart that are alike, or that a stylesheet alone needs.
_STATE = re.compile(
    r"odd|even|alt|first|last|new|old|unread|read|active|current|visible|online|offline|clearfix"
    r"|clear|cf|hentry|byuser|bypostauthor|thread-(?:odd|even|alt)|(?:js|is|has|by)-(?!accepted|best|solution).*"
    r"|comment-author-.*|status-.*|depth"
)
_TURN = re.compile(r"(?:odd|even|first(?:post)?|last(?:post)?)$")
_DIGITS = re.compile(r"\d+")
_CHAIN = 6  # elements at most
_CLASSED = 2  # of them with classes
_TEXTS = ("*",)  # the texts of elements, not of comments
_SHELL = 150  # characters; less in <noscript> is a notice


class Piece(NamedTuple):
    """A text without markup in it, and its element."""

    owner: int
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
    inside but in links, ``linked`` those in links. ``attributes`` are () where there are none.
    ``pieces`` are the texts, in order; those of an element are from ``first_piece`` to
    ``last_piece``.
    """

    elements: list[html.HtmlElement] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    attributes: list[dict[str, str]] = field(default_factory=list)
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
        text = collapse("".join(self.elements[number].itertext(*_TEXTS))).strip(EDGES)
        first, last = self.first_piece[number], self.last_piece[number]
        if len(text) < self.size[number] + self.linked[number] + last - first:
            return text
        return " ".join(piece.text for piece in self.pieces[first:last])  # some of it is hidden


@dataclass(slots=True)
class _Chains:
    """Numbers for what elements look like, alone and with those around them."""

    looks: dict[tuple[str, str], int] = field(default_factory=dict)
    numbers: dict[tuple[int, ...], int] = field(default_factory=dict)
    chains: list[tuple[int, ...]] = field(default_factory=list)
    below: dict[tuple[int, int], int] = field(default_factory=dict)
    classed: list[bool] = field(default_factory=list)  # by look

    def look(self, look: tuple[str, str]) -> int:
        """The number of a tag with classes."""
        number = self.looks.setdefault(look, len(self.looks))
        if number == len(self.classed):
            self.classed.append(bool(look[1]))
        return number

    def chain(self, above: int, look: int) -> int:
        """The number of the looks up to the second that has classes.

        :param above: the number of those around, -1 if there are none
        """
        chain = ((*self.chains[above], look) if above >= 0 else (look,))[-_CHAIN:]
        classed = [n for n, each in enumerate(chain) if self.classed[each]]
        if len(classed) >= _CLASSED:
            chain = chain[classed[-_CLASSED] :]
        number = self.numbers.setdefault(chain, len(self.numbers))
        if number == len(self.chains):
            self.chains.append(chain)
        self.below[above, look] = number
        return number


def outline(root: html.HtmlElement) -> Outline:
    """Walk a tree once, whatever its depth."""
    walk = _Walk(Outline(), _skipped(root))
    hidden = 0  # open elements that are not shown
    events = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, node in events:
        if event == "start":
            if hidden or not walk.start(node):
                hidden += 1
            continue
        if event == "end":
            if hidden:
                hidden -= 1
            else:
                walk.end()
        if not hidden and (text := node.tail) and not text.isspace() and node is not root:
            walk.text(text)
    walk.page.looks = list(walk.chains.looks)
    return walk.page


@dataclass(slots=True)
class _Walk:
    """What the walk must remember."""

    page: Outline
    skipped: frozenset[str]
    chains: _Chains = field(default_factory=_Chains)
    known: dict[tuple[str, str], int] = field(default_factory=dict)  # looks, by what is written
    number: int = -1  # of the innermost open element
    links: int = 0  # open <a>

    def start(self, node: html.HtmlElement) -> bool:
        """An element begins. Return whether it is shown."""
        tag = node.tag
        if tag in self.skipped:
            return False
        attributes = dict(node.items())
        if ("style" in attributes or "hidden" in attributes) and is_hidden(attributes):
            return False
        page, above = self.page, self.number
        written = (tag, attributes.get("class", ""))
        look = self.known.get(written)
        if look is None:
            look = self.known[written] = self.chains.look(_look(*written))
        chains = self.chains
        chain = chains.below.get((page.chain[above] if above >= 0 else -1, look))
        if chain is None:
            chain = chains.chain(page.chain[above] if above >= 0 else -1, look)
        self.number = len(page.tags)
        page.elements.append(node)
        page.tags.append(tag)
        page.attributes.append(attributes)
        page.parent.append(above)
        page.end.append(0)
        page.size.append(0)
        page.linked.append(0)
        page.first_piece.append(len(page.pieces))
        page.last_piece.append(0)
        page.look.append(look)
        page.chain.append(chain)
        if tag == "a":
            self.links += 1
        text = node.text
        if text and not text.isspace():
            self.text(text)
        return True

    def end(self) -> None:
        """The innermost element ends."""
        page, number = self.page, self.number
        page.end[number] = len(page.tags)
        page.last_piece[number] = len(page.pieces)
        if page.tags[number] == "a":
            self.links -= 1
        above = self.number = page.parent[number]
        if above >= 0:
            page.size[above] += page.size[number]
            page.linked[above] += page.linked[number]

    def text(self, text: str) -> None:
        """A text comes, which may be white space."""
        text = " ".join(text.split())
        if text:
            page = self.page
            page.pieces.append(Piece(self.number, text))
            if self.links:
                page.linked[self.number] += len(text)
            else:
                page.size[self.number] += len(text)


def _skipped(root: html.HtmlElement) -> frozenset[str]:
    """The elements without text. ``<noscript>`` has text where most of the page stands in it."""
    aside = sum(_length(node) for node in root.iter("noscript"))
    if aside < _SHELL:
        return _NOT_TEXT
    whole = _length(root) - sum(_length(node) for node in root.iter("script", "style"))
    return _NOT_TEXT - {"noscript"} if aside > whole / 2 else _NOT_TEXT


def _length(node: html.HtmlElement) -> int:
    return sum(map(len, node.itertext()))
