"""The title of a question: the heading that a reader sees, checked against ``<title>``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from parsers.page.lines import Line, collapse
from parsers.qa import labels
from parsers.qa.labels import Mark
from parsers.words.vocabulary import TITLE, Vocabulary

_SEPARATOR = re.compile(r"\s+[-–—|:»>·]+\s+|\s*(?:\||::|»|>)\s*|:\s+")
_LIMIT = 250  # characters
_LONGEST = 1000  # characters of ``<title>`` that are looked at
_NEAR = 60  # lines; how far above the question a title may stand


class Title(NamedTuple):
    """A title, what shows it, and the number of its line (None: it is in no line)."""

    text: str
    how: str
    line: int | None


def clean_title(title: str, words: Vocabulary) -> str:
    """Return a ``<title>`` without the site's name and the names of its sections."""
    title = collapse(title[:_LONGEST])
    start, end = 0, len(title)
    separators = list(_SEPARATOR.finditer(title))
    for match in separators:
        if not words.section.fullmatch(title[start : match.start()]):
            break
        start = match.end()
    for match in reversed(separators):
        if match.start() < start or not words.section.fullmatch(title[match.end() : end]):
            break
        end = match.start()
    core = title[start:end].strip()
    return "" if words.section.fullmatch(core) else core


def is_site_name(text: str, words: Vocabulary) -> bool:
    """Whether a heading names the site or a section of it rather than a question."""
    return words.section.fullmatch(text) is not None


def find_title(
    lines: Sequence[Line],
    marks: Sequence[Mark | None],
    page_title: str,
    before: int,
    topics: frozenset[str],
    words: Vocabulary,
    *,
    nearest: bool,
) -> Title | None:
    """Return the title among the lines above ``before``, or else from ``<title>``.

    :param before: where the question (or whatever is known first) begins
    :param topics: names of topics, which stand as headings too
    :param nearest: of equal candidates take the last, because the question's label follows;
        else the first of the highest headings, because the text may have headings of its own
    """  # fmt: skip
    own = clean_title(page_title, words)
    start = max(0, before - _NEAR) if nearest else 0
    best: tuple[tuple[int, int, int], Title] | None = None
    for n in range(start, min(before, len(lines))):
        line = lines[n]
        if not _may_be_title(line, marks[n], own.casefold()):
            continue
        rank, text, how = _rank(line, marks[n], own, words)
        if rank and (rank == _RANK_SAME or text.casefold() not in topics):
            key = (rank, 0, n) if nearest else (rank, -(line.level or 7), -n)
            if best is None or key > best[0]:
                best = key, Title(text, how, n)
    if best is not None:
        return best[1]
    return Title(own, "<title>", None) if own else None


_RANK_SAME, _RANK_LABEL, _RANK_PART, _RANK_HEADING, _RANK_BOLD, _RANK_NONE = 5, 4, 3, 2, 1, 0


def _may_be_title(line: Line, mark: Mark | None, own: str) -> bool:
    """Whether a line can have a rank: a cheap test, because few can."""
    if line.level or mark is not None or not line.text or "b" in line.style:
        return 0 < len(line.shown) <= _LIMIT
    return own != "" and len(line.text) <= _LIMIT and line.text.casefold().endswith(own)


def _rank(line: Line, mark: Mark | None, own: str, words: Vocabulary) -> tuple[int, str, str]:
    """Return how much a line looks like the title, the title in it, and what shows it."""
    if mark is not None and mark.kind == TITLE and mark.rest:
        return _RANK_LABEL, mark.rest, "label"
    prefix = words.prefix.match(line.shown) if line.level or own else None
    text = line.shown[prefix.end() :] if prefix else line.shown
    rank = _RANK_NONE
    if mark is not None and not mark.rest:
        pass
    elif own and text.casefold() == own.casefold():
        rank = _RANK_SAME
    elif line.linked_share() > 0.8 or is_site_name(text, words) or labels.is_footer(line, words):
        pass
    elif line.level and own and len(text) > 3 and text.casefold() in own.casefold():
        rank = _RANK_PART
    elif 0 < line.level <= 4:
        rank = _RANK_HEADING
    elif mark is None and (_is_heading_image(line) or _is_bold_line(line)):
        rank = _RANK_BOLD
    return rank, text, _how(line)


def _is_heading_image(line: Line) -> bool:
    return not line.text and not line.links


def _is_bold_line(line: Line) -> bool:
    return line.bold and bool(line.text) and not line.item and not line.cells


def _how(line: Line) -> str:
    if not line.text:
        return "image"
    if line.level:
        return f"heading {line.level}"
    return "bold line" if line.bold else "line like <title>"
