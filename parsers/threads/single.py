"""The only post of a page: what stands below the heading with a day and an author beside it.

Where nothing repeats there is less to go by: such a post is looked for on pages alone of which
a declaration says that they are questions.
"""

from __future__ import annotations

from parsers.page.elements import BLOCK, KINDS
from parsers.page.outline import Outline
from parsers.threads.bodies import Body
from parsers.threads.evidence import Evidence, within
from parsers.threads.hints import BODY, CONTROL, PANEL, QUOTE, SIGNATURE
from parsers.threads.marks import authors_of, dates_of
from parsers.threads.openers import asides_in, between
from parsers.threads.posts import Post
from parsers.threads.repeats import Record

_HIGHEST = 6  # elements around a text, in which its day and author stand
_LEAST = 2  # characters


def single_post(page: Outline, evidence: Evidence, heading: int | None) -> Post | None:
    """The only post below a heading; None if there is none with a day and an author."""
    if heading is None:
        return None
    for number in range(heading + 1, len(page.tags)):
        if not _may_be_body(page, evidence, number):
            continue
        post = _around(page, evidence, number)
        if post is not None:
            return post if _is_alone(page, number) else None
    post = between(page, evidence, heading, len(page.tags))
    return post if post and post.date is not None and post.author is not None else None


def _may_be_body(page: Outline, evidence: Evidence, number: int) -> bool:
    bits = evidence.hints[number]
    return (
        bits & BODY != 0
        and not bits & (QUOTE | PANEL | CONTROL | SIGNATURE)
        and page.size[number] >= _LEAST
        and page.size[number] > page.linked[number]
        and KINDS.get(page.tags[number], 0) & BLOCK != 0
    )


def _around(page: Outline, evidence: Evidence, body: int) -> Post | None:
    """The post whose text an element holds; None if no day or author stands close to it."""
    root = body
    for _ in range(_HIGHEST):
        root = page.parent[root]
        if root <= 0:
            return None
        record = Record((root,), root, page.end[root])
        if not within(evidence.dates, record.first, record.end):
            continue
        date, author = (
            dates_of(page, evidence, [record])[0],
            authors_of(page, evidence, [record])[0],
        )
        if date is None or author is None:
            continue
        if page.inside(date, body) or page.inside(author, body):
            return None
        if within(evidence.titles, record.first, body):
            return None  # an entry of a list
        return Post(record, Body((body,), frozenset(asides_in(page, evidence, body))), date, author)
    return None


def _is_alone(page: Outline, body: int) -> bool:
    """Whether no other element with text looks like one, so that others may be posts as well."""
    alike = (n for n, look in enumerate(page.look) if look == page.look[body] and page.size[n])
    return all(page.inside(number, body) for number in alike)
