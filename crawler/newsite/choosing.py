"""Which links of a site most likely lead to its question pages. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from crawler.newsite.address_parts import take_apart

#: Words in addresses that lead to no question.
USELESS = (
    "login", "logout", "logon", "signin", "sign-in", "signup", "register", "registration", "search",
    "member", "memberlist", "profile", "users", "user", "account", "report", "print", "share",
    "cart", "checkout", "rss", "feed", "feeds", "privacy", "terms", "contact", "subscribe",
    "newthread", "newreply", "reply", "posting", "sendmessage", "private", "calendar", "whosonline",
    "online", "who-is-online", "auth", "activate", "password", "password-reset", "reset-password",
    "lost-password", "forgot-password", "revisions", "edit", "delete", "close", "flag", "badges",
    "publish", "anmelden", "registrieren", "suche", "mitglieder", "impressum", "datenschutz",
    "connexion", "inscription", "recherche", "membres", "buscar", "registro", "usuarios", "accedi",
)  # fmt: skip
_WORD = re.compile(r"([/?&=._])([^/?&=._]+)")
_NUMBER = re.compile("[0-9]+")
_ENDING = re.compile(r"\.[a-z]{2,5}$", re.I)
_OTHERS = re.compile(r"\.(?:jpe?g|png|gif|svg|ico|css|js|pdf|docx?|zip|mp[34]|xml|rss|txt)$", re.I)


def is_useless(url: str) -> bool:
    """Whether an address says that no question is there."""
    return bool(useless_words(url))


def useless_words(url: str) -> set[tuple[str, str]]:
    """The words of :data:`USELESS` that stand in an address's path and query, each with the sign
    before it. Slugs are looked at whole."""
    local = "/" + url.partition("://")[2].partition("/")[2].lower()
    return {(sign, word) for sign, word in _WORD.findall(local) if word in USELESS}


def by_promise(links: Mapping[str, str]) -> list[list[str]]:
    """Links in groups of one shape each, those first that most likely lead to questions.

    Questions are many, their addresses are long and their titles have several words.

    :param links: addresses and the texts of their links
    """
    groups: dict[tuple[object, ...], list[str]] = {}
    for url in links:
        if not _OTHERS.search(url.partition("?")[0]):
            groups.setdefault(shape(url), []).append(url)
    return sorted(groups.values(), key=lambda group: -_promise(group, links))


def shape(url: str) -> tuple[object, ...]:
    """What is alike in the addresses of one kind of page."""
    address = take_apart(url)
    *before, last = address.segments or ("",)
    words = tuple(_NUMBER.sub("0", word) if word.isalpha() else "*" for word in before)
    ending = _ENDING.search(last)
    number = "0" if _NUMBER.search(last) else "w"
    query = tuple(
        (name, "0" if _NUMBER.search(value) else value) for name, value in address.query.items()
    )
    return words, number, ending[0] if ending else "", query


def _promise(group: Sequence[str], links: Mapping[str, str]) -> float:
    words = sum(min(len(links[url].split()), 10) for url in group) / len(group)
    asks = sum("?" in links[url] for url in group) / len(group)
    score = min(len(group), 15) * (1 + words + 5 * asks)
    depth = len(take_apart(group[0]).segments)
    score *= 1 + 0.2 * min(depth, 4)
    return score * (0.05 if is_useless(group[0]) else 1)


def spread(group: Sequence[str], count: int) -> list[str]:
    """Some of the addresses of a group, from all over it."""
    if count <= 0:
        return []
    if len(group) <= count:
        return list(group)
    step = len(group) / count
    return [group[int(n * step)] for n in range(count)]
