"""Which of a site's addresses a crawl had better skip, as globs of path and query. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from urllib.parse import unquote, urlsplit

from crawler.newsite.choosing import useless_words
from parsers.sites.address import AddressPattern, fits_glob

#: Parameters that say where to go afterwards: of a login, of a form for feedback.
_RETURNS = (
    "next", "return", "returnto", "return_to", "return_url", "returnurl", "redirect", "redirect_to",
    "referer", "referrer", "came_from", "continue", "destination", "back_url", "backurl",
)  # fmt: skip
_LONG = 24  # characters of a value that may be an address, signed or in base64
_POSTS = ("p", "pid", "post", "postid", "post_id", "msg")
_PIECE = re.compile("([?&])([^=&?]+)=([^&]*)")
_FIELD = re.compile(r"\{[^}]*\}")
_POST = re.compile(r"(/(?:[^/?#]+/)*[^/?#0-9]+/)([0-9]+)/?")
_FEW = 2  # addresses, which show no form
_OPTIONAL = re.compile(r"\[[^\]]*\]")


def globs_to_skip(
    patterns: Sequence[AddressPattern], urls: Collection[str], permalinks: Collection[str] = ()
) -> tuple[str, ...]:
    """What to skip of some addresses: what leads to no question, and what shows a question page
    once more for each of its posts.

    :param permalinks: addresses that are known to be those of single posts
    """
    known = (*_useless(urls), *_posts(patterns, urls))
    return tuple(dict.fromkeys((*known, *_permalinks(patterns, permalinks))))


def _useless(urls: Collection[str]) -> Iterator[str]:
    seen = {place for url in urls for place in useless_words(url)}
    yield from (f"*{sign}{word}*" for sign, word in sorted(seen))
    pieces = {
        mark + name
        for url in urls
        for mark, name, value in _PIECE.findall(urlsplit(url)._replace(fragment="").geturl())
        if name.lower() in _RETURNS and ("/" in unquote(value) or len(value) > _LONG)
    }
    yield from (f"*{piece}=*" for piece in sorted(pieces))


def _posts(patterns: Sequence[AddressPattern], urls: Collection[str]) -> Iterator[str]:
    parts = [urlsplit(url) for url in urls]
    asks = {p.path.rstrip("/") for p in parts if _is_question(patterns, p.path, p.query)}
    others = [p for p in parts if not _is_question(patterns, p.path, p.query)]
    for pattern in patterns:
        path, has_query, _ = pattern.text.replace("[?", "?[&").partition("?")
        if has_query and not _FIELD.search(path):
            names = {p.query.partition("=")[0] for p in others if p.path == path}
            yield from (f"{path}?{name}=*" for name in _POSTS if name in names)
            continue
        below = _FIELD.sub("*", _OPTIONAL.sub("", path)).rstrip("/") + "/*"
        covered = [p.path for p in others if fits_glob(below, p.path)]
        if covered and all(_is_below(path, asks) for path in covered):
            yield below


def _permalinks(patterns: Sequence[AddressPattern], urls: Collection[str]) -> Iterator[str]:
    """Globs of the addresses of single posts such as ``/post/77/``, which lead on to a thread."""
    forms: defaultdict[str, set[str]] = defaultdict(set)
    for url in urls:
        parts = urlsplit(url)
        match = _POST.fullmatch(parts.path)
        if match and not parts.query and not _is_question(patterns, parts.path, parts.query):
            forms[match[1]].add(match[2])
    yield from (f"{before}*" for before, numbers in forms.items() if len(numbers) > _FEW)


def _is_question(patterns: Sequence[AddressPattern], path: str, query: str) -> bool:
    return any(pattern.match(path, query) is not None for pattern in patterns)


def _is_below(path: str, asks: Collection[str]) -> bool:
    """Whether a path goes on where that of a question page ends."""
    return path.rstrip("/").rpartition("/")[0] in asks
