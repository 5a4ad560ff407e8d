"""HTML to lines: a walk over a tree, lxml's or BeautifulSoup's, that keeps what a reader sees.

The walk has its own stack, because the depth of a page is the page's choice. Paragraphs,
headings, cells and containers start a new block; ``<br>`` a new line, and two of them a new
block; the items of a list and the rows of a table of data stand on lines of their own.
Scripts, styles, comments, form fields and what is hidden are not text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from bs4.element import NavigableString, Tag

from parsers.landmarks import image_label
from parsers.lines import EDGES, SPACES, Anchor, Image, Line, collapse
from parsers.nodes import Node

_SKIPPED = frozenset(
    str.split(
        "script style noscript template head title iframe object applet svg math select option"
        " textarea button noframes audio video canvas datalist"
    )
)
_BOXES = frozenset(
    str.split(
        "table td th div section article main blockquote fieldset dl dd center form body aside"
        " header footer nav"
    )
)
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_BLOCKS = _BOXES | _LISTS | frozenset(str.split(
    "html p h1 h2 h3 h4 h5 h6 tbody thead tfoot tr li dt pre address hr legend caption figure"
    " figcaption details summary hgroup xmp listing plaintext housecall-menu"
))  # fmt: skip
_ELEMENTS = (Node, Tag)
_TEXTS = (str, NavigableString)  # and not what BeautifulSoup makes of comments and scripts
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


class _Walk:
    """The state of one walk: the line being gathered and the elements around it."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.pieces: list[str] = []
        self.blank = True  # nothing but white space gathered
        self.gap = 1
        self.rule = False
        self.level = 0
        self.boxes: list[int] = []
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
        seen = not self.blank or bool(self.images)
        if seen:
            text = "" if self.blank else collapse("".join(self.pieces))
            self.lines.append(
                Line(text, self.gap, self.level, self.style or "", tuple(self.leads),
                     tuple(self.links), tuple(self.images), tuple(self.boxes),
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
        self.lines.append(Line("", self.gap, boxes=tuple(self.boxes), field=True))

    def image(self, tag: Tag | Node) -> None:
        image = Image(collapse(_attr(tag, "alt")), _attr(tag, "src"))
        if image_label(image.alt, image.src):
            # A heading drawn as a picture stands on a line of its own.
            self.flush()
            self.images.append(image)
            self.flush()
        else:
            self.images.append(image)


def html_lines(root: Tag | Node) -> list[Line]:
    """The lines of a page or of a part of it, in order."""
    walk = _Walk()
    stack: list[tuple[Iterator[object], Tag | Node | None, int]] = [(iter(root.contents), None, 0)]
    while stack:
        children, tag, mark = stack[-1]
        for child in children:
            if type(child) in _TEXTS:
                walk.text(cast(str, child))
            elif isinstance(child, _ELEMENTS):
                if _is_hidden(child):
                    if child.name == "textarea":
                        walk.field()
                    continue
                state = _enter(walk, child)
                if child.contents and child.name not in ("br", "hr", "img"):
                    stack.append((iter(child.contents), child, state))
                    break
                _leave(walk, child, state)
        else:
            stack.pop()
            if tag is not None:
                _leave(walk, tag, mark)
    walk.flush()
    return walk.lines


def _enter(walk: _Walk, tag: Tag | Node) -> int:
    """Note the beginning of an element; gives back what its end must know."""
    name = tag.name
    if name == "br":
        walk.line_break()
    elif name == "img":
        walk.image(tag)
    elif name == "input":
        if _attr(tag, "type").lower() == "image":
            walk.image(tag)
    elif name in _BLOCKS:
        return _enter_block(walk, tag)
    else:
        if name in _STYLED:
            _style(walk, tag, 1)
        # 1: began at the beginning of a line, so that it may be a label
        return (1 if walk.blank else 0) | len(walk.pieces) << 1
    return 0


def _enter_block(walk: _Walk, tag: Tag | Node) -> int:
    name = tag.name
    if walk.cells is not None and name in ("td", "th"):
        walk.pieces.append(" ")
        return len(walk.pieces)
    walk.block()
    if name in _BOXES:
        walk.box_count += 1
        walk.boxes.append(walk.box_count)
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
        _style(walk, tag, 1)
    return 0


def _leave(walk: _Walk, tag: Tag | Node, state: int) -> None:
    name = tag.name
    if name in _BLOCKS:
        _leave_block(walk, tag, state)
    elif name not in ("br", "img", "input"):
        if name in _STYLED:
            _style(walk, tag, -1)
        if name == "a" and (href := _attr(tag, "href")):
            walk.links.append(Anchor(collapse("".join(walk.pieces[state >> 1 :])), href))
        if state & 1 and not walk.blank:
            lead = collapse("".join(walk.pieces))
            if len(lead) < 80 and not (name == "a" and _attr(tag, "href")):
                walk.leads.append(lead)


def _leave_block(walk: _Walk, tag: Tag | Node, state: int) -> None:
    name = tag.name
    if walk.cells is not None and name in ("td", "th"):
        walk.cells.append(collapse("".join(walk.pieces[state:])))
        return
    if name == "tr" and walk.cells is not None:
        walk.flush()
        walk.cells = []
        return
    walk.flush()
    if name in _BOXES:
        walk.boxes.pop()
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
        _style(walk, tag, -1)
    walk.block()


def _style(walk: _Walk, tag: Tag | Node, by: int) -> None:
    """Count an element's emphasis in (1) or out (-1)."""
    name = tag.name
    if name in _BOLD:
        walk.bold += by
    elif name in _ITALIC:
        walk.italic += by
    elif name == "font" or name == "span":
        look = _look(tag)
        if "b" in look:
            walk.bold += by
        if by > 0:
            walk.fonts.append(look)
        else:
            walk.fonts.pop()


def _look(tag: Tag | Node) -> str:
    """How ``<font>`` and ``<span>`` differ from the text around: size and colour."""
    size = _attr(tag, "size").strip()
    large = size.lstrip("+").isdigit() and (size.startswith("+") or int(size[:2]) > 3)
    heavy = large or _HEAVY.search(_attr(tag, "style"))
    return ("b" if heavy else "") + ":" + _attr(tag, "color") + _attr(tag, "class")


def _is_hidden(tag: Tag | Node) -> bool:
    if tag.name in _SKIPPED:
        return True
    attrs = tag.attrs
    return bool(attrs) and (
        "hidden" in attrs or ("style" in attrs and bool(_HIDDEN.search(_attr(tag, "style"))))
    )


def _is_data(table: Tag | Node) -> bool:
    """Whether a table holds data rather than the layout of the page.

    Data has two rows or more of at least two short cells, and no blocks in them.
    """
    tags = [tag for tag in _inside(table) if isinstance(tag, _ELEMENTS)]
    if any(tag.name == "table" for tag in tags):
        return False  # asked first: the text of nested tables would be read at every level
    rows = [0]
    for tag in tags:
        name = tag.name
        if name == "tr":
            rows.append(0)
        elif name in ("td", "th"):
            text = collapse("".join(str(x) for x in _inside(tag) if not isinstance(x, _ELEMENTS)))
            if len(text) > _CELL_LIMIT or _LABEL_CELL.match(text):
                return False
            if text:
                rows[-1] += 1
        elif name not in ("tbody", "thead", "tfoot", "caption", "col", "colgroup") and (
            name in _BLOCKS or name in ("br", "img", "input")
        ):
            return False
    return sum(1 for count in rows if count > 1) > 1


def _inside(tag: Tag | Node) -> Iterator[object]:
    """All that is in an element, in order."""
    todo: list[Iterator[object]] = [iter(tag.contents)]
    while todo:
        for child in todo[-1]:
            yield child
            if isinstance(child, _ELEMENTS):
                todo.append(iter(child.contents))
                break
        else:
            todo.pop()


def _attr(tag: Tag | Node, name: str) -> str:
    value = tag.attrs.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else " ".join(value)
