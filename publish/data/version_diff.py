"""Two texts of a question side by side: the fields that differ, as lines for a page. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from publish.data.text_diff import Difference, Piece, difference, joined

#: The fields of a version's record (the column ``versions.record``), as a reader knows them.
FIELDS = {
    "title": "Title",
    "question": "Question",
    "answer": "Answer",
    "responders": "Answered by",
    "answered_on": "Date of the answer",
    "status": "Status",
    "topics": "Health topics",
    "links": "Further links",
}

#: Lines shown around a change, and the fewest that are worth folding away.
LINES_AROUND = 1
FEWEST_FOLDED = 3
#: More lines than this are not shown: a page with more is of use to nobody.
MOST_LINES = 2_000

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference. ``gap`` says that a paragraph ends with it."""

    pieces: tuple[Piece, ...]
    gap: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything in it was removed or added."""
        return any(piece.kind != "same" for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class DiffBlock:
    """Lines that stand together; ``folded`` ones are the same in both and far from a change."""

    lines: tuple[DiffLine, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field of a record in two versions. ``cut`` says that there are more lines."""

    name: str
    label: str
    difference: Difference
    blocks: tuple[DiffBlock, ...] = ()
    cut: bool = False

    @property
    def changed(self) -> bool:
        """Whether the two differ in it."""
        return self.difference.changed


def compare_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldDiff]:
    """Return every field of two records, compared."""
    return [
        _field_diff(name, label, difference(as_text(old.get(name)), as_text(new.get(name))))
        for name, label in FIELDS.items()
    ]


def changed_labels(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields in which two records differ."""
    return [label for name, label in FIELDS.items() if old.get(name) != new.get(name)]


def _field_diff(name: str, label: str, change: Difference) -> FieldDiff:
    if not change.changed:
        return FieldDiff(name, label, change)
    shown = list(islice(lines(change), MOST_LINES + 1))
    blocks = tuple(_blocks(shown[:MOST_LINES]))
    return FieldDiff(name, label, change, blocks, cut=len(shown) > MOST_LINES)


def as_text(value: Any) -> str:
    """Return a field's value as text: the members of a list one on a line."""
    if isinstance(value, list | tuple):
        return "\n".join(map(_member_as_text, value))
    return "" if value is None else str(value)


def _member_as_text(member: Any) -> str:
    if not isinstance(member, Mapping):
        return str(member)
    name = member.get("name") or member.get("text") or ""
    position = (member.get(key) for key in ("title", "college", "institution"))
    parts = [name, *(member.get("credentials") or ()), *position]
    text = ", ".join(" ".join(str(part).split()) for part in parts if part)
    return f"{text} <{member['url']}>" if member.get("url") else text


def lines(change: Difference) -> Iterator[DiffLine]:
    """Return the difference line by line. A line break that was removed or added shows as such."""
    line: DiffLine | None = None
    for pieces in _split_at_line_breaks(change.pieces):
        if line is not None and not any(piece.text.strip("\n") for piece in pieces):
            # An empty line; if it came or went, that shows at the end of the line before.
            line = DiffLine(joined(line.pieces + pieces), gap=True)
            continue
        if line is not None:
            yield line
        line = DiffLine(joined(pieces))
    if line is not None:
        yield line


def _split_at_line_breaks(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Return the pieces of each line, without the line breaks that both texts have."""
    line: list[Piece] = []
    for piece in pieces:
        for text in _LINE.findall(piece.text):
            shown = text.removesuffix("\n") if piece.kind == "same" else text
            if shown:
                line.append(Piece(piece.kind, shown))
            if text.endswith("\n"):
                yield tuple(line)
                line = []
    if line:
        yield tuple(line)


def _blocks(shown: Sequence[DiffLine]) -> Iterator[DiffBlock]:
    """Return the lines in blocks: those far from a change go into folded ones."""
    near = {
        place + offset
        for place, line in enumerate(shown)
        if line.changed
        for offset in range(-LINES_AROUND, LINES_AROUND + 1)
    }
    for is_near, group in groupby(range(len(shown)), near.__contains__):
        block = tuple(shown[place] for place in group)
        yield DiffBlock(block, folded=not is_near and len(block) >= FEWEST_FOLDED)
