"""Whether a page lists posts that have pages of their own, such as a blog's front page."""

from __future__ import annotations

import re
from itertools import islice

from parsers.articles.article import OTHER, around, kinds_of
from parsers.page.opened import OpenPage
from parsers.page.outline import Outline
from parsers.threads.evidence import path_of, within
from parsers.threads.hints import AUTHOR, hints_of, is_profile

_ENTRY = re.compile(
    r"(?:^|\s)(?:hentry|type-post|post|h-entry|blog-?post|wp-block-post)(?=$|\s)", re.I
)
_FRAMES = frozenset({"html", "body", "main"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_FEWEST = 2  # posts
_WORDS = 2  # a shorter link may be a name
_NEAR = 3  # elements between a heading and the link in it
_REPLY = re.compile(r"(?:re|aw)\s*:\s*", re.I)


def is_index(opened: OpenPage) -> bool:
    """Whether most posts on a page have a heading that leads to another page."""
    page, url, kinds = opened.outline, opened.url, opened.once(kinds_of)
    articles = [n for n, tag in enumerate(page.tags) if tag == "article"]
    entries = end = 0
    titles: set[str] = set()  # those of a thread's posts are all the same
    for number in sorted({*articles, *page.named(_ENTRY)}):
        is_empty = not page.size[number] + page.linked[number]
        if number < end or kinds[number] == OTHER or is_empty or page.tags[number] in _FRAMES:
            continue
        entries += 1
        titles.add(_title(page, number, url))
        end = page.end[number]
    titles.discard("")
    return len(titles) >= _FEWEST and len(titles) * 2 > entries


def _title(page: Outline, entry: int, url: str) -> str:
    """The text of the first heading of a post that is a link to another page; "" if none is."""
    for number in within(page.links, entry, page.end[entry]):
        if _is_heading(page, number):
            text = _REPLY.sub("", page.text(number), count=1).casefold()
            if len(text.split()) >= _WORDS and _leads_away(page, number, url):
                return text
    return ""


def _leads_away(page: Outline, number: int, url: str) -> bool:
    """Whether a link leads to another page, and not to a person's."""
    href = page.attributes[number].get("href", "")
    if not href or "#" in href or is_profile(href) or path_of(url, href) == path_of(url, ""):
        return False
    nearest = (number, page.parent[number])
    return not any(hints_of(page.tags[n], page.attributes[n]) & AUTHOR for n in nearest)


def _is_heading(page: Outline, number: int) -> bool:
    """Whether a link stands in a heading, or a heading in it."""
    inner = page.tags[number + 1 : min(page.end[number], number + 1 + _NEAR)]
    outer = (page.tags[n] for n in islice(around(page, number), _NEAR))
    return not (_HEADINGS.isdisjoint(inner) and _HEADINGS.isdisjoint(outer))
