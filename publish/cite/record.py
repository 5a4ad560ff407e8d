"""The facts of a citation. Pure: a row of the archive in, a value out.

Texts are on one line: white space becomes one space, and invisible characters (controls,
marks that turn the direction of writing) are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from publish.cite.names import Name, split_name
from publish.data.urls import question_path
from publish.datasette.metadata import TITLE

D = TypeVar("D", bound=date)

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

_AUTHOR_TEXTS = ("name", "credentials", "title", "institution")

# They could make a citation read other than it is written (CVE-2021-42574).
_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Author:
    """An expert who answered. ``address`` is this archive's page about them, empty in lists."""

    name: str
    credentials: str = ""
    title: str = ""
    institution: str = ""
    address: str = ""

    @property
    def parts(self) -> Name:
        """The name as bibliographies sort it."""
        return split_name(self.name)


@dataclass(frozen=True, slots=True)
class Citation:
    """A question as a source: the original page, and its archived copy.

    ``authors`` are the experts among those who answered: members of the public are not named.
    ``title`` is empty where the page has none. ``answered_on`` is the day of the first answer
    that bears one, else None; ``year`` may be known alone. ``answers`` is how many there are,
    ``language`` a tag, "" where nobody says it. ``address`` is the stable address, absolute.
    ``captured_at`` is UTC. ``retrieved`` is the reader's day: nothing here reads a clock.
    ``digest`` (the payload digest), ``record_id`` and ``warc_file`` name the capture, and
    are empty if its row is missing.
    """

    site: str
    source_id: str
    title: str
    authors: tuple[Author, ...]
    answered_on: date | None
    year: int | None
    answers: int
    site_name: str
    host: str
    archive: str
    original_url: str
    address: str
    retrieved: date
    captured_at: datetime | None = None
    digest: str = ""
    record_id: str = ""
    warc_file: str = ""
    topics: tuple[str, ...] = ()
    language: str = ""

    @property
    def kind(self) -> str:
        """The kind of source, for the reader of a bibliography."""
        if self.answers > 1:
            return "Question and answers"
        return "Question and answer" if self.answers else "Unanswered question"

    @property
    def when_answered(self) -> str:
        """What the day of the answer says."""
        return "First answered" if self.answers > 1 else "Answered"

    @property
    def display_title(self) -> str:
        """The title, or a description in its place."""
        return self.title or one_line(f"{self.kind} no. {self.source_id}")

    @property
    def captured_stamp(self) -> str:
        """The time of the capture as text, or ""."""
        return f"{self.captured_at:%Y-%m-%dT%H:%M:%SZ}" if self.captured_at else ""


def cite(row: Mapping[str, Any], base: str, retrieved: date, archive: str = TITLE) -> Citation:
    """Return the citation of what :func:`publish.data.records.question` returns.

    :param base: scheme and host of stable addresses, as ``https://archive.example.org``
    :param retrieved: the day on which the reader retrieves it
    """
    capture = row.get("capture") or {}
    host = _host(row["url"])
    answered_on = _parse_iso(date, row["answered_on"])
    return Citation(
        site=row["site"],
        source_id=row["source_id"],
        title=one_line(row["title"]),
        authors=authors(row["responders"], base),
        answered_on=answered_on,
        year=answered_on.year if answered_on else row["year"],
        answers=row["answers"] if isinstance(row["answers"], int) else len(row["answers"]),
        site_name=one_line(row["site_title"]) or host.removeprefix("www.") or one_line(row["site"]),
        host=host,
        archive=archive,
        original_url=one_line(row["url"]),
        address=base + question_path(row["site"], row["source_id"]),
        retrieved=retrieved,
        captured_at=_parse_iso(datetime, capture.get("captured_at")),
        digest=one_line(capture.get("digest")),
        record_id=one_line(capture.get("record_id")),
        warc_file=one_line(capture.get("warc_file")),
        topics=tuple(filter(None, (one_line(topic["name"]) for topic in row["topics"]))),
        language=one_line(row["language"]),
    )


def authors(people: Iterable[Mapping[str, Any]], base: str) -> tuple[Author, ...]:
    """Return experts, rows of the archive or of an export, as authors; all that have a name."""
    return tuple(_author(person, base) for person in people if one_line(person["name"]))


def _author(person: Mapping[str, Any], base: str) -> Author:
    texts = {name: one_line(person[name]) for name in _AUTHOR_TEXTS}
    # Lists of citations have no ids of people.
    path = f"{base}/responder/{person['responder_id']}" if "responder_id" in person else ""
    return Author(**texts, address=path)


def one_line(text: object) -> str:
    """Return a text on one line, without invisible characters; "" for None."""
    line = " ".join(str("" if text is None else text).split())
    if line.isascii() and line.isprintable():
        return line
    visible = "".join(char for char in _TURNS.sub("", line) if _is_visible(char))
    return " ".join(visible.split())


def _is_visible(char: str) -> bool:
    # Controls, surrogates, and the code points that are no characters (U+FFFE, U+1FFFF ...).
    return unicodedata.category(char) not in ("Cc", "Cs") and ord(char) & 0xFFFE != 0xFFFE


def _host(url: str) -> str:
    try:
        return one_line(urlsplit(url).hostname)
    except ValueError:
        return ""


def _parse_iso(kind: type[D], stamp: str | None) -> D | None:
    try:
        return kind.fromisoformat(stamp or "")
    except ValueError:
        return None


def us_date(day: date) -> str:
    """Return a date as American styles write it, "May 17, 2004", in any locale."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"
