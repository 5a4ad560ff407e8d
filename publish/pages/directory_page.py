"""``/topics``, ``/responders``, ``/institutions``: all that there are, from A to Z.

The lists are short beside the questions (some hundreds, or thousands), so each is read whole,
remembered until the next commit, and filtered in memory.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from sqlite3 import Connection

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from publish.cite.names import split_name
from publish.data.records import Row, rows
from publish.data.urls import institution_path, quoted
from publish.pages.common import Route, page, page_number, paging, remembered

PAGE_SIZE = 200
#: Longer words than this are in no name.
MOST_CHARACTERS = 200
#: Stands for all first letters that are not A to Z.
OTHER = "other"

HEADINGS = {
    "topics": ("Health topics", "topic", "By the name that pages give them."),
    "responders": ("Responders", "responder", "Who answered, by family name."),
    "institutions": ("Institutions", "institution", "Where those who answered worked."),
}


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
JOIN (SELECT ar.responder_id, count(DISTINCT a.question_id) AS n
      FROM answer_responders ar JOIN answers a ON a.id = ar.answer_id GROUP BY 1) n
  ON n.responder_id = r.id"""
_INSTITUTIONS = """
SELECT ar.institution AS name, count(DISTINCT a.question_id) AS n
FROM answer_responders ar JOIN answers a ON a.id = ar.answer_id
WHERE ar.institution IS NOT NULL GROUP BY 1"""


async def directory(datasette: Datasette, request: Request) -> Response:
    """Return one page of a list, restricted by ``?q=`` and ``?letter=``."""
    kind = request.url_vars["kind"]
    number = page_number(request)
    text = (request.args.get("q") or "").strip()[:MOST_CHARACTERS]
    letter = (request.args.get("letter") or "").strip()
    entries = await remembered(datasette, f"directory {kind}", _READERS[kind])
    letters = first_letters(entries)
    letter = letter if letter in letters else ""
    matches = filtered(entries, text, letter)
    shown = matches[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    heading, singular, about = HEADINGS[kind]
    context = {
        "kind": kind,
        "heading": heading,
        "singular": singular,
        "about": about,
        "name_part": text,
        "letter": letter,
        "letters": letters,
        "total": len(entries),
        "count": len(matches),
        "groups": [(key, list(group)) for key, group in groupby(shown, lambda entry: entry.letter)],
        "paging": paging(request, number, len(matches), PAGE_SIZE),
    }
    return await page(datasette, request, "directory", context)


def _topics(connection: Connection) -> list[DirectoryEntry]:
    return _in_order(
        DirectoryEntry(row["name"], f"/topic/{quoted(row['slug'])}", row["n"], folded(row["name"]))
        for row in rows(connection, _TOPICS)
    )


def _responders(connection: Connection) -> list[DirectoryEntry]:
    return _in_order(
        DirectoryEntry(
            row["name"],
            f"/responder/{row['id']}",
            row["n"],
            by_family(row["name"]),
            row["credentials"] or "",
            row["institution"] or "",
        )
        for row in rows(connection, _RESPONDERS)
    )


def _institutions(connection: Connection) -> list[DirectoryEntry]:
    """Return one entry for all spellings that have one page, under the most frequent of them."""

    def path_of(row: Row) -> str:
        return institution_path(row["name"])

    entries = []
    spellings = sorted(
        rows(connection, _INSTITUTIONS), key=lambda row: (path_of(row), -row["n"], row["name"])
    )
    for path, group in groupby(spellings, path_of):
        names, counts = zip(*((row["name"], row["n"]) for row in group), strict=True)
        sort = folded(names[0]).removeprefix("the ")
        entries.append(DirectoryEntry(names[0], path, sum(counts), sort))
    return _in_order(entries)


_READERS = {"topics": _topics, "responders": _responders, "institutions": _institutions}


def _in_order(entries: Iterable[DirectoryEntry]) -> list[DirectoryEntry]:
    return sorted(entries, key=lambda entry: (entry.letter == OTHER, entry.sort, entry.path))


def by_family(name: str) -> str:
    """Return a key for a name by its family name, as a bibliography would have it."""
    return folded(split_name(name).inverted)


def folded(text: str) -> str:
    """Return a text for comparison: without accents and case."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold().strip()


def filtered(entries: Sequence[DirectoryEntry], text: str, letter: str) -> list[DirectoryEntry]:
    """The entries that have a text in them and stand under a letter; "" does not restrict."""
    part = folded(text)
    return [
        entry
        for entry in entries
        if letter in ("", entry.letter)
        and (not part or part in folded(f"{entry.name} {entry.credentials} {entry.institution}"))
    ]


def first_letters(entries: Sequence[DirectoryEntry]) -> list[str]:
    """Return the letters under which anything stands, in order."""
    return list(dict.fromkeys(entry.letter for entry in entries))


ROUTES: list[Route] = [(r"^/(?P<kind>topics|responders|institutions)/?$", directory)]
