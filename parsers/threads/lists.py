"""Whether what repeats on a page are posts, or entries of a list that lead to other pages."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from parsers.page.outline import Outline
from parsers.threads.evidence import Evidence
from parsers.threads.hints import TITLE, is_profile
from parsers.threads.posts import Post

_TITLE_LENGTH = 12  # characters; a shorter link is a button, a name or a date
_MOST = 0.5  # of the posts


def is_list(page: Outline, evidence: Evidence, posts: Sequence[Post], url: str) -> bool:
    """Whether most posts have a heading of their own that leads to a page of its own."""
    texts: list[str] = []
    for post in posts:
        text = _leading_link(page, evidence, post, url)
        if text:
            texts.append(text)
    return len(texts) > _MOST * len(posts) and len(set(texts)) > 0.7 * len(texts)


def _leading_link(page: Outline, evidence: Evidence, post: Post, url: str) -> str:
    """The text of the link that a post has as its heading; "" where it has none."""
    here = urlsplit(url).path.rstrip("/")
    for number in range(post.record.first, post.record.end):
        if page.tags[number] != "a" or number in evidence.written:
            continue
        length = page.size[number] + page.linked[number]
        if not _TITLE_LENGTH <= length <= 300:
            continue
        if post.body.nodes[0] < number < page.end[post.body.nodes[-1]] and not _is_heading(
            page, evidence, number, post
        ):
            continue
        href = page.elements[number].get("href") or ""
        if not href or href[0] == "#" or is_profile(href):
            continue
        try:
            path = urlsplit(urljoin(url, href)).path.rstrip("/")
        except ValueError:
            continue
        if path != here and _is_heading(page, evidence, number, post):
            return page.text(number)
    return ""


def _is_heading(page: Outline, evidence: Evidence, number: int, post: Post) -> bool:
    """Whether an element is a heading, or stands in one."""
    for _ in range(3):
        if page.tags[number] in ("h1", "h2", "h3", "h4", "h5", "dt"):
            return True
        if evidence.hints[number] & TITLE:
            return True
        number = page.parent[number]
        if number < post.record.first:
            break
    return False
