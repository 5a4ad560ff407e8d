"""Whether what repeats on a page are posts, or entries of a list that lead to other pages."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.threads.evidence import Evidence, within
from parsers.threads.posts import Post

_MOST = 0.5  # of the posts


def is_list(evidence: Evidence, posts: Sequence[Post]) -> bool:
    """Whether most posts have a heading of their own that leads to a page of its own."""
    leading = sum(
        any(not _in_body(post, n) for n in within(evidence.titles, post.record.first, post.record.end))
        for post in posts
    )
    return leading > _MOST * len(posts)


def _in_body(post: Post, number: int) -> bool:
    return post.record.nodes[0] != post.body.nodes[0] and post.body.nodes[0] < number
