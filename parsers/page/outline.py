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


class TextNode(NamedTuple):
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
    pieces: list[TextNode] = field(default_factory=list)
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
class _Looks:
    """Numbers for what elements look like, alone and with those around them."""

    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    written: dict[tuple[str, str], int] = field(default_factory=dict)  # by tag and class
    classed: list[bool] = field(default_factory=list)  # by look
    chains: list[tuple[int, ...]] = field(default_factory=list)
    chain_numbers: dict[tuple[int, ...], int] = field(default_factory=dict)
    below: dict[tuple[int, int], int] = field(default_factory=dict)

    def look(self, tag: str, classes: str) -> int:
        """The number of a tag with classes, as they are written."""
        look = _look(tag, classes)
        number = self.written[tag, classes] = self.numbers.setdefault(look, len(self.numbers))
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
        number = self.chain_numbers.setdefault(chain, len(self.chain_numbers))
        if number == len(self.chains):
            self.chains.append(chain)
        self.below[above, look] = number
        return number


def outline(root: html.HtmlElement) -> Outline:
    """Walk a tree once, whatever its depth."""
    page, looks, skipped = Outline(), _Looks(), _skipped(root)
    tags, parent = page.tags, page.parent
    number = -1  # of the innermost open element
    hidden = None  # the open element that is not shown
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if event == "start":
            attributes = dict(node.items())
            if node.tag in skipped or (
                ("style" in attributes or "hidden" in attributes) and is_hidden(attributes)
            ):
                walk.skip_subtree()
                hidden = node
                continue
            _add(page, looks, number, node, attributes)
            number = len(tags) - 1
            text = node.text
        else:
            if node is hidden:
                hidden = None
            elif event == "end":
                page.end[number] = len(tags)
                page.last_piece[number] = len(page.pieces)
                number = parent[number]
            text = node.tail
        if text and number >= 0 and not text.isspace() and (text := " ".join(text.split())):
            page.pieces.append(TextNode(number, text))
    page.looks = list(looks.numbers)
    _measure(page)
    return page


def _add(
    page: Outline, looks: _Looks, above: int, node: html.HtmlElement, attributes: dict[str, str]
) -> None:
    """Add an element that begins within another one."""
    tag: str = node.tag
    look = looks.written.get((tag, attributes.get("class", "")))
    if look is None:
        look = looks.look(tag, attributes.get("class", ""))
    around = page.chain[above] if above >= 0 else -1
    chain = looks.below.get((around, look))
    page.chain.append(looks.chain(around, look) if chain is None else chain)
    page.look.append(look)
    page.elements.append(node)
    page.tags.append(tag)
    page.attributes.append(attributes)
    page.parent.append(above)
    page.first_piece.append(len(page.pieces))
    page.end.append(0)
    page.last_piece.append(0)


def _measure(page: Outline) -> None:
    """Count the characters in each element."""
    count, parent = len(page.tags), page.parent
    page.size, page.linked = [0] * count, [0] * count
    in_link = bytearray(count)
    for number, tag in enumerate(page.tags):
        in_link[number] = tag == "a" or (number > 0 and in_link[parent[number]])
    for owner, text in page.pieces:
        (page.linked if in_link[owner] else page.size)[owner] += len(text)
    for sizes in (page.size, page.linked):
        for number in range(count - 1, 0, -1):
            if sizes[number]:
                sizes[parent[number]] += sizes[number]


def _skipped(root: html.HtmlElement) -> frozenset[str]:
    """The elements without text. ``<noscript>`` has text where most of the page stands in it."""
    aside = sum(_length(node) for node in root.iter("noscript"))
    if aside < _SHELL:
        return _NOT_TEXT
    whole = _length(root) - sum(_length(node) for node in root.iter("script", "style"))
    return _NOT_TEXT - {"noscript"} if aside > whole / 2 else _NOT_TEXT


def _length(node: html.HtmlElement) -> int:
    return sum(map(len, node.itertext()))
