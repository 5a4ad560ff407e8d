"""Two texts of a question side by side: the fields that differ, as lines for a page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from publish.data.text_diff import Difference, Kind, Piece, difference

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
AROUND = 1
FEWEST_FOLDED = 3
#: More lines than this are not shown: a page with more is of use to nobody.
MOST_LINES = 2_000


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference. ``gap`` says that a paragraph ends with it."""

    pieces: tuple[Piece, ...]
    changed: bool
    gap: bool = False


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
    blocks: tuple[DiffBlock, ...]
    cut: bool = False

    @property
    def changed(self) -> bool:
        """Whether the two differ in it."""
        return self.difference.changed


def fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldDiff]:
    """Every field of two records, compared."""
    return [_field(name, label, old, new) for name, label in FIELDS.items()]


def changed_labels(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The names of the fields in which two records differ."""
    return [label for name, label in FIELDS.items() if old.get(name) != new.get(name)]


def _field(name: str, label: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> FieldDiff:
    found = difference(as_text(old, name), as_text(new, name))
    if not found.changed:
        return FieldDiff(name, label, found, ())
    first = list(islice(lines(found), MOST_LINES + 1))
    shown = tuple(blocks(first[:MOST_LINES]))
    return FieldDiff(name, label, found, shown, cut=len(first) > MOST_LINES)


def as_text(record: Mapping[str, Any], name: str) -> str:
    """A field as text: the members of a list one on a line."""
    value = record.get(name)
    if isinstance(value, list | tuple):
        return "\n".join(_member(one) for one in value)
    return "" if value is None else str(value)


def _member(one: Any) -> str:
    if not isinstance(one, Mapping):
        return str(one)
    name = one.get("name") or one.get("text") or ""
    credentials = one.get("credentials") or ()
    parts = [name, *credentials, *(one.get(key) for key in ("title", "college", "institution"))]
    address = one.get("url")
    text = ", ".join(" ".join(str(part).split()) for part in parts if part)
    return f"{text} <{address}>" if address else text


def lines(found: Difference) -> Iterator[DiffLine]:
    """The difference line by line. A line break that was removed or added shows as such."""
    pieces: list[Piece] = []
    waiting: DiffLine | None = None
    for kind, text, ends in _parts(found.pieces):
        if text:
            pieces.append(Piece(kind, text))
        if not ends:
            continue
        if kind != "same":
            _append(pieces, Piece(kind, "\n"))
        if waiting is not None and pieces and not _said(pieces):
            # An empty line that came or went shows at the end of the line before.
            both = list(waiting.pieces)
            for piece in pieces:
                _append(both, piece)
            waiting = DiffLine(tuple(both), changed=True, gap=True)
        elif pieces or waiting is None:
            if waiting is not None:
                yield waiting
            waiting = _line(pieces)
        else:
            waiting = DiffLine(waiting.pieces, waiting.changed, gap=True)
        pieces = []
    if waiting is not None:
        yield waiting
    if pieces:
        yield _line(pieces)


def _append(pieces: list[Piece], piece: Piece) -> None:
    if pieces and pieces[-1].kind == piece.kind:
        piece = Piece(piece.kind, pieces.pop().text + piece.text)
    pieces.append(piece)


def _said(pieces: list[Piece]) -> bool:
    return any(piece.text.strip("\n") for piece in pieces)


def _parts(pieces: Iterable[Piece]) -> Iterator[tuple[Kind, str, bool]]:
    for piece in pieces:
        *whole, rest = piece.text.split("\n")
        for text in whole:
            yield piece.kind, text, True
        if rest:
            yield piece.kind, rest, False


def _line(pieces: list[Piece]) -> DiffLine:
    return DiffLine(tuple(pieces), any(piece.kind != "same" for piece in pieces))


def blocks(shown: list[DiffLine]) -> Iterator[DiffBlock]:
    """Lines far from a change go into folded blocks."""
    near = [False] * len(shown)
    for at, line in enumerate(shown):
        if line.changed:
            first, last = max(0, at - AROUND), min(len(shown), at + AROUND + 1)
            near[first:last] = [True] * (last - first)
    for is_near, group in groupby(range(len(shown)), near.__getitem__):
        some = tuple(shown[at] for at in group)
        yield DiffBlock(some, folded=not is_near and len(some) >= FEWEST_FOLDED)
