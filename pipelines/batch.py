"""Writes one batch of captures, pages and failures, within a transaction that is open.

The order of the steps is that of the foreign keys: crawls, captures, responders and topics,
questions, versions, and what hangs on them.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from parsers.records import QAPage
from pipelines import people
from pipelines.evidence import can_be_gone, is_readable
from pipelines.history import Rank, Sighting, Summary, gone_at, is_html, summarise
from pipelines.notes import Notes, PageText
from pipelines.rows import CaptureRow, stamp, to_json
from pipelines.sql import insert_many, select_in

CAPTURE_COLUMNS = (
    "id", "record_id", "url", "canonical_url", "captured_at", "status", "content_type", "digest",
    "warc_file", "offset", "length", "source", "crawl_id", "revisit_of", "truncated", "gone",
    "version_id",
)  # fmt: skip
READING_COLUMNS = (
    "url", "answered_on", "year", "status", "confidence", "warnings", "parser", "topic_id",
    "responder_id", "institution",
)  # fmt: skip
TEXT_COLUMNS = ("title", "question", "answer")
SUMMARY_COLUMNS = (
    "first_captured_at", "last_captured_at", "last_changed_at", "versions", "gone_at", "capture_id",
)  # fmt: skip
QUESTION_COLUMNS = ("id", "site", "source_id", *READING_COLUMNS, *TEXT_COLUMNS, *SUMMARY_COLUMNS)

_RESOLVE = """
UPDATE failures SET resolved_by = (
    SELECT c.id FROM captures c
    WHERE c.canonical_url = failures.canonical_url AND c.captured_at > failures.occurred_at
        AND c.status BETWEEN 200 AND 399 AND c.truncated IS NULL AND c.gone = 0
        AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.record_id = c.record_id)
    ORDER BY c.captured_at, c.record_id LIMIT 1)
"""

#: A question, by what its site calls it.
Key = tuple[str, str]


class UnknownCapture(Exception):
    """A page, a failure, or news that a page is gone, without the capture that it is about."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch changed, for the counts: questions by what happened to them."""

    outcome: dict[Key, str]
    went: set[Key]
    came_back: set[Key]


@dataclass
class _Capture:
    """A capture of the batch, or one that is stored and that the batch says more about."""

    id: int
    rank: Rank
    row: CaptureRow | None
    url: str
    status: int
    truncated: str | None
    gone: bool = False
    version_id: int | None = None
    said_more: bool = False

    def readable(self) -> bool:
        return is_readable(self.status, self.truncated)


@dataclass
class _Question:
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


