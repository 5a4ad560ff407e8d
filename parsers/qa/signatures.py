"""Who answered, where no "Response by:" says so: signatures, and names below the links."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.page.lines import Line
from parsers.qa.layout import Page, People
from parsers.qa.people import looks_like_person, read_people

_LENGTH = 8  # lines; how many a signature may have


def signature(answer: Sequence[Line], place: int) -> tuple[int, tuple[People, ...]]:
    """People at the very end of an answer: a name with credentials and a place of work.

    Gives back how many lines of the answer stand above them.

    :param place: the number of the line at which they are to be thought of
    """
    for n in range(max(1, len(answer) - _LENGTH), len(answer)):
        if not looks_like_person(answer[n].text):
            continue
        found, used = read_people(answer[n:])
        if n + used == len(answer) and all(r.college or r.institution for r in found):
            return n, (People(place, place, tuple(found)),)
    return len(answer), ()


def below_links(page: Page, more: int | None) -> tuple[People, ...]:
    """People below "For more information", where their label is missing."""
    if more is None:
        return ()
    for n in range(more + 1, len(page.lines)):
        if not looks_like_person(page.lines[n].text):
            continue
        found, used = read_people(page.lines[n : page.block_end(n)])
        if found and all(r.college or r.institution for r in found):
            return (People(n, n + used, tuple(found)),)
    return ()
