"""What changed between two texts of a page, word by word. Pure: strings in, values out.

rapidfuzz finds the difference, in time and memory proportional to the product of the two
lengths, so that product has a bound. Texts that are too large or too unlike for a comparison
by words are compared by lines; where that would be too much as well, all of the old text
counts as removed and all of the new one as added. In every case, what is the same and removed
is the old text, and what is the same and added is the new one.

diff-match-patch was tried in its place: it cuts words ("un" from "unhappily"), its bound is
wall-clock time, so that a busy machine shows another difference, and two unlike texts of 1,000
words take it 80 times as long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

from rapidfuzz.distance import Indel, Postfix, Prefix

Kind = Literal["same", "removed", "added"]

#: The most pairs of tokens that are compared: some 15 ms and 7 MB.
MOST_PAIRS = 50_000_000
#: Longer texts (both together, in characters) are compared by lines.
MOST_CHARACTERS = 600_000
#: A difference with more changes than this says less than one by lines does.
MOST_CHANGES = 1_000
#: How far, in characters, the beginning of a change is moved to where a word begins.
MOST_SLIDE = 100

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and whether both texts have it or which one."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class TextDiff:
    """The pieces of two texts in order. ``by`` is what was compared."""

    pieces: tuple[Piece, ...]
    by: Literal["words", "lines", "whole"]

    @property
    def old(self) -> str:
        """The text before."""
        return "".join(piece.text for piece in self.pieces if piece.kind != "added")

    @property
    def new(self) -> str:
        """The text after."""
        return "".join(piece.text for piece in self.pieces if piece.kind != "removed")

    @property
    def changed(self) -> bool:
        """Whether anything was removed or added."""
        return any(piece.kind != "same" for piece in self.pieces)


@dataclass(slots=True)
class _Change:
    """What one text has in the place of the other's, and what both have behind it."""

    removed: str = ""
    added: str = ""
    same: str = ""

    @property
    def size(self) -> int:
        return max(len(self.removed), len(self.added))


def difference(old: str, new: str) -> TextDiff:
    """Return what is removed from ``old`` and added to it so that it becomes ``new``."""
    if len(old) + len(new) <= MOST_CHARACTERS or old == new:
        changes = _changes(_WORDS.findall(old), _WORDS.findall(new))
        if changes is not None:
            return TextDiff(_pieces(_without_chance_matches(changes)), "words")
    changes = _changes(old.splitlines(keepends=True), new.splitlines(keepends=True))
    if changes is not None:
        return TextDiff(_pieces(changes), "lines")
    return TextDiff(_pieces([_Change(old, new)]), "whole")


def _changes(old: list[str], new: list[str]) -> list[_Change] | None:
    """Return the changes between two lists of tokens; None if they are too unlike.

    The first change is an empty one, in front of what both texts begin with.
    """
    head = Prefix.similarity(old, new)
    tail = Postfix.similarity(old[head:], new[head:])
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(before) * len(after) > MOST_PAIRS:
        return None
    changes = [_Change(same="".join(old[:head]))]
    for step in Indel.opcodes(before, after):
        removed = "".join(before[step.src_start : step.src_end])
        if step.tag == "equal":
            changes[-1].same += removed
            continue
        if changes[-1].same or len(changes) == 1:
            changes.append(_Change())
        changes[-1].removed += removed
        changes[-1].added += "".join(after[step.dest_start : step.dest_end])
    changes[-1].same += "".join(old[len(old) - tail :])
    return changes if len(changes) <= MOST_CHANGES else None


def _without_chance_matches(changes: Iterable[_Change]) -> list[_Change]:
    """Return the changes without chance agreements ("of", a comma) inside of what was written anew.

    What is the same between two changes is taken into them if it is no longer than either.
    """
    merged: list[_Change] = []
    for change in changes:
        while merged and 0 < len(merged[-1].same) <= min(merged[-1].size, change.size):
            last = merged.pop()
            change.removed = last.removed + last.same + change.removed
            change.added = last.added + last.same + change.added
        merged.append(change)
    for before, change in pairwise(merged):
        _slide(before, change)
    return merged


def _slide(before: _Change, change: _Change) -> None:
    """Begin a stretch that only one text has where a paragraph, or else a word, begins.

    In "costs[.¶Rest]." the stretch may as well be "costs.[¶Rest.]": a comparison cannot tell.
    """
    if bool(change.removed) == bool(change.added):
        return
    stretch = change.removed or change.added
    reach = min(Prefix.similarity(stretch[:MOST_SLIDE], change.same[:MOST_SLIDE]), len(stretch) - 1)
    start = max(range(reach + 1), key=lambda place: (_break_rank(stretch[place]), -place))
    before.same += stretch[:start]
    change.same = change.same[start:]
    slid = stretch[start:] + stretch[:start]
    change.removed, change.added = (slid, "") if change.removed else ("", slid)


def _break_rank(character: str) -> int:
    return 2 if character == "\n" else int(character.isspace())


def _pieces(changes: Iterable[_Change]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for change in changes:
        pieces += [Piece("removed", change.removed), Piece("added", change.added)]
        pieces.append(Piece("same", change.same))
    return joined(piece for piece in pieces if piece.text)


def joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the pieces with neighbours of one kind as one."""
    return tuple(
        Piece(kind, "".join(piece.text for piece in group))
        for kind, group in groupby(pieces, key=lambda piece: piece.kind)
    )
