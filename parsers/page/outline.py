"""A page's tree as columns: what stands where, which elements are alike, how much text they hold.

One walk over the tree fills them, in document order; every question about an element is then a
look into a list. Elements are numbers, and those inside an element are a range of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from lxml import etree, html

from parsers.page.elements import KINDS, SKIPPED, is_hidden
from parsers.page.lines import EDGES, collapse
from parsers.words.patterns import pattern

_NOT_TEXT = frozenset(name for name, kind in KINDS.items() if kind & SKIPPED) | {"head"}
# Classes that tell elements apart that are alike, or that a stylesheet alone needs.
_STATE = pattern("state", 0)
_TURN = re.compile(r"(?:odd|even|first(?:post)?|last(?:post)?)$")
_DIGITS = re.compile(r"\d+")
_CHAIN = 6  # elements at most
_CLASSED = 2  # of them with classes
_LONG = 10_000  # characters
_TEXTS = ("*",)  # the texts of elements, not of comments
# What a named tuple's own constructor calls, at half of its time.
_tuple = tuple.__new__
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

    ``end`` is the number after the last element inside. ``look`` numbers tag and classes.
    ``size`` counts the characters of text inside but in links, ``linked`` those in links, which
    are the elements ``links``.
    ``attributes`` are empty where there are none. ``pieces`` are the texts, in order; those of an
    element are from ``first_piece`` to ``last_piece``.
    """

    elements: list[html.HtmlElement] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    attributes: list[dict[str, str]] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    look: list[int] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    linked: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    pieces: list[TextNode] = field(default_factory=list)
    first_piece: list[int] = field(default_factory=list)
    last_piece: list[int] = field(default_factory=list)
    looks: list[tuple[str, str]] = field(default_factory=list)
    _called: list[str] = field(default_factory=list)
    _texts: dict[int, str] = field(default_factory=dict)

    @property
    def called(self) -> list[str]:
        """The classes and the id of each element; "" where it has neither."""
        if not self._called:
            self._called = [
                f"{each.get('class', '')} {each.get('id', '')}" if "class" in each or "id" in each
                else "" for each in self.attributes
            ]  # fmt: skip
        return self._called

    def named(self, pattern: re.Pattern[str]) -> list[int]:
        """The elements in whose classes or ids a pattern is found."""
        called = self.called
        fitting = {each for each in {*called} if each and pattern.search(each)}
        return [n for n, each in enumerate(called) if each in fitting] if fitting else []

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
        """The text of an element in one line; of a long one, which is no label, some of it."""
        if number not in self._texts:
            self._texts[number] = self._text(number)
        return self._texts[number]

    def _text(self, number: int) -> str:
        first, last = self.first_piece[number], self.last_piece[number]
        length = self.size[number] + self.linked[number] + last - first
        if length <= _LONG:
            text = collapse("".join(_first(self.elements[number].itertext(*_TEXTS))))
            text = text.strip(EDGES)
            if len(text) < length:
                return text
        # It is long, or some of it is hidden.
        return " ".join(_first(self.pieces[n].text for n in range(first, last)))


def _first(texts: Iterable[str]) -> Iterator[str]:
    """The first of some texts, until they are long: what is nested is asked for at each level."""
    room = _LONG
    for text in texts:
        yield text[:room]
        room -= len(text)
        if room <= 0:
            return


def outline(root: html.HtmlElement) -> Outline:
    """Walk a tree once, whatever its depth."""
    page, skipped = Outline(), _skipped(root)
    tags, attributes, elements = page.tags, page.attributes, page.elements
    parent, end, pieces, look_of = page.parent, page.end, page.pieces, page.look
    first_piece, last_piece = page.first_piece, page.last_piece
    looks: dict[tuple[str, str], int] = {}
    written: dict[tuple[str, str], int] = {}  # looks by tag and class
    number = -1  # of the innermost open element
    count = texts = 0  # of elements and pieces
    hidden = None  # the open element that is not shown
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if event == "start":
            tag: str = node.tag
            own = dict(node.items())
            if tag in skipped or (("style" in own or "hidden" in own) and is_hidden(own)):
                walk.skip_subtree()
                hidden = node
                continue
            key = tag, own.get("class", "")
            look = written.get(key)
            if look is None:
                look = written[key] = looks.setdefault(_look(*key), len(looks))
            elements.append(node)
            tags.append(tag)
            attributes.append(own)
            look_of.append(look)
            parent.append(number)
            first_piece.append(texts)
            end.append(0)
            last_piece.append(0)
            number = count
            count += 1
            text = node.text
        else:
            if node is hidden:
                hidden = None
            elif event == "end":
                end[number] = count
                last_piece[number] = texts
                number = parent[number]
            text = node.tail
        if text and number >= 0 and not text.isspace() and (text := " ".join(text.split())):
            pieces.append(_tuple(TextNode, (number, text)))
            texts += 1
    page.looks = list(looks)
    _measure(page)
    return page


def chains_of(page: Outline) -> list[int]:
    """For each element the number of its look with those around it, up to the second that has
    classes."""
    chains: list[tuple[int, ...]] = []
    numbers: dict[tuple[int, ...], int] = {}
    below: dict[tuple[int, int], int] = {}  # by the number of those around, and the look
    column: list[int] = []
    for above, look in zip(page.parent, page.look, strict=True):
        around = column[above] if above >= 0 else -1
        number = below.get((around, look))
        if number is None:
            chain = ((*chains[around], look) if around >= 0 else (look,))[-_CHAIN:]
            classed = [n for n, each in enumerate(chain) if page.looks[each][1]]
            if len(classed) >= _CLASSED:
                chain = chain[classed[-_CLASSED] :]
            number = below[around, look] = numbers.setdefault(chain, len(numbers))
            if number == len(chains):
                chains.append(chain)
        column.append(number)
    return column


def _measure(page: Outline) -> None:
    """Count the characters in each element."""
    count, parent = len(page.tags), page.parent
    page.size, page.linked = [0] * count, [0] * count
    in_link = bytearray(count)
    page.links = [number for number, tag in enumerate(page.tags) if tag == "a"]
    for number in page.links:
        if not in_link[number]:
            in_link[number : page.end[number]] = b"\1" * (page.end[number] - number)
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
