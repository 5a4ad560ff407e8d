"""Whether what repeats on a page are posts, or entries of a list that lead to other pages.

The entries of a list of threads have a title that leads to a page of its own, and besides it
numbers, days, names and words that all of them share: nothing that anybody wrote there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urldefrag, urljoin

from parsers.page.outline import Outline
from parsers.threads.evidence import Evidence, within
from parsers.threads.hints import domain_of
from parsers.threads.posts import Post

_MOST = 0.5  # of the posts, or of their texts
_COMMON = 0.5  # of the posts; a word in more of them is a label
_ENOUGH = 3  # posts, for words to be common
_TITLE = 6  # characters; a shorter link is a button or a number
_LONGEST = 2000  # characters: a link that is all of an entry has its text too
_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u9fff]")
_Texts = list[list[str]]  # the words of each text of a post
_Links = list[tuple[str, str]]  # targets and titles
_REPLY = re.compile(r"^(?:re|aw|antw?|vs|sv|su|vi|tr|odp)\s*:\s*", re.I)
_DIGITS = re.compile(r"\d+")
_FEW = 3  # words of its own; a post with less says nothing
_LABELS = 8  # words
_DAY = 40  # characters; what is longer says more than a day


def is_list(page: Evidence, posts: Sequence[Post]) -> bool:
    """Whether most posts have a heading that leads to a page of its own, or say nothing else."""
    leading = sum(_leads(page, post) for post in posts)
    if leading > _MOST * len(posts):
        return True
    shares = sorted(_linked_share(page, post, domain_of(page.url)) for post in posts)
    if shares[len(shares) // 2] > _MOST:
        return True
    texts = [_texts(page, post) for post in posts]
    empty = sum(not any(words for words in each) for each in texts)
    if empty > _MOST * len(posts):
        return True
    links = [_links(page, post) for post in posts]
    return _are_entries(texts, links) or _are_counts(texts, links)


def _leads(page: Evidence, post: Post) -> bool:
    """Whether a heading of a post that is a link stands before its text, or begins it."""
    first, end = post.body.nodes[0], page.end[post.body.nodes[-1]]
    for number in within(page.titles, post.record.first, post.record.end):
        if post.author is not None and page.text(number) == page.names[post.author]:
            continue
        inside = first <= number < end
        if not inside or page.first_piece[number] == page.first_piece[first]:
            return True
    return False


def _linked_share(page: Outline, post: Post, domain: str) -> float:
    """Which part of a post's text is links to pages of the same site."""
    size = linked = 0
    for node in post.body.nodes:
        number = node
        size += page.size[node] + page.linked[node]
        while number < page.end[node]:
            if number in post.body.left_out:
                size -= page.size[number] + page.linked[number]
            elif page.tags[number] == "a":
                href = page.attributes[number].get("href", "")
                linked += page.linked[number] if domain_of(href) in ("", domain) else 0
            else:
                number += 1
                continue
            number = page.end[number]
    return linked / max(1, size)


def without_entries(page: Evidence, posts: Sequence[Post]) -> list[Post]:
    """Posts without the entries of a list below them, such as that of the newest threads."""
    texts = [_texts(page, post) for post in posts]
    flags = _entries(texts, [_links(page, post) for post in posts])
    end = len(posts)
    while end and flags[end - 1]:
        end -= 1
    return list(posts if len(posts) - end < _ENOUGH or not end else posts[:end])


def _are_entries(texts: Sequence[_Texts], links: Sequence[_Links]) -> bool:
    """Whether most posts are entries of a list."""
    return sum(_entries(texts, links)) > _MOST * len(texts)


def _entries(texts: Sequence[_Texts], links: Sequence[_Links]) -> list[bool]:
    """Whether each post has a title that leads elsewhere, and no text longer than that."""
    targets = Counter(target for each in links for target in {target for target, _ in each})
    titles = Counter(title for each in links for title in {_plain(title) for _, title in each})
    entries = []
    for post, each in zip(texts, links, strict=True):
        own = [len(_WORD.findall(title)) for target, title in each
               if targets[target] == 1 and titles[_plain(title)] == 1]  # fmt: skip
        entries.append(max(own, default=0) >= max(1, *map(len, post), 0))
    return entries


def _are_counts(texts: Sequence[_Texts], links: Sequence[_Links]) -> bool:
    """Whether most of three posts or more lead elsewhere and have few words, all of them labels."""
    if len(texts) < _ENOUGH:
        return False
    bags = [[word for words in each for word in words] for each in texts]
    counts = Counter(word for bag in bags for word in {*bag})
    own = sorted(sum(counts[word] <= _COMMON * len(bags) for word in bag) for bag in bags)
    middle = len(bags) // 2
    if own[middle] >= _FEW or sorted(map(len, bags))[middle] > _LABELS:
        return False
    targets = Counter(target for each in links for target in {target for target, _ in each})
    leading = sum(any(targets[target] == 1 for target, _ in each) for each in links)
    return leading > _MOST * len(texts)


def _texts(page: Evidence, post: Post) -> _Texts:
    """The words of each text in a post that is no link, no day and no name."""
    texts: dict[int, list[str]] = {}
    meta = {post.date, post.author}
    for node in post.body.nodes:
        number = node
        while number < page.end[node]:
            if page.tags[number] == "a" or number in post.body.left_out or number in meta:
                number = page.end[number]
                continue
            if number not in page.written or page.size[number] > _DAY:
                texts[number] = []
            number += 1
        for owner, text in page.pieces[page.first_piece[node] : page.last_piece[node]]:
            if owner in texts:
                texts[owner] += _WORD.findall(text.casefold())
    return list(texts.values())


def _plain(title: str) -> str:
    """A title by which it is known again: "Re: Post 12" is as "Post 13" is."""
    return _DIGITS.sub("", _REPLY.sub("", title.casefold()))


def _links(page: Evidence, post: Post) -> _Links:
    """Targets and texts of a post's links that may be titles of other pages."""
    links = []
    for number in within(page.links, post.record.first, post.record.end):
        if number in page.profiles or number in page.written:
            continue
        if not _TITLE <= page.size[number] + page.linked[number] <= _LONGEST:
            continue
        target = _target(page.url, page.attributes[number].get("href", ""))
        if target and target != _target(page.url, ""):
            links.append((target, page.text(number)))
    return links


@lru_cache(maxsize=512)  # asked again of the same posts
def _target(url: str, href: str) -> str:
    """The page to which a link leads, without a fragment; "" if it leads to none."""
    if href[:1] == "#" or href[:11].lower() == "javascript:":
        return ""
    try:
        return urldefrag(urljoin(url, href)).url
    except ValueError:
        return ""
