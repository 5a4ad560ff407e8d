"""A column "Ask the doctor" as WordPress serves it: a post a question, and one answer to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from parsers.records import Answer, Responder
from sample.blocks import Para
from sample.compose import mixture, texts
from sample.dice import pick, roll
from sample.library import Person, people, topics
from sample.options import Options
from sample.routes import HTML, Made

from . import wordpress
from .kind import KnownPage, host, record, site_name
from .text import shown
from .threads import answer, question, slug
from .wordpress import Story

NAME = "column"
ROOM = "/ask-the-doctor/"
PER_PAGE = 10
WAYS = ("labels", "headings", "letters", "initials")
SIGNED = ("Worried in Dayton", "Sleepless in Akron", "Puzzled in Lima", "Hopeful in Canton")
BEGIN = datetime(2016, 2, 1, 9, 0)


@lru_cache(maxsize=2048)
def story(options: Options, number: int) -> Story:
    """The post ``number`` (from 0, the oldest)."""
    topic = mixture(options.seed, number).entry.topic
    author = _author(options, number)
    way = WAYS[number % len(WAYS)]
    ask, reply = question(options, number), answer(options, number)
    if way == "letters":
        signed = pick(SIGNED, options.seed, "signed", number)
        greeting = Para(f"Dear {_address(author)},")
        ask = (greeting, *ask, Para(signed))
        reply = (Para(f"Dear {signed.split()[0]},"), *reply)
    return Story(
        number=number,
        slug=_slug(options, number),
        title=texts(options, number).title,
        topic=topic,
        author=author,
        published=BEGIN
        + timedelta(days=3 * number, minutes=roll(options.seed, "at", number) % 500),
        question=ask,
        answer=reply,
        way=way,
    )


def _author(options: Options, number: int) -> Person:
    topic = mixture(options.seed, number).entry.topic
    return pick(topic.people, options.seed, "column", number)


def _address(author: Person) -> str:
    """How a letter greets an expert."""
    name = author.name.split()[-1]
    is_doctor = not {"MD", "PhD", "DDS", "OD", "DO"}.isdisjoint(author.credentials)
    return f"Dr. {name}" if is_doctor else author.name


def _slug(options: Options, number: int) -> str:
    """WordPress numbers the slugs of posts with the same title."""
    return _slugs(options.seed, options.pages)[number]


@lru_cache(maxsize=4)
def _slugs(seed: int, pages: int) -> tuple[str, ...]:
    taken: dict[str, int] = {}
    made = []
    options = Options(pages=pages, seed=seed)
    for number in range(pages):
        name = slug(texts(options, number).title)
        taken[name] = taken.get(name, 0) + 1
        made.append(name if taken[name] == 1 else f"{name}-{taken[name]}")
    return tuple(made)


@lru_cache(maxsize=4)
def _numbers(seed: int, pages: int) -> dict[str, int]:
    return {name: number for number, name in enumerate(_slugs(seed, pages))}


def known_pages(options: Options, base: str) -> Iterator[KnownPage]:
    """Every post, with its record."""
    for number in range(options.pages):
        post = story(options, number)
        target = f"{ROOM}{post.slug}/"
        expert = Responder(post.author.name, post.author.credentials)
        day = post.published.date()
        page = record(NAME, base + target, post.slug, post.title, shown(post.question))
        answers = (Answer(shown(post.answer), responders=(expert,), answered_on=day),)
        yield KnownPage(target, (replace(page, answers=answers, status="answered"),))


def make(options: Options, base: str, path: str, query: Mapping[str, str]) -> Made | None:
    """The response at an address; None if there is nothing."""
    newest = range(options.pages - 1, -1, -1)
    if path in ("/", "/about/", "/feed/", "/sitemap.xml", "/robots.txt"):
        return _fixed(options, base, path)
    parts = path.strip("/").split("/")
    page = int(parts[-1]) if parts[-2:-1] == ["page"] and parts[-1].isdecimal() else 1
    room = parts[:-2] if parts[-2:-1] == ["page"] else parts
    if room == ["ask-the-doctor"]:
        return _list(options, base, ROOM, "Ask the Doctor", list(newest), page)
    if len(room) == 2 and room[0] == "category":
        topic = next((each for each in topics() if each.slug == room[1]), None)
        numbers = [n for n in newest if mixture(options.seed, n).entry.topic == topic]
        path = f"/category/{room[1]}/"
        return _list(options, base, path, topic.name, numbers, page) if topic else None
    if len(room) == 2 and room[0] == "author":
        who = next((each for each in people() if each.key == room[1]), None)
        numbers = [n for n in newest if _author(options, n) == who]
        return _list(options, base, f"/author/{room[1]}/", who.name, numbers, page) if who else None
    if len(parts) == 2 and parts[0] == "ask-the-doctor":
        number = _numbers(options.seed, options.pages).get(parts[1])
        return None if number is None else _post(options, base, number, path)
    return None


def _fixed(options: Options, base: str, path: str) -> Made:
    day = story(options, options.pages - 1).published
    last = [story(options, n) for n in range(options.pages - 1, max(-1, options.pages - 11), -1)]
    if path == "/robots.txt":
        text = "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n"
        return Made(200, "text/plain; charset=UTF-8", text.encode(), day)
    if path == "/feed/":
        feed = wordpress.feed(base, ROOM, last)
        return Made(200, "application/rss+xml; charset=UTF-8", feed.encode(), day)
    if path == "/sitemap.xml":
        rows = ((f"{ROOM}{name}/", n) for n, name in enumerate(_slugs(options.seed, options.pages)))
        dated = ((target, story(options, n).published) for target, n in rows)
        return Made(200, "text/xml; charset=UTF-8", wordpress.sitemap(base, dated).encode(), day)
    body = (wordpress.about if path == "/about/" else wordpress.front)(base, ROOM, last)
    return Made(200, f"{HTML}; charset=UTF-8", body.encode(), day)


def _post(options: Options, base: str, number: int, path: str) -> Made:
    post = story(options, number)
    if not path.endswith("/"):
        return Made(301, HTML, b"", post.published, location=f"{path}/")
    before = story(options, number - 1) if number else None
    after = story(options, number + 1) if number + 1 < options.pages else None
    start = roll(options.seed, "related", number)
    near = {(start + 11 * step) % options.pages for step in range(4)} - {number}
    related = [story(options, each) for each in sorted(near)][:3]
    latest = [story(options, n) for n in range(options.pages - 1, max(-1, options.pages - 6), -1)]
    body = wordpress.single(base, ROOM, post, (before, after), related, latest)
    return Made(200, f"{HTML}; charset=UTF-8", body.encode(), post.published)


def _list(
    options: Options, base: str, room: str, title: str, numbers: list[int], page: int
) -> Made | None:
    count = max(1, -(-len(numbers) // PER_PAGE))
    if not 1 <= page <= count:
        return None
    chosen = [story(options, n) for n in numbers[(page - 1) * PER_PAGE : page * PER_PAGE]]
    latest = [story(options, n) for n in range(options.pages - 1, max(-1, options.pages - 6), -1)]
    body = wordpress.archive(base, ROOM, room, title, chosen, (page, count), latest)
    day = chosen[0].published if chosen else BEGIN
    return Made(200, f"{HTML}; charset=UTF-8", body.encode(), day)


def declaration(base: str) -> str:
    """The declaration of the column, as TOML."""
    return f"""# A column "Ask the doctor" of the sample, as WordPress serves it.
name = "{site_name(NAME)}"
title = "Ask the Doctor"
hosts = ["{host(base)}"]
start = ["{base}/"]
sitemaps = ["{base}/sitemap.xml"]
feeds = ["{base}/feed/"]
language = "en"
questions = ["{ROOM}{{id}}/"]
follow = ["{ROOM}*", "/category/*"]
answers = "experts"
"""
