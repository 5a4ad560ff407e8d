"""Pseudonyms: who asks and answers in public is a private person.

Nothing but the WARC has their names. What is stored calls them "member 1", "member 2" and so on,
in the order in which a page names them first. A short hash of each name, which holds for one
question only, tells that two pages of its thread name the same member.

Experts who sign an answer are named. So is everybody on a site whose declaration says
``keep_names = true``, unless the name is an e-mail address or has one in it.

"Anonymous" and "Guest" name nobody: two posts of that name need not be of one person, so such a
post has no author.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from parsers.records import Answer, QAPage
from parsers.urls import site_named

#: Hex digits of a hash: enough to tell the members of a thread apart, too few to be a name.
_DIGITS = 8
_PSEUDONYM = re.compile(r"member ([1-9][0-9]*)")
#: What software and people write in the place of a name, with what Drupal adds to it.
_UNNAMED = re.compile(
    r"[\[(]?(?:an[oó]n[iy]m(?:o|a|e|ous|us|i|os)?|guest|gast|invit[eé]e?|invitad[oa]|convidad[oa]|"
    r"ospite|visitor|unregistered|deleted|gelöscht)"
    r"(?: (?:user|member|guest|poster|visitor|coward))?[\])]?(?: \(.*\))?"
)
_ADDRESS = re.compile(
    r"mailto:|[^@＠]\s*[@＠]\s*\S|[\[({]\s?at\s?[\])}]|[\s_]at[\s_].+(?:\.|[\s_]dot[\s_])\w", re.I
)


def pseudonymous(page: QAPage) -> tuple[QAPage, tuple[str, ...]]:
    """A page as it is stored, with the hashes of its members by their numbers."""
    signed = page if not any(map(_names_address, page.answers)) else _without_addresses(page)
    if any(map(_is_nobody, _names(signed))):
        signed = _without_nobody(signed)
    if not any(True for _ in _names(signed)):
        return signed, ()
    site = site_named(page.site)
    keep = site is not None and site.keep_names
    numbers: dict[str, int] = {}
    for name in _names(signed):
        if not (keep and _may_be_kept(name)):
            numbers.setdefault(_folded(name), len(numbers) + 1)
    scope = f"{page.site}\n{page.source_id}\n"
    hashes = (hashlib.sha256(f"{scope}{name}".encode()).hexdigest() for name in numbers)
    return _renamed(_without_mail(signed, numbers), numbers), tuple(
        each[:_DIGITS] for each in hashes
    )


def merged_members(parts: Sequence[tuple[QAPage, Sequence[str]]]) -> list[QAPage]:
    """The pages of a thread, their members numbered over all of them.

    :param parts: each page as it is stored, with the hashes of its members
    """
    numbers: dict[str, int] = {}
    pages = []
    for page, members in parts:
        own: dict[str, int] = {}
        for name in _names(page):
            match = _PSEUDONYM.fullmatch(name)
            if match is None:
                continue
            at = int(match[1])
            member = members[at - 1] if at <= len(members) else f"{page.part} {at}"
            own[_folded(name)] = numbers.setdefault(member, len(numbers) + 1)
        pages.append(_renamed(page, own))
    return pages


def _names(page: QAPage) -> Iterator[str]:
    """The names of members, in the order of the page, as often as they stand there."""
    if page.asker is not None:
        yield page.asker
    for answer in page.answers:
        if answer.author is not None:
            yield answer.author


def _renamed(page: QAPage, numbers: dict[str, int]) -> QAPage:
    if not numbers:
        return page

    def pseudonym(name: str | None) -> str | None:
        number = numbers.get(_folded(name)) if name is not None else None
        return name if number is None else f"member {number}"

    answers = tuple(
        answer if answer.author is None else replace(answer, author=pseudonym(answer.author))
        for answer in page.answers
    )
    return replace(page, asker=pseudonym(page.asker), answers=answers)


def _without_mail(page: QAPage, numbers: Mapping[str, int]) -> QAPage:
    """A page on which a member's name that is an e-mail address is in no text either."""
    names = sorted({name for name in _names(page) if _ADDRESS.search(name)}, key=len, reverse=True)
    if not names:
        return page

    def plain(text: str) -> str:
        for name in names:
            text = text.replace(name, f"member {numbers[_folded(name)]}")
        return text

    answers = tuple(replace(answer, text=plain(answer.text)) for answer in page.answers)
    return replace(page, title=plain(page.title), question=plain(page.question), answers=answers)


def _may_be_kept(name: str) -> bool:
    """Whether a site may name a member: the name tells no address, and is no pseudonym."""
    return not (_ADDRESS.search(name) or _PSEUDONYM.fullmatch(_folded(name)))


def _names_address(answer: Answer) -> bool:
    return any(_ADDRESS.search(person.name) for person in answer.responders)


def _without_addresses(page: QAPage) -> QAPage:
    """A page on which nobody signs by an e-mail address: who does counts as a member."""
    answers = []
    for answer in page.answers:
        people = tuple(each for each in answer.responders if not _ADDRESS.search(each.name))
        author = answer.author
        if not people and author is None and answer.responders:
            author = answer.responders[0].name
        answers.append(replace(answer, responders=people, author=author))
    return replace(page, answers=tuple(answers))


def _is_nobody(name: str | None) -> bool:
    return name is not None and _UNNAMED.fullmatch(_folded(name)) is not None


def _without_nobody(page: QAPage) -> QAPage:
    """A page on which what stands for no name is none."""
    answers = tuple(
        replace(each, author=None) if _is_nobody(each.author) else each for each in page.answers
    )
    return replace(page, asker=None if _is_nobody(page.asker) else page.asker, answers=answers)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
