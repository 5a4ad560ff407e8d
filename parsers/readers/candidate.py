"""What a reader makes of a page, before it is known whether another reader makes more of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from parsers.records import Answer, Link, TopicLink


@dataclass(frozen=True, slots=True)
class Candidate:
    """One question of a page, with its answers, as one reader reads them.

    The fields are those of :class:`parsers.records.QAPage`. ``reader`` is "name@version".
    ``anchor`` is what the page calls the question, where it has several: the id of an element,
    or "" where its number must do. ``confidence`` is how sure the reader is, 0 to 1, by its own
    evidence alone. ``comments`` of the answers, the last ones, are by the public, whoever answers
    on the site.
    """

    reader: str
    title: str
    question: str
    answers: tuple[Answer, ...]
    confidence: float
    warnings: tuple[str, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()
    asker: str | None = None
    asked_on: date | None = None
    topics: tuple[TopicLink, ...] = ()
    links: tuple[Link, ...] = ()
    language: str = ""
    part: int = 1
    anchor: str = ""
    unanswered: bool = False
    comments: int = 0
