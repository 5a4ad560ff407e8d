"""The text of a part of a page, with the structure that matters: what answers are archived as.

Paragraphs are separated by one empty line, forced line breaks are newlines, items of lists begin
with "- " or "1. ", quoted lines with "> ", lines of code with four spaces; the cells of a table
of data are separated by " | ". The empty line between two paragraphs of a quote is a quoted line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from lxml import html

from parsers.page.elements import BLOCK, CELL, KINDS, LIST, PREFORMATTED, ROW, SKIPPED, is_hidden
from parsers.page.lines import EDGES, collapse

_CELL_LIMIT = 80  # characters; a longer cell is layout, not data
_QUOTE, _ITEM, _DATA, _VERSE = (1 << n for n in range(20, 24))
_QUOTED = ("blockquote", "q-block")
_CODE = " " * 4


@dataclass(slots=True)
class _Writer:
    """The lines, and the one being gathered."""

    left_out: Collection[html.HtmlElement]
    quotes: Collection[html.HtmlElement]
    plain: Collection[html.HtmlElement]  # quotes by their tag alone
    rule: str
    lines: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    gap: bool = True
    depth: int = 0  # of quotes
    outer: int = 0  # the least depth since the last line
    marker: str = ""  # of the item that begins with the next line
    indent: int = 0  # lists within lists
    counters: list[int] = field(default_factory=list)  # of the open lists; -1 without numbers
    code: int = 0
    row: list[str] | None = None  # cells of the row of a table of data
    verse: int = 0  # open <pre> that are no code

    def start(self, node: html.HtmlElement) -> int:
        """An element begins; -1 if nothing in it is shown, else what is to be undone."""
        tag = node.tag
        if not isinstance(tag, str) or node in self.left_out:
            return -1
        kind = KINDS.get(tag, 0)
        attributes = node.attrib
        if (kind & SKIPPED and tag != "noscript") or (
            ("style" in attributes or "hidden" in attributes) and is_hidden(attributes)
        ):
            return -1
        if tag == "br":
            self.break_line()
            return 0
        quoted = node in self.quotes or (tag == "blockquote" and node not in self.plain)
        if tag == "cite" and self.depth and not self.pieces and self.row is None:
            return BLOCK  # who is quoted, in a line of its own
        if not kind & BLOCK and not quoted:
            return 0
        return self._start_block(node, tag, kind, quoted)

    def _start_block(self, node: html.HtmlElement, tag: str, kind: int, quoted: bool) -> int:
        if self.row is not None:
            return kind  # a cell or a row of data
        self.flush()
        if tag == "hr" and self.rule:
            self.pieces.append(self.rule)
            self.flush()
        if kind & LIST:
            self.counters.append(0 if tag == "ol" else -1)
        elif tag == "li":
            if node not in self.plain:  # what is asked for is no item of what stands around it
                self._begin_item()
            kind |= _ITEM
        elif kind & PREFORMATTED:
            if node in self.plain:
                self.verse += 1
                kind |= _VERSE
            else:
                self.code += 1
        elif tag == "table" and _is_data(node):
            self.row = []
            kind |= _DATA
        if not (kind & (_ITEM | ROW) or (kind & LIST and len(self.counters) > 1)):
            self.gap = True
        if quoted:
            self.depth += 1
            kind |= _QUOTE
        return kind

    def _begin_item(self) -> None:
        number = -1
        if self.counters and self.counters[-1] >= 0:
            self.counters[-1] += 1
            number = self.counters[-1]
        self.indent = max(0, len(self.counters) - 1)
        self.marker = f"{number}. " if number > 0 else "- "

    def end(self, kind: int) -> None:
        """An element ends of which :meth:`start` gave this."""
        if not kind & (BLOCK | _QUOTE):
            return
        if self.row is not None and not kind & _DATA:
            if kind & CELL:
                self.row.append(collapse("".join(self.pieces)).strip(EDGES))
                self.pieces = []
            elif kind & ROW:
                self.pieces = [" | ".join(self.row)] if any(self.row) else []
                self.row = []
                self.flush()
            return
        self.flush()
        if kind & _DATA:
            self.row = None
        if kind & LIST and self.counters:
            self.counters.pop()
        elif kind & _VERSE:
            self.verse -= 1
        elif kind & PREFORMATTED:
            self.code -= 1
        elif kind & _ITEM:
            self.marker, self.indent = "", 0
        if kind & _QUOTE:
            self.depth -= 1
            self.outer = min(self.outer, self.depth)
        if not kind & (_ITEM | ROW) and not (kind & LIST and self.counters):
            self.gap = True

    def data(self, text: str) -> None:
        """A text comes."""
        if (self.code or self.verse) and "\n" in text:
            first, *others = text.split("\n")
            self.pieces.append(first)
            for line in others:
                self.break_line()
                self.pieces.append(line)
        else:
            self.pieces.append(text)

    def break_line(self) -> None:
        """A line ends; two breaks leave an empty line."""
        if self.row is not None:
            self.pieces.append(" ")
            return
        if not self.flush() and not self.counters:
            self.gap = True

    def flush(self) -> bool:
        """End the line. Return whether there was one."""
        text = "".join(self.pieces)
        self.pieces = []
        text = text.rstrip("\r") if self.code else collapse(text).strip(EDGES)
        if not text.strip(EDGES):
            return False
        if self.code:
            text = _CODE + text
        elif self.marker:
            text, self.marker = "  " * self.indent + self.marker + text, ""
        line = "> " * self.depth + text
        if self.lines and self.gap:
            self.lines.append(("> " * self.outer).rstrip())
        self.lines.append(line)
        self.gap, self.outer = False, self.depth
        return True


def prose(
    nodes: Iterable[html.HtmlElement],
    *,
    left_out: Collection[html.HtmlElement] = (),
    quotes: Collection[html.HtmlElement] = (),
    plain: Collection[html.HtmlElement] = (),
    tails: bool = False,
    rule: str = "",
) -> str:
    """The text of some elements, one after another.

    :param left_out: elements inside of them that are no part of the text
    :param quotes: elements inside of them that are quotes though no ``<blockquote>``
    :param plain: every ``<blockquote>`` that is no quote, ``<pre>`` that is no code and ``<li>``
        that is no item, such as one that holds a whole post
    :param tails: take the texts that follow each element as well
    :param rule: what stands in a line of its own for a horizontal rule
    """
    writer = _Writer(left_out, quotes, plain, rule)
    for node in nodes:
        _write(writer, node)
        if tails and node.tail:
            writer.data(node.tail)
    writer.flush()
    return "\n".join(writer.lines)


def _write(writer: _Writer, root: html.HtmlElement) -> None:
    kind = writer.start(root)
    if kind < 0:
        return
    if root.text:
        writer.data(root.text)
    stack: list[tuple[int, html.HtmlElement, Iterator[html.HtmlElement]]] = [
        (kind, root, iter(root))
    ]
    while stack:
        kind, node, children = stack[-1]
        for child in children:
            begun = writer.start(child)
            if begun >= 0:
                if child.text:
                    writer.data(child.text)
                stack.append((begun, child, iter(child)))
                break
            if child.tail:
                writer.data(child.tail)
        else:
            stack.pop()
            writer.end(kind)
            if stack and node.tail:
                writer.data(node.tail)


def _is_data(table: html.HtmlElement) -> bool:
    """Whether a table holds data rather than layout: two rows of two short cells, no blocks."""
    wide = 0
    for node in table.iter():
        if node is table or not isinstance(node.tag, str):
            continue
        kind = KINDS.get(node.tag, 0)
        if node.tag == "tr":
            cells = [len(cell) for cell in node]
            wide += len(cells) > 1
        elif kind & CELL:
            if len(node.text or "") > _CELL_LIMIT:
                return False
        elif kind & BLOCK and node.tag not in ("thead", "tbody", "tfoot", "caption"):
            return False
    return wide > 1
