"""The texts that a question's page has had, in time: SQL in, plain dictionaries out.

A text is known by its digest, which no import and no rebuild can change. Its number (1 is
the earliest) can: an older capture may be imported later. So addresses that are to stay are
made of digests, and numbers are for the reader of one page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from sqlite3 import Connection
from typing import Any

from pipelines.db import ids
from pipelines.store import people
from publish.data.records import Row, key_of, rows
from publish.data.version_diff import changed_labels

#: Hexadecimal digits of a digest that stand in an address: 48 bits.
SHOWN_DIGITS = 12
#: Fewer could be taken for a number.
FEWEST_DIGITS = 8
LIST_SIZE = 25

_NUMBER = re.compile(r"[0-9]{1,7}")
_DIGEST = re.compile(rf"[0-9a-f]{{{FEWEST_DIGITS},64}}")


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a page: its number in time from 1, and the captures it was seen in.

    ``interrupted`` says that another text stood between its first capture and its last.
    """

    number: int
    id: int
    digest: str
    first_at: str
    last_at: str
    interrupted: bool = False

    @property
    def short(self) -> str:
        """The part of the digest that addresses have."""
        return self.digest[:SHOWN_DIGITS]


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts of one question, in time. ``current`` is the one that its page shows."""

    site: str
    source_id: str
    title: str
    url: str
    all: tuple[Text, ...]
    current: Text | None

    def named(self, name: str) -> Text | None:
        """The text with that number, or the only one whose digest begins so; else None."""
        if _NUMBER.fullmatch(name):
            return self.all[int(name) - 1] if 0 < int(name) <= len(self.all) else None
        if not _DIGEST.fullmatch(name):
            return None
        found = [text for text in self.all if text.digest.startswith(name)]
        return found[0] if len(found) == 1 else None

    def after(self, text: Text) -> Text | None:
        """The next one in time."""
        return self.all[text.number] if text.number < len(self.all) else None

    def before(self, text: Text) -> Text | None:
        """The one before in time."""
        return self.all[text.number - 2] if text.number > 1 else None


_ALL = """
SELECT v.id, v.digest, f.captured_at AS first_at, l.captured_at AS last_at
FROM versions v
JOIN captures f ON f.id = v.first_capture_id
JOIN captures l ON l.id = v.last_capture_id
WHERE v.question_id = :id ORDER BY f.captured_at, f.record_id, v.digest"""


def texts(connection: Connection, site: str, source_id: str) -> Texts | None:
    """The texts of a question, without what they say; None if there is no such question."""
    found = key_of(connection, site, source_id)
    if found is None:
        return None
    every = [Text(at, **row) for at, row in enumerate(rows(connection, _ALL, id=found["id"]), 1)]
    for one, later in pairwise(list(every)):
        if later.first_at < one.last_at:
            every[one.number - 1] = replace(one, interrupted=True)
    current = next((one for one in every if one.id == found["version_id"]), None)
    return Texts(site, source_id, found["title"], found["url"], tuple(every), current)


# The capture that what is shown was read from: the first with the bytes of a page. A text
# rendering that says the same may be older, and has neither links nor addresses.
_DETAILS = """
SELECT v.id, v.record, f.id AS capture_id, f.record_id, f.url, f.source, f.warc_file, f.offset,
       f.length, f.digest AS payload_digest, f.captured_at,
       f.fetched_at, f.fetched_from,
       v.first_capture_id, l.id AS last_capture_id, l.record_id AS last_record_id,
       (SELECT count(*) FROM captures c WHERE c.version_id = v.id) AS captures
FROM versions v
JOIN captures f ON f.id = (SELECT c.id FROM captures c WHERE c.version_id = v.id
    ORDER BY c.revisit_of IS NOT NULL, ltrim(c.content_type) LIKE 'text/plain%', c.captured_at,
        c.record_id LIMIT 1)
JOIN captures l ON l.id = v.last_capture_id
WHERE v.id IN ({})"""


def records(connection: Connection, wanted: Iterable[Text | None]) -> dict[int, dict[str, Any]]:
    """What texts say (``versions.record``), by the ids of their rows."""
    return {id_: json.loads(row["record"]) for id_, row in _details(connection, wanted).items()}


def _details(connection: Connection, wanted: Iterable[Text | None]) -> dict[int, Row]:
    named = {f"id{at}": one.id for at, one in enumerate(wanted) if one is not None}
    sql = _DETAILS.format(", ".join(f":{name}" for name in named))
    return {row["id"]: row for row in rows(connection, sql, **named)}


def listing(connection: Connection, every: Texts, page: int) -> list[Row]:
    """One page of texts with their evidence, and what changed since the one before."""
    shown: Sequence[Text] = every.all[(page - 1) * LIST_SIZE : page * LIST_SIZE]
    if not shown:
        return []
    known = _details(connection, [every.before(shown[0]), *shown])
    said = {id_: json.loads(row["record"]) for id_, row in known.items()}
    found = []
    for one in shown:
        former = every.before(one)
        found.append(
            {
                "text": one,
                "former": former,
                "capture": known[one.id],
                "captures": known[one.id]["captures"],
                "changed": changed_labels(said[former.id], said[one.id]) if former else [],
                "record": said[one.id],
            }
        )
    return found


def reading(connection: Connection, every: Texts, text: Text) -> Row:
    """A text as the parts of a reading page, with the capture that it was first found in.

    Responders and topics lead to their pages where the archive still has them.
    """
    row = _details(connection, [text])[text.id]
    said = ids.text_of(row["record"])
    slugs = [ids.topic_slug(one) for one in said["topics"]]
    numbers = [ids.responder_id(every.site, one) for one in said["responders"]]
    known_topics = _known(connection, "SELECT slug FROM topics WHERE slug IN ({})", slugs)
    known = _known(connection, "SELECT id FROM responders WHERE id IN ({})", numbers)
    columns = ("name", "credentials", "title", "college", "institution", "url")
    return {
        **said,
        "responders": [
            {
                **dict(zip(columns, people.printed(one), strict=True)),
                "responder_id": number if number in known else None,
            }
            for one, number in zip(said["responders"], numbers, strict=True)
        ],
        "topics": [
            {"name": one.name, "slug": slug if slug in known_topics else None}
            for one, slug in zip(said["topics"], slugs, strict=True)
        ],
        "links": [{"text": one.text, "url": one.url} for one in said["links"]],
        "answered_on": said["answered_on"].isoformat() if said["answered_on"] else None,
        "capture": row,
        "captures": row["captures"],
    }


def _known(connection: Connection, sql: str, values: Sequence[Any]) -> set[Any]:
    named = {f"v{at}": value for at, value in enumerate(values)}
    filled = sql.format(", ".join(f":{name}" for name in named))
    return {next(iter(row.values())) for row in rows(connection, filled, **named)}
