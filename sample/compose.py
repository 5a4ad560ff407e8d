"""The words of a page: hand-written texts, mixed so that no two pages are the same.

The page ``number`` takes the hand-written entries in turn. Its round through them is a
number in a mixed radix (age, context, count, closing), so that two pages made from the
same entry differ in at least one of these: distinct by construction, not by luck.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .blocks import Block, Items, Para, Rows, read
from .dice import pick, roll, share, shuffled
from .hostile import hostile_block
from .library import Entry, entries, phrases
from .options import Options
from .plan import is_changed, is_unanswered

STRIDE = 7919  # a prime above every radix: steps through all mixtures before repeating
COUNTS = range(2, 14)
STYLES = ("backtick", "backtick", "straight", "straight", "curly")


@dataclass(frozen=True, slots=True)
class Mixture:
    """What one page is mixed from."""

    entry: Entry
    age: int
    count: int
    context: str
    closing: str


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one page. ``answer`` is empty where there is none yet."""

    title: str
    question: tuple[Block, ...]
    answer: tuple[Block, ...]


@lru_cache(maxsize=16)
def entry_order(seed: int) -> tuple[int, ...]:
    """The order in which pages take the entries."""
    return shuffled(len(entries()), seed, "entries")


def mixture(seed: int, number: int) -> Mixture:
    """What the page ``number`` is mixed from."""
    order = entry_order(seed)
    turn, place = divmod(number, len(order))
    entry = entries()[order[place]]
    contexts, closings = phrases().context, phrases().closing
    ages = entry.ages[1] - entry.ages[0] + 1
    size = ages * len(contexts) * len(COUNTS) * len(closings)
    rest = (turn * STRIDE + roll(seed, "mixture", entry.number)) % size
    rest, closing = divmod(rest, len(closings))
    rest, context = divmod(rest, len(contexts))
    count, age = divmod(rest, ages)
    return Mixture(entry, entry.ages[0] + age, COUNTS[count], contexts[context], closings[closing])


def texts(options: Options, number: int) -> Texts:
    """The words of the genuine page ``number``."""
    mixed = mixture(options.seed, number)
    style = pick(STYLES, options.seed, "style", number)
    return Texts(
        title=title(options.seed, number),
        question=_question(options, number, mixed, style),
        answer=() if is_unanswered(options, number) else _answer(options, number, mixed.entry),
    )


def title(seed: int, number: int) -> str:
    """The title of the genuine page ``number``."""
    entry = mixture(seed, number).entry
    style = pick(STYLES, seed, "style", number)
    return typeset(pick(entry.titles, seed, "title", number), style)


def _question(options: Options, number: int, mixed: Mixture, style: str) -> tuple[Block, ...]:
    context = Para(mixed.context.format(n=mixed.count))
    body = list(_numbered(_read(mixed.entry.question), mixed.age))
    body.insert(roll(options.seed, "where", number) % len(body) + 1, context)
    if share(options.seed, "joined", number) < 0.5:
        body = _joined(body)
    closing = read(mixed.closing)
    last = body[-1]
    if isinstance(last, Para) and len(mixed.closing) < 60 and number % 3:
        body[-1] = Para(f"{last.text} {_text(closing[0])}")
    else:
        body.extend(closing)
    body = [_typeset_block(block, style) for block in body]
    extra = hostile_block(number)
    return tuple([*body, extra] if extra else body)


def _answer(options: Options, number: int, entry: Entry) -> tuple[Block, ...]:
    seed = options.seed
    body = list(_read(entry.answer))
    if share(seed, "opening", number) < 0.25 and isinstance(body[0], Para):
        body[0] = Para(f"{pick(phrases().opening, seed, 'open', number)} {body[0].text}")
    if share(seed, "tail", number) < 0.5:
        body.append(Para(pick(phrases().tail, seed, "tails", number)))
    if is_changed(options, number):
        body.append(Para(pick(phrases().revision, seed, "revision", number)))
    style = "curly" if share(seed, "answer style", number) < 0.4 else "straight"
    return tuple(_typeset_block(block, style) for block in body)


@lru_cache(maxsize=512)
def _read(source: str) -> tuple[Block, ...]:
    return read(source)


def _numbered(blocks: tuple[Block, ...], age: int) -> list[Block]:
    return [
        Para(block.text.replace("{age}", str(age))) if isinstance(block, Para) else block
        for block in blocks
    ]


def _joined(blocks: list[Block]) -> list[Block]:
    """Two neighboring paragraphs in one: some people write without a break."""
    for place in range(len(blocks) - 1):
        first, second = blocks[place], blocks[place + 1]
        if isinstance(first, Para) and isinstance(second, Para):
            return [*blocks[:place], Para(f"{first.text} {second.text}"), *blocks[place + 2 :]]
    return blocks


def _text(block: Block) -> str:
    return block.text if isinstance(block, Para) else ""


@lru_cache(maxsize=4096)
def _typeset_block(block: Block, style: str) -> Block:
    match block:
        case Para(text):
            return Para(typeset(text, style))
        case Items(items, numbered):
            return Items(tuple(typeset(item, style) for item in items), numbered)
        case Rows(rows):
            return Rows(tuple(tuple(typeset(cell, style) for cell in row) for row in rows))
        case _:
            return block


def typeset(text: str, style: str) -> str:
    """Apostrophes, quotes and dashes as a keyboard of the time made them.

    ``backtick`` is what some forms made of an apostrophe, ``curly`` what word processors did.
    """
    if style == "backtick":
        return re.sub(r"(?<=\w)'(?=\w)", "`", text)
    if style == "straight":
        return text
    text = re.sub(r'(^|[\s(])"', r"\1“", text).replace('"', "”")
    text = re.sub(r"(^|[\s(])'(?=\w)", r"\1‘", text).replace("'", "’")
    return text.replace(" -- ", " — ").replace("...", "…").replace(" °F", "\u00a0°F")
