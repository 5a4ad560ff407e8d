"""What a template is given: a page's parts, decided, but not yet in any layout."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from .blocks import Block
from .dice import pick, roll, share
from .library import Person
from .options import Options
from .truth import Facts, Offer, Pointer, printed_title

ANSWER_DATES = (
    "Published: {day:%B} {day.day}, {day.year}",
    "Answered {day:%m/%d/%Y}",
    "Answered: {day:%B} {day.day}, {day.year}",
    "Answered on {day:%b} {day.day}, {day.year}",
    "Date answered: {day.day} {day:%B} {day.year}",
    "Published on {day:%Y-%m-%d}",
)
OTHER_DATES = (
    "Last reviewed: March 2, 2009",
    "Last updated: 11/17/2010",
    "This page was last modified on January 9, 2011",
)
NOTICES = (
    "This question has not been answered yet.",
    "Our experts have not answered this question yet.",
    "An answer is not yet available.",
)


@dataclass(frozen=True, slots=True)
class Card:
    """A responder as printed. ``photo`` is the picture's alt text, None without picture."""

    signature: str
    href: str | None
    lines: tuple[str, ...]
    photo: str | None
    picture: str


@dataclass(frozen=True, slots=True)
class Teaser:
    """A link to another page of the site, with a line about it."""

    text: str
    href: str
    about: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the content of any page."""

    title: str
    path: str
    meta: str
    menu: tuple[tuple[str, str], ...]
    calendar: bool
    variant: int
    side: tuple[Teaser, ...] = ()
    after: tuple[Teaser, ...] = ()
    printable: bool = False
    bulk: str = ""


@dataclass(frozen=True, slots=True)
class Doc:
    """A question page."""

    frame: Frame
    title: str
    question: tuple[Block, ...]
    answer: tuple[Block, ...]
    notice: str
    cards: tuple[Card, ...]
    sources: tuple[Offer, ...]
    pointers: tuple[Pointer, ...]
    dates_top: tuple[str, ...] = field(default=())
    dates_after: tuple[str, ...] = field(default=())
    dates_end: tuple[str, ...] = field(default=())

    @property
    def variant(self) -> int:
        """A number by which a template chooses between its ways."""
        return self.frame.variant

    @property
    def has_more(self) -> bool:
        """Whether there is a part 'For more information:'."""
        return bool(self.sources or self.pointers)


def doc(options: Options, known: Facts, frame: Frame) -> Doc:
    """A question page's parts."""
    seed, number = options.seed, known.number
    top, after, end = _dates(seed, number, known.answered_on)
    return Doc(
        frame=frame,
        title=known.texts.title,
        question=known.texts.question,
        answer=known.texts.answer,
        notice="" if known.texts.answer else pick(NOTICES, seed, "notice", number),
        cards=tuple(_card(seed, number, who, known.answered_on) for who in known.responders),
        sources=known.sources,
        pointers=known.pointers,
        dates_top=top,
        dates_after=after,
        dates_end=end,
    )


def _dates(
    seed: int, number: int, answered_on: date | None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Date lines below the title, below the answer, and at the end. One at most counts."""
    places: tuple[list[str], list[str], list[str]] = ([], [], [])
    if answered_on:
        line = pick(ANSWER_DATES, seed, "date form", number).format(day=answered_on)
        places[roll(seed, "date place", number) % 3].append(line)
    if share(seed, "submitted", number) < 0.15:
        places[0].append("Question submitted: December 12, 1997")
    if share(seed, "reviewed", number) < 0.25:
        places[2].append(pick(OTHER_DATES, seed, "reviewed on", number))
    return tuple(places[0]), tuple(places[1]), tuple(places[2])


def _card(seed: int, number: int, person: Person, answered_on: date | None) -> Card:
    chance = share(seed, "photo", number, person.key)
    photo = None if chance < 0.4 else "" if chance < 0.5 else person.signature
    lines = (printed_title(person, answered_on), person.college, person.institution)
    return Card(
        signature=person.signature,
        href=person.path,
        lines=tuple(line for line in lines if line),
        photo=photo,
        picture=f"/images/experts/{person.key}.jpg",
    )
