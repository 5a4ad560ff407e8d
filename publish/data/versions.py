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
from datetime import date
from itertools import pairwise
from sqlite3 import Connection
from typing import Any

from parsers.records import Answer, Responder
from pipelines.db import rules
from pipelines.store import people
from publish.data.records import Row, key_of, numbered, rows, rows_by_id
from publish.data.version_diff import changed_labels, member_name

#: Hexadecimal digits of a digest that stand in an address: 48 bits.
SHOWN_DIGITS = 12
#: Fewer could be taken for a number.
FEWEST_DIGITS = 8
LIST_SIZE = 25

_NUMBER = re.compile(r"[0-9]{1,7}")
_DIGEST = re.compile(rf"[0-9a-f]{{{FEWEST_DIGITS},64}}")


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a page: its number from 1, in time, and the captures it was seen in.

    ``part`` is the page of a thread that it is a text of: those of the first come first.

    ``interrupted`` says that another text stood between its first capture and its last.
    """

    number: int
    id: int
    part: int
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
    """All texts of one question, by the page of a thread and in time.

    ``shown`` are the ids of those that the question's page shows, one of each part.
    """

    site: str
    source_id: str
    title: str
    url: str
    all: tuple[Text, ...]
    shown: frozenset[int]

    @property
    def parts(self) -> int:
        """How many pages of the thread have texts."""
        return len({text.part for text in self.all})

    @property
    def current(self) -> Text | None:
        """The one that the question's page shows: of a thread, that of the first part."""
        return next((text for text in self.all if text.id in self.shown), None)

    @property
    def newest(self) -> Text | None:
        """The one that changed a page last; the last of all where none did."""
        changes = (text for text in self.all if self.before(text))
        return max(
            changes, key=lambda text: text.first_at, default=self.all[-1] if self.all else None
        )

    def now(self, text: Text) -> Text | None:
        """Return the text that is shown of the same part."""
        same = (other for other in self.all if other.part == text.part and other.id in self.shown)
        return next(same, None)

    def named(self, name: str) -> Text | None:
        """Return the text with that number, or the only one whose digest begins so; else None."""
        if _NUMBER.fullmatch(name):
            return self.all[int(name) - 1] if 0 < int(name) <= len(self.all) else None
        if not _DIGEST.fullmatch(name):
            return None
        matches = [text for text in self.all if text.digest.startswith(name)]
        return matches[0] if len(matches) == 1 else None

    def after(self, text: Text) -> Text | None:
        """Return the next one in time of the same part."""
        return self._at(text.number, text.part)

    def before(self, text: Text) -> Text | None:
        """Return the one before in time of the same part."""
        return self._at(text.number - 2, text.part)

    def _at(self, place: int, part: int) -> Text | None:
        near = self.all[place] if 0 <= place < len(self.all) else None
        return near if near and near.part == part else None


_ALL = """
SELECT v.id, v.part, v.digest, f.captured_at AS first_at, l.captured_at AS last_at
FROM versions v
JOIN captures f ON f.id = v.first_capture_id
JOIN captures l ON l.id = v.last_capture_id
WHERE v.question_id = :id ORDER BY v.part, f.captured_at, f.record_id, v.digest"""
_SHOWN = """
SELECT v.id FROM versions v JOIN sightings s ON s.version_id = v.id
WHERE v.question_id = :id AND s.capture_id IN (
    SELECT :capture_id UNION SELECT capture_id FROM answers WHERE question_id = :id)"""


def texts(connection: Connection, site: str, source_id: str) -> Texts | None:
    """Return the texts of a question, without what they say; None if there is no such question."""
    question = key_of(connection, site, source_id)
    if question is None:
        return None
    in_time = [
        Text(number, **row)
        for number, row in enumerate(rows(connection, _ALL, id=question["id"]), 1)
    ]
    for text, later in pairwise(list(in_time)):
        if later.part == text.part and later.first_at < text.last_at:
            in_time[text.number - 1] = replace(text, interrupted=True)
    shown = rows(connection, _SHOWN, id=question["id"], capture_id=question["capture_id"])
    return Texts(
        site,
        source_id,
        question["title"],
        question["url"],
        tuple(in_time),
        frozenset(row["id"] for row in shown),
    )


