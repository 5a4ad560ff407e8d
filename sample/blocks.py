"""The blocks that a body of text is made of, and what a reader sees of them.

The texts in ``content/`` are written in a small markup, which :func:`read` turns into
blocks. The page templates turn blocks into HTML; :func:`shown` turns them into the text
that a browser would show, by the archive's text rule. The two never meet: that is what
makes the sample a test of a parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BREAK = "\n"  # a forced line break inside a text
EMPHASIS = re.compile(r"\*([^*\n]+)\*")


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph. ``text`` may have ``*emphasis*`` and forced line breaks."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list, bulleted or numbered."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A small table: rows of cells."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Markup:
    """A paragraph given as HTML, with the text that a browser shows of it."""

    html: str
    text: str


Block = Para | Items | Rows | Markup


def read(source: str) -> tuple[Block, ...]:
    """Blocks of a text of ``content/`` (see the head of ``content/topics1.toml``)."""
    blocks: list[Block] = []
    for chunk in re.split(r"\n\s*\n", source.strip()):
        blocks.extend(_chunk_blocks([line.strip() for line in chunk.split("\n")]))
    return tuple(blocks)


def _kind(line: str) -> str:
    if line.startswith(("- ", "# ")):
        return line[0]
    return "|" if line.startswith("|") else ""


def _chunk_blocks(lines: list[str]) -> list[Block]:
    blocks: list[Block] = []
    start = 0
    while start < len(lines):
        kind = _kind(lines[start])
        end = start + 1
        while end < len(lines) and _kind(lines[end]) == kind:
            end += 1
        blocks.append(_block(kind, lines[start:end]))
        start = end
    return blocks


def _block(kind: str, lines: list[str]) -> Block:
    if kind == "|":
        return Rows(tuple(_cells(line) for line in lines))
    if kind:
        return Items(tuple(line[2:].strip() for line in lines), kind == "#")
    text = " ".join(lines)
    return Para(re.sub(r"\s*//\s*", BREAK, text))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip("|").split("|"))


def shown(blocks: tuple[Block, ...]) -> str:
    """The text that a reader sees: the archive's text rule, applied to blocks."""
    return "\n\n".join(_shown(block) for block in blocks)


def _shown(block: Block) -> str:
    match block:
        case Para(text):
            return EMPHASIS.sub(r"\1", text)
        case Items(items):
            return "\n".join(EMPHASIS.sub(r"\1", item) for item in items)
        case Rows(rows):
            return "\n".join(" ".join(cells) for cells in rows)
        case Markup(_, text):
            return text
