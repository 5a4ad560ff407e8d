"""What a reader sees, line by line: the form in which pages of every era are alike.

HTML (:mod:`parsers.page.document`) and text renderings (:mod:`parsers.page.text_lines`)
become lists of :class:`Line`; labels, the border of the answer and people are looked for in
those alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

# What HTML collapses. U+00A0 is not among it, and neither are other Unicode spaces.
SPACES = " \t\n\r\f"
EDGES = SPACES + "\xa0"


@dataclass(slots=True)
class Box:
    """A container on the page (a table, a cell, a ``<div>``), by its number from the top.

    ``last`` is the number of the last container that begins inside it.
    """

    number: int
    parent: Box | None = field(default=None, compare=False, repr=False)
    last: int = field(default=0, compare=False)

    def holds(self, line: Line) -> bool:
        """Whether a line stands inside."""
        return line.box is not None and self.number <= line.box.number <= self.last


class Anchor(NamedTuple):
    """A link as written: its text and its ``href``."""

    text: str
    href: str


class Image(NamedTuple):
    """An image: its ``alt`` ("" where absent) and ``src``, as written."""

    alt: str
    src: str


class Line(NamedTuple):
    """One line that a reader sees.

    ``gap`` counts the empty lines before it: 0 after ``<br>`` or inside a list, 1 between
    blocks, more only in text renderings. ``level`` is 1 to 6 in a heading, else 0. ``style``
    names the emphasis of the whole line ("" plain, "?" mixed). ``leads`` are the beginnings
    of the line that stand in an inline element of their own, as in ``<b>Answer:</b> Yes``.
    ``box`` is the innermost container around it (None: the page). ``rule`` says that a
    horizontal rule stands before it. ``cells`` are the texts of a table's row. ``field`` says
    that the line is no text but a place to write in. ``marker`` is what a list shows before the
    first line of an item, "- " or "3. ".
    """

    text: str
    gap: int = 1
    level: int = 0
    style: str = ""
    leads: tuple[str, ...] = ()
    links: tuple[Anchor, ...] = ()
    images: tuple[Image, ...] = ()
    box: Box | None = None
    item: bool = False
    rule: bool = False
    cells: tuple[str, ...] = ()
    field: bool = False
    marker: str = ""

    @property
    def bold(self) -> bool:
        """Whether the line stands out as a whole: a heading, or bold or large text."""
        return self.level > 0 or "b" in self.style

    @property
    def shown(self) -> str:
        """The text, or where there is only an image its alt text."""
        return self.text or (self.images[0].alt if self.images else "")

    def linked_share(self) -> float:
        """Which part of the text is links, 0 to 1."""
        if not self.links:
            return 0.0
        return min(1.0, sum(len(link.text) for link in self.links) / max(1, len(self.text)))


def collapse(text: str) -> str:
    """White space as HTML shows it: runs become one space, none at the ends."""
    if not text.isprintable():
        for space in "\t\n\r\f":
            text = text.replace(space, " ")
    while "  " in text:  # each time half as many
        text = text.replace("  ", " ")
    return text.strip(" ")


def join(lines: Iterable[Line]) -> str:
    """The verbatim text of lines: paragraphs separated by one empty line, lines by a newline."""
    paragraphs: list[list[str]] = []
    gap = 1
    for line in lines:
        gap = max(gap, line.gap)
        if not line.text:
            continue
        if gap or not paragraphs:
            paragraphs.append([line.text])
        else:
            paragraphs[-1].append(line.text)
        gap = 0
    joined = ("\n".join(paragraph).strip(EDGES) for paragraph in paragraphs)
    return "\n\n".join(text for text in joined if text)


def trimmed(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines without those at either end that have no text."""
    full = [n for n, line in enumerate(lines) if line.text]
    return tuple(lines[full[0] : full[-1] + 1]) if full else ()


@dataclass(frozen=True, slots=True)
class Document:
    """What a page shows, and what it says of itself.

    ``title`` is the text of ``<title>``, ``base`` the target of ``<base>``, ``own_url`` the
    address that the page gives for itself, each "" where there is none. ``outlinks`` are the
    addresses to which a browser goes from here (links, areas, frames, refreshes, the pages before
    and after), as written, in order; ``frames`` are the documents within the page itself
    (``<iframe srcdoc>``). ``complete`` is False where a page seems to be cut short. ``warning``
    says what did not fit when its bytes became text by the codec ``encoding``. ``plain`` says
    that this is a text rendering, and no HTML.
    """

    lines: Sequence[Line] = ()
    title: str = ""
    base: str = ""
    own_url: str = ""
    outlinks: tuple[str, ...] = ()
    frames: tuple[Document, ...] = ()
    complete: bool = True
    warning: str = ""
    encoding: str = ""
    plain: bool = False
