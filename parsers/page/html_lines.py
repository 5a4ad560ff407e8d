"""HTML to lines: a walk over a tree, lxml's or BeautifulSoup's, that keeps what a reader sees.

The walk has its own stack, because the depth of a page is the page's choice. Paragraphs,
headings, cells and containers start a new block; ``<br>`` a new line, and two of them a new
block; the items of a list and the rows of a table of data stand on lines of their own.
Scripts, styles, comments, form fields and what is hidden are not text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bs4.element import NavigableString, Tag
from lxml import etree

from parsers.page.lines import EDGES, SPACES, Anchor, Image, Line, collapse
from parsers.qa.labels import image_label

_SKIPPED = frozenset(
    str.split(
        "script style noscript template head title iframe object applet svg math select option"
        " textarea button noframes audio video canvas datalist"
    )
)
#: Elements that hold lines: which of them are around a line is told with it.
BOXES = frozenset(
    str.split(
        "table td th div section article main blockquote fieldset dl dd center form body aside"
        " header footer nav"
    )
)
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
BLOCKS = BOXES | _LISTS | frozenset(str.split(
    "html p h1 h2 h3 h4 h5 h6 tbody thead tfoot tr li dt pre address hr legend caption figure"
    " figcaption details summary hgroup xmp listing plaintext housecall-menu"
))  # fmt: skip
# Elements at whose edges white space is never shown. (Not those it is only unlikely in: in old
# pages text and links stand directly in the body or in a list, with spaces between.)
_EDGED = frozenset(
    str.split(
        "table tbody thead tfoot tr td th ul ol dl li dt dd p div hr h1 h2 h3 h4 h5 h6 center form"
    )
)
_NEVER_IN_DATA = (BLOCKS | {"br", "img", "input"}) - frozenset(
    str.split("tr td th tbody thead tfoot caption col colgroup")
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_BOLD = frozenset(("b", "strong", "big", "th"))
_ITALIC = frozenset(("i", "em", "cite", "blockquote"))
_STYLED = _BOLD | _ITALIC | {"font", "span"}
_PRE = frozenset(("pre", "xmp", "listing", "plaintext"))
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_HEAVY = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)
_CELL_LIMIT = 80  # characters; a longer cell is layout, not data
_LABEL_CELL = re.compile(
    r"\W*(?:(?:question|answer|response|(?:respon\w+|answer\w*) by)\W*$|[qa]\s*:)", re.I
)
# Blocks of which nothing is to be noted but their edges.
_PLAIN = BLOCKS - (BOXES | _LISTS | _HEADINGS.keys() | _PRE | _STYLED | {"hr"})

Element = Any  # BeautifulSoup's Tag, or lxml's element: lxml ships no types


class _Walk:
    """The state of one walk: the line being gathered and the elements around it."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.pieces: list[str] = []
        self.blank = True  # nothing but white space gathered
        self.gap = 1
        self.rule = False
        self.level = 0
        self.boxes: tuple[int, ...] = ()
        self.box_count = 0
        self.lists = 0
        self.preformatted = 0
        self.bold = 0
        self.italic = 0
        self.style: str | None = None
        self.fonts: list[str] = []
        self.leads: list[str] = []
        self.links: list[Anchor] = []
        self.images: list[Image] = []
        self.cells: list[str] | None = None

    def text(self, text: str) -> None:
        if self.preformatted and "\n" in text:
            for n, part in enumerate(text.split("\n")):
                if n:
                    self.line_break()
                self.text(part)
            return
        if text.strip(SPACES):
            if text.strip(EDGES):
                style = "b" if self.bold else ""
                style += "i" if self.italic else ""
                style += self.fonts[-1] if self.fonts else ""
                if self.style is None:
                    self.style = style
                elif self.style != style:
                    self.style = "?"
                self.blank = False
            self.pieces.append(text)
        elif self.pieces:
            self.pieces.append(" ")

    def flush(self) -> bool:
        """End the line; True if there was one."""
        if not self.pieces and not self.images:
            return False
        seen = not self.blank or bool(self.images)
        if seen:
            text = "" if self.blank else collapse("".join(self.pieces))
            self.lines.append(
                Line(text, self.gap, self.level, self.style or "", tuple(self.leads),
                     tuple(self.links), tuple(self.images), self.boxes,
                     self.lists > 0, self.rule, tuple(self.cells or ()))
            )  # fmt: skip
            self.gap = 0
            self.rule = False
            self.links = []
            self.images = []
        self.pieces = []
        self.leads = []
        self.blank = True
        self.style = None
        return seen

    def block(self) -> None:
        """The edge of a block."""
        if self.pieces or self.images:
            self.flush()
        if not self.lists:
            self.gap = 1

    def line_break(self) -> None:
        # The second break in a row leaves an empty line, which ends a paragraph.
        if not self.flush() and not self.lists:
            self.gap = 1

    def field(self) -> None:
        """A place to write in: what stands above it is the label of a form."""
        self.flush()
        self.lines.append(Line("", self.gap, boxes=self.boxes, field=True))

    def image(self, tag: Element) -> None:
        image = Image(collapse(_attr(tag, "alt")), _attr(tag, "src"))
        if image_label(image.alt, image.src):
            # A heading drawn as a picture stands on a line of its own.
            self.flush()
            self.images.append(image)
            self.flush()
        else:
            self.images.append(image)


