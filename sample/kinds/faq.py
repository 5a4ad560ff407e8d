"""The FAQ pages of a health agency: many questions a page, each page in another's markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache

from parsers.records import Answer
from sample.blocks import Para, read
from sample.compose import typeset
from sample.dice import roll, shuffled
from sample.library import entries, topics
from sample.options import Options
from sample.routes import HTML, Made

from . import faq_pages as pages
from .kind import KnownPage, host, record, site_name
from .text import PostBlock, plain, shown
from .threads import slug

NAME = "faq"
ROOM = "/faq/"
FEWEST, MOST = 8, 20
DAY = datetime(2018, 5, 7, 8, 0)
TYPE = f"{HTML}; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Item:
    """A question with its answer. ``anchor`` is what the page calls it, "" for nothing."""

    question: str
    answer: tuple[PostBlock, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of questions. ``way`` is how it is marked up."""

    number: int
    slug: str
    title: str
    way: str
    items: tuple[Item, ...]


@cache
def _stock() -> tuple[tuple[str, tuple[PostBlock, ...]], ...]:
    """Short questions, which the letters to the doctors end with, and answers to them."""
    made = []
    for entry in entries():
        for block in read(entry.question):
            text = plain(block.text) if isinstance(block, Para) else ""
            sentences = re.findall(r"[A-Z][^.!?\n{]{20,110}\?", text)
            made += [(sentence, read(entry.answer)[:3]) for sentence in sentences[-1:]]
    return tuple(made)


def _slug(number: int) -> str:
    turn, place = divmod(number, len(topics()))
    return f"{topics()[place].slug}-{turn + 1}" if turn else topics()[place].slug


@lru_cache(maxsize=1024)
def sheet(options: Options, number: int) -> Sheet:
    """The page ``number``, from 0."""
    seed = options.seed
    turn, place = divmod(number, len(topics()))
    topic = topics()[place]
    way = pages.WAYS[number % len(pages.WAYS)]
    count = FEWEST + roll(seed, "faqs", number) % (MOST - FEWEST + 1)
    order = shuffled(len(_stock()), seed, "faq", number)
    items = []
    for position, index in enumerate(order[:count], 1):
        question, answer = _stock()[index]
        anchor = pages.anchor(way, position, slug(question))
        items.append(Item(typeset(question, "curly"), answer, anchor))
    title = f"{topic.name}: frequently asked questions" + (f" ({turn + 1})" if turn else "")
    return Sheet(number, _slug(number), title, way, tuple(items))


def known_pages(options: Options, base: str) -> Iterator[KnownPage]:
    """Every page, with a record for each of its questions."""
    for number in range(options.pages):
        one = sheet(options, number)
        target = f"{ROOM}{one.slug}/"
        known = []
        for item in one.items:
            words = re.findall(r"[^\W_]+", item.question.casefold())
            anchor = item.anchor or "-".join(words)[:60].rstrip("-")
            url, source_id = f"{base}{target}#{anchor}", f"{one.slug}#{anchor}"
            page = record(NAME, url, source_id, item.question, item.question)
            answers = (Answer(shown(item.answer)),)
            known.append(replace(page, answers=answers, status="answered"))
        yield KnownPage(target, tuple(known))


def make(options: Options, base: str, path: str, query: Mapping[str, str]) -> Made | None:
    """The response at an address; None if there is nothing."""
    if path == "/robots.txt":
        return Made(200, "text/plain", b"User-agent: *\nDisallow:\n", DAY)
    every = range(options.pages)
    if path in ("/", ROOM):
        return Made(200, TYPE, pages.index(base, [sheet(options, n) for n in every]).encode(), DAY)
    name = path.removeprefix(ROOM).strip("/")
    number = next((n for n in every if _slug(n) == name), None)
    if number is None or not path.startswith(ROOM):
        return None
    return Made(200, TYPE, pages.page(base, sheet(options, number)).encode(), DAY)


def declaration(base: str) -> str:
    """The declaration of the pages, as TOML."""
    return f"""# Frequently asked questions of the sample's health agency.
name = "{site_name(NAME)}"
title = "{pages.TITLE}"
hosts = ["{host(base)}"]
start = ["{base}/"]
language = "en"
questions = ["{ROOM}{{id}}/"]
follow = ["{ROOM}"]
answers = "public"
"""
