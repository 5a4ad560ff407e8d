"""The post that asks, where it looks unlike those that answer and stands before them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.page.elements import BLOCK, KINDS
from parsers.page.outline import Outline
from parsers.threads.bodies import Body
from parsers.threads.evidence import Evidence
from parsers.threads.hints import BODY, CONTROL, PANEL, SIGNATURE
from parsers.threads.marks import authors_of, dates_of
from parsers.threads.posts import Post
from parsers.threads.repeats import DataRecord
from parsers.words.patterns import pattern

_ASIDE = frozenset({"nav", "header", "footer", "aside", "form", "select", "label", "button"})
_ANSWER_CLASS = re.compile(r"answer|antwort|reponse|réponse|respuesta|risposta|vastaus|svar", re.I)
_ANSWERS = pattern("answers")
_LEAST = 40  # characters; less text is a notice
_MOST_ASIDE = 400  # characters; what has more text is no row of buttons, whatever it is called
_SHARE = 0.6  # of the text; an element with less of it is not the body


def opener(page: Evidence, posts: Sequence[Post], heading: int | None) -> Post | None:
    """The post between the heading and the first of some posts; None if there is none."""
    first = posts[0].record.first
    if heading is None or heading > first:
        return None
    post = between(page, heading, first)
    return post if post is not None and _is_new(page, posts[0], post) else None


def between(page: Evidence, heading: int, first: int) -> Post | None:
    """What stands between a heading and an element, as a post; None if it has no text.

    :param first: the number of that element, or how many elements there are
    """
    top = _around(page, heading, first)
    end = min(first, page.end[page.parent[top]] if page.parent[top] >= 0 else first)
    end = first if page.end[page.parent[top]] > first else end
    record = DataRecord((top,), top, end)
    body = _body(page, top, end, heading)
    if body is None:
        return None
    below = DataRecord((top,), heading, end)
    date = dates_of(page, [below])[0] or dates_of(page, [record])[0]
    author = authors_of(page, [below])[0] or authors_of(page, [record])[0]
    meta = {n for n in (date, author) if n is not None}
    left_out = frozenset({*asides_in(page, body), *meta})
    return Post(record, Body((body,), left_out), date, author)


def asked_in_heading(page: Evidence, posts: Sequence[Post], heading: int | None) -> Post | None:
    """The post that asks, where the heading is all of its text and answers follow it."""
    first = posts[0].record.first
    if heading is None or heading > first or not _are_answers(page, posts, heading):
        return None
    top = _around(page, heading, first)
    record = DataRecord((top,), top, first)
    below = DataRecord((top,), heading, first)
    date = dates_of(page, [below])[0] or dates_of(page, [record])[0]
    author = authors_of(page, [below])[0] or authors_of(page, [record])[0]
    return Post(record, Body((heading,), frozenset()), date, author)


def _are_answers(page: Outline, posts: Sequence[Post], heading: int) -> bool:
    """Whether the page calls all posts answers: in their classes, or by their number."""
    first = posts[0].record.first
    if all(_has_answer_class(page, post.record.first) for post in posts):
        return True
    for piece in page.pieces[page.last_piece[heading] : page.first_piece[first]]:
        match = _ANSWERS.fullmatch(piece.text) if len(piece.text) < 60 else None
        if match and str(len(posts)) in (match[1], match[2]):
            return True
    return False


def _has_answer_class(page: Outline, number: int) -> bool:
    element = page.elements[number]
    names = (
        f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
    )
    return _ANSWER_CLASS.search(names) is not None


def _is_new(page: Evidence, first: Post, post: Post) -> bool:
    """Whether what stands above the first post is a post itself, and no summary of that one."""
    date, author, body = post.date, post.author, post.body.nodes[0]
    hinted = bool(page.hints[body] & BODY)
    if (date is None or author is None) and not (hinted and (date or author)):
        return False
    if page.size[body] < (_LEAST / 2 if hinted else _LEAST):
        return False
    same_day = (
        date is not None
        and first.date is not None
        and (page.written[date][:16] == page.written[first.date][:16])
    )
    same_name = (
        author is not None
        and first.author is not None
        and (page.names[author] == page.names[first.author])
    )
    if (same_day and (same_name or author is None)) or (same_name and date is None):
        return False
    return page.tags[body] not in ("ul", "ol", "dl", "li") and not (same_name and not hinted)


def _around(page: Outline, heading: int, first: int) -> int:
    """The largest element around the heading without a post in it."""
    top, above = heading, page.parent[heading]
    while above > 0 and page.end[above] <= first:
        top, above = above, page.parent[above]
    return top


def _body(page: Evidence, start: int, end: int, heading: int) -> int | None:
    """The element that holds most of the text in a range."""
    own = [0] * (end - start)
    aside = [False] * (end - start)
    whole = 0
    number = start
    while number < end:
        bits = page.hints[number]
        skip = page.tags[number] in _ASIDE or number == heading
        aside_hint = bits & (CONTROL | PANEL | SIGNATURE) != 0 and not bits & BODY
        skip = skip or (aside_hint and page.size[number] <= _MOST_ASIDE)
        if skip and page.end[number] <= end:
            for inner in range(number, page.end[number]):
                aside[inner - start] = True
            number = page.end[number]
        else:
            number += 1
    for number in range(end - 1, start - 1, -1):
        if aside[number - start]:
            continue
        direct = page.size[number] - sum(page.size[child] for child in page.children(number))
        own[number - start] += direct
        whole += direct
        above = page.parent[number]
        if above >= start:
            own[above - start] += own[number - start]
    best = None
    for number in range(start, end):
        if page.end[number] > end or not KINDS.get(page.tags[number], 0) & BLOCK:
            continue
        share = own[number - start] / whole if whole else 0
        if share < _SHARE or page.inside(heading, number):
            continue
        if best is None or (page.inside(number, best) and share * whole >= 0.9 * own[best - start]):
            best = number
    return best if best is not None and own[best - start] > 0 else None


def asides_in(page: Evidence, body: int) -> list[int]:
    """The outermost elements in a body that are no text of it, by what they are called."""
    numbers = []
    number = body + 1
    while number < page.end[body]:
        bits = page.hints[number]
        if bits & (SIGNATURE | CONTROL) and not bits & BODY:
            numbers.append(number)
            number = page.end[number]
        else:
            number += 1
    return numbers