# The capture that what is shown was read from: the first with the bytes of a page. A text
# rendering that says the same may be older, and has neither links nor addresses.
_DETAILS = """
SELECT v.id, v.record, f.id AS capture_id, f.record_id, f.url, f.source, f.warc_file, f.offset,
       f.length, f.digest AS payload_digest, f.captured_at,
       f.fetched_at, f.fetched_from,
       v.first_capture_id, l.id AS last_capture_id, l.record_id AS last_record_id,
       s.parser, s.confidence, s.warnings,
       (SELECT count(*) FROM sightings n WHERE n.version_id = v.id) AS captures
FROM versions v
JOIN captures f ON f.id = (SELECT c.id FROM sightings n JOIN captures c ON c.id = n.capture_id
    WHERE n.version_id = v.id
    ORDER BY c.revisit_of IS NOT NULL, ltrim(c.content_type) LIKE 'text/plain%', c.captured_at,
        c.record_id LIMIT 1)
JOIN sightings s ON s.version_id = v.id AND s.capture_id = f.id
JOIN captures l ON l.id = v.last_capture_id
WHERE v.id IN ({})"""


def records(connection: Connection, texts: Iterable[Text | None]) -> dict[int, dict[str, Any]]:
    """Return the records of texts (``versions.record``), by the ids of their rows."""
    return {id_: json.loads(row["record"]) for id_, row in _details(connection, texts).items()}


def _details(connection: Connection, texts: Iterable[Text | None]) -> dict[int, Row]:
    return rows_by_id(connection, _DETAILS, (text.id for text in texts if text is not None))


def listing(connection: Connection, texts: Texts, page: int) -> list[Row]:
    """Return one page of texts with their evidence, and what changed since the one before."""
    shown = texts.all[(page - 1) * LIST_SIZE : page * LIST_SIZE]
    if not shown:
        return []
    details = _details(connection, [texts.before(shown[0]), *shown])
    contents = {id_: json.loads(row["record"]) for id_, row in details.items()}
    return [
        {
            "text": text,
            "former": former,
            "capture": details[text.id],
            "captures": details[text.id]["captures"],
            "changed": changed_labels(contents[former.id], contents[text.id]) if former else [],
            "record": contents[text.id],
        }
        for text, former in ((text, texts.before(text)) for text in shown)
    ]


_COLUMNS = ("name", "credentials", "title", "college", "institution", "url")


def reading(connection: Connection, texts: Texts, text: Text) -> Row:
    """Return a text as the parts of a reading page, with the capture that it was first found in.

    Responders and topics lead to their pages where the archive still has them.
    """
    row = _details(connection, [text])[text.id]
    content = rules.text_of(row["record"])
    slugs = [rules.topic_slug(topic) for topic in content["topics"]]
    known_slugs = _known(connection, "SELECT slug FROM topics WHERE slug IN ({})", slugs)
    experts = _experts(connection, texts.site, content["answers"])
    answers = [
        {
            **{name: getattr(answer, name) for name in ("text", "accepted", "score", "url")},
            "position": position,
            "author": member_name(answer.author),
            "answered_on": _iso(answer.answered_on),
            "responders": [experts[person] for person in answer.responders],
        }
        for position, answer in enumerate(content["answers"], 1)
    ]
    return {
        **content,
        "part": text.part,
        "parser": row["parser"],
        "asker": member_name(content["asker"]),
        "asked_on": _iso(content["asked_on"]),
        "answers": answers,
        "answered_on": next(filter(None, (each["answered_on"] for each in answers)), None),
        "responders": list(experts.values()),
        "topics": [
            {"name": topic.name, "slug": slug if slug in known_slugs else None}
            for topic, slug in zip(content["topics"], slugs, strict=True)
        ],
        "links": [{"text": link.text, "url": link.url} for link in content["links"]],
        "capture": row,
        "captures": row["captures"],
    }


def _experts(connection: Connection, site: str, answers: Iterable[Answer]) -> dict[Responder, Row]:
    """The experts of some answers, each once, with their numbers if they have pages."""
    signed = (person for answer in answers for person in answer.responders)
    ids = {person: rules.responder_id(site, person) for person in signed}
    sql = "SELECT id FROM responders WHERE id IN ({})"
    known = _known(connection, sql, list(ids.values()))
    return {
        person: {
            **dict(zip(_COLUMNS, people.printed(person), strict=True)),
            "responder_id": id_ if id_ in known else None,
        }
        for person, id_ in ids.items()
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _known(connection: Connection, sql: str, values: Sequence[Any]) -> set[Any]:
    placeholders, params = numbered("v", values)
    return {value for (value,) in connection.execute(sql.format(placeholders), params)}