class BatchWriter:
    """Writes batches through one connection; keeps what can be kept between them.

    :param bulk: leave ``failures.resolved_by`` to :meth:`resolve_all`
    """

    def __init__(self, connection: sqlite3.Connection, *, bulk: bool = False) -> None:
        self._connection = connection
        self._bulk = bulk
        self._responders = people.responders_table()
        self._topics = people.topics_table()
        self._crawl_ids: dict[str, int] = {}

    def forget(self) -> None:
        """Drop all that is remembered about the file."""
        self._responders.forget()
        self._topics.forget()
        self._crawl_ids.clear()

    def resolve_all(self) -> None:
        """Set ``failures.resolved_by`` of every failure."""
        self._connection.execute(_RESOLVE)

    def write(self, notes: Notes) -> Changes:
        """Write a notes.

        :raises UnknownCapture: see there
        :raises KeyError: if a capture's crawl has not been added
        """
        captures = self._captures(notes)
        fresh = {
            id_: text
            for id_, text in notes.pages.items()
            if captures[id_].version_id is None and captures[id_].readable()
        }
        questions = self._questions(one.page for one in fresh.values())
        self._attach(fresh, captures, questions)
        self._write_captures(captures)
        self._write_failures(notes, captures)
        self._add_gone_neighbours(captures, questions)
        changes = self._write_questions(list(questions.values()))
        self._resolve(notes, captures)
        return changes

    # -- captures --------------------------------------------------------------------

    def _captures(self, notes: Notes) -> dict[str, _Capture]:
        wanted = {*notes.rows, *notes.pages, *notes.gone, *(id_ for id_, _ in notes.failures)}
        found = {one.rank.record_id: one for one in self._stored_captures(notes, wanted)}
        stored = set(found)
        next_id = self._next_id("captures")
        for record_id, row in notes.rows.items():
            if record_id not in stored:
                rank = Rank(is_html(row.content_type), stamp(row.captured_at), record_id)
                found[record_id] = _Capture(
                    next_id, rank, row, row.canonical_url, row.status, row.truncated
                )
                next_id += 1
        if missing := wanted - set(found):
            raise UnknownCapture(f"there is no capture {min(missing)}")
        for one in (found[record_id] for record_id in notes.gone):
            if not one.gone and can_be_gone(one.status, one.truncated):
                one.gone = one.said_more = True
        return found

    def _stored_captures(self, notes: Notes, wanted: Iterable[str]) -> Iterator[_Capture]:
        query = (
            "SELECT record_id, id, content_type, captured_at, status, truncated, canonical_url, "
            "gone, version_id FROM captures WHERE record_id IN ({})"
        )
        for record_id, id_, kind, at, status, truncated, url, gone, version in select_in(
            self._connection, query, wanted
        ):
            rank = Rank(is_html(kind), at, record_id)
            row = notes.rows.get(record_id)
            yield _Capture(id_, rank, row, url, status, truncated, bool(gone), version)

    def _write_captures(self, captures: dict[str, _Capture]) -> None:
        rows = [
            (
                one.id, row.record_id, row.url, row.canonical_url, one.rank.captured_at,
                row.status, row.content_type, row.digest, row.warc_file, row.offset, row.length,
                row.source, self._crawl_id(row.crawl), row.revisit_of, row.truncated, one.gone,
                one.version_id,
            )
            for one in captures.values()
            if (row := one.row) is not None
        ]  # fmt: skip
        # The same record in two files: the file that sorts first is its evidence, whichever
        # was read first.
        place = ("warc_file", "offset", "length", "source", "crawl_id")
        tail = (
            f"ON CONFLICT (record_id) DO UPDATE SET "
            f"{', '.join(f'{name} = excluded.{name}' for name in place)} "
            "WHERE (excluded.warc_file, excluded.offset) < (warc_file, offset)"
        )
        insert_many(self._connection, "captures", CAPTURE_COLUMNS, rows, tail)
        written = {row[0] for row in rows}
        self._connection.executemany(
            "UPDATE captures SET gone = ?, version_id = ? WHERE id = ?",
            [
                (one.gone, one.version_id, one.id)
                for one in captures.values()
                if one.said_more and one.id not in written
            ],
        )

    def _crawl_id(self, uid: str) -> int:
        known = self._crawl_ids.get(uid)
        if known is None:
            query = "SELECT id FROM crawls WHERE uid = ?"
            found = self._connection.execute(query, (uid,)).fetchone()
            if found is None:
                raise KeyError(f"no crawl {uid}: add_crawl comes first")
            known = self._crawl_ids[uid] = int(found[0])
        return known

    def _next_id(self, table: str) -> int:
        query = f"SELECT coalesce(max(id), 0) + 1 FROM {table}"
        return int(self._connection.execute(query).fetchone()[0])

    # -- failures --------------------------------------------------------------------

    def _write_failures(self, notes: Notes, captures: Mapping[str, _Capture]) -> None:
        self._connection.executemany(
            "INSERT INTO failures (url, canonical_url, occurred_at, stage, field, reason, "
            "record_id, capture_id, crawl_id) SELECT url, canonical_url, captured_at, ?, ?, ?, "
            "record_id, id, crawl_id FROM captures WHERE record_id = ? "
            "ON CONFLICT (record_id, stage) DO NOTHING",
            [
                (one.stage, one.field, one.reason, one.record_id)
                for one in notes.failures.values()
                if one.stage != "parse" or captures[one.record_id].readable()
            ],
        )
        self._connection.executemany(
            "INSERT INTO failures (url, canonical_url, occurred_at, stage, reason, record_id, "
            "crawl_id) VALUES (?, ?, ?, 'fetch', ?, ?, ?) "
            "ON CONFLICT (record_id, stage) DO NOTHING",
            [
                (
                    one.url, one.canonical_url, stamp(one.occurred_at), one.reason, one.record_id,
                    self._crawl_id(one.crawl),
                )
                for one in notes.unanswered.values()
            ],
        )  # fmt: skip

    def _resolve(self, notes: Notes, captures: Mapping[str, _Capture]) -> None:
        if self._bulk:
            return
        urls = {one.url for one in captures.values()}
        urls |= {one.canonical_url for one in notes.unanswered.values()}
        query = "SELECT DISTINCT canonical_url FROM failures WHERE canonical_url IN ({})"
        failed = select_in(self._connection, query, urls)
        self._connection.executemany(f"{_RESOLVE} WHERE canonical_url = ?", list(failed))

    # -- questions: what is to be written ----------------------------------------------

    def _questions(self, pages: Iterable[QAPage]) -> dict[Key, _Question]:
        """The questions of some pages, with all that is stored about them."""
        found: dict[Key, _Question] = {}
        next_id = self._next_id("questions")
        for key in {(page.site, page.source_id): None for page in pages}:
            row = self._connection.execute(
                "SELECT id, url, gone_at, capture_id FROM questions "
                "WHERE site = ? AND source_id = ?",
                key,
            ).fetchone()
            if row is None:
                found[key] = _Question(next_id, key)
                next_id += 1
            else:
                found[key] = self._stored_question(key, row)
        return found

    def _stored_question(self, key: Key, row: tuple[Any, ...]) -> _Question:
        id_, url, gone, current = row
        question = _Question(id_, key, url=url, gone_at=gone)
        query = (
            "SELECT v.id, v.digest, c.id, c.content_type, c.captured_at, c.record_id "
            "FROM versions v JOIN captures c ON c.version_id = v.id WHERE v.question_id = ?"
        )
        for version, digest, capture, kind, at, record_id in self._connection.execute(
            query, (id_,)
        ):
            question.versions[digest] = version
            question.sightings.append(
                Sighting(Rank(is_html(kind), at, record_id), capture, version)
            )
        question.stored = next(one for one in question.sightings if one.capture_id == current)
        return question

    def _attach(
        self,
        pages: Mapping[str, PageText],
        captures: Mapping[str, _Capture],
        questions: Mapping[Key, _Question],
    ) -> None:
        """Give each page its version, each question its new sightings."""
        next_id = self._next_id("versions")
        for record_id, text in pages.items():
            page = text.page
            capture, question = captures[record_id], questions[page.site, page.source_id]
            version = question.versions.get(text.digest)
            if version is None:
                version, next_id = next_id, next_id + 1
                question.versions[text.digest] = version
                question.new_versions[version] = text
            capture.version_id, capture.said_more = version, True
            question.sightings.append(Sighting(capture.rank, capture.id, version))
            question.pages[capture.id] = page

    def _add_gone_neighbours(
        self, captures: Mapping[str, _Capture], questions: dict[Key, _Question]
    ) -> None:
        """Bring in the stored questions that the batch has the end of."""
        ids = [one.id for one in captures.values() if one.gone and one.said_more]
        query = (
            "SELECT DISTINCT q.site, q.source_id, q.id, q.url, q.gone_at, q.capture_id "
            "FROM captures c JOIN questions q ON q.url = c.canonical_url WHERE c.id IN ({})"
        )
        for site, source_id, *row in list(select_in(self._connection, query, ids)):
            if (site, source_id) not in questions:
                key = (site, source_id)
                questions[key] = self._stored_question(key, tuple(row))

    # -- questions: writing --------------------------------------------------------------

    def _write_questions(self, questions: list[_Question]) -> Changes:
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
        self, questions: list[_Question], summaries: Mapping[int, Summary]
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

    def _offer_shared(self, questions: list[_Question], summaries: Mapping[int, Summary]) -> None:
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
        self, questions: list[_Question], summaries: Mapping[int, Summary]
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
        questions: list[_Question],
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

    def _write_versions(self, questions: list[_Question], summaries: Mapping[int, Summary]) -> None:
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

    def _write_links(self, questions: list[_Question], summaries: Mapping[int, Summary]) -> None:
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
            "question_topics": ("question_id", "topic_id", "position"),
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
    questions: list[_Question], summaries: Mapping[int, Summary], gone: Mapping[int, str | None]
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
