"""Writes questions, and what hangs on them: versions, responders, topics, links."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from parsers.records import QAPage
from pipelines import people
from pipelines.history import Sighting, Summary, gone_at, summarise
from pipelines.notes import PageText
from pipelines.rows import to_json
from pipelines.sql import insert_many, select_in

READING_COLUMNS = (
    "url", "answered_on", "year", "status", "confidence", "warnings", "parser", "topic_id",
    "responder_id", "institution",
)  # fmt: skip
TEXT_COLUMNS = ("title", "question", "answer")
SUMMARY_COLUMNS = (
    "first_captured_at", "last_captured_at", "last_changed_at", "versions", "gone_at", "capture_id",
)  # fmt: skip
QUESTION_COLUMNS = ("id", "site", "source_id", *READING_COLUMNS, *TEXT_COLUMNS, *SUMMARY_COLUMNS)

#: A question, by what its site calls it.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch changed, for the counts: questions by what happened to them."""

    outcome: dict[Key, str]
    went: set[Key]
    came_back: set[Key]


@dataclass
class Question:
    """A question that the batch touches: as stored, and what is to become of it."""

    id: int
    key: Key
    stored: Sighting | None = None
    url: str = ""
    gone_at: str | None = None
    sightings: list[Sighting] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    new_versions: dict[int, PageText] = field(default_factory=dict)
    pages: dict[int, QAPage] = field(default_factory=dict)


