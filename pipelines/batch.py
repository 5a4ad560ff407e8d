"""Writes one batch of notes, within a transaction that is open.

The order of the steps is that of the foreign keys: captures and failures here, then
questions and what hangs on them in :mod:`pipelines.questions`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from parsers.records import QAPage
from pipelines.evidence import can_be_gone, is_readable
from pipelines.history import Rank, Sighting, is_html
from pipelines.notes import Notes, PageText
from pipelines.questions import Changes, Key, Question, QuestionWriter
from pipelines.rows import CaptureRow, stamp
from pipelines.sql import insert_many, select_in

CAPTURE_COLUMNS = (
    "id", "record_id", "url", "canonical_url", "captured_at", "status", "content_type", "digest",
    "warc_file", "offset", "length", "source", "crawl_id", "revisit_of", "truncated", "gone",
    "version_id",
)  # fmt: skip

_RESOLVE = """
UPDATE failures SET resolved_by = (
    SELECT c.id FROM captures c
    WHERE c.canonical_url = failures.canonical_url AND c.captured_at > failures.occurred_at
        AND c.status BETWEEN 200 AND 399 AND c.truncated IS NULL AND c.gone = 0
        AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.record_id = c.record_id)
    ORDER BY c.captured_at, c.record_id LIMIT 1)
"""


class UnknownCapture(Exception):
    """A page, a failure, or news that a page is gone, without the capture that it is about."""


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


class BatchWriter:
    """Writes batches through one connection; keeps what can be kept between them.

    :param bulk: leave ``failures.resolved_by`` to :meth:`resolve_all`
    """

    def __init__(self, connection: sqlite3.Connection, *, bulk: bool = False) -> None:
        self._connection = connection
        self._bulk = bulk
        self._questions = QuestionWriter(connection)
        self._crawl_ids: dict[str, int] = {}

    def forget(self) -> None:
        """Drop all that is remembered about the file."""
        self._questions.forget()
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
        questions = self._questions_of(one.page for one in fresh.values())
        self._attach(fresh, captures, questions)
        self._write_captures(captures)
        self._write_failures(notes, captures)
        self._add_gone_neighbours(captures, questions)
        changes = self._questions.write(list(questions.values()))
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

    def _questions_of(self, pages: Iterable[QAPage]) -> dict[Key, Question]:
        """The questions of some pages, with all that is stored about them."""
        found: dict[Key, Question] = {}
        next_id = self._next_id("questions")
        for key in {(page.site, page.source_id): None for page in pages}:
            row = self._connection.execute(
                "SELECT id, url, gone_at, capture_id FROM questions "
                "WHERE site = ? AND source_id = ?",
                key,
            ).fetchone()
            if row is None:
                found[key] = Question(next_id, key)
                next_id += 1
            else:
                found[key] = self._stored_question(key, row)
        return found

    def _stored_question(self, key: Key, row: tuple[Any, ...]) -> Question:
        id_, url, gone, current = row
        question = Question(id_, key, url=url, gone_at=gone)
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
        questions: Mapping[Key, Question],
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
        self, captures: Mapping[str, _Capture], questions: dict[Key, Question]
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
