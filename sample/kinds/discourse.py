"""A forum as Discourse serves it to crawlers and to browsers without scripts.

What a topic page has is Discourse's crawler view: microdata of a DiscussionForumPosting with
its comments, and where an answer is marked as the solution JSON-LD of a QAPage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from parsers.records import Answer
from sample.library import Topic, topics
from sample.options import Options
from sample.routes import HTML, Made

from . import discourse_pages as pages
from .kind import KnownPage, host, record, site_name, status
from .text import shown
from .threads import FIRST_ID, Post, Thread, flat, in_parts, newest_first, thread, username

NAME = "discourse"
POSTS = 20  # on a page
TOPICS = 30  # on a page of a list
TYPE = f"{HTML}; charset=utf-8"


def known_pages(options: Options, base: str) -> Iterator[KnownPage]:
    """Every page of every topic, with its record."""
    for number in range(options.pages):
        topic = thread(options, number)
        for part in range(1, in_parts(len(topic.posts), POSTS) + 1):
            target = pages.topic_path(topic, part)
            posts = topic.posts[(part - 1) * POSTS : part * POSTS]
            page = record(NAME, base + target, str(topic.identifier), topic.title, "")
            first = posts[0]
            if part == 1:
                asker, day = username(first.member), first.written.date()
                page = replace(page, question=shown(flat(first.blocks)), asker=asker, asked_on=day)
                posts = posts[1:]
            answers = tuple(_answer(base, topic, post) for post in posts)
            page = replace(page, answers=answers, part=part, status=status(answers))
            yield KnownPage(target, (page,))


def _answer(base: str, topic: Thread, post: Post) -> Answer:
    return Answer(
        shown(flat(post.blocks)),
        author=username(post.member),
        answered_on=post.written.date(),
        accepted=post.accepted,
        score=post.likes,
        url=f"{base}{pages.post_path(topic, post)}",
    )


def make(options: Options, base: str, path: str, query: Mapping[str, str]) -> Made | None:
    """The response at an address; None if there is nothing."""
    page = int(query["page"]) if query.get("page", "").isdecimal() else 0
    parts = path.strip("/").split("/")
    if path in ("/", "/latest"):
        return _list(options, base, None, page)
    if parts[0] == "c" and len(parts) == 3:
        wanted = next((each for each in topics() if pages.category_path(each) == path), None)
        return _list(options, base, wanted, page) if wanted else None
    if parts[0] == "t" and len(parts) in (3, 4):
        return _topic(options, base, parts, page)
    if parts[0] == "u" and len(parts) == 2:
        return Made(200, TYPE, pages.user(base, parts[1]).encode(), datetime(2014, 1, 6))
    return _other(options, base, path)


def _topic(options: Options, base: str, parts: list[str], page: int) -> Made | None:
    number = int(parts[2]) - FIRST_ID if parts[2].isdecimal() else -1
    if not 0 <= number < options.pages:
        return None
    topic = thread(options, number)
    if parts[1] != topic.slug:
        day = topic.posts[0].written
        return Made(301, HTML, b"", day, location=pages.topic_path(topic, page or 1))
    count = in_parts(len(topic.posts), POSTS)
    if len(parts) == 4 and parts[3].isdecimal():  # the address of a post
        page = (int(parts[3]) - 1) // POSTS + 1
    part = page or 1
    if not 1 <= part <= count:
        return None
    posts = topic.posts[(part - 1) * POSTS : part * POSTS]
    near = [thread(options, (number + step) % options.pages) for step in range(3, 6)]
    related = [each for each in near if each.number != number]
    body = pages.topic(base, topic, posts, (part, count), related)
    return Made(200, TYPE, body.encode(), topic.posts[-1].written)


def _list(options: Options, base: str, topic: Topic | None, page: int) -> Made | None:
    numbers = newest_first(options, topic)
    count = in_parts(len(numbers), TOPICS)
    if not 0 <= page < count:  # Discourse counts the pages of its lists from 0
        return None
    chosen = [thread(options, n) for n in numbers[page * TOPICS : (page + 1) * TOPICS]]
    body = pages.listing(base, topic, chosen, (page, count))
    return Made(200, TYPE, body.encode(), _changed(options))


def _other(options: Options, base: str, path: str) -> Made | None:
    day = _changed(options)
    if path in ("/categories", "/guidelines"):
        body = pages.categories(base) if path == "/categories" else pages.guidelines(base)
        return Made(200, TYPE, body.encode(), datetime(2014, 1, 6))
    if path == "/robots.txt":
        return Made(200, "text/plain", pages.robots(base).encode(), day)
    if path == "/latest.rss":
        chosen = [thread(options, number) for number in newest_first(options)[:TOPICS]]
        return Made(200, "application/rss+xml", pages.feed(base, chosen).encode(), day)
    if path == "/sitemap.xml":
        return Made(200, "text/xml", pages.sitemap_index(base).encode(), day)
    if path == "/sitemap_1.xml":
        every = (thread(options, number) for number in range(options.pages))
        return Made(200, "text/xml", pages.sitemap(base, every).encode(), day)
    return None


def _changed(options: Options) -> datetime:
    return thread(options, newest_first(options)[0]).posts[-1].written


def declaration(base: str) -> str:
    """The declaration of the forum, as TOML."""
    return f"""# A forum of the sample, as Discourse serves it.
name = "{site_name(NAME)}"
title = "{pages.TITLE}"
hosts = ["{host(base)}"]
start = ["{base}/latest"]
language = "en"
questions = ["/t/{{slug}}/{{id:digits}}[?page={{page}}]"]
follow = ["/latest*", "/c/*"]
skip = ["/t/*.rss", "/u/*"]
answers = "public"
"""
