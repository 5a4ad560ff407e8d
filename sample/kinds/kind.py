"""What every kind of site is to the server and to the checker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from parsers.records import Answer, QAPage
from sample.options import Options
from sample.routes import Made

PARSER = "sample@1"


@dataclass(frozen=True, slots=True)
class KnownPage:
    """What is known about one address: the records that a perfect reader would read there.

    ``target`` is path and query. ``shell`` says that only a script would fill the page.
    """

    target: str
    pages: tuple[QAPage, ...]
    shell: bool = False


class Kind(Protocol):
    """A module of this room."""

    NAME: str

    def make(self, options: Options, base: str, path: str, query: Mapping[str, str]) -> Made | None:
        """The response at an address; None if there is nothing."""

    def known_pages(self, options: Options, base: str) -> Iterator[KnownPage]:
        """Every address of a question, with what stands there."""

    def declaration(self, base: str) -> str:
        """The declaration of the site, as TOML."""


def site_name(kind: str) -> str:
    """What the declaration of a kind calls its site."""
    return f"sample-{kind}"


def record(kind: str, url: str, source_id: str, title: str, question: str) -> QAPage:
    """A record without answers."""
    return QAPage(
        url=url,
        site=site_name(kind),
        source_id=source_id,
        title=title,
        question=question,
        answers=(),
        topics=(),
        links=(),
        status="unanswered",
        confidence=1.0,
        warnings=(),
        parser=PARSER,
        record_id="",
        language="en",
    )


def status(answers: tuple[Answer, ...]) -> str:
    """The status of a question with these answers."""
    return "answered" if answers else "unanswered"


def host(base: str) -> str:
    """Host and port of the address of a site."""
    return base.partition("://")[2]
