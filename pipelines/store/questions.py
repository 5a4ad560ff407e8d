"""The rows of ``questions``, and of their versions, responders, topics and links."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from parsers.records import QAPage
from pipelines.db.changeset import PageText
from pipelines.db.connection import insert_many, select_in
from pipelines.db.rules import Key, responder_id, text_of, to_json, topic_id, topic_slug
from pipelines.store import people
from pipelines.store.history import Sighting, Summary, gone_at, match_text_versions, summarise

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
_LINK_COLUMNS = {
    "question_responders": (
        "question_id", "responder_id", "position", "name", "credentials", "title", "college",
        "institution", "url",
    ),
    "question_topics": ("question_id", "topic_id", "position", "name", "url"),
    "links": ("question_id", "position", "text", "url"),
}  # fmt: skip

_UNKNOWN_READING = "how sure this reading was is not on record; 'scrapy rebuild' reads it again"


@dataclass(frozen=True, slots=True)
class QuestionChanges:
    """What a batch changed: questions, by new, changed or unchanged, and by gone or back."""

    outcome: dict[Key, str]
    gone: set[Key]
    back: set[Key]


@dataclass
class Question:
    """A question that the batch touches: as stored, and with what the batch adds."""

    id: int
    key: Key
    stored: Sighting | None = None
    url: str = ""
    gone_at: str | None = None
    sightings: list[Sighting] = field(default_factory=list)
    #: ids of its versions by digest, and the digest of the words of each by id
    versions: dict[str, int] = field(default_factory=dict)
    words: dict[int, str] = field(default_factory=dict)
    new_versions: dict[int, PageText] = field(default_factory=dict)
    #: by the id of the capture that holds them, the pages that the batch brings
    pages: dict[int, QAPage] = field(default_factory=dict)
    sighted: bool = False
    #: the stored versions that no capture has any more, each with the one that took its place
    replaced: dict[int, int] = field(default_factory=dict)

    def add(self, sighting: Sighting) -> None:
        """Add a sighting that the batch has of it."""
        self.sightings.append(sighting)
        self.sighted = True

    def match_text_versions(self) -> list[tuple[int, int]]:
        """Move text renderings to the versions that they attest; all its pages are in.

        See :func:`pipelines.store.history.match_text_versions`.

        :returns: the captures that moved, each with its version
        """
        html = {each.version_id for each in self.sightings if each.evidence_rank.is_html}
        if not html or all(each.evidence_rank.is_html for each in self.sightings):
            return []
        targets = match_text_versions(self.versions, self.words, html)
        moved = []
        for at, sighting in enumerate(self.sightings):
            target = targets[sighting.version_id]
            if not sighting.evidence_rank.is_html and target != sighting.version_id:
                self.sightings[at] = replace(sighting, version_id=target)
                moved.append((sighting.capture_id, target))
        in_use = {sighting.version_id for sighting in self.sightings}
        for digest, version in list(self.versions.items()):
            if version not in in_use:
                del self.versions[digest]
                if self.new_versions.pop(version, None) is None:
                    self.replaced[version] = targets[version]
        return moved


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

    def write(self, questions: list[Question]) -> QuestionChanges:
        """Write questions with all their sightings, whose captures are written."""
        summaries = {each.id: summarise(each.sightings, each.words) for each in questions}
        pages: Pages = {}
        for question in questions:
            page = self._page_to_show(question, summaries[question.id].current)
            if page is not None:
                pages[question.id] = page
                question.url = page.url
        gone = self._gone_since(questions, summaries)
        self._propose_shared(summaries, pages)
        former = {
            question.id: question.stored.evidence_id
            for question in questions
            if question.stored and _is_outranked(question.stored, summaries[question.id].current)
        }
        tables = (self._responders, self._topics)
        dropped = [table.named_by(self._connection, former) for table in tables]
        self._write_question_rows(questions, summaries, pages, gone)
        self._write_versions(questions, summaries)
        self._write_links(questions, summaries, pages)
        for table, rows in zip(tables, dropped, strict=True):
            table.retract(self._connection, rows)
        return _changes(questions, summaries, gone)

    def _page_to_show(self, question: Question, current: Sighting) -> QAPage | None:
        """The page that a question is shown from; None if its row has that already."""
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
        if parser is None:  # read before that was recorded, and not shown since
            parser, confidence, warnings = "unknown", 0.0, to_json([_UNKNOWN_READING])
        return QAPage(
            **text_of(record), url=url, site=key[0], source_id=key[1], record_id=record_id,
            parser=parser, confidence=confidence, warnings=tuple(json.loads(warnings)),
        )  # fmt: skip

    def _gone_since(
        self, questions: list[Question], summaries: Mapping[int, Summary]
    ) -> dict[int, str | None]:
        """Since when each question is gone, by its id; None for those that are not."""
        news: dict[str, list[str]] = defaultdict(list)
        query = (
            "SELECT canonical_url, captured_at FROM captures "
            "WHERE gone = 1 AND canonical_url IN ({})"
        )
        for url, at in select_in(self._connection, query, {each.url for each in questions}):
            news[url].append(at)
        return {
            each.id: gone_at(summaries[each.id].last_captured_at, news.get(each.url, ()))
            for each in questions
        }

    def _propose_shared(self, summaries: Mapping[int, Summary], pages: Pages) -> None:
        """Write the responders and topics that the pages print, where they outrank others."""
        currents = [(summaries[id_].current, page) for id_, page in pages.items()]
        responders = [people.responders_of(page.site, page.responders) for _, page in currents]
        topics = [people.topics_of(page.topics) for _, page in currents]
        for table, printed in ((self._responders, responders), (self._topics, topics)):
            table.load(self._connection, {row.id for rows in printed for row in rows})
            for (current, _), rows in zip(currents, printed, strict=True):
                table.propose(rows, current.evidence_rank, current.evidence_id)
            table.write(self._connection)

    def _write_question_rows(
        self,
        questions: list[Question],
        summaries: Mapping[int, Summary],
        pages: Pages,
        gone: Mapping[int, str | None],
    ) -> None:
        new, same_text, new_text, dates = [], [], [], []
        for question in questions:
            summary = summaries[question.id]
            derived = _summary_values(summary, gone[question.id])
            page = pages.get(question.id)
            if page is None:
                dates.append((*derived, question.id))
                continue
            reading, text = _reading_values(page), (page.title, page.question, page.answer)
            if question.stored is None:
                new.append((question.id, *question.key, *reading, *text, *derived))
            elif question.stored.version_id == summary.current.version_id:
                same_text.append((*reading, *derived, question.id))
            else:
                new_text.append((*reading, *text, *derived, question.id))
        insert_many(self._connection, "questions", QUESTION_COLUMNS, new)
        self._update(SUMMARY_COLUMNS, dates)
        self._update((*READING_COLUMNS, *SUMMARY_COLUMNS), same_text)
        self._update((*READING_COLUMNS, *TEXT_COLUMNS, *SUMMARY_COLUMNS), new_text)

    def _update(self, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        places = ", ".join(f"{name} = ?" for name in columns)
        self._connection.executemany(f"UPDATE questions SET {places} WHERE id = ?", rows)

    def _write_versions(self, questions: list[Question], summaries: Mapping[int, Summary]) -> None:
        new, spans = [], []
        for question in questions:
            for version, (first, last) in summaries[question.id].spans.items():
                if version not in question.new_versions:
                    spans.append((first, last, version))
                    continue
                text = question.new_versions[version]
                page = text.page
                new.append((
                    version, question.id, text.digest, text.words, page.title, page.question,
                    page.answer, text.record, first, last,
                ))  # fmt: skip
        columns = (
            "id", "question_id", "digest", "words", *TEXT_COLUMNS, "record", "first_capture_id",
            "last_capture_id",
        )  # fmt: skip
        insert_many(self._connection, "versions", columns, new)
        self._connection.executemany(
            "UPDATE versions SET first_capture_id = ?, last_capture_id = ? WHERE id = ?", spans
        )
        unused = [(version,) for question in questions for version in question.replaced]
        self._connection.executemany("DELETE FROM versions WHERE id = ?", unused)

    def _write_links(
        self, questions: list[Question], summaries: Mapping[int, Summary], pages: Pages
    ) -> None:
        tables: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        outdated = []
        for question in questions:
            page, stored = pages.get(question.id), question.stored
            current = summaries[question.id].current
            if page is None or (stored and stored.version_id == current.version_id):
                continue
            if stored:
                outdated.append((question.id,))
            for rows, more in zip(tables, people.link_rows(question.id, page), strict=True):
                rows.extend(more)
        for (table, names), rows in zip(_LINK_COLUMNS.items(), tables, strict=True):
            self._connection.executemany(f"DELETE FROM {table} WHERE question_id = ?", outdated)
            insert_many(self._connection, table, names, rows)


def _is_outranked(former: Sighting, current: Sighting) -> bool:
    """Whether the former evidence may no longer say how responders and topics are printed.

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
) -> QuestionChanges:
    outcome: dict[Key, str] = {}
    for question in questions:
        if question.stored is None:
            outcome[question.key] = "new"
        elif question.sighted:
            # A page that says what a text rendering of it said is no change.
            former = question.stored.version_id
            former = question.replaced.get(former, former)
            moved = former != summaries[question.id].current.version_id
            is_new = question.new_versions.keys() - question.replaced.values()
            outcome[question.key] = "changed" if moved or is_new else "unchanged"
    return QuestionChanges(
        outcome,
        gone={each.key for each in questions if gone[each.id] and not each.gone_at},
        back={each.key for each in questions if each.gone_at and not gone[each.id]},
    )