def html_lines(root: Tag) -> list[Line]:
    """The lines of a page or of a part of it, in order; from BeautifulSoup's tree."""
    walk = _Walk()
    stack: list[tuple[Iterator[object], Tag | None, int]] = [(iter(root.contents), None, 0)]
    while stack:
        children, tag, own = stack[-1]
        for child in children:
            if type(child) is NavigableString:  # no comment
                walk.text(child)
            elif isinstance(child, Tag):
                if _is_hidden(walk, child.name, child):
                    continue
                state = _enter(walk, child.name, child)
                if child.contents and child.name not in ("br", "hr", "img"):
                    stack.append((iter(child.contents), child, state))
                    break
                _leave(walk, child.name, child, state)
        else:
            stack.pop()
            if tag is not None:
                _leave(walk, tag.name, tag, own)
    walk.flush()
    return walk.lines


def tree_lines(root: Any) -> list[Line]:
    """The same, from lxml's tree: an element, without comments and processing instructions."""
    walk = _Walk()
    states: list[int | None] = []
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, tag in walker:
        name = tag.tag
        if event == "start":
            if _is_hidden(walk, name, tag):
                states.append(None)
                walker.skip_subtree()
                continue
            states.append(_enter(walk, name, tag))
            text = tag.text
        else:
            state = states.pop()
            if state is not None:
                _leave(walk, name, tag, state)
            text = tag.tail
        if text and not (name in _EDGED and text.isspace()):
            walk.text(text)
    walk.flush()
    return walk.lines


def _enter(walk: _Walk, name: str, tag: Element) -> int:
    """Note the beginning of an element; gives back what its end must know."""
    if name in BLOCKS:
        return _enter_block(walk, name, tag)
    if name == "br":
        walk.line_break()
    elif name == "img":
        walk.image(tag)
    elif name == "input":
        if _attr(tag, "type").lower() == "image":
            walk.image(tag)
    else:
        if name in _STYLED:
            _style(walk, name, tag, 1)
        # 1: began at the beginning of a line, so that it may be a label
        return (1 if walk.blank else 0) | len(walk.pieces) << 1
    return 0


def _enter_block(walk: _Walk, name: str, tag: Element) -> int:
    if walk.cells is not None and name in ("td", "th"):
        walk.pieces.append(" ")
        return len(walk.pieces)
    walk.block()
    if name in _PLAIN:
        return 0
    if name in BOXES:
        walk.box_count += 1
        walk.boxes += (walk.box_count,)
        if name == "table" and _is_data(tag):
            walk.cells = []
            walk.lists += 1
    elif name in _LISTS:
        walk.lists += 1
    elif name == "hr":
        walk.rule = True
    elif name in _HEADINGS:
        walk.level = _HEADINGS[name]
    elif name in _PRE:
        walk.preformatted += 1
    if name in _STYLED:
        _style(walk, name, tag, 1)
    return 0


