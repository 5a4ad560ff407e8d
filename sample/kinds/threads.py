"""The threads of a forum, before they are put into the markup of any software."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from sample.blocks import Items, Markup, Para, Rows, read
from sample.compose import mixture, texts
from sample.dice import pick, roll, share, shuffled
from sample.library import Topic
from sample.options import Options

from .members import Member, experts, public, reply, thanks
from .text import PostBlock, Quote, plain

BEGIN = datetime(2014, 1, 6, 7, 0)
APART = 310  # minutes between the beginnings of threads, about
MOST_POSTS = 100
LATE = 6  # posts that a thread gets later, at most
LATER = datetime(2020, 3, 9, 16, 12)  # after every post of the first state
LONG = 0  # the thread that has several pages whatever the seed
ALONE = 1  # the thread that nobody has replied to
FIRST_ID = 101


@dataclass(frozen=True, slots=True)
class Post:
    """One post. ``number`` counts within the thread from 1, ``identifier`` on the site."""

    number: int
    identifier: int
    member: Member
    written: datetime
    blocks: tuple[PostBlock, ...]
    likes: int = 0
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread; its first post asks."""

    number: int
    title: str
    topic: Topic
    posts: tuple[Post, ...]

    @property
    def identifier(self) -> int:
        """The site's own number of the thread."""
        return FIRST_ID + self.number

    @property
    def slug(self) -> str:
        """The title as it stands in an address."""
        return slug(self.title)


def slug(title: str) -> str:
    """A text as it stands in an address: small letters, digits and hyphens."""
    plain_letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain_letters.lower().replace("'", "")).strip("-")


def question(options: Options, number: int) -> tuple[PostBlock, ...]:
    """What is asked, without what only a form of the 1990s let through."""
    blocks = texts(options, number).question
    return tuple(block for block in blocks if not isinstance(block, Markup))


def answer(options: Options, number: int) -> tuple[PostBlock, ...]:
    """What an expert answers, also where NetWellness has no answer yet."""
    return texts(options, number).answer or read(mixture(options.seed, number).entry.answer)


def post_count(options: Options, number: int) -> int:
    """How many posts a thread has, those that were added later included."""
    first = first_count(options.seed, number)
    return first + (_late_count(options, number) if first < MOST_POSTS - LATE else 0)


def _late_count(options: Options, number: int) -> int:
    if share(options.seed, "late", number) >= options.added:
        return 0
    return 1 + roll(options.seed, "late posts", number) % LATE


def first_count(seed: int, number: int) -> int:
    """How many posts a thread has at first: most have a few, some have pages of them."""
    if number == LONG:
        return 47
    if number == ALONE:
        return 1
    chance = share(seed, "posts", number)
    some = roll(seed, "how many posts", number)
    if chance < 0.05:
        return 1
    if chance < 0.85:
        return 2 + some % 8
    return 11 + some % 15 if chance < 0.97 else 26 + some % 30


@lru_cache(maxsize=16_384)
def moments(options: Options, number: int) -> tuple[datetime, ...]:
    """When each post of a thread was written."""
    seed = options.seed
    when = BEGIN + timedelta(minutes=number * APART + roll(seed, "begin", number) % APART)
    first = first_count(seed, number)
    made: list[datetime] = []
    for place in range(post_count(options, number)):
        if place == first:
            when = LATER + timedelta(minutes=number)
        made.append(when)
        when += timedelta(minutes=3 + roll(seed, "pause", number, place) % 2200)
    return tuple(made)


@lru_cache(maxsize=2048)
def thread(options: Options, number: int) -> Thread:
    """The thread ``number`` (from 0), with its posts."""
    seed = options.seed
    cast = shuffled(len(public()), seed, "cast", number)
    asker = public()[cast[0]]
    expert_at = _expert_at(seed, number)
    posts: list[Post] = []
    for place, written in enumerate(moments(options, number)):
        if place == 0:
            who, blocks = asker, question(options, number)
        elif place == expert_at:
            who, blocks = pick(experts(), seed, "expert", number), answer(options, number)
        elif place > 1 and share(seed, "asker", number, place) < 0.2:
            who, blocks = asker, thanks(seed, number, place)
        else:
            who = public()[cast[1 + roll(seed, "who", number, place) % 12]]
            blocks = reply(seed, number, place)
        if place > 1 and place != expert_at:
            blocks = (*_quoted(seed, number, posts), *blocks)
        posts.append(
            Post(
                number=place + 1,
                identifier=1000 + number * MOST_POSTS + place,
                member=who,
                written=written,
                blocks=blocks,
                likes=max(0, roll(seed, "likes", number, place) % 14 - 6),
                accepted=place == expert_at and share(seed, "accepted", number) < 0.7,
            )
        )
    title = texts(options, number).title
    return Thread(number, title, mixture(seed, number).entry.topic, tuple(posts))


def _expert_at(seed: int, number: int) -> int:
    """Where in the thread an expert answers; no post has this number if none does."""
    if share(seed, "has expert", number) < 0.35:
        return MOST_POSTS
    return 1 + roll(seed, "expert at", number) % 6


def _quoted(seed: int, number: int, posts: list[Post]) -> tuple[Quote, ...]:
    """The beginning of an earlier post, in one post of four."""
    place = len(posts)
    if share(seed, "quotes", number, place) >= 0.25:
        return ()
    quoted = pick(posts, seed, "quoted", number, place)
    first = next((each for each in quoted.blocks if isinstance(each, Para)), None)
    if first is None:
        return ()
    inner = quoted.blocks[:1] if isinstance(quoted.blocks[0], Quote) else ()
    keeps = share(seed, "nested", number, place) < 0.5 and not _is_deep(inner)
    blocks = (*inner, first) if keeps else (first,)
    return (Quote(quoted.member, quoted.identifier, quoted.number, blocks),)


def _is_deep(blocks: tuple[PostBlock, ...]) -> bool:
    return any(isinstance(each, Quote) and isinstance(each.blocks[0], Quote) for each in blocks)


def without_tables(blocks: tuple[PostBlock, ...]) -> tuple[PostBlock, ...]:
    """Blocks for software that has no tables: their rows become items."""
    return tuple(
        Items(tuple(", ".join(map(plain, cells)) for cells in block.rows))
        if isinstance(block, Rows)
        else block
        for block in blocks
    )


def flat(blocks: tuple[PostBlock, ...]) -> tuple[PostBlock, ...]:
    """Blocks for software that quotes a post without what that quotes."""
    return tuple(
        replace(block, blocks=tuple(each for each in block.blocks if not isinstance(each, Quote)))
        if isinstance(block, Quote)
        else block
        for block in blocks
    )


def username(member: Member) -> str:
    """A member's name for software that allows letters, digits and dots alone."""
    name = unicodedata.normalize("NFKD", member.name.partition("@")[0])
    name = name.replace("ł", "l").replace("Ł", "L").encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.]+", "_", name).strip("_.")


@lru_cache(maxsize=64)
def newest_first(options: Options, topic: Topic | None = None) -> tuple[int, ...]:
    """The numbers of all threads, or of a topic's, by their last post."""
    numbers = [
        number
        for number in range(options.pages)
        if topic is None or mixture(options.seed, number).entry.topic == topic
    ]
    return tuple(sorted(numbers, key=lambda n: moments(options, n)[-1], reverse=True))


def in_parts(count: int, per_page: int) -> int:
    """How many pages so many posts or threads make; one at least."""
    return max(1, -(-count // per_page))
