"""A forum as phpBB 3 serves it to a visitor without cookies: a session in every link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from parsers.records import Answer, Responder
from sample.dice import roll
from sample.library import Topic, topics
from sample.options import Options
from sample.routes import HTML, Made

from . import phpbb_pages as pages
from .kind import KnownPage, host, record, site_name, status
from .text import shown
from .threads import (
    FIRST_ID,
    MOST_POSTS,
    Post,
    in_parts,
    newest_first,
    post_count,
    thread,
    without_tables,
)

NAME = "phpbb"
POSTS = 10  # on a page
TOPICS = 25  # on a page of a list
FIRST_FORUM = 2
FIRST_POST = 1000
TYPE = f"{HTML}; charset=UTF-8"


def known_pages(options: Options, base: str) -> Iterator[KnownPage]:
    """Every page of every topic, with its record. The part is what the address counts: posts."""
    for number in range(options.pages):
        topic = thread(options, number)
        for start in range(0, len(topic.posts), POSTS):
            posts = topic.posts[start : start + POSTS]
            target = f"/viewtopic.php?t={topic.identifier}" + (f"&start={start}" if start else "")
            page = record(NAME, base + target, str(topic.identifier), topic.title, "")
            if not start:
                first = posts[0]
                text = shown(without_tables(first.blocks))
                asker, day = first.member.name, first.written.date()
                page = replace(page, question=text, asker=asker, asked_on=day)
                posts = posts[1:]
            answers = tuple(_answer(base, post) for post in posts)
            page = replace(page, answers=answers, part=start or 1, status=status(answers))
            yield KnownPage(target, (page,))


def _answer(base: str, post: Post) -> Answer:
    name, rank = post.member.name, post.member.rank
    return Answer(
        shown(without_tables(post.blocks)),
        author=None if rank else name,
        responders=(Responder(name),) if rank else (),
        answered_on=post.written.date(),
        url=f"{base}/viewtopic.php?p={post.identifier}#p{post.identifier}",
    )


def make(options: Options, base: str, path: str, query: Mapping[str, str]) -> Made | None:
    """The response at an address; None if there is nothing."""
    visit = (options.seed, "sid", path, *sorted(query.items()))
    session = query.get("sid") or f"{roll(*visit, 1):016x}{roll(*visit, 2):016x}"
    board = pages.Board(base, session[:32] if session.isalnum() else "0" * 32)
    numbers = {
        name: int(query[name]) if query.get(name, "").isdecimal() else 0
        for name in ("f", "t", "p", "u", "start")
    }
    if path in ("/", "/index.php"):
        return _page(pages.index(board, _counts(options)), datetime(2014, 1, 6))
    if path == "/viewforum.php":
        return _forum(options, board, numbers["f"], numbers["start"])
    if path == "/viewtopic.php":
        return _topic(options, board, numbers)
    if path in ("/memberlist.php", "/ucp.php", "/faq.php", "/posting.php", "/search.php"):
        return _page(pages.other(board, path, numbers["u"]), datetime(2014, 1, 6))
    if path == "/robots.txt":
        return Made(
            200, "text/plain", b"User-agent: *\nDisallow: /posting.php\n", datetime(2014, 1, 6)
        )
    return None


def _page(html: str, modified: datetime) -> Made:
    return Made(200, TYPE, html.encode(), modified)


def _counts(options: Options) -> list[tuple[Topic, int]]:
    return [(topic, len(newest_first(options, topic))) for topic in topics()]


def _forum(options: Options, board: pages.Board, forum: int, start: int) -> Made | None:
    topic = next((each for each in topics() if each.number + FIRST_FORUM == forum), None)
    if topic is None:
        return None
    numbers = newest_first(options, topic)
    start = min(start, (in_parts(len(numbers), TOPICS) - 1) * TOPICS) // TOPICS * TOPICS
    chosen = [thread(options, number) for number in numbers[start : start + TOPICS]]
    html = pages.forum(board, topic, chosen, start, len(numbers))
    day = chosen[0].posts[-1].written if chosen else datetime(2014, 1, 6)
    return _page(html, day)


def _topic(options: Options, board: pages.Board, asked: Mapping[str, int]) -> Made | None:
    """A page of a topic. As in phpBB, the number of a post says which page is wanted."""
    number, start = asked["t"] - FIRST_ID, asked["start"]
    if asked["p"]:
        number, place = divmod(asked["p"] - FIRST_POST, MOST_POSTS)
        start = place // POSTS * POSTS
    if not 0 <= number < options.pages:
        return None
    count = post_count(options, number)
    start = min(start, (in_parts(count, POSTS) - 1) * POSTS) // POSTS * POSTS
    topic = thread(options, number)
    html = pages.topic(board, topic, topic.posts[start : start + POSTS], start)
    return _page(html, topic.posts[-1].written)


def declaration(base: str) -> str:
    """The declaration of the forum, as TOML."""
    return f"""# A forum of the sample, as phpBB 3 serves it.
name = "{site_name(NAME)}"
title = "{pages.TITLE}"
hosts = ["{host(base)}"]
start = ["{base}/index.php"]
language = "en"
questions = ["/viewtopic.php?t={{id:digits}}[&start={{offset}}]"]
follow = ["/viewforum.php*"]
skip = ["/viewtopic.php?p=*", "/memberlist.php*", "/posting.php*", "/ucp.php*", "/search.php*"]
answers = "public"
"""
