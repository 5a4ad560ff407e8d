"""Writes questions, and what hangs on them: versions, responders, topics, links."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from parsers.records import QAPage
from pipelines.db.changeset import PageText
from pipelines.db.ids import responder_id, text_of, topic_id, topic_slug
from pipelines.db.keys import Key
from pipelines.db.sql import insert_many, select_in
from pipelines.files.canonical_json import to_json
from pipelines.store import people
from pipelines.store.history import Sighting, Summary, gone_at, homes, summarise

READING_COLUMNS = (
    "url", "answered_on", "year", "status", "confidence", "warnings", "parser", "topic_id",
    "responder_id", "institution",
)  # fmt: skip
TEXT_COLUMNS = ("title", "question", "answer")
SUMMARY_COLUMNS = (
    "first_captured_at", "last_captured_at", "last_changed_at", "versions", "sources", "gone_at",
    "capture_id",
)  # fmt: skip
QUESTION_COLUMNS = ("id", "site", "source_id", *READING_COLUMNS, *TEXT_COLUMNS, *SUMMARY_COLUMNS)

_UNKNOWN_READING = "how sure this reading was is not on record; 'scrapy rebuild' reads it again"


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
    #: ids of its versions by digest, and what each says by id
    versions: dict[str, int] = field(default_factory=dict)
    words: dict[int, str] = field(default_factory=dict)
    new_versions: dict[int, PageText] = field(default_factory=dict)
    #: by the id of the capture that holds them, the pages that the batch brings
    pages: dict[int, QAPage] = field(default_factory=dict)
    sighted: bool = False
    #: by id, the stored versions that text renderings have left, and for which
    left: dict[int, int] = field(default_factory=dict)
    #: the stored versions that no capture has any more
    dropped: list[int] = field(default_factory=list)

    def add(self, sighting: Sighting) -> None:
        """The batch has this sighting of it."""
        self.sightings.append(sighting)
        self.sighted = True

    def settle(self) -> list[tuple[int, int]]:
        """Bring text renderings home (see :func:`pipelines.store.history.homes`); all pages are in.

        :returns: the captures that moved, each with its version
        """
        html = {one.version_id for one in self.sightings if one.evidence_rank.is_html}
        if not html or all(one.evidence_rank.is_html for one in self.sightings):
            return []
        home = homes(self.versions, self.words, html)
        moved = []
        for at, one in enumerate(self.sightings):
            target = home[one.version_id]
            if not one.evidence_rank.is_html and target != one.version_id:
                self.sightings[at] = replace(one, version_id=target)
                moved.append((one.capture_id, target))
        self._drop_empty(home)
        return moved

    def _drop_empty(self, home: Mapping[int, int]) -> None:
        held = {one.version_id for one in self.sightings}
        for digest, version in list(self.versions.items()):
            if version in held:
                continue
            del self.versions[digest]
            if self.new_versions.pop(version, None) is None:
                self.dropped.append(version)
                self.left[version] = home[version]


#: By question id, the pages that are to be written.
Pages = dict[int, QAPage]


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
        summaries = {one.id: summarise(one.sightings, one.words) for one in questions}
        pages: Pages = {}
        for one in questions:
            page = self._page_to_show(one, summaries[one.id].current)
            if page is not None:
                pages[one.id] = page
                one.url = page.url
        gone = self._gone_since(questions, summaries)
        self._offer_shared(summaries, pages)
        dropped = self._former_links(questions, summaries)
        self._write_question_rows(questions, summaries, pages, gone)
        self._write_versions(questions, summaries)
        self._write_links(questions, summaries, pages)
        for table, former in dropped:
            table.withdraw(self._connection, former)
        return _changes(questions, summaries, gone)

    def _page_to_show(self, question: Question, current: Sighting) -> QAPage | None:
        """What is to be written of a question; None if that is there already."""
        page = question.pages.get(current.evidence_id)
        stored = question.stored
        if page is None and (stored is None or stored.evidence_id != current.evidence_id):
            return self._stored_page(question.key, current.evidence_id)
        return page

    def _stored_page(self, key: Key, capture_id: int) -> QAPage:
        """A page as it was read from a capture that is stored."""
        query = (
            "SELECT v.record, c.canonical_url, c.record_id, c.parser, c.confidence, c.warnings "
            "FROM captures c JOIN versions v ON v.id = c.version_id WHERE c.id = ?"
        )
        row = self._connection.execute(query, (capture_id,)).fetchone()
        record, url, record_id, parser, confidence, warnings = row
        if parser is None:  # read before that was kept, and not shown since
            parser, confidence, warnings = "unknown", 0.0, to_json([_UNKNOWN_READING])
        return QAPage(
            **text_of(record), url=url, site=key[0], source_id=key[1], record_id=record_id,
            parser=parser, confidence=confidence, warnings=tuple(json.loads(warnings)),
        )  # fmt: skip

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

    def _offer_shared(self, summaries: Mapping[int, Summary], pages: Pages) -> None:
        currents = [(summaries[id_].current, page) for id_, page in pages.items()]
        responders = [people.responders_of(page.site, page.responders) for _, page in currents]
        topics = [people.topics_of(page.topics) for _, page in currents]
        for table, entries in ((self._responders, responders), (self._topics, topics)):
            table.load(self._connection, {entry.id for some in entries for entry in some})
            for (current, _), some in zip(currents, entries, strict=True):
                table.offer(some, current.evidence_rank, current.evidence_id)
            table.write(self._connection)

    def _former_links(
        self, questions: list[Question], summaries: Mapping[int, Summary]
    ) -> list[tuple[people.SharedTable, list[tuple[int, int]]]]:
        """What the questions' former evidence named, where it may no longer speak for them."""
        former = {
            one.id: one.stored.evidence_id
            for one in questions
            if one.stored and _lost_standing(one.stored, summaries[one.id].current)
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
        pages: Pages,
        gone: Mapping[int, str | None],
    ) -> None:
        new, same_text, new_text, dates = [], [], [], []
        for one in questions:
            summary = summaries[one.id]
            derived = _summary_values(summary, gone[one.id])
            page = pages.get(one.id)
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
                digests = (text.digest, text.words)
                new.append((version, one.id, *digests, *shown, text.record, first, last))
        columns = (
            "id", "question_id", "digest", "words", *TEXT_COLUMNS, "record", "first_capture_id",
            "last_capture_id",
        )  # fmt: skip
        insert_many(self._connection, "versions", columns, new)
        self._connection.executemany(
            "UPDATE versions SET first_capture_id = ?, last_capture_id = ? WHERE id = ?", spans
        )
        dropped = [(version,) for one in questions for version in one.dropped]
        self._connection.executemany("DELETE FROM versions WHERE id = ?", dropped)

    def _write_links(
        self, questions: list[Question], summaries: Mapping[int, Summary], pages: Pages
    ) -> None:
        tables: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        replaced = []
        for one in questions:
            current = summaries[one.id].current
            page = pages.get(one.id)
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


