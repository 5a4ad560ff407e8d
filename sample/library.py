"""The hand-written material of ``content/``, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).parent / "content"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who answers."""

    key: str
    name: str
    credentials: tuple[str, ...]
    title: str | None
    formerly: str | None
    college: str | None
    institution: str
    path: str | None

    @property
    def signature(self) -> str:
        """Name and credentials, as printed."""
        return ", ".join((self.name, *self.credentials))


@dataclass(frozen=True, slots=True)
class Entry:
    """A question with its answer, as written, before it is mixed."""

    number: int
    topic: Topic
    titles: tuple[str, ...]
    ages: tuple[int, int]
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A health topic and who answers there."""

    number: int
    slug: str
    name: str
    about: str
    people: tuple[Person, ...]

    @property
    def path(self) -> str:
        """Where the topic's page is."""
        return f"/healthtopics/{self.slug}/"


@dataclass(frozen=True, slots=True)
class Article:
    """A page that is no question."""

    path: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences to mix in."""

    context: tuple[str, ...]
    closing: tuple[str, ...]
    opening: tuple[str, ...]
    tail: tuple[str, ...]
    revision: tuple[str, ...]


def load(name: str) -> dict[str, Any]:
    """A file of ``content/``."""
    return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"))


@cache
def people() -> tuple[Person, ...]:
    """Everybody who answers."""
    return tuple(_person(number, row) for number, row in enumerate(load("people.toml")["person"]))


def _person(number: int, row: dict[str, Any]) -> Person:
    return Person(
        key=row["key"],
        name=row["name"],
        credentials=tuple(row["credentials"]),
        title=row.get("title"),
        formerly=row.get("formerly"),
        college=row.get("college"),
        institution=row["institution"],
        path=f"/experts/{101 + number}.htm" if row.get("page", True) else None,
    )


@cache
def topics() -> tuple[Topic, ...]:
    """All health topics, in the order of their names."""
    known = {person.key: person for person in people()}
    rows = sorted(_topic_rows(), key=lambda row: str(row["name"]))
    return tuple(
        Topic(
            number=number,
            slug=row["slug"],
            name=row["name"],
            about=row["about"],
            people=tuple(known[key] for key in row["people"]),
        )
        for number, row in enumerate(rows)
    )


@cache
def entries() -> tuple[Entry, ...]:
    """All questions and answers as written."""
    by_slug = {topic.slug: topic for topic in topics()}
    pairs = [(by_slug[row["slug"]], entry) for row in _topic_rows() for entry in row["entry"]]
    return tuple(
        Entry(
            number=number,
            topic=topic,
            titles=tuple(row["titles"]),
            ages=(row["ages"][0], row["ages"][1]),
            question=row["question"],
            answer=row["answer"],
        )
        for number, (topic, row) in enumerate(pairs)
    )


@cache
def _topic_rows() -> list[dict[str, Any]]:
    files = sorted(path.name for path in CONTENT.glob("topics*.toml"))
    return [row for name in files for row in load(name)["topic"]]


@cache
def articles() -> tuple[Article, ...]:
    """Pages that are not questions."""
    return tuple(Article(**row) for row in load("articles.toml")["article"])


@cache
def phrases() -> Phrases:
    """Sentences to mix in."""
    data = load("phrases.toml")
    return Phrases(**{key: tuple(texts) for key, texts in data.items()})
