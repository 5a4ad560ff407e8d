"""A target of lxml's parser that gathers lines: what a reader sees of a page.

Paragraphs, headings, cells and containers begin a new block; ``<br>`` a new line, and two of
them a new block; the items of a list and the rows of a table of data stand on lines of their
own. Scripts, styles, comments, form fields and what is hidden are not text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from parsers.page.elements import (
    ANCHOR,
    BEGINS_LINE,
    BLOCK,
    BOX,
    CELL,
    EMPHASIS,
    FONT,
    HEADING,
    IMAGE,
    IN_TABLE,
    ITEM,
    KINDS,
    LIST,
    NOTED,
    PLAIN,
    PREFORMATTED,
    ROW,
    RULE,
    SKIPPED,
    TABLE,
    VOID,
    Emphasis,
    emphasis_within,
    font_within,
    is_hidden,
    target_of,
)  # fmt: skip
from parsers.page.lines import EDGES, Anchor, Box, Document, Image, Line, collapse
from parsers.page.tables import Event, is_data

# What a named tuple's own constructor calls, at half of its time.
_tuple = tuple.__new__
_MOST_PIECES = 16  # of text; a longer beginning of a line is no label


class LabelTests(NamedTuple):
    """How labels are known: the shape of a page depends on them in two places.

    An image that shows a label stands on a line of its own. A table with a label in a cell is
    layout, not data.
    """

    image: Callable[[Image], bool]
    cell: Callable[[str], bool]


@dataclass(slots=True)
class LineReader:
    """A target of lxml's parser: the lines, the line being gathered, and what is around it."""

    labels: LabelTests
    hidden: int = 0  # open elements that are not shown
    lines: list[Line] = field(default_factory=list)
    outlinks: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    in_title: bool = False
    base: str | None = None
    own_url: str = ""
    srcdocs: list[str] = field(default_factory=list)
    inert: int = 0  # the open elements that are not shown, below which is a <template>
    table: list[Event] | None = None  # what was read of a table that may be data
    kinds: list[int] = field(default_factory=list)  # of the open elements
    # The line being gathered.
    pieces: list[str] = field(default_factory=list)
    blank: bool = True  # nothing but white space in them
    gap: int = 1
    rule: bool = False
    style: str = ""
    leads: list[int] = field(default_factory=list)  # numbers of pieces
    links: list[Anchor] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    cells: list[str] | None = None  # of the row of a table of data
    cell_start: int = 0  # the number of pieces before the cell
    # What is around it.
    anchors: list[tuple[int, str]] = field(default_factory=list)  # the pieces before, the target
    emphases: list[Emphasis] = field(default_factory=lambda: [PLAIN])
    box: Box | None = None
    box_count: int = 0
    level: int = 0
    lists: int = 0
    items: list[int] = field(default_factory=list)  # of the open lists, -1 where none has a number
    marker: str = ""  # of the item that begins
    preformatted: int = 0
    opened: set[str] = field(default_factory=set)  # ids of what the buttons in headings open

    def document(self) -> Document:
        """Return what was read."""
        self._flush()
        title = collapse("".join(self.title))
        return Document(self.lines, title, self.base or "", self.own_url, tuple(self.outlinks))

    # What the parser calls -------------------------------------------------------------------

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        kind = KINDS.get(name, 0)
        if self.hidden:
            self.hidden += 1
            if kind & NOTED:
                self._note(name, attributes)
            elif name == "template":
                self._make_inert(attributes)
            return
        if kind & SKIPPED or (
            attributes
            and ("style" in attributes or "hidden" in attributes)
            and is_hidden(attributes)
        ):
            if not self._is_shown(name, attributes):
                self._hide(name, attributes)
                return
            kind &= ~SKIPPED
        if self.table is not None:
            if kind & IN_TABLE or not kind & (BLOCK | VOID):
                self.table.append((name, attributes))
                return
            self._release(data=False)
        if kind & BLOCK:
            self.kinds.append(kind)
            if self.cells is not None and kind & CELL:
                self.pieces.append(" ")
                self.cell_start = len(self.pieces)
                return
            if self.pieces or self.images:
                self._flush()
            if not self.lists:
                self.gap = 1
            if kind & BOX:
                self.box_count += 1
                self.box = Box(self.box_count, self.box)
                if kind & TABLE:
                    self.table = []
            elif kind & ITEM:
                # What is shown before an item: its number, if its list has any.
                self.marker = "- "
                if self.items and self.items[-1] >= 0:
                    self.items[-1] += 1
                    self.marker = f"{self.items[-1]}. "
            elif kind & (LIST | HEADING | PREFORMATTED | RULE):
                self._open_special(name, kind)
        elif kind & VOID:
            self.kinds.append(0)
            if kind & IMAGE and (name == "img" or attributes.get("type", "").lower() == "image"):
                image, is_label = _known_image(
                    attributes.get("alt", ""), attributes.get("src", ""), self.labels.image
                )
                if is_label:  # a heading drawn as a picture stands on a line of its own
                    self._flush()
                self.images.append(image)
                if is_label:
                    self._flush()
            elif name == "br":
                self._line_break()
            return
        else:
            self.kinds.append(kind | BEGINS_LINE if self.blank else kind)
            if kind & ANCHOR:
                href = attributes.get("href", "")
                if href or "href" in attributes:
                    self.outlinks.append(href)
                self.anchors.append((len(self.pieces), href))
            elif kind & NOTED:
                self._note(name, attributes)
        if kind & FONT:
            get = attributes.get
            self.emphases.append(
                font_within(
                    self.emphases[-1], get("size"), get("style"), get("color"), get("class")
                )
            )
        elif kind & EMPHASIS:
            self.emphases.append(emphasis_within(self.emphases[-1], kind))

    def end(self, name: str) -> None:
        """An element ends."""
        if self.hidden:
            self.hidden -= 1
            self.in_title = False
            if self.hidden < self.inert:
                self.inert = 0
            return
        if self.table is not None:
            if name != "table":
                self.table.append((name, None))
                return
            self._release(data=is_data(self.table, self.labels.cell))
        kind = self.kinds.pop()
        if not kind:
            return
        if kind & BLOCK:
            if self.cells is not None and kind & (CELL | ROW):
                self._close_cell_or_row(self.cells, kind)
                return
            if kind & EMPHASIS:
                self.emphases.pop()
            if self.pieces or self.images:
                self._flush()
            if kind & BOX:
                if (box := self.box) is not None:
                    box.last = self.box_count
                    self.box = box.parent
                if kind & TABLE and self.cells is not None:
                    self.cells = None
                    self.lists -= 1
            elif kind & LIST:
                self.lists -= 1
                self.items.pop()
            elif kind & HEADING:
                self.level = 0
            elif kind & PREFORMATTED:
                self.preformatted -= 1
            if not self.lists:
                self.gap = 1
            return
        if kind & EMPHASIS:
            self.emphases.pop()
        elif kind & ANCHOR:
            place, href = self.anchors.pop()
            if href:
                text = collapse("".join(self.pieces[place:]))
                self.links.append(_tuple(Anchor, (text, href)))
                return
        if kind & BEGINS_LINE and not self.blank:
            self.leads.append(len(self.pieces))

    def data(self, text: str) -> None:
        """A text comes, or a part of one."""
        if self.hidden:
            if self.in_title:
                self.title.append(text)
        elif self.table is not None:
            self.table.append(text)
        elif self.preformatted and "\n" in text:
            first, *others = text.split("\n")
            self.data(first)
            for line in others:
                self._line_break()
                self.data(line)
        elif text.strip(EDGES):
            style = self.emphases[-1].style
            if self.blank:
                self.style, self.blank = style, False
            elif self.style != style:
                self.style = "?"
            self.pieces.append(text)
        elif self.pieces or "\xa0" in text:
            self.pieces.append(text)

    def close(self) -> None:
        """The page ends."""

    def _is_shown(self, name: str, attributes: Mapping[str, str]) -> bool:
        """Whether an element that seems to be no text is: the button in a heading that opens
        what is below it, and what it opens."""
        if name == "button" and self.level:
            self.opened.add(attributes.get("aria-controls", ""))
            return True
        return KINDS.get(name, 0) & SKIPPED == 0 and attributes.get("id") in self.opened

    def _hide(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins that is not shown."""
        if name == "textarea":
            # What stands above a place to write in is the label of a form.
            self._release(data=False)
            self._flush()
            self.lines.append(Line("", self.gap, box=self.box, field=True))
        self._note(name, attributes)
        self.hidden = 1
        if name == "template":
            self._make_inert(attributes)

    def _make_inert(self, attributes: Mapping[str, str]) -> None:
        """A template begins: only a script could make a part of the page of it."""
        if not self.inert and "shadowrootmode" not in attributes:
            self.inert = self.hidden

    def _note(self, name: str, attributes: Mapping[str, str]) -> None:
        """Note the addresses in an element, and the beginning of the title."""
        if self.inert:
            return
        target = target_of(name, attributes)
        if target is not None:
            self.outlinks.append(target)
        if name == "title":
            self.in_title = not self.title
        elif name == "base":
            self.base = attributes.get("href") if self.base is None else self.base
        elif name == "iframe" and "srcdoc" in attributes:
            self.srcdocs.append(attributes["srcdoc"])
        elif not self.own_url:
            if name == "link" and attributes.get("rel") == "canonical":
                self.own_url = attributes.get("href", "").strip()
            elif name == "meta" and attributes.get("property") == "og:url":
                self.own_url = attributes.get("content", "").strip()

    def _release(self, *, data: bool) -> None:
        """Read what was held of a table: as rows of data, or as the layout of the page."""
        events, self.table = self.table or (), None
        if data:
            self.cells = []
            self.lists += 1
        for event in events:
            if isinstance(event, str):
                self.data(event)
            elif event[1] is not None:
                self.start(event[0], event[1])
            else:
                self.end(event[0])

    def _open_special(self, name: str, kind: int) -> None:
        """A list, a heading, preformatted text or a rule begins."""
        if kind & LIST:
            self.lists += 1
            self.items.append(0 if name == "ol" else -1)
        elif kind & HEADING:
            self.level = int(name[1])
        elif kind & PREFORMATTED:
            self.preformatted += 1
        else:
            self.rule = True

    def _close_cell_or_row(self, cells: list[str], kind: int) -> None:
        """A cell or a row ends in a table of data."""
        if kind & ROW:
            self._flush()
            self.cells = []
        else:
            cells.append(collapse("".join(self.pieces[self.cell_start :])))

    # Lines -----------------------------------------------------------------------------------

    def _flush(self) -> bool:
        """End the line. Return whether there was one."""
        pieces, images = self.pieces, self.images
        if not pieces and not images:
            return False
        seen = not self.blank or bool(images)
        if seen:
            text = "" if self.blank else collapse("".join(pieces))
            leads: tuple[str, ...] = ()
            if self.leads and self.leads[0] < len(pieces):
                leads = self._beginnings()
            self.lines.append(
                _tuple(Line, (text, self.gap, self.level, self.style, leads, tuple(self.links),
                     tuple(images), self.box, self.lists > 0, self.rule, tuple(self.cells or ()),
                     False, self.marker))
            )  # fmt: skip
            self.gap, self.rule, self.marker = 0, False, ""
            self.links, self.images = [], []
        self.pieces, self.leads = [], []
        self.blank, self.style = True, ""
        return seen

    def _beginnings(self) -> tuple[str, ...]:
        """The beginnings of the line that stand in an inline element of their own."""
        limit = min(len(self.pieces), _MOST_PIECES)
        places = sorted({place for place in self.leads if place < limit})
        return tuple(collapse("".join(self.pieces[:place])) for place in places)

    def _line_break(self) -> None:
        # The second break in a row leaves an empty line, which ends a paragraph.
        if not self._flush() and not self.lists:
            self.gap = 1


@lru_cache(maxsize=2048)
def _known_image(alt: str, src: str, is_label: Callable[[Image], bool]) -> tuple[Image, bool]:
    """An image, and whether it shows a label: pages have hundreds, and few that differ."""
    image = Image(collapse(alt), src)
    return image, is_label(image)
