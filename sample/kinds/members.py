"""The members of the public of ``content/members.toml``, and what they reply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from sample.blocks import Para
from sample.dice import pick, roll, share, shuffled
from sample.library import load

from .text import Code, PostBlock


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who writes in a forum. ``rank`` is what the forum says of an expert, or ""."""

    number: int
    name: str
    joined: date
    place: str = ""
    signature: str = ""
    rank: str = ""


@dataclass(frozen=True, slots=True)
class Replies:
    """Sentences of replies, as they stand in ``content/replies.toml``."""

    opening: tuple[str, ...]
    middle: tuple[str, ...]
    closing: tuple[str, ...]
    thanks: tuple[str, ...]
    log: tuple[str, ...]


@cache
def members() -> tuple[Member, ...]:
    """Everybody who writes in forums."""
    return tuple(
        Member(
            number=number,
            name=row["name"],
            joined=row["joined"],
            place=row.get("from", ""),
            signature=row.get("signature", ""),
            rank=row.get("rank", ""),
        )
        for number, row in enumerate(load("members.toml")["member"])
    )


@cache
def public() -> tuple[Member, ...]:
    """The members of whom the forum says nothing."""
    return tuple(member for member in members() if not member.rank)


@cache
def experts() -> tuple[Member, ...]:
    """The members whom the forum calls experts."""
    return tuple(member for member in members() if member.rank)


@cache
def _replies() -> Replies:
    return Replies(**{key: tuple(texts) for key, texts in load("replies.toml").items()})


def reply(seed: int, thread: int, place: int) -> tuple[PostBlock, ...]:
    """What somebody replies as post ``place`` of a thread; no two of a thread are alike."""
    words = _replies()
    key = (seed, "reply", thread, place)
    count = 2 + roll(*key, "n") % 8
    middles = shuffled(len(words.middle), seed, "middles", thread)
    lines = [words.middle[middles[place % len(middles)]]]
    if share(*key, "opening") < 0.7:
        lines.insert(0, pick(words.opening, *key, "open"))
    blocks: list[PostBlock] = [Para(" ".join(lines))]
    if share(*key, "second") < 0.4 or place >= len(middles):
        blocks.append(Para(words.middle[middles[(7 * place + 3) % len(middles)]]))
    if share(*key, "log") < 0.06:
        blocks.append(Code(_log(seed, thread, place)))
    if share(*key, "closing") < 0.5:
        blocks.append(Para(pick(words.closing, *key, "close")))
    return _counted(blocks, count)


def thanks(seed: int, thread: int, place: int) -> tuple[PostBlock, ...]:
    """What the member who asked writes later."""
    words = _replies().thanks
    order = shuffled(len(words), seed, "thanks", thread)
    count = 2 + roll(seed, "thanks n", thread, place) % 8
    return _counted([Para(words[order[place % len(order)]])], count)


def _log(seed: int, thread: int, place: int) -> str:
    text = pick(_replies().log, seed, "log kind", thread, place)
    low, high = 1 + thread % 4, 5 + place % 5
    return text.replace("{n}", str(low)).replace("{m}", str(high))


def _counted(blocks: list[PostBlock], count: int) -> tuple[PostBlock, ...]:
    return tuple(
        Para(block.text.replace("{n}", str(count))) if isinstance(block, Para) else block
        for block in blocks
    )
