"""The rows of ``questions``, and of their versions, answers, responders, topics and links."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parsers.records import QAPage
from pipelines.db.connection import insert_many, select_in
from pipelines.db.rules import Key, page_of, responder_id, text_of, to_json, topic_id, topic_slug
from pipelines.store import people
from pipelines.store.history import Sighting, Summary, absences, summarise
from pipelines.store.question import Question
from pipelines.store.threads import PartText, ShownQuestion, shown_question

READING_COLUMNS = (
    "url", "answered_on", "year", "status", "confidence", "warnings", "parser", "topic_id",
    "responder_id", "institution", "asker", "asked_on", "language", "answers", "parts",
)  # fmt: skip
TEXT_COLUMNS = ("title", "question", "answer")
SUMMARY_COLUMNS = (
    "first_captured_at", "last_captured_at", "last_changed_at", "versions", "sources", "gone_at",
    "capture_id",
)  # fmt: skip
QUESTION_COLUMNS = ("id", "site", "source_id", *READING_COLUMNS, *TEXT_COLUMNS, *SUMMARY_COLUMNS)
_LINK_COLUMNS = {
    "answers": (
        "id", "question_id", "position", "part", "text", "author", "answered_on", "accepted",
        "score", "url", "capture_id",
    ),
    "answer_responders": (
        "answer_id", "responder_id", "position", "name", "credentials", "title", "college",
        "institution", "url",
    ),
    "question_topics": ("question_id", "topic_id", "position", "name", "url"),
    "links": ("question_id", "position", "text", "url"),
}  # fmt: skip

#: Delete what hangs on a question.
UNLINK = (
    "DELETE FROM answer_responders WHERE answer_id IN (SELECT id FROM answers "
    "WHERE question_id = ?)",
    "DELETE FROM answers WHERE question_id = ?",
    "DELETE FROM question_topics WHERE question_id = ?",
    "DELETE FROM links WHERE question_id = ?",
)

_UNKNOWN_READING = "how sure this reading was is not on record; 'scrapy rebuild' reads it again"


@dataclass(frozen=True, slots=True)
class QuestionChanges:
    """What a batch changed: questions, by new, changed or unchanged, and by gone or back."""

    outcome: dict[Key, str]
    gone: set[Key]
    back: set[Key]


#: By question id, what is to be written.
Shown = dict[int, ShownQuestion]


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
        """Write questions with all their sightings, whose captures are written.

        Where one question of a page is among them, all that the page has ever had are.
        """
        news = self._news(questions)
        summaries = {
            each.id: summarise(each.sightings, each.words, news[each.id]) for each in questions
        }
        shown: Shown = {}
        for question in questions:
            texts = self._texts_to_show(question, summaries[question.id])
            if texts:
                shown[question.id] = shown_question(texts, question.key[1])
        self._propose_shared(shown)
        former = {each.id: _outranked(each, summaries[each.id]) for each in questions}
        former = {id_: captures for id_, captures in former.items() if captures}
        tables = (self._responders, self._topics)
        dropped = [table.named_by(self._connection, former) for table in tables]
        self._write_question_rows(questions, summaries, shown)
        self._write_versions(questions, summaries)
        self._write_links(questions, summaries, shown)
        for table, rows in zip(tables, dropped, strict=True):
            table.retract(self._connection, rows)
        return _changes(questions, summaries)

    def _texts_to_show(self, question: Question, summary: Summary) -> list[PartText]:
        """The pages that a question is shown from; empty if its row has them already."""
        if question.has_one_page(summary):
            (stored,), (current,) = question.stored, summary.shown
            if stored.evidence_id == current.evidence_id:
                return []
        texts = []
        for sighting in summary.shown:
            text = question.pages.get(sighting.evidence_id)
            page = text.page if text else self._stored_page(question, sighting)
            texts.append(PartText(page, question.members[sighting.version_id], sighting))
        return texts

    def _stored_page(self, question: Question, sighting: Sighting) -> QAPage:
        """A page as it was read from a capture that is stored."""
        query = (
            "SELECT v.record, c.record_id, s.parser, s.confidence, s.warnings FROM sightings s "
            "JOIN versions v ON v.id = s.version_id JOIN captures c ON c.id = s.capture_id "
            "WHERE s.capture_id = ? AND v.question_id = ?"
        )
        values = (sighting.evidence_id, question.id)
        row = self._connection.execute(query, values).fetchone()
        record, record_id, parser, confidence, warnings = row
        if parser is None:  # read before that was recorded, and not shown since
            parser, confidence, warnings = "unknown", 0.0, to_json([_UNKNOWN_READING])
        site, source_id = question.key
        return QAPage(
            **text_of(record), url=sighting.url, site=site, source_id=source_id,
            record_id=record_id, parser=parser, confidence=confidence,
            warnings=tuple(json.loads(warnings)), part=sighting.part,
        )  # fmt: skip

    def _news(self, questions: list[Question]) -> dict[int, dict[str, list[str]]]:
        """By question and URL, when captures said that a page has the question no more."""
        gone: dict[str, list[str]] = defaultdict(list)
        query = (
            "SELECT canonical_url, captured_at FROM captures "
            "WHERE gone = 1 AND canonical_url IN ({})"
        )
        urls = {sighting.url for each in questions for sighting in each.sightings}
        for url, at in select_in(self._connection, query, urls):
            gone[url].append(at)
        news = {
            each.id: {url: gone[url] for url in {s.url for s in each.sightings} if url in gone}
            for each in questions
        }
        for id_, absent in _absences(questions).items():
            for url, moments in absent.items():
                news[id_][url] = [*news[id_].get(url, ()), *moments]
        return news

    def _propose_shared(self, shown: Shown) -> None:
        """Write the responders and topics that pages print, where they outrank others."""
        responders = [
            (sighting, people.responders_of(page.site, page.responders))
            for each in shown.values()
            for page, sighting in each.parts
        ]
        topics = [(each.parts[0][1], people.topics_of(each.page.topics)) for each in shown.values()]
        for table, printed in ((self._responders, responders), (self._topics, topics)):
            table.load(self._connection, {row.id for _, rows in printed for row in rows})
            for sighting, rows in printed:
                table.propose(rows, sighting.evidence_rank, sighting.evidence_id)
            table.write(self._connection)

    def _write_question_rows(
        self, questions: list[Question], summaries: Mapping[int, Summary], all_shown: Shown
    ) -> None:
        new, same_text, new_text, dates = [], [], [], []
        for question in questions:
            summary = summaries[question.id]
            derived = _summary_values(summary)
            shown = all_shown.get(question.id)
            if shown is None:
                dates.append((*derived, question.id))
                continue
            page = shown.page
            reading = (*_reading_values(page), len(shown.parts))
            text = (page.title, page.question, page.answer)
            if not question.stored:
                new.append((question.id, *question.key, *reading, *text, *derived))
            elif question.has_same_text(summary):
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
                    version, question.id, page.part, text.digest, text.words, page.title,
                    page.question, page.answer, text.record,
                    to_json(question.members[version]), first, last,
                ))  # fmt: skip
        columns = (
            "id", "question_id", "part", "digest", "words", *TEXT_COLUMNS, "record", "members",
            "first_capture_id", "last_capture_id",
        )  # fmt: skip
        insert_many(self._connection, "versions", columns, new)
        self._connection.executemany(
            "UPDATE versions SET first_capture_id = ?, last_capture_id = ? WHERE id = ?", spans
        )
        self._connection.executemany(
            "UPDATE versions SET members = ? WHERE id = ?",
            [(to_json(each.members[id_]), id_) for each in questions for id_ in each.renamed],
        )
        unused = [(version,) for question in questions for version in question.replaced]
        self._connection.executemany("DELETE FROM versions WHERE id = ?", unused)

    def _write_links(
        self, questions: list[Question], summaries: Mapping[int, Summary], all_shown: Shown
    ) -> None:
        rows = people.LinkRows([], [], [], [])
        query = "SELECT coalesce(max(id), 0) + 1 FROM answers"
        (answer_id,) = self._connection.execute(query).fetchone()
        outdated, evidence = [], []
        for question in questions:
            shown, summary = all_shown.get(question.id), summaries[question.id]
            if shown is None:
                continue
            if question.has_same_text(summary):
                evidence.append((summary.current.evidence_id, question.id))
                continue
            if question.stored:
                outdated.append((question.id,))
            answer_id = rows.add(question.id, shown, answer_id)
        for statement in UNLINK:
            self._connection.executemany(statement, outdated)
        for (table, names), values in zip(_LINK_COLUMNS.items(), rows, strict=True):
            insert_many(self._connection, table, names, values)
        self._connection.executemany(
            "UPDATE answers SET capture_id = ? WHERE question_id = ?", evidence
        )


def _absences(questions: list[Question]) -> dict[int, dict[str, list[str]]]:
    """When pages were read that had other questions and not these; see there."""
    pages: dict[Key, dict[int, list[Sighting]]] = defaultdict(dict)
    for question in questions:
        pages[page_of(question.key)][question.id] = question.sightings
    absent: dict[int, dict[str, list[str]]] = {}
    for siblings in pages.values():
        if len(siblings) > 1:
            absent |= absences(siblings)
    return absent


def _outranked(question: Question, summary: Summary) -> set[int]:
    """The former evidence that may no longer say how responders and topics are printed.

    A higher capture of the same text prints the same, and has outranked it already.
    """
    now = {each.part: each for each in summary.shown}
    outranked = {
        each.evidence_id
        for each in question.stored
        if each.part not in now
        or each.version_id != now[each.part].version_id
        or now[each.part].evidence_rank < each.evidence_rank
    }
    if question.stored and question.stored[0].part != summary.current.part:
        outranked.add(question.stored[0].evidence_id)
    return outranked


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
        page.asker,
        page.asked_on.isoformat() if page.asked_on else None,
        page.language,
        len(page.answers),
    )


def _summary_values(summary: Summary) -> tuple[Any, ...]:
    return (
        summary.first_captured_at,
        summary.last_captured_at,
        summary.last_changed_at,
        summary.versions,
        to_json(summary.sources),
        summary.gone_at,
        summary.current.evidence_id,
    )


def _changes(questions: list[Question], summaries: Mapping[int, Summary]) -> QuestionChanges:
    outcome: dict[Key, str] = {}
    gone = {each.id: summaries[each.id].gone_at for each in questions}
    for question in questions:
        if not question.stored:
            outcome[question.key] = "new"
        elif question.sighted:
            # A page that says what a text rendering of it said is no change.
            ids = [each.version_id for each in question.stored]
            former = {question.replaced.get(id_, id_) for id_ in ids}
            moved = not {each.version_id for each in summaries[question.id].shown} <= former
            is_new = question.new_versions.keys() - question.replaced.values()
            outcome[question.key] = "changed" if moved or is_new else "unchanged"
    return QuestionChanges(
        outcome,
        gone={each.key for each in questions if gone[each.id] and not each.gone_at},
        back={each.key for each in questions if each.gone_at and not gone[each.id]},
    )
