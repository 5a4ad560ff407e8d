"""Responders and topics: rows that many questions share.

A row shows what was printed in the highest-ranking current capture of any question that
names it (``capture_id`` says which); a print that is a link outranks those that are not.
That is a function of the archive's content and not of the order in which it came. It is
updated incrementally: a row must be selected again only where the question that supplied it
has stopped naming it, or has gone back to an earlier capture (of which a revisit came). Of a
revisit, the capture that holds the bytes is meant throughout.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from parsers.records import Responder, TopicLink
from pipelines.db.connection import insert_many, select_in
from pipelines.db.rules import responder_id, text_of, topic_id, topic_slug
from pipelines.store.history import EvidenceRank, is_html
from pipelines.store.threads import ShownQuestion


class SharedRow(NamedTuple):
    """A row of a shared table: its id, and the values of its other columns."""

    id: int
    values: tuple[Any, ...]


#: How prints of one row compare: whether it is a link, then by their captures.
_Standing = tuple[bool, EvidenceRank]


def _standing(entry: SharedRow, rank: EvidenceRank) -> _Standing:
    return entry.values[-1] is not None, rank  # the address is the last column


class SharedTable:
    """One of the two tables, with a cache of how the prints rank that its rows show."""

    def __init__(
        self, table: str, columns: tuple[str, ...], links: str, captures: str, link_column: str
    ) -> None:
        """Know the table.

        :param columns: but for its id and its capture
        :param links: SQL that joins what links its rows to questions, as l, to those, as q
        :param captures: SQL for the id of the capture that a link is shown from
        :param link_column: of l, the id of a row
        """
        self.table = table
        self.columns = columns
        self._links, self._captures, self._link_column = links, captures, link_column
        self._ranks: dict[int, tuple[_Standing, int]] = {}
        self._changed: dict[int, tuple[Any, ...]] = {}

    def forget(self) -> None:
        """Empty the cache: another process has written, or a transaction was rolled back."""
        self._ranks.clear()
        self._changed.clear()

    def load(self, connection: sqlite3.Connection, ids: Iterable[int]) -> None:
        """Load the ranks of rows into the cache."""
        query = (
            "SELECT t.id, t.url IS NOT NULL, c.content_type, c.captured_at, c.record_id, c.id "
            f"FROM {self.table} t "
            "JOIN captures c ON c.id = t.capture_id WHERE t.id IN ({})"
        )
        missing = [id_ for id_ in ids if id_ not in self._ranks]
        for id_, linked, kind, captured_at, record_id, capture_id in select_in(
            connection, query, missing
        ):
            rank = EvidenceRank(is_html(kind), captured_at, record_id)
            self._ranks[id_] = ((bool(linked), rank), capture_id)

    def propose(self, entries: Iterable[SharedRow], rank: EvidenceRank, capture_id: int) -> None:
        """Propose the rows that a current capture prints: they count where they outrank others."""
        for entry in entries:
            known = self._ranks.get(entry.id)
            standing = _standing(entry, rank)
            if known is None or standing > known[0]:
                self._ranks[entry.id] = (standing, capture_id)
                self._changed[entry.id] = (entry.id, *entry.values, capture_id)

    def write(self, connection: sqlite3.Connection) -> None:
        """Write the proposed rows that count."""
        columns = ("id", *self.columns, "capture_id")
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
        tail = f"ON CONFLICT (id) DO UPDATE SET {updates}"
        insert_many(connection, self.table, columns, self._changed.values(), tail)
        self._changed.clear()

    def named_by(
        self, connection: sqlite3.Connection, evidence: Mapping[int, Collection[int]]
    ) -> list[tuple[int, int]]:
        """The rows that questions name, each with the capture that it is named in.

        :param evidence: ids of the captures that count, by the id of the question
        """
        columns = f"q.id, l.{self._link_column}, {self._captures}"
        query = f"SELECT {columns} {self._links} WHERE q.id IN ({{}})"
        named = select_in(connection, query, list(evidence))
        return [(row_id, capture) for id_, row_id, capture in named if capture in evidence[id_]]

    def retract(self, connection: sqlite3.Connection, dropped: Iterable[tuple[int, int]]) -> None:
        """Select rows again after a capture stopped being current and its successor dropped them.

        :param dropped: (row id, the former current capture's id) pairs
        """
        dropped = list(dropped)
        self.load(connection, [id_ for id_, _ in dropped])
        for id_ in {id_ for id_, capture_id in dropped if self._supplier(id_) == capture_id}:
            self._ranks.pop(id_, None)
            selected = self._reselect(connection, id_)
            if selected is None:
                connection.execute(f"DELETE FROM {self.table} WHERE id = ?", (id_,))
            else:
                entry, rank, capture_id = selected
                self.propose([entry], rank, capture_id)
        self.write(connection)

    def _supplier(self, id_: int) -> int | None:
        """The capture that prints a row as it is shown."""
        return self._ranks[id_][1] if id_ in self._ranks else None

    def _reselect(
        self, connection: sqlite3.Connection, id_: int
    ) -> tuple[SharedRow, EvidenceRank, int] | None:
        query = (
            "SELECT DISTINCT c.content_type, c.captured_at, c.record_id, c.id, v.record, q.site "
            f"{self._links} JOIN captures c ON c.id = {self._captures} "
            "JOIN sightings s ON s.capture_id = c.id "
            "JOIN versions v ON v.id = s.version_id AND v.question_id = q.id "
            f"WHERE l.{self._link_column} = ?"
        )
        best: tuple[_Standing, SharedRow, int] | None = None
        for kind, captured_at, record_id, capture_id, record, site in connection.execute(
            query, (id_,)
        ):
            entry = next(row for row in self._printed(text_of(record), site) if row.id == id_)
            standing = _standing(entry, EvidenceRank(is_html(kind), captured_at, record_id))
            if best is None or standing > best[0]:
                best = (standing, entry, capture_id)
        return (best[1], best[0][1], best[2]) if best else None

    def _printed(self, text: dict[str, Any], site: str) -> list[SharedRow]:
        is_topics = self.table == "topics"
        if is_topics:
            return topics_of(text["topics"])
        people = (person for answer in text["answers"] for person in answer.responders)
        return responders_of(site, people)


def responders_table() -> SharedTable:
    """The responders, empty-cached."""
    columns = ("site", "name", "credentials", "title", "college", "institution", "url")
    links = (
        "FROM questions q JOIN answers a ON a.question_id = q.id "
        "JOIN answer_responders l ON l.answer_id = a.id"
    )
    return SharedTable("responders", columns, links, "a.capture_id", "responder_id")


def topics_table() -> SharedTable:
    """The topics, empty-cached."""
    links = "FROM questions q JOIN question_topics l ON l.question_id = q.id"
    return SharedTable("topics", ("slug", "name", "url"), links, "q.capture_id", "topic_id")


def responders_of(site: str, responders: Iterable[Responder]) -> list[SharedRow]:
    """The responders rows that a page prints, once each: the first print counts."""
    rows: dict[int, SharedRow] = {}
    for responder in responders:
        id_ = responder_id(site, responder)
        rows.setdefault(id_, SharedRow(id_, (site, *printed(responder))))
    return list(rows.values())


def topics_of(topics: Iterable[TopicLink]) -> list[SharedRow]:
    """The topics rows that a page prints, once each."""
    rows: dict[int, SharedRow] = {}
    for topic in topics:
        slug = topic_slug(topic)
        id_ = topic_id(slug)
        rows.setdefault(id_, SharedRow(id_, (slug, topic.name, topic.url)))
    return list(rows.values())


def printed(person: Responder) -> tuple[str | None, ...]:
    """A responder's columns, as printed on a page."""
    credentials = ", ".join(person.credentials)
    return (
        person.name, credentials, person.title, person.college, person.institution, person.url,
    )  # fmt: skip


class LinkRows(NamedTuple):
    """What hangs on questions: rows of the tables that its fields are called after."""

    answers: list[tuple[Any, ...]]
    answer_responders: list[tuple[Any, ...]]
    question_topics: list[tuple[Any, ...]]
    links: list[tuple[Any, ...]]

    def add(self, question_id: int, shown: ShownQuestion, answer_id: int) -> int:
        """Add the rows of a question.

        :param answer_id: the id of its first answer
        :returns: the id of the next answer
        """
        first, page = answer_id, shown.page
        for part, sighting in shown.parts:
            for answer in part.answers:
                self.answers.append((
                    answer_id, question_id, answer_id - first + 1, sighting.part, answer.text,
                    answer.author, answer.answered_on.isoformat() if answer.answered_on else None,
                    answer.accepted, answer.score, answer.url, sighting.evidence_id,
                ))  # fmt: skip
                self.answer_responders.extend(
                    (answer_id, responder_id(page.site, person), position, *printed(person))
                    for position, person in enumerate(answer.responders)
                )
                answer_id += 1
        self.question_topics.extend(
            (question_id, topic_id(topic_slug(topic)), position, topic.name, topic.url)
            for position, topic in enumerate(page.topics)
        )
        self.links.extend(
            (question_id, position, link.text, link.url) for position, link in enumerate(page.links)
        )
        return answer_id
