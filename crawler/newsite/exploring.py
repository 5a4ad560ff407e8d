"""Goes from the pages that were named to a few question pages of the same site."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from urllib.parse import urlsplit

from crawler.newsite.address_parts import session_parameters, without
from crawler.newsite.choosing import by_promise, is_useless, shape, spread
from crawler.newsite.looks import Look
from crawler.newsite.shapes import question_patterns, without_slug
from parsers.sites.address import AddressPattern
from parsers.sites.site import SESSION_PARAMETERS

ENOUGH = 4
"""Question pages that show what a site's addresses are like."""
_ROUNDS = 5
_SHAPES = 3  # that are tried in one round
_OF_A_SHAPE = 2  # pages that are looked at of a shape which may be that of questions
_FOR_NAVIGATION = 5  # pages, to which links of all lead
_MANY = 5  # links to pages of a kind, which make a list of them
_MOST = 24  # pages that are asked for in all

Fetch = Callable[[Sequence[str]], list[Look]]


def explore(named: Sequence[Look], fetch: Fetch) -> list[Look]:
    """Look at further pages until some question pages are known, or nothing promises any."""
    looks, seen = list(named), {look.url for look in named}
    tried: set[str] = set()
    for rounds in range(_ROUNDS):
        wanted = [url for url in _next(looks, tried, rounds) if url not in seen]
        wanted = wanted[: max(0, _MOST - len(tried))]
        if not wanted:
            break
        tried.update(wanted)
        more = fetch(wanted)
        looks += [look for look in more if look.url not in seen]
        seen.update((*wanted, *(look.url for look in more)))
    return [*looks, *fetch(_without_slug(looks))]


def _without_slug(looks: Sequence[Look]) -> list[str]:
    """The address of a question without its slug, if there are such, and none was looked at: it
    may be served, or lead on."""
    shorter = [AddressPattern(text) for text in map(without_slug, patterns_of(looks)) if text]
    if any(_question(look.url, shorter) for look in looks):
        return []
    return [url for url in links_of(looks) if _question(url, shorter)][:1]


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


def questions_of(looks: Sequence[Look]) -> list[Look]:
    """Those of some pages that are question pages, and no lists of the others that look so, nor
    pages such as the one for a lost password, to which every page leads."""
    asking = [look for look in looks if look.pages and not is_useless(look.url)]
    everywhere = navigation(looks)
    asked = [look for look in asking if look.url not in everywhere or len(look.pages) > 1]
    asking = asked or asking
    return [look for look in asking if not _is_list_of(look, asking, everywhere)]


def navigation(looks: Sequence[Look]) -> frozenset[str]:
    """The addresses to which every page leads; none where few pages, or of one shape, are known."""
    if len(looks) < _FOR_NAVIGATION or len({shape(look.url) for look in looks}) < 2:
        return frozenset()
    return frozenset.intersection(*(frozenset(look.links) for look in looks))


def _is_list_of(look: Look, asking: Sequence[Look], everywhere: Collection[str]) -> bool:
    """Whether a page stands above two others, or leads to two of another shape, none of which
    leads to two of its own, or to many of another shape, which lead to few of its own.

    :param everywhere: addresses to which all pages lead
    """
    parts = urlsplit(look.url)
    above = parts.path.rstrip("/") + "/"
    others = [other for other in asking if other is not look]
    if not parts.query and sum(urlsplit(each.url).path.startswith(above) for each in others) > 1:
        return True
    own = shape(look.url)
    alike = [each for each in asking if shape(each.url) == own]
    for kind in {shape(each.url) for each in others} - {own}:
        entries = [each for each in others if shape(each.url) == kind]
        if _leads_to(look, entries) > 1 and all(_leads_to(each, alike) < 2 for each in entries):
            return True
        led = _links_of(look, kind, everywhere)
        fewer = all(_links_of(each, own, everywhere) * 2 < led for each in entries)
        if led >= _MANY and fewer and _leads_to(look, entries):
            return True
    return False


def _leads_to(look: Look, others: Sequence[Look]) -> int:
    return sum(other.url in look.links for other in others)


def _links_of(look: Look, kind: tuple[object, ...], everywhere: Collection[str]) -> int:
    return sum(shape(url) == kind for url in look.links if url not in everywhere)


def patterns_of(looks: Sequence[Look]) -> tuple[str, ...]:
    """The patterns of question addresses that some pages show; none without a question page.

    Where some tell a question's id, a single page without one is hardly a question page, unless
    it has several questions.
    """
    questions = questions_of(looks)
    links = links_of(looks)
    urls = [look.url for look in questions]
    dropped = parameters_of(looks)
    several = [look.url for look in questions if len(look.pages) > 1]
    patterns = question_patterns(urls, list(links), dropped, several) if urls else ()
    local = {urlsplit(url).path for url in several}
    told = tuple(text for text in patterns if "{id" in text or text in local)
    return told or patterns


def _names(url: str) -> set[str]:
    query = urlsplit(url).query
    return {piece.partition("=")[0] for piece in query.split("&") if "=" in piece}


def _next(looks: Sequence[Look], tried: Collection[str], rounds: int) -> list[str]:
    """The pages to look at next; none if enough is known."""
    questions = questions_of(looks)
    links = {url: text for url, text in links_of(looks).items() if not is_useless(url)}
    patterns = [AddressPattern(text) for text in patterns_of(looks)]
    known = {_question(url, patterns) for url in (*tried, *(look.url for look in looks))}
    further: dict[str | None, str] = {}
    for url in links:
        question = _question(url, patterns)
        if question and question not in known:
            further.setdefault(question, url)
    more = spread(list(further.values()), max(0, ENOUGH - len(questions)))
    is_told = any("id" in pattern.fields for pattern in patterns)
    if is_told and rounds > 1:
        return more
    # What seems to be a question may be a list of questions: other shapes are tried as well.
    others = {url: text for url, text in links.items() if not _question(url, patterns)}
    groups = [group for group in by_promise(others) if len(set(group) & set(tried)) < _OF_A_SHAPE]
    fresh = [[url for url in group if url not in tried] for group in groups[:_SHAPES]]
    return [*more, *(url for group in fresh for url in spread(group, _OF_A_SHAPE))]


def _question(url: str, patterns: Sequence[AddressPattern]) -> str | None:
    """The id of the question that an address is a page of, by some patterns."""
    parts = urlsplit(url)
    for pattern in patterns:
        values = pattern.match(parts.path, parts.query)
        if values is not None:
            return f"{pattern.text} {values.get('id', '')}"
    return None
