"""All topics, responders or institutions, from A to Z: SQL in, values out.

The lists are short beside the questions (some hundreds, or thousands), so they are read whole,
remembered until the next commit by who calls, and filtered in memory.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from sqlite3 import Connection
from typing import Literal

from publish.cite.names import split_name
from publish.data.records import Row, rows
from publish.data.urls import institution_path, quoted

Kind = Literal["topics", "responders", "institutions"]

PAGE_SIZE = 200
#: Stands for all first letters that are not A to Z.
OTHER = "other"


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A line of a list. ``sort`` orders it, ``count`` is of its questions."""

    name: str
    path: str
    count: int
    sort: str
    credentials: str = ""
    institution: str = ""

    @property
    def letter(self) -> str:
        """The letter under which it stands: A to Z, or OTHER."""
        return self.sort[0].upper() if "a" <= self.sort[:1] <= "z" else OTHER


_TOPICS = """
SELECT t.name, t.slug, n.n FROM topics t
JOIN (SELECT topic_id, count(DISTINCT question_id) AS n FROM question_topics GROUP BY 1) n
  ON n.topic_id = t.id"""
_RESPONDERS = """
SELECT r.id, r.name, r.credentials, r.institution, n.n FROM responders r
JOIN (SELECT responder_id, count(DISTINCT question_id) AS n FROM question_responders GROUP BY 1) n
  ON n.responder_id = r.id"""
_INSTITUTIONS = """
SELECT institution AS name, count(DISTINCT question_id) AS n FROM question_responders
WHERE institution IS NOT NULL GROUP BY 1"""


def entries(connection: Connection, kind: Kind) -> list[DirectoryEntry]:
    """A whole list, in its order."""
    if kind == "topics":
        found = [
            DirectoryEntry(
                row["name"], f"/topic/{quoted(row['slug'])}", row["n"], folded(row["name"])
            )
            for row in rows(connection, _TOPICS)
        ]
    elif kind == "responders":
        found = [_person(row) for row in rows(connection, _RESPONDERS)]
    else:
        found = _institutions(rows(connection, _INSTITUTIONS))
    return sorted(found, key=lambda entry: (entry.letter == OTHER, entry.sort, entry.path))


def _person(row: Row) -> DirectoryEntry:
    return DirectoryEntry(
        row["name"],
        f"/responder/{row['id']}",
        row["n"],
        by_family(row["name"]),
        row["credentials"] or "",
        row["institution"] or "",
    )


def _institutions(found: list[Row]) -> list[DirectoryEntry]:
    """One entry for all spellings that have one page, under the most frequent of them."""
    listed = []
    by_path = sorted(found, key=lambda row: (institution_path(row["name"]), -row["n"], row["name"]))
    for path, group in groupby(by_path, lambda row: institution_path(row["name"])):
        spellings = list(group)
        name = spellings[0]["name"]
        sort = folded(name).removeprefix("the ")
        listed.append(DirectoryEntry(name, path, sum(row["n"] for row in spellings), sort))
    return listed


def by_family(name: str) -> str:
    """A key for a name by its family name, as a bibliography would have it."""
    return folded(split_name(name).inverted)


def folded(text: str) -> str:
    """A text for comparison: without accents and case."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold().strip()


def filtered(every: Sequence[DirectoryEntry], text: str, letter: str) -> list[DirectoryEntry]:
    """The entries that have a text in them and stand under a letter; "" does not restrict."""
    wanted = folded(text)
    return [
        entry
        for entry in every
        if (not letter or entry.letter == letter)
        and (
            not wanted or wanted in folded(f"{entry.name} {entry.credentials} {entry.institution}")
        )
    ]


def letters(every: Sequence[DirectoryEntry]) -> list[str]:
    """The letters under which anything stands, in order."""
    return list(dict.fromkeys(entry.letter for entry in every))
