"""Comments below an article: by the ids, classes and items that blogs give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.articles.article import Article
from parsers.page.outline import Outline
from parsers.threads.bodies import Body
from parsers.threads.evidence import Evidence, bare_name, within
from parsers.threads.hints import CONTROL
from parsers.threads.posts import Post
from parsers.threads.repeats import DataRecord
from parsers.words.patterns import pattern

_ID = re.compile(r"(?:[a-z]+[_-])?(?:comment|cmt|c|komm?entar|comentario)[_-]?(\d+)", re.I)
_CLASS = re.compile(r"(?:^|\s)(?:comment|comment[_-]*(?:item|entry)|single-comment)(?=$|\s)", re.I)
_LIST = re.compile(r"(?:^|\s)(?:comments|comments?[_-]*(?:list|thread))(?=$|\s)", re.I)
_TEXT = pattern("comment_text")
_ITEM = re.compile(r"(?:/|:|^)(?:User)?Comments?$", re.I)
_PING = re.compile(r"(?:^|\s)(?:pingback|trackback)(?=$|\s)", re.I)
_HEADS = frozenset({"header", "footer", "nav", "form", "button", "h2", "h3", "h4", "h5", "h6"})
# The weights of a name in an element that says that it is one, and of one a level deeper.
_SURE, _LIKELY = 1.0, 0.8
_STRONG = frozenset({"cite", "strong", "b", "dt", "h3", "h4", "h5"})
_BEGINNING = 2  # texts
_NAME_LIMIT = 48  # characters
_MORE = 30  # characters; what a line has besides a name, such as a day
_ID_LIMIT = 60  # characters


@dataclass(frozen=True, slots=True)
class _Known:
    """The elements at which comments begin, and those that may be somebody's name, or a day."""

    page: Evidence
    starts: frozenset[int]
    authors: frozenset[int]
    dates: frozenset[int]


def comments_of(page: Evidence, article: Article) -> list[Post]:
    """The comments on an article, in the page's order."""
    authors, dates = frozenset(page.authors), frozenset(page.dates)
    for kind in (_by_id, _by_item, _by_class, _by_list):
        starts = [n for n in kind(page) if _may_be(page, n, article)]
        known = _Known(page, frozenset(starts), authors, dates)
        comments = [post for n in starts if (post := _post(known, n))]
        if comments or any(_is_ping(page, n) for n in starts):
            return comments
    return []


def _may_be(page: Outline, number: int, article: Article) -> bool:
    """Whether an element has a text, and stands beside the article."""
    inside = page.inside(number, article.content) and article.is_text(number)
    apart = not inside and not page.inside(article.content, number)
    return apart and page.size[number] > 0


def _is_ping(page: Outline, number: int) -> bool:
    """Whether a comment is a notice that another page links to this one."""
    return _PING.search(page.called[number]) is not None


def _by_id(page: Outline) -> list[int]:
    """Elements with the number of a comment in their id, the outermost of each number."""
    numbers: dict[str, int] = {}
    for number, attributes in enumerate(page.attributes):
        match = _ID.fullmatch(attributes.get("id", "")[:_ID_LIMIT]) if attributes else None
        if match and page.size[number]:
            numbers.setdefault(match[1], number)
    return list(numbers.values())


def _by_item(page: Outline) -> list[int]:
    """Items of schema.org."""
    kinds = ("itemtype", "typeof", "itemprop")
    return [n for n, attributes in enumerate(page.attributes) if attributes
            and any(_ITEM.search(attributes.get(kind, "")) for kind in kinds)]  # fmt: skip


def _by_class(page: Outline) -> list[int]:
    return [n for n, attributes in enumerate(page.attributes)
            if attributes and _CLASS.search(attributes.get("class", ""))]  # fmt: skip


def _by_list(page: Outline) -> list[int]:
    """``<article>`` and ``<li>`` in what is called a list of comments."""
    numbers = [n for n, tag in enumerate(page.tags) if n and tag in ("article", "li")]
    return [n for n in numbers if _LIST.search(page.called[page.parent[n]])]


def _own(known: _Known, first: int) -> tuple[list[int], list[int]]:
    """The elements of a comment, and the replies that stand in it."""
    page = known.page
    own, replies = [first], []
    number = first + 1
    while number < page.end[first]:
        if number in known.starts:
            replies.append(number)
            number = page.end[number]
        else:
            own.append(number)
            number += 1
    return own, replies


def _post(known: _Known, first: int) -> Post | None:
    """A comment; None for what has neither an author nor a day."""
    page = known.page
    own, replies = _own(known, first)
    # Not "(not verified)", which stands beside a name.
    authors = [n for n in own if n in known.authors and page.names[n][0].isalnum()]
    dates = [n for n in own if n in known.dates]
    text = _text(page, own, [n for n in authors if page.weight[n] >= _SURE])
    if text is not None:
        authors = [n for n in authors if not page.inside(n, text)]
        dates = [n for n in dates if not page.inside(n, text)]
    likely = [n for n in authors if page.weight[n] >= _LIKELY] or authors
    author = likely[0] if likely else _first_name(page, first)
    date = dates[0] if dates else None
    if (author is None and date is None) or _is_ping(page, first):
        return None
    if text is not None:
        left_out = {n for n in own if page.inside(n, text) and _is_menu(page, n)}
    else:
        aside = {n for n in own[1:] if page.tags[n] in _HEADS or page.hints[n] & CONTROL}
        left_out = {*replies, *aside}
        left_out.update(_line_of(page, n, first) for n in (author, date) if n is not None)
    body = Body((first if text is None else text,), frozenset(left_out))
    return Post(DataRecord((first,), first, page.end[first]), body, date, author)


def _text(page: Outline, own: Sequence[int], authors: Sequence[int]) -> int | None:
    """The element with the text of a comment: the first that is called so and names nobody."""
    named = (n for n in own if page.size[n] and _TEXT.search(page.called[n]))
    return next((n for n in named if not within(authors, n, page.end[n])), None)


def _first_name(page: Evidence, first: int) -> int | None:
    """The element with which a comment begins, if it stands out as a name does."""
    place = page.first_piece[first]
    for owner, text in page.pieces[place : place + _BEGINNING]:
        tops = (owner, page.parent[owner])
        name = bare_name(text) if any(page.tags[n] in _STRONG for n in tops) else ""
        if page.inside(owner, first) and 0 < len(name) <= _NAME_LIMIT:
            page.names.setdefault(owner, name)
            return owner
    return None


def _line_of(page: Outline, number: int, first: int) -> int:
    """A name or a day with what stands around it and says no more: "Jane, on May 4:"."""
    length = len(page.text(number))
    while (above := page.parent[number]) > first:
        if page.size[above] + page.linked[above] > length + _MORE:
            break
        number = above
    return number


def _is_menu(page: Outline, number: int) -> bool:
    """Whether an element in a comment's text leads elsewhere, as its subject and "Reply" do."""
    is_apart = page.tags[number] in ("ul", "nav", "h2", "h3", "h4", "h5")
    return is_apart and page.linked[number] > 0 and page.size[number] == 0
