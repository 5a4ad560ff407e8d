"""Archived texts as HTML: paragraphs alone, or with the structure that readers keep. Pure.

The readers of threads and markup write a list as lines that begin with ``- `` or ``1. ``, a quote
as lines that begin with ``> ``, code as lines after four spaces, and the cells of a table's rows
with `` | `` between them. Other texts are plain: a line that begins so is the writer's own.
Whatever a text holds, it is escaped; the time is linear in its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from markupsafe import Markup, escape

from publish.data.texts import blocks

#: The readers (``parser`` without its version) whose texts have structure.
STRUCTURED = frozenset({"structured", "thread", "selectors"})

#: Quotes within quotes beyond this are shown as they are written.
DEEPEST = 6
#: So many lines with cells make a table: one alone may be a line of links.
FEWEST_ROWS = 2

_NUMBERED = re.compile(r"[0-9]{1,9}\. ")
_CELLS = " | "
_CODE = "    "


def has_structure(parser: str) -> bool:
    """Return whether the texts of a reader ("thread@1") have structure."""
    return parser.partition("@")[0] in STRUCTURED


def prose(text: str, parser: str = "") -> Markup:
    """Return a text as HTML, as the reader that read it wrote it."""
    if has_structure(parser):
        return Markup("\n".join(_structured(text.split("\n"), 0)))
    return Markup("\n".join(map(_paragraph, blocks(text))))


# From here on texts are lines as archived, and what is returned is HTML: whatever comes from a
# line goes through _escaped.


def _structured(lines: Iterable[str], depth: int) -> Iterator[str]:
    for kind, group in groupby(_with_kinds(lines, depth), lambda pair: pair[0]):
        part = [line for _, line in group]
        if kind == "quote":
            inside = _structured((line[1:].removeprefix(" ") for line in part), depth + 1)
            yield "<blockquote>" + "\n".join(inside) + "</blockquote>"
        elif kind == "code":
            yield "<pre><code>" + _escaped("\n".join(line[4:] for line in part)) + "</code></pre>"
        elif kind == "bullets":
            yield f"<ul>{_items(line[2:] for line in part if line)}</ul>"
        elif kind == "numbers":
            yield _numbered([line for line in part if line])
        elif kind == "cells" and len(part) >= FEWEST_ROWS:
            yield _table(part)
        elif kind:
            yield _paragraph(part)


def _with_kinds(lines: Iterable[str], depth: int) -> Iterator[tuple[str, str]]:
    """Each line with the kind of block that it belongs to.

    An empty line ends a block, but not a list or code that goes on behind it.
    """
    former, empty = "", 0
    for line in lines:
        if not line.strip():
            empty += 1
            continue
        kind = _kind(line, depth)
        if empty:
            goes_on = kind == former and kind in ("bullets", "numbers", "code")
            yield from ((kind if goes_on else "", "") for _ in range(empty))
        yield kind, line
        former, empty = kind, 0


def _kind(line: str, depth: int) -> str:
    if line.startswith(">") and line[1:2] in ("", " ", ">") and depth < DEEPEST:
        return "quote"
    if line.startswith(_CODE):
        return "code"
    if line.startswith("- "):
        return "bullets"
    if _NUMBERED.match(line):
        return "numbers"
    return "cells" if _CELLS in line else "text"


def _escaped(text: str) -> str:
    return str(escape(text))


def _paragraph(lines: Iterable[str]) -> str:
    return "<p>" + "<br>".join(map(_escaped, lines)) + "</p>"


def _items(items: Iterable[str]) -> str:
    return "".join(f"<li>{_escaped(item)}</li>" for item in items)


def _numbered(lines: Sequence[str]) -> str:
    first = lines[0].partition(".")[0]
    start = "" if first == "1" else f' start="{first}"'
    return f"<ol{start}>{_items(line.partition('. ')[2] for line in lines)}</ol>"


def _table(lines: Iterable[str]) -> str:
    rows = (
        "".join(f"<td>{_escaped(cell.strip())}</td>" for cell in line.split(_CELLS))
        for line in lines
    )
    return "<table><tbody>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</tbody></table>"