def _lost_standing(former: Sighting, current: Sighting) -> bool:
    """Whether what the former evidence printed may be shown by its right no longer.

    A higher capture of the same text prints the same, and has outranked it already.
    """
    changed = former.version_id != current.version_id
    return changed or current.evidence_rank < former.evidence_rank


def _reading_values(page: QAPage) -> tuple[Any, ...]:
    topic = topic_id(topic_slug(page.topics[0])) if page.topics else None
    responder = responder_id(page.site, page.responders[0]) if page.responders else None
    return (
        page.url,
        page.answered_on.isoformat() if page.answered_on else None,
        page.answered_on.year if page.answered_on else None,
        page.status,
        page.confidence,
        to_json(page.warnings),
        page.parser,
        topic,
        responder,
        page.responders[0].institution if page.responders else None,
    )


def _summary_values(summary: Summary, gone: str | None) -> tuple[Any, ...]:
    return (
        summary.first_captured_at,
        summary.last_captured_at,
        summary.last_changed_at,
        summary.versions,
        to_json(summary.sources),
        gone,
        summary.current.evidence_id,
    )


def _changes(
    questions: list[Question], summaries: Mapping[int, Summary], gone: Mapping[int, str | None]
) -> Changes:
    outcome: dict[Key, str] = {}
    for one in questions:
        if one.stored is None:
            outcome[one.key] = "new"
        elif one.sighted:
            # A page that says what a text rendering of it said is no change.
            former = one.left.get(one.stored.version_id, one.stored.version_id)
            moved = former != summaries[one.id].current.version_id
            is_new = one.new_versions.keys() - one.left.values()
            outcome[one.key] = "changed" if moved or is_new else "unchanged"
    return Changes(
        outcome,
        went={one.key for one in questions if gone[one.id] and not one.gone_at},
        came_back={one.key for one in questions if one.gone_at and not gone[one.id]},
    )