def _leave(walk: _Walk, name: str, tag: Element, state: int) -> None:
    if name in BLOCKS:
        _leave_block(walk, name, tag, state)
    elif name not in ("br", "img", "input"):
        if name in _STYLED:
            _style(walk, name, tag, -1)
        if name == "a" and (href := _attr(tag, "href")):
            walk.links.append(Anchor(collapse("".join(walk.pieces[state >> 1 :])), href))
        elif state & 1 and not walk.blank:
            lead = collapse("".join(walk.pieces))
            if len(lead) < 80:
                walk.leads.append(lead)


def _leave_block(walk: _Walk, name: str, tag: Element, state: int) -> None:
    if walk.cells is not None and name in ("td", "th"):
        walk.cells.append(collapse("".join(walk.pieces[state:])))
        return
    if name == "tr" and walk.cells is not None:
        walk.flush()
        walk.cells = []
        return
    walk.block()
    if name in _PLAIN:
        return
    if name in BOXES:
        walk.boxes = walk.boxes[:-1]
        if name == "table" and walk.cells is not None:
            walk.cells = None
            walk.lists -= 1
    elif name in _LISTS:
        walk.lists -= 1
    elif name in _HEADINGS:
        walk.level = 0
    elif name in _PRE:
        walk.preformatted -= 1
    if name in _STYLED:
        _style(walk, name, tag, -1)
    if not walk.lists:
        walk.gap = 1


def _style(walk: _Walk, name: str, tag: Element, by: int) -> None:
    """Count an element's emphasis in (1) or out (-1)."""
    if name in _BOLD:
        walk.bold += by
    elif name in _ITALIC:
        walk.italic += by
    elif name == "font" or name == "span":
        look = _look(tag) if by > 0 else walk.fonts.pop()
        if "b" in look:
            walk.bold += by
        if by > 0:
            walk.fonts.append(look)


def _look(tag: Element) -> str:
    """How ``<font>`` and ``<span>`` differ from the text around: size and colour."""
    size = _attr(tag, "size").strip()
    large = size.lstrip("+").isdigit() and (size.startswith("+") or int(size[:2]) > 3)
    heavy = large or _HEAVY.search(_attr(tag, "style"))
    return ("b" if heavy else "") + ":" + _attr(tag, "color") + _attr(tag, "class")


def _is_hidden(walk: _Walk, name: str, tag: Element) -> bool:
    """Whether an element is not shown; of a place to write in, the place is noted."""
    if name not in _SKIPPED:
        style = tag.get("style")
        return (style is not None and _HIDDEN.search(style) is not None) or (
            tag.get("hidden") is not None
        )
    if name == "textarea":
        walk.field()
    return True


def _is_data(table: Element) -> bool:
    """Whether a table holds data rather than the layout of the page.

    Data has two rows or more of at least two short cells, and no blocks in them.
    """
    inside = table.find_all(True) if isinstance(table, Tag) else list(table.iterdescendants())
    names = [_name(tag) for tag in inside]
    if not _NEVER_IN_DATA.isdisjoint(names):
        return False
    rows = [0]
    for name, tag in zip(names, inside, strict=True):
        if name == "tr":
            rows.append(0)
        elif name in ("td", "th"):
            text = collapse("".join(_texts(tag)))
            if len(text) > _CELL_LIMIT or _LABEL_CELL.match(text):
                return False
            if text:
                rows[-1] += 1
    return sum(1 for count in rows if count > 1) > 1


def _name(tag: Element) -> str:
    name: str = tag.name if isinstance(tag, Tag) else tag.tag
    return name


def _texts(tag: Element) -> Iterable[str]:
    """All texts in an element, in order."""
    if isinstance(tag, Tag):
        return (str(each) for each in tag.descendants if not isinstance(each, Tag))
    texts: Iterable[str] = tag.itertext()
    return texts


def _attr(tag: Element, name: str) -> str:
    value = tag.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else " ".join(value)
