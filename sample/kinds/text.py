"""What people write in posts, and what a reader sees of it by the archive's rules for texts.

Besides the blocks of :mod:`sample.blocks` a post has quotes of other posts, and lines that are
kept as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sample.blocks import EMPHASIS, Block, Items, Markup, Para, Rows

if TYPE_CHECKING:
    from .members import Member


@dataclass(frozen=True, slots=True)
class Quote:
    """Part of another post: who wrote it, its number on the site and in its thread."""

    who: Member
    identifier: int
    number: int
    blocks: tuple[PostBlock, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Lines in which every space counts."""

    text: str


PostBlock = Block | Quote | Code


def shown(blocks: tuple[PostBlock, ...]) -> str:
    """The text of blocks: paragraphs between empty lines, lists with "- " or "1. ", quotes
    with "> ", code behind four spaces, cells with " | " between them."""
    return "\n\n".join(_shown(block) for block in blocks)


def plain(text: str) -> str:
    """Text without the stars of emphasis."""
    return EMPHASIS.sub(r"\1", text)


def _shown(block: PostBlock) -> str:
    match block:
        case Para(text):
            return plain(text)
        case Items(items, numbered):
            leads = [f"{place}. " if numbered else "- " for place in range(1, len(items) + 1)]
            return "\n".join(lead + plain(item) for lead, item in zip(leads, items, strict=True))
        case Rows(rows):
            return "\n".join(" | ".join(map(plain, cells)) for cells in rows)
        case Markup(_, text):
            return text
        case Code(text):
            return "\n".join(f"    {line}" for line in text.split("\n"))
        case Quote(_, _, _, inner):
            return "\n".join(f"> {line}".rstrip() for line in shown(inner).split("\n"))
