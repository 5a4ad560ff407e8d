"""The only post of a page: a text with a day and an author beside it.

Where nothing repeats there is less to go by: such a post is looked for on pages alone of which
a declaration says that they are questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from parsers.page.elements import BLOCK, KINDS
from parsers.page.outline import Outline
from parsers.threads.bodies import Body, find_bodies
from parsers.threads.evidence import Evidence, within
from parsers.threads.headings import Heading, folded
from parsers.threads.hints import BODY, CONTROL, PANEL, QUOTE, RECORD, SIGNATURE
from parsers.threads.marks import authors_of, dates_of, guess_authors
from parsers.threads.openers import asides_in, between
from parsers.threads.posts import Post
from parsers.threads.repeats import DataRecord

_HIGHEST = 6  # elements around a text, in which its day and author stand
_LEAST = 2  # characters
_STRONG = frozenset({"strong", "b", "dt", "h3", "h4", "h5", "a", "cite"})
_MOST = 100  # elements that may be the text of the post
_MOST_RECORDS = 20  # elements that may be the whole of it


def single_post(page: Evidence, heading: Heading) -> Post | None:
    """The only post of a page; None if there is none with a day and an author, or several."""
    for kind in (_by_bodies, _by_records):
        posts = [post for post in kind(page) if not _is_entry(page, post, heading)]
        if posts:
            best = min(posts, key=lambda post: _doubt(page, post))
            return best if _is_alone(page, posts, best) else None
    if heading.number is None:
        return None
    post = between(page, heading.number, len(page.tags))
    if post is None or post.date is None or post.author is None:
        return None
    is_bare = not _meta_inside(page, post)
    return post if is_bare and not _is_entry(page, post, heading) else None


def _elements(page: Evidence, is_one: Callable[[int], bool]) -> Iterator[int]:
    """Blocks with a text that may be a post or that of one."""
    left = _MOST
    for number, tag in enumerate(page.tags):
        if page.size[number] < _LEAST or not is_one(number):
            continue
        if not KINDS.get(tag, 0) & BLOCK and tag != "span":
            continue
        if not page.hints[number] & (QUOTE | PANEL | CONTROL | SIGNATURE):
            yield number
            left -= 1
        if not left:
            return


def _by_bodies(page: Evidence) -> Iterator[Post]:
    """Posts around elements that are called a text."""
    for number in _elements(page, lambda each: page.hints[each] & BODY != 0):
        post = _around(page, number)
        if post is not None and _meta_inside(page, post) < 2:
            yield post


def _around(page: Evidence, body: int) -> Post | None:
    """The post whose text an element holds; None if no day and author stand close to it."""
    root = body
    text = Body((body,), frozenset(_asides(page, body)))
    dated: Post | None = None
    for _ in range(_HIGHEST):
        root = page.parent[root]
        if root <= 0:
            break
        parts = (
            DataRecord((root,), root, body),
            DataRecord((root,), page.end[body], page.end[root]),
        )
        dates, authors = (
            [n for part in parts if (n := find(page, [part])[0]) is not None]
            for find in (dates_of, authors_of)
        )
        if not dates:
            continue
        record = DataRecord((root,), root, page.end[root])
        if authors:
            return Post(record, text, dates[0], authors[0])
        dated = dated or Post(record, text, dates[0])
    return _with_author(page, dated) if dated else None


def _with_author(page: Evidence, post: Post) -> Post | None:
    """A post with the first short text in it that stands out as its author; None without one."""
    author = guess_authors(page, [post.record], [post.body])[0]
    if author is None or page.tags[author] not in _STRONG:
        return None
    return replace(post, author=author)


def _asides(page: Evidence, body: int) -> list[int]:
    """The elements in a body that are no text of it."""
    buttons = [
        number for number in range(body + 1, page.end[body])
        if page.hints[number] & CONTROL and not page.size[number]
    ]  # fmt: skip
    return [*asides_in(page, body), *buttons]


def _by_records(page: Evidence) -> Iterator[Post]:
    """Posts in elements that are called one, or have a number of their own."""

    def is_one(number: int) -> bool:
        return page.hints[number] & RECORD != 0 or number in page.patterns

    left = _MOST_RECORDS
    for number in _elements(page, is_one):
        if left == 0:
            return
        record = DataRecord((number,), number, page.end[number])
        date = dates_of(page, [record])[0]
        author = authors_of(page, [record])[0]
        if date is None or author is None:
            continue
        left -= 1
        body = find_bodies(page, [record], [frozenset((date, author))])[0]
        post = Post(record, body, date, author)
        if _meta_inside(page, post) < 2 and body.nodes != record.nodes:
            yield post


def _meta_inside(page: Evidence, post: Post) -> int:
    """Whether a text has days in it, and authors: then it holds more than a post."""
    first, end = post.body.nodes[0], page.end[post.body.nodes[-1]]
    dates = [n for n in within(page.dates, first, end) if n not in post.body.left_out]
    authors = [n for n in within(page.authors, first, end) if n not in post.body.left_out]
    return bool(dates) + bool(authors)


def _doubt(page: Evidence, post: Post) -> tuple[int, int]:
    """By what a post is worse than others: what its text holds, and how far around it one looks."""
    return _meta_inside(page, post), post.record.end - post.record.first


def _is_entry(page: Evidence, post: Post, heading: Heading) -> bool:
    """Whether a post has a title that leads to a page of its own, which is not this one."""
    titles = within(page.titles, post.record.first, post.record.end)
    return any(folded(page.text(number)) not in folded(heading.text) for number in titles)


def _is_alone(page: Outline, posts: list[Post], post: Post) -> bool:
    """Whether no other post looks like one."""
    number = post.body.nodes[0]
    return not any(
        page.look[other.body.nodes[0]] == page.look[number]
        and not page.inside(other.body.nodes[0], number)
        and not page.inside(number, other.body.nodes[0])
        for other in posts
    )
