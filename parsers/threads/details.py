"""What a post shows besides text, date and author: its address, whether it helped, its score."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit

from parsers.threads.evidence import Evidence, within
from parsers.threads.hints import ACCEPTED, SCORE
from parsers.threads.posts import Post
from parsers.words.patterns import pattern

_NAMED = 60  # elements
_MARK = 60  # characters; what has more text in it is the post, and no mark
_NUMBER = re.compile(r"[+\u2212-]?\d{1,6}")
_NUMBERED = re.compile(r"\d+")
_LAST_NUMBER = re.compile(r"(\d+)\D*$")
_DEED = pattern("deed")


def addresses_of(page: Evidence, posts: Sequence[Post]) -> list[str | None]:
    """The absolute address of each post: a link to itself, or the page's with its anchor."""
    options = [_links(page, post) for post in posts]
    presence: Counter[int] = Counter()
    targets: Counter[str] = Counter()
    for links in options:
        presence.update({page.chain[number] for number, _ in links})
        targets.update({target for _, target in links})
    found: list[str | None] = []
    for post, links in zip(posts, options, strict=True):
        own = [(presence[page.chain[number]], -number, target)
               for number, target in links if targets[target] == 1]  # fmt: skip
        found.append(max(own)[2] if own else _anchor(page, post))
    return found


def _links(page: Evidence, post: Post) -> list[tuple[int, str]]:
    """The links of a post that may lead to itself: to this page, or to what has its number."""
    inside = range(post.body.nodes[0], page.end[post.body.nodes[-1]])
    ids = _numbers(page, post)
    whole = len(inside) >= post.record.end - post.record.first
    links = []
    for number in within(page.links, post.record.first, post.record.end):
        if number in page.profiles or (number in inside and not whole):
            continue
        href = page.attributes[number].get("href", "").strip()
        dated = post.date is not None and page.inside(post.date, number)
        if href[:11].lower() == "javascript:" or not _may_be_own(href, ids, dated=dated):
            continue
        target = _on_site(page.url, href)
        if target is not None and _is_own(target, ids, dated=dated):
            links.append((number, target.geturl()))
    return links


@lru_cache(maxsize=512)  # of a post's address and its date, the link is often the same
def _on_site(url: str, href: str) -> SplitResult | None:
    """Where a link leads; None if to another site, or nowhere."""
    try:
        target = urlsplit(urljoin(url, href))
    except ValueError:
        return None
    is_page = target.scheme in ("http", "https") and target.netloc == urlsplit(url).netloc
    return target if is_page else None


def _may_be_own(href: str, ids: set[str], *, dated: bool) -> bool:
    """Whether a link has a number that makes it worth while to resolve it."""
    numbers = _NUMBERED.findall(href)
    if not numbers or ("#" not in href and "//" not in href and _is_deed(href)):
        return False
    return dated or "#" in href or href[0] == "?" or not ids.isdisjoint(numbers)


def _is_own(target: SplitResult, ids: set[str], *, dated: bool) -> bool:
    """Whether a target is that of a post with some numbers, or of a link around its date."""
    named = _LAST_NUMBER.search(target.fragment) if target.fragment else None
    if named and (not ids or named[1] in ids):
        return True
    last = _LAST_NUMBER.search(target.path + "?" + target.query)
    return bool(last and (dated or last[1] in ids)) and not _is_deed(target.path + target.query)


def _numbers(page: Evidence, post: Post) -> set[str]:
    """The numbers in the names of a post's first elements, and of the one around it."""
    start = post.record.first
    numbers: set[str] = set()
    around = max(0, page.parent[start])
    first = page.attributes[start : min(post.record.end, start + _NAMED)]
    for attributes in (page.attributes[around], *first):
        for name, value in attributes.items():
            if name in ("id", "name") or (name[-2:] == "id" and name[:5] == "data-"):
                numbers.update(_NUMBERED.findall(value[:80]))
    return numbers


def _is_deed(address: str) -> bool:
    """Whether an address is that of something to do with a post: reply, report, edit, vote."""
    return _DEED.search(address) is not None


def _anchor(page: Evidence, post: Post) -> str | None:
    """The page's address with the anchor of a post, if it has one of its own.

    It may be in what the post stands in alone, or in an empty anchor before it.
    """
    start = post.record.first
    inside = range(start, min(post.record.end, start + 8))
    is_beside = start and start - 1 in (page.parent[start], page.end[start - 1] - 1)
    for number in (*inside, start - 1) if is_beside else inside:
        if number in page.patterns:
            attributes = page.attributes[number]
            name = attributes.get("id") or attributes.get("name")
            return urljoin(page.url, f"#{name}") if "//" in page.url else None
    return None


def accepted_of(page: Evidence, posts: Sequence[Post]) -> list[bool]:
    """Whether each post is marked as the one that helped; none where most are."""
    marks = [
        any(
            page.hints[number] & ACCEPTED
            and page.tags[number] not in ("a", "button")
            and (number == post.record.first or page.size[number] < _MARK)
            for number in range(post.record.first, post.record.end)
        )
        for post in posts
    ]
    return marks if sum(marks) <= max(1, len(marks) // 3) else [False] * len(marks)


def scores_of(page: Evidence, posts: Sequence[Post]) -> list[int | None]:
    """What readers gave each post, where it shows that."""
    return [_score(page, post) for post in posts]


def _score(page: Evidence, post: Post) -> int | None:
    for number in range(post.record.first, post.record.end):
        if not page.hints[number] & SCORE or page.size[number] + page.linked[number] > 7:
            continue
        text = page.text(number) or page.attributes[number].get("data-value", "")
        if _NUMBER.fullmatch(text):
            return int(text.replace("\u2212", "-"))
    return None
