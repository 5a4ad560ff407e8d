"""Whether what repeats on a page are posts, or entries of a list that lead to other pages."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.page.outline import Outline
from parsers.threads.evidence import Evidence, within
from parsers.threads.posts import Post

_MOST = 0.5  # of the posts, or of their texts


def is_list(page: Outline, evidence: Evidence, posts: Sequence[Post]) -> bool:
    """Whether most posts have a heading that leads to a page of its own, or are mostly links."""
    leading = sum(_leads(page, evidence, post) for post in posts)
    if leading > _MOST * len(posts):
        return True
    shares = sorted(_linked_share(page, post) for post in posts)
    return shares[len(shares) // 2] > _MOST


def _leads(page: Outline, evidence: Evidence, post: Post) -> bool:
    """Whether a heading of a post that is a link stands before its text, or begins it."""
    first, end = post.body.nodes[0], page.end[post.body.nodes[-1]]
    for number in within(evidence.titles, post.record.first, post.record.end):
        if post.author is not None and page.text(number) == evidence.names[post.author]:
            continue
        inside = first <= number < end
        if not inside or page.first_piece[number] == page.first_piece[first]:
            return True
    return False


def _linked_share(page: Outline, post: Post) -> float:
    """Which part of a post's text is links."""
    size = sum(page.size[node] for node in post.body.nodes)
    linked = sum(page.linked[node] for node in post.body.nodes)
    for number in post.body.left_out:
        size -= page.size[number]
        linked -= page.linked[number]
    return linked / max(1, size + linked)
