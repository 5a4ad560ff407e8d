"""What a citation is made of. Pure: a row of the archive in, a value out.

Text is as the archive has it, on one line: white space is one space, and signs that nobody
sees (controls, marks that turn the direction of writing) are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from publish.cite.names import Name, split
from publish.data.urls import question_path
from publish.datasette.metadata import TITLE

#: How sites call themselves. Others are called by their host.
SITE_NAMES = {"netwellness": "NetWellness"}

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

# They could make a citation read other than it is written (CVE-2021-42574).
_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Author:
    """A responder. ``address`` is this archive's page about them, empty in lists."""

    name: str
    credentials: str = ""
    title: str = ""
    institution: str = ""
    address: str = ""

    @property
    def parts(self) -> Name:
        """The name as bibliographies sort it."""
        return split(self.name)


@dataclass(frozen=True, slots=True)
class Cited:
    """A question as a source: the page that was, and its archived copy.

    ``title`` is empty where the page has none. ``answered_on`` is None where it bears no
    date; ``year`` may be known alone. ``address`` is the stable address, absolute.
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
    answered: bool
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

    @property
    def kind(self) -> str:
        """What it is, for the reader of a bibliography."""
        return "Question and answer" if self.answered else "Unanswered question"

    @property
    def called(self) -> str:
        """The title, or what stands for it."""
        return self.title or plain(f"{self.kind} no. {self.source_id}")


def cited(row: Mapping[str, Any], base: str, retrieved: date, archive: str = TITLE) -> Cited:
    """The citation's content, from what :func:`publish.data.records.question` gives.

    :param base: scheme and host of stable addresses, as ``https://archive.example.org``
    :param retrieved: the day on which the reader has it
    """
    capture = row.get("capture") or {}
    host = _host(row["url"])
    answered_on = _day(row["answered_on"])
    return Cited(
        site=row["site"],
        source_id=row["source_id"],
        title=plain(row["title"]),
        authors=tuple(_author(one, base) for one in row["responders"] if plain(one["name"])),
        answered_on=answered_on,
        year=answered_on.year if answered_on else row["year"],
        answered=row["status"] == "answered",
        site_name=SITE_NAMES.get(row["site"]) or host.removeprefix("www.") or plain(row["site"]),
        host=host,
        archive=archive,
        original_url=plain(row["url"]),
        address=base + question_path(row["site"], row["source_id"]),
        retrieved=retrieved,
        captured_at=_moment(capture.get("captured_at")),
        digest=plain(capture.get("digest")),
        record_id=plain(capture.get("record_id")),
        warc_file=plain(capture.get("warc_file")),
        topics=tuple(name for one in row["topics"] if (name := plain(one["name"]))),
    )


def _author(one: Mapping[str, Any], base: str) -> Author:
    return Author(
        name=plain(one["name"]),
        credentials=plain(one["credentials"]),
        title=plain(one["title"]),
        institution=plain(one["institution"]),
        address=f"{base}/responder/{one['responder_id']}" if "responder_id" in one else "",
    )


def plain(text: object) -> str:
    """A text on one line, without signs that have no form; None is empty."""
    line = " ".join(str("" if text is None else text).split())
    if line.isascii() and line.isprintable():
        return line
    kept = "".join(sign for sign in _TURNS.sub("", line) if _has_form(sign))
    return " ".join(kept.split())


def _has_form(sign: str) -> bool:
    # Controls, surrogates, and the code points that are no characters (U+FFFE, U+1FFFF ...).
    return unicodedata.category(sign) not in ("Cc", "Cs") and ord(sign) & 0xFFFE != 0xFFFE


def _host(url: str) -> str:
    try:
        return plain(urlsplit(url).hostname)
    except ValueError:
        return ""


def _day(stamp: str | None) -> date | None:
    try:
        return date.fromisoformat(stamp or "")
    except ValueError:
        return None


def _moment(stamp: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp or "")
    except ValueError:
        return None


def american(day: date) -> str:
    """As American styles write a date: "May 17, 2004". Of no locale."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"
