"""Text renderings: pages that were saved as text, and WET records of web crawls.

Lines are kept as they stand. Where a program has wrapped long lines at a fixed width they
are joined again; the test is that the next word would not have fitted on the line before.
Indentation that the whole text shares is the program's, not the page's.
"""

from __future__ import annotations

import re
from itertools import pairwise

from parsers.page.lines import EDGES, Line, collapse

_ITEM = re.compile(r"[*•·o+-]\s+(?=\S)")
_RULE = re.compile(r"[-_=*]{5,}")
_WRAP_AT = range(40, 101)  # characters; programs wrap at 60 to 80, people read wider text


def text_lines(text: str) -> list[Line]:
    """The lines of a text, each with the number of empty lines before it."""
    raw = [line.rstrip(EDGES) for line in _newlines(text).split("\n")]
    width = wrap_width(raw)
    lines: list[Line] = []
    paragraph: list[str] = []  # the pieces of the last line
    gap, rule, previous = 1, False, ""
    for line in raw:
        shown = collapse(line.lstrip("\xa0"))
        if not shown:
            gap += 1
        elif _RULE.fullmatch(shown):
            rule, gap = True, max(gap, 1)
        elif width and not gap and _continues(previous, line, width):
            paragraph.append(shown)
            previous = line
        else:
            _complete(lines, paragraph)
            paragraph = [shown]
            item = _ITEM.match(shown) is not None
            lines.append(Line(shown, gap if lines else max(gap, 1), item=item, rule=rule))
            gap, rule, previous = 0, False, line
    _complete(lines, paragraph)
    return lines


def _complete(lines: list[Line], paragraph: list[str]) -> None:
    """Give the last line the whole of its text."""
    if len(paragraph) > 1:
        lines[-1] = lines[-1]._replace(text=" ".join(paragraph))


def _newlines(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")


def wrap_width(raw: list[str]) -> int:
    """The width at which a text was wrapped, in characters, or 0 if it was not.

    Wrapped are those texts whose longest line is short, and in which several lines end
    just where the next word would not have fitted.
    """
    width = max(map(len, raw), default=0)
    if width not in _WRAP_AT:
        return 0
    full = sum(
        1 for line, following in pairwise(raw) if following and _continues(line, following, width)
    )
    return width if full >= 3 else 0


def _continues(line: str, following: str, width: int) -> bool:
    words = following.split(maxsplit=1)
    if not words or not line or _ITEM.match(following.lstrip()):
        return False
    return len(line) > width * 0.6 and len(line) + 1 + len(words[0]) > width


def plain_title(lines: list[Line]) -> str:
    """What ``<title>`` was, where a rendering begins with it ("" where it does not).

    WET records begin with the title. It is taken for one only if the same words come again as
    a line of their own.
    """
    if not lines:
        return ""
    first = lines[0].text
    again = any(line.text == first for line in lines[1:])
    return first if again and len(first) < 200 else ""
