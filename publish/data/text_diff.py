"""What changed between two texts of a page, word by word. Pure: strings in, values out.

The difference is found by rapidfuzz, which needs time and memory in proportion to the
product of the two lengths. So that product has a bound: where two texts are too large or too
unlike for a comparison by words it is made by lines, and where that would be too much as
well, all of the old text counts as removed and all of the new one as added. Whatever way it
was made, what is the same and removed is the old text, and what is the same and added is the
new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Literal

from rapidfuzz.distance import Indel

Kind = Literal["same", "removed", "added"]

#: The most pairs of tokens that are compared: some 15 ms and 7 MB.
MOST_PAIRS = 50_000_000
#: Longer texts (both together, in characters) are compared by lines.
MOST_CHARACTERS = 600_000
#: A difference in more pieces than this says less than one by lines does.
MOST_PIECES = 4_000
#: How far, in characters, the beginning of a change is moved to where a word begins.
MOST_SLIDE = 100

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and whether both texts have it or which one."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
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


def difference(old: str, new: str) -> Difference:
    """What has to be removed from ``old`` and added to it so that it becomes ``new``."""
    if old == new:
        return Difference(_joined([Piece("same", old)]), "words")
    if len(old) + len(new) <= MOST_CHARACTERS:
        pieces = _aligned(_WORDS.findall(old), _WORDS.findall(new))
        if pieces is not None and len(pieces) <= MOST_PIECES:
            return Difference(_joined(_calmed(pieces)), "words")
    pieces = _aligned(old.splitlines(keepends=True), new.splitlines(keepends=True))
    if pieces is not None and len(pieces) <= MOST_PIECES:
        return Difference(_joined(pieces), "lines")
    return Difference(_joined([Piece("removed", old), Piece("added", new)]), "whole")


def _aligned(old: list[str], new: list[str]) -> list[Piece] | None:
    """The pieces of two lists of tokens, or None if there are too many pairs."""
    head = _same_at_start(old, new)
    tail = _same_at_start(reversed(old[head:]), reversed(new[head:]))
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(before) * len(after) > MOST_PAIRS:
        return None
    # Numbers for tokens: they are compared as they are, where strings would be by hash.
    numbers: dict[str, int] = {}
    first, second = (
        [numbers.setdefault(token, len(numbers)) for token in tokens] for tokens in (before, after)
    )
    pieces = [Piece("same", "".join(old[:head]))]
    for step in Indel.opcodes(first, second):
        removed = "".join(before[step.src_start : step.src_end])
        if step.tag == "equal":
            pieces.append(Piece("same", removed))
        else:
            added = "".join(after[step.dest_start : step.dest_end])
            pieces += [Piece("removed", removed), Piece("added", added)]
    pieces.append(Piece("same", "".join(old[len(old) - tail :])))
    return pieces


def _same_at_start(one: Iterable[str], other: Iterable[str]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


@dataclass(slots=True)
class _Change:
    """What stands between two stretches that both texts have, and the one that follows."""

    removed: str = ""
    added: str = ""
    same: str = ""

    @property
    def size(self) -> int:
        return max(len(self.removed), len(self.added))


def _calmed(pieces: Iterable[Piece]) -> list[Piece]:
    """Without the chance agreements ("of", a comma) inside of what was written anew.

    What is the same between two changes is taken into them if it is no longer than either.
    """
    kept = [_Change()]
    for change in _changes(pieces):
        last = kept[-1]
        while last.size and change.size and len(last.same) <= min(last.size, change.size):
            change = _Change(
                last.removed + last.same + change.removed,
                last.added + last.same + change.added,
                change.same,
            )
            kept.pop()
            last = kept[-1]
        kept.append(change)
    for before, change in pairwise(kept):
        _slide(before, change)
    return [
        piece
        for one in kept
        for piece in (
            Piece("removed", one.removed),
            Piece("added", one.added),
            Piece("same", one.same),
        )
    ]


def _slide(before: _Change, change: _Change) -> None:
    """Begin a stretch that only one text has where a paragraph, or else a word, begins.

    In "costs[.¶Rest]." the stretch may as well be "costs.[¶Rest.]": a comparison cannot tell.
    """
    if bool(change.removed) == bool(change.added):
        return
    stretch = change.removed or change.added
    wheel = stretch + stretch
    reach = _common(stretch, change.same)
    best = max(range(reach + 1), key=lambda at: (_begins(wheel[at]), -at))
    before.same += stretch[:best]
    change.same = change.same[best:]
    slid = wheel[best : best + len(stretch)]
    change.removed, change.added = (slid, "") if change.removed else ("", slid)


def _common(stretch: str, following: str) -> int:
    """How far a stretch may slide to the right: less than its own length."""
    pairs = zip(stretch[:MOST_SLIDE], following, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return min(same, len(stretch) - 1)


def _begins(sign: str) -> int:
    return 2 if sign == "\n" else int(sign.isspace())


def _changes(pieces: Iterable[Piece]) -> Iterable[_Change]:
    change = _Change()
    for piece in pieces:
        if piece.kind == "same":
            change.same += piece.text
            continue
        if change.same:
            yield change
            change = _Change()
        if piece.kind == "removed":
            change.removed += piece.text
        else:
            change.added += piece.text
    yield change


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Without empty pieces, and with neighbours of one kind as one."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].kind == piece.kind:
            joined[-1] = Piece(piece.kind, joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    return tuple(joined)