class QuestionWriter:
    """Writes questions through one connection, with what is known of responders and topics."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._responders = people.responders_table()
        self._topics = people.topics_table()

    def forget(self) -> None:
        """Drop all that is remembered about the file."""
        self._responders.forget()
        self._topics.forget()

    def write(self, questions: list[Question]) -> Changes:
        """Write questions that a batch touches, with all their sightings; captures are there."""
        summaries = {one.id: summarise(one.sightings) for one in questions}
        for one in questions:
            page = one.pages.get(summaries[one.id].current.capture_id)
            one.url = page.url if page else one.url
        gone = self._gone_since(questions, summaries)
        self._offer_shared(questions, summaries)
        dropped = self._former_links(questions, summaries)
        self._write_question_rows(questions, summaries, gone)
        self._write_versions(questions, summaries)
        self._write_links(questions, summaries)
        for table, former in dropped:
            table.withdraw(self._connection, former)
        return _changes(questions, summaries, gone)

    def _gone_since(
        self, questions: list[Question], summaries: Mapping[int, Summary]
    ) -> dict[int, str | None]:
        news: dict[str, list[str]] = defaultdict(list)
        query = (
            "SELECT canonical_url, captured_at FROM captures "
            "WHERE gone = 1 AND canonical_url IN ({})"
        )
        for url, at in select_in(self._connection, query, {one.url for one in questions}):
            news[url].append(at)
        return {
            one.id: gone_at(summaries[one.id].last_captured_at, news.get(one.url, ()))
            for one in questions
        }

    def _offer_shared(self, questions: list[Question], summaries: Mapping[int, Summary]) -> None:
        currents = [
            (summaries[one.id].current, page)
            for one in questions
            if (page := one.pages.get(summaries[one.id].current.capture_id))
        ]
        responders = [people.responders_of(page.site, page.responders) for _, page in currents]
        topics = [people.topics_of(page.topics) for _, page in currents]
        for table, entries in ((self._responders, responders), (self._topics, topics)):
            table.load(self._connection, {entry.id for some in entries for entry in some})
            for (current, _), some in zip(currents, entries, strict=True):
                table.offer(some, current.rank, current.capture_id)
            table.write(self._connection)

    def _former_links(
        self, questions: list[Question], summaries: Mapping[int, Summary]
    ) -> list[tuple[people.SharedTable, list[tuple[int, int]]]]:
        """What the questions' former current captures named, where the text has changed."""
        former = {
            one.id: one.stored.capture_id
            for one in questions
            if one.stored and one.stored.version_id != summaries[one.id].current.version_id
        }
        result = []
        for table in (self._responders, self._topics):
            query = (
                f"SELECT question_id, {table.link_column} FROM {table.link_table} "
                "WHERE question_id IN ({})"
            )
            named = select_in(self._connection, query, former)
            result.append((table, [(id_, former[question]) for question, id_ in named]))
        return result

    def _write_question_rows(
        self,
        questions: list[Question],
        summaries: Mapping[int, Summary],
        gone: Mapping[int, str | None],
    ) -> None:
        new, same_text, new_text, dates = [], [], [], []
        for one in questions:
            summary = summaries[one.id]
            derived = _summary_values(summary, gone[one.id])
            page = one.pages.get(summary.current.capture_id)
            if page is None:
                dates.append((*derived, one.id))
            elif one.stored is None:
                text = (page.title, page.question, page.answer)
                new.append((one.id, *one.key, *_reading_values(page), *text, *derived))
            elif one.stored.version_id == summary.current.version_id:
                same_text.append((*_reading_values(page), *derived, one.id))
            else:
                text = (page.title, page.question, page.answer)
                new_text.append((*_reading_values(page), *text, *derived, one.id))
        insert_many(self._connection, "questions", QUESTION_COLUMNS, new)
        self._update(SUMMARY_COLUMNS, dates)
        self._update((*READING_COLUMNS, *SUMMARY_COLUMNS), same_text)
        self._update((*READING_COLUMNS, *TEXT_COLUMNS, *SUMMARY_COLUMNS), new_text)

    def _update(self, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        places = ", ".join(f"{name} = ?" for name in columns)
        self._connection.executemany(f"UPDATE questions SET {places} WHERE id = ?", rows)

    def _write_versions(self, questions: list[Question], summaries: Mapping[int, Summary]) -> None:
        new, spans = [], []
        for one in questions:
            for version, (first, last) in summaries[one.id].spans.items():
                if version not in one.new_versions:
                    spans.append((first, last, version))
                    continue
                text = one.new_versions[version]
                shown = (text.page.title, text.page.question, text.page.answer)
                new.append((version, one.id, text.digest, *shown, text.record, first, last))
        columns = (
            "id", "question_id", "digest", *TEXT_COLUMNS, "record", "first_capture_id",
            "last_capture_id",
        )  # fmt: skip
        insert_many(self._connection, "versions", columns, new)
        self._connection.executemany(
            "UPDATE versions SET first_capture_id = ?, last_capture_id = ? WHERE id = ?", spans
        )

    def _write_links(self, questions: list[Question], summaries: Mapping[int, Summary]) -> None:
        tables: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        replaced = []
        for one in questions:
            current = summaries[one.id].current
            page = one.pages.get(current.capture_id)
            if page is None or (one.stored and one.stored.version_id == current.version_id):
                continue
            if one.stored:
                replaced.append((one.id,))
            for rows, more in zip(tables, people.link_rows(one.id, page), strict=True):
                rows.extend(more)
        responder = (
            "question_id", "responder_id", "position", "name", "credentials", "title", "college",
            "institution", "url",
        )  # fmt: skip
        columns = {
            "question_responders": responder,
            "question_topics": ("question_id", "topic_id", "position", "name", "url"),
            "links": ("question_id", "position", "text", "url"),
        }
        for (table, names), rows in zip(columns.items(), tables, strict=True):
            self._connection.executemany(f"DELETE FROM {table} WHERE question_id = ?", replaced)
            insert_many(self._connection, table, names, rows)


def _reading_values(page: QAPage) -> tuple[Any, ...]:
    topic = people.topics_of(page.topics[:1])
    responder = people.responders_of(page.site, page.responders[:1])
    return (
        page.url,
        page.answered_on.isoformat() if page.answered_on else None,
        page.answered_on.year if page.answered_on else None,
        page.status,
        page.confidence,
        to_json(page.warnings),
        page.parser,
        topic[0].id if topic else None,
        responder[0].id if responder else None,
        page.responders[0].institution if page.responders else None,
    )


def _summary_values(summary: Summary, gone: str | None) -> tuple[Any, ...]:
    return (
        summary.first_captured_at,
        summary.last_captured_at,
        summary.last_changed_at,
        summary.versions,
        gone,
        summary.current.capture_id,
    )


def _changes(
    questions: list[Question], summaries: Mapping[int, Summary], gone: Mapping[int, str | None]
) -> Changes:
    outcome: dict[Key, str] = {}
    for one in questions:
        if one.stored is None:
            outcome[one.key] = "new"
        elif one.pages:
            moved = one.stored.version_id != summaries[one.id].current.version_id
            outcome[one.key] = "changed" if moved or one.new_versions else "unchanged"
    return Changes(
        outcome,
        went={one.key for one in questions if gone[one.id] and not one.gone_at},
        came_back={one.key for one in questions if one.gone_at and not gone[one.id]},
    )
