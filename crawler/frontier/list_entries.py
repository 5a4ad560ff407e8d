"""What a list says of each thread that it leads to: the text and the links around. Pure.

A list may be another page at each request: it has a clock, who is online, a token. Whether a
thread has a reply that is new, its entry tells: a number, a date, a name, a link to a post.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from parsers.page.lines import Line
from parsers.urls import question_of

Resolve = Callable[[str], str | None]


def entries(lines: Iterable[Line], resolve: Resolve) -> dict[str, tuple[str, ...]]:
    """The entries of a list, by the ids of their questions: the texts and canonical links of all
    lines from after the entry before to before the next one.

    So the lines between two entries belong to both: a date may stand above a title or below. Of
    what is above the first entry and below the last, no more counts than is between others.

    :param lines: of the list, in order
    :param resolve: gives the canonical URL of a link as written, None if it is not followed
    """
    questions: list[frozenset[str]] = []
    own: list[list[str]] = []  # words of the lines that link to those questions
    between: list[list[str]] = [[]]  # words before each of them, and after the last
    for line in lines:
        links = [url for anchor in line.links if (url := resolve(anchor.href))]
        ids = frozenset(q.source_id for url in links if (q := question_of(url)))
        words = [line.text, *links]
        if not ids:
            between[-1] += words
        elif questions and ids == questions[-1]:
            own[-1] += [*between.pop(), *words]
            between.append([])
        else:
            questions.append(ids)
            own.append(words)
            between.append([])
    if len(questions) > 1:
        most = max(map(len, between[1:-1]))
        between[0] = between[0][max(0, len(between[0]) - most) :]
        between[-1] = between[-1][:most]
    result: dict[str, list[str]] = {}
    for number, ids in enumerate(questions):
        for source_id in ids:
            words = [*between[number], *own[number], *between[number + 1]]
            result.setdefault(source_id, []).extend(words)
    return {source_id: tuple(words) for source_id, words in result.items()}


def unchanged(
    before: Mapping[str, tuple[str, ...]], now: Mapping[str, tuple[str, ...]]
) -> frozenset[str]:
    """The questions whose entries are as they were."""
    return frozenset(
        source_id for source_id, words in now.items() if before.get(source_id) == words
    )
