"""Goes from the pages that were named to a few question pages of the same site."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from urllib.parse import urlsplit

from crawler.newsite.choosing import by_promise, is_useless, spread
from crawler.newsite.looks import Look
from crawler.newsite.shapes import question_patterns, session_parameters, without
from parsers.sites.address import AddressPattern
from parsers.sites.site import SESSION_PARAMETERS

ENOUGH = 4
"""Question pages that show what a site's addresses are like."""
_ROUNDS = 5
_SHAPES = 3  # that are tried in one round
_OF_A_SHAPE = 2  # pages that are looked at of a shape which may be that of questions
_MOST = 24  # pages that are asked for in all

Fetch = Callable[[Sequence[str]], list[Look]]


def explore(named: Sequence[Look], fetch: Fetch) -> list[Look]:
    """Look at further pages until some question pages are known, or nothing promises any."""
    looks, seen = list(named), {look.url for look in named}
    tried: set[str] = set()
    for _ in range(_ROUNDS):
        wanted = [url for url in _next(looks, tried) if url not in seen]
        wanted = wanted[: max(0, _MOST - len(tried))]
        if not wanted:
            break
        tried.update(wanted)
        more = fetch(wanted)
        looks += [look for look in more if look.url not in seen]
        seen.update((*wanted, *(look.url for look in more)))
    return looks


def links_of(looks: Sequence[Look]) -> dict[str, str]:
    """All links of some pages on the host of the first, without parameters that say nothing,
    with their texts; those of question pages last."""
    host = urlsplit(looks[0].url).netloc
    dropped = parameters_of(looks)
    links: dict[str, str] = {}
    for look in sorted(looks, key=lambda look: bool(look.pages)):
        for url, text in look.links.items():
            if urlsplit(url).netloc == host:
                plain = without(url, dropped)
                links[plain] = max(links.get(plain, ""), text, key=len)
    return links


def parameters_of(looks: Sequence[Look]) -> tuple[str, ...]:
    """The parameters of the addresses on some pages that say nothing."""
    return dropped_parameters(
        [*(url for look in looks for url in look.links), *(look.url for look in looks)]
    )


def dropped_parameters(urls: Collection[str]) -> tuple[str, ...]:
    """The parameters of some addresses that say nothing of the page."""
    named = {name for url in urls for name in _names(url)}
    usual = {
        name
        for name in named
        if any(
            name.lower() == each or (each[-1] == "*" and name.lower().startswith(each[:-1]))
            for each in SESSION_PARAMETERS
            if each not in ("s", "sid")
        )
    }
    return tuple(sorted(usual | set(session_parameters(urls))))


def patterns_of(looks: Sequence[Look]) -> tuple[str, ...]:
    """The patterns of question addresses that some pages show; none without a question page."""
    questions = [look for look in looks if look.pages]
    links = links_of(looks)
    urls = [look.url for look in questions]
    dropped = parameters_of(looks)
    several = [look.url for look in questions if len(look.pages) > 1]
    return question_patterns(urls, list(links), dropped, several) if urls else ()


def _names(url: str) -> set[str]:
    query = urlsplit(url).query
    return {piece.partition("=")[0] for piece in query.split("&") if "=" in piece}


def _next(looks: Sequence[Look], tried: Collection[str]) -> list[str]:
    """The pages to look at next; none if enough is known."""
    questions = [look for look in looks if look.pages]
    links = {url: text for url, text in links_of(looks).items() if not is_useless(url)}
    if questions:
        patterns = [AddressPattern(text) for text in patterns_of(looks)]
        known = {_question(url, patterns) for url in (*tried, *(look.url for look in looks))}
        further: dict[str | None, str] = {}
        for url in links:
            question = _question(url, patterns)
            if question and question not in known:
                further.setdefault(question, url)
        return spread(list(further.values()), max(0, ENOUGH - len(questions)))
    fresh = {url: text for url, text in links.items() if url not in tried}
    groups = [
        group
        for group in by_promise(links)
        if not set(group) & set(tried) or len(set(group) & set(tried)) < _OF_A_SHAPE
    ]
    chosen = [[url for url in group if url in fresh] for group in groups]
    return [url for group in chosen[:_SHAPES] for url in spread(group, _OF_A_SHAPE)]


def _question(url: str, patterns: Sequence[AddressPattern]) -> str | None:
    """The id of the question that an address is a page of, by some patterns."""
    parts = urlsplit(url)
    for pattern in patterns:
        values = pattern.match(parts.path, parts.query)
        if values is not None:
            return f"{pattern.text} {values.get('id', '')}"
    return None
