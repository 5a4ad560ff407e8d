"""Where the one article of a page stands, and what around it and in it is no text of it.

Blogs name their parts much alike, whatever the software: ``entry-content``, ``post-body``,
``articleBody``; ``sharedaddy``, ``entry-meta``, ``post-navigation``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from parsers.page.opened import OpenPage
from parsers.page.outline import Outline
from parsers.words.patterns import pattern

TEXT, ABOUT, OTHER = range(3)
"""What an element may be: text of whatever is around it, about the article, of something else."""

_CONTENT = pattern("text")
_ENTRY = re.compile(r"(?:^|\s)(?:entry|post-?entry)(?=$|\s)", re.I)  # of older themes
_OTHER = pattern("aside")
_ABOUT = pattern("about")
# What a post is about, and what kind it is: "category-social", "tag-sleep".
_TOPICS = re.compile(r"(?:^|\s)(?:category|tag|format|type|status|post_tag|post-type)-\S+")
_OTHER_TAGS = frozenset({"nav", "aside", "form"})
_FRAMES = frozenset({"html", "body", "main"})  # nothing of the kind, whatever their classes
_POST = re.compile(
    r"(?:^|\s)(?:hentry|post|entry|node|article|blog-?post|post-outer)(?=$|\s)", re.I
)
_HEADINGS = ("h1", "h2", "h3")
_MOST = 0.9  # of the text; what has as much of it is the article, whatever holds it
_MOST_INSIDE = 0.8  # of the article's text; what has more of it is no aside


@dataclass(frozen=True, slots=True)
class Article:
    """An article, by the numbers of elements.

    ``content`` holds its text, ``scope`` its title and what tells of it as well. ``kinds`` has
    for each element of the page what it is.
    """

    content: int
    scope: int
    kinds: bytearray

    def is_text(self, number: int) -> bool:
        """Whether an element is nothing but text."""
        return self.kinds[number] == TEXT


def article_of(opened: OpenPage) -> Article | None:
    """The article of a page; None where it has none, or several."""
    page, kinds = opened.outline, bytearray(opened.once(kinds_of))
    content = _content(page, kinds)
    if content is None:
        return None
    _keep_most(page, content, kinds)
    return Article(content, _scope(page, content, kinds), kinds)


def kinds_of(opened: OpenPage) -> bytes:
    """What each element of a page is, by its own name and those of the elements around it."""
    page = opened.outline
    by_name = {each: _kind_of(each) if each else TEXT for each in {*page.called}}
    kinds = bytearray(len(page.tags))
    for number, (tag, names, above) in enumerate(
        zip(page.tags, page.called, page.parent, strict=True)
    ):
        kind = OTHER if tag in _OTHER_TAGS else TEXT if tag in _FRAMES else by_name[names]
        outer = kinds[above] if number else TEXT
        kinds[number] = kind if kind > outer else outer
    return bytes(kinds)


def around(page: Outline, number: int) -> Iterator[int]:
    """The elements around an element, the innermost first."""
    number = page.parent[number]
    while number >= 0:
        yield number
        number = page.parent[number]


@lru_cache(maxsize=16384)
def _kind_of(names: str) -> int:
    names = _TOPICS.sub(" ", names)
    return OTHER if _OTHER.search(names) else ABOUT if _ABOUT.search(names) else TEXT


def _content(page: Outline, kinds: bytearray) -> int | None:
    """The element with the text of the only article."""

    def shown(numbers: Iterable[int]) -> list[int]:
        return [n for n in numbers if kinds[n] != OTHER and page.size[n]]

    bodies = (n for n, each in enumerate(page.attributes)
              if "itemprop" in each and each["itemprop"].lower() == "articlebody")  # fmt: skip
    named = shown(sorted({*bodies, *page.named(_CONTENT)})) or shown(page.named(_ENTRY))
    if not named:
        articles = shown(n for n, tag in enumerate(page.tags) if tag == "article")
        return articles[0] if len(articles) == 1 else None
    text = _text_sizes(page, kinds)
    most = _MOST * max(text[n] for n in named)
    best = max(n for n in named if text[n] >= most)  # the innermost
    again = [n for n in named if page.look[n] == page.look[best]]
    apart = [n for n in again if not page.inside(n, best) and not page.inside(best, n)]
    return None if apart else best


def _text_sizes(page: Outline, kinds: bytearray) -> list[int]:
    """How many characters of each element are text of it, and of nothing in it that is an aside."""
    sizes = [0] * len(page.tags)
    for piece in page.pieces:
        if kinds[piece.owner] == TEXT:
            sizes[piece.owner] += len(piece.text)
    for number in range(len(sizes) - 1, 0, -1):
        sizes[page.parent[number]] += sizes[number]
    return sizes


def _keep_most(page: Outline, content: int, kinds: bytearray) -> None:
    """Make text of what has most of an article's text, whatever it is called."""
    number = content
    kinds[content] = TEXT
    while number < page.end[content]:
        if kinds[number] == TEXT:
            number += 1
        elif page.size[number] > _MOST_INSIDE * page.size[content]:
            kinds[number : page.end[number]] = bytes(page.end[number] - number)
            number += 1
        else:
            number = page.end[number]


def _scope(page: Outline, content: int, kinds: bytearray) -> int:
    """The smallest element with the article's title in it; all of the post, where it is marked."""
    title = next((n for n in range(content - 1, -1, -1)
                  if page.tags[n] in _HEADINGS and kinds[n] != OTHER), content)  # fmt: skip
    scope = content
    for number in around(page, content):
        if page.tags[number] in _FRAMES and page.inside(title, scope):
            break
        is_post = page.tags[number] == "article" or _POST.search(page.called[number])
        if not page.inside(title, scope) or is_post:
            scope = number
    return scope
