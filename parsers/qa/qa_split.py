"""Where the question ends and the answer begins, when no label says so.

A reader goes by the shape of the page then: a rule, a picture, two boxes, a change of type,
more empty lines than elsewhere. Each is a sign of another strength. If there is none the
border is a guess, and is called one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from parsers.page.lines import Box, Line
from parsers.words.vocabulary import Vocabulary

_SPACER = re.compile(r"(?:spacer|blank|clear|pixel|trans|shim|1x1|dot)", re.I)


class QASplit(NamedTuple):
    """The number of the answer's first line, what shows it, and how far to trust it (0 to 1)."""

    place: int
    how: str
    trust: float


def find_split(lines: Sequence[Line], words: Vocabulary) -> QASplit | None:
    """Find the border inside lines that hold a question and then its answer.

    None where there is only one line, so that one of the two must be missing.
    """
    if len([line for line in lines if line.text]) < 2:
        return None
    for sign in (_by_rule, _by_boxes, _by_picture, _by_style, _by_gap):
        split = sign(lines)
        if split is not None and _text_on_both_sides(lines, split.place):
            return split
    return _guess(lines, words)


def _text_on_both_sides(lines: Sequence[Line], index: int) -> bool:
    return any(x.text for x in lines[:index]) and any(x.text for x in lines[index:])


def _by_rule(lines: Sequence[Line]) -> QASplit | None:
    ruled = [n for n, line in enumerate(lines) if line.rule and n]
    return QASplit(ruled[0], "a horizontal rule", 0.9) if len(ruled) == 1 else None


def _by_boxes(lines: Sequence[Line]) -> QASplit | None:
    """Two containers side by side, one for each."""
    texts = [line for line in lines if line.text]
    around = texts[0].box
    while around is not None and not around.holds(texts[-1]):
        around = around.parent
    # Text beside a box counts as a group, so that "text, box" is two groups as well.
    group = _box_within(around, lines[0])
    changes: list[int] = []
    for n, line in enumerate(lines):
        if not (line.box is around if group is None else group.holds(line)):
            changes.append(n)
            group = _box_within(around, line)
            if len(changes) > 1:
                return None
    return QASplit(changes[0], "two boxes", 0.85) if changes else None


def _box_within(around: Box | None, line: Line) -> Box | None:
    """The outermost box around a line that is inside another; None where there is none."""
    box = None if line.box is around else line.box
    while box is not None and box.parent is not around:
        box = box.parent
    return box


def _by_picture(lines: Sequence[Line]) -> QASplit | None:
    pictures = [
        n
        for n, line in enumerate(lines)
        if n and not line.text and any(not _SPACER.search(i.src) for i in line.images)
    ]
    return QASplit(pictures[0], "a picture", 0.8) if len(pictures) == 1 else None


def _by_style(lines: Sequence[Line]) -> QASplit | None:
    """A question in another type than the answer, as in italics."""
    styles = [line.style for line in lines]
    if "?" in styles[:1]:
        return None
    changed = next((n for n, style in enumerate(styles) if style != styles[0]), None)
    if changed is None or styles[0] in styles[changed:]:
        return None
    return QASplit(changed, "a change of type", 0.75)


def _by_gap(lines: Sequence[Line]) -> QASplit | None:
    """One gap wider than all others, as in text renderings."""
    gaps = [(line.gap, n) for n, line in enumerate(lines) if n and line.text]
    widest = max(gap for gap, _ in gaps)
    places = [n for gap, n in gaps if gap == widest]
    if widest < 2 or len(places) != 1:
        return None
    return QASplit(places[0], f"{widest} empty lines", 0.8)


def _guess(lines: Sequence[Line], words: Vocabulary) -> QASplit:
    starts = [n for n, line in enumerate(lines) if n and line.gap and line.text]
    starts = starts or [n for n, line in enumerate(lines) if n and line.text]
    greeted = [n for n in starts if words.greeting.match(lines[n].text)]
    questions = [n for n in starts if lines[n - 1].text.endswith("?")]
    if len(starts) == 1:
        return QASplit(starts[0], "the only paragraph break", 0.5)
    if len(greeted) == 1:
        return QASplit(greeted[0], "a guess (the paragraph that begins with a greeting)", 0.4)
    if questions:
        return QASplit(
            questions[0], "a guess (the first paragraph that ends in a question mark)", 0.3
        )
    return QASplit(starts[0], "a guess (after the first paragraph)", 0.2)
