"""Writes one batch of notes, within a transaction that is open.

The order of the steps is that of the foreign keys: captures in :mod:`pipelines.store.captures`,
failures here, then questions and what hangs on them in :mod:`pipelines.store.questions`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import Any

from pipelines.db.changeset import ChangeSet, PageText
from pipelines.db.keys import FAILURE_REASON, Key, key_of
from pipelines.db.models import Failure
from pipelines.db.sql import select_in
from pipelines.files.canonical_json import to_json
from pipelines.files.timestamps import stamp
from pipelines.store.captures import BatchCapture, captures_of, inherit, write_captures
from pipelines.store.history import EvidenceRank, Sighting, current_of, is_html
from pipelines.store.mention_rows import write_mentions
from pipelines.store.questions import Changes, Question, QuestionWriter

_RESOLVE = """
UPDATE failures SET resolved_by = (
    SELECT c.id FROM captures c
    WHERE c.canonical_url = failures.canonical_url
        AND coalesce(c.fetched_at, c.captured_at) > failures.occurred_at
        AND c.status BETWEEN 200 AND 399 AND c.truncated IS NULL AND c.gone = 0
        AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.record_id = c.record_id)
        AND NOT EXISTS (SELECT 1 FROM failures f
            WHERE f.record_id = c.revisit_of AND f.canonical_url = c.canonical_url)
    ORDER BY c.captured_at, c.record_id LIMIT 1)
"""


class BatchWriter:
    """Writes batches through one connection; keeps what can be kept between them.

    :param bulk: leave ``failures.resolved_by`` to :meth:`resolve_all`
    """

    def __init__(self, connection: sqlite3.Connection, *, bulk: bool = False) -> None:
        self._connection = connection
        self._bulk = bulk
        self._questions = QuestionWriter(connection)
        self._crawl_ids: dict[str, int] = {}
        #: questions of which nothing but the captures is written
        self.withheld: frozenset[Key] = frozenset()

    def forget(self) -> None:
        """Drop all that is remembered about the file."""
        self._questions.forget()
        self._crawl_ids.clear()

    def resolve_all(self) -> None:
        """Set ``failures.resolved_by`` of every failure."""
        self._connection.execute(_RESOLVE)

    def write(self, notes: ChangeSet) -> Changes:
        """Write notes.

        :raises UnknownCapture: see there
        :raises KeyError: if a capture's crawl has not been added
        """
        found = captures_of(self._connection, notes, self._next_id("captures"))
        captures = {one.record_id: one for one in found}
        fresh = {
            id_: text
            for id_, text in notes.pages.items()
            if captures[id_].version_id is None
            and captures[id_].holds_page()
            and (text.page.site, text.page.source_id) not in self.withheld
        }
        questions = self._questions_of(fresh, found)
        self._attach(fresh, captures, questions)
        _attach_revisits(inherit(found), questions)
        self._settle(found, questions.values())
        write_captures(self._connection, found, self._crawl_id)
        self._write_failures(notes, captures)
        pages = {id_: some for id_, some in notes.mentions.items() if captures[id_].holds_page()}
        write_mentions(self._connection, pages)
        self._add_gone_neighbours(found, questions)
        changes = self._questions.write(list(questions.values()))
        self._resolve(notes, found)
        return changes

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

    def _write_failures(self, notes: ChangeSet, captures: Mapping[str, BatchCapture]) -> None:
        self._connection.executemany(
            "INSERT INTO failures (url, canonical_url, occurred_at, stage, field, reason, "
            "record_id, capture_id, crawl_id) SELECT url, canonical_url, captured_at, ?, ?, ?, "
            "record_id, id, crawl_id FROM captures WHERE record_id = ? "
            "ON CONFLICT (record_id, stage) DO NOTHING",
            [
                (one.stage, one.field, one.reason, one.record_id)
                for one in map(self._hushed, notes.failures.values(), repeat(captures))
                if _counts(one, captures[one.record_id])
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

    def _hushed(self, failure: Failure, captures: Mapping[str, BatchCapture]) -> Failure:
        """A failure, without the words of a parser, which may quote a page, if it is withheld."""
        if failure.stage == "fetch" or not self.withheld:
            return failure
        if key_of(captures[failure.record_id].url) not in self.withheld:
            return failure
        return Failure(failure.record_id, failure.stage, FAILURE_REASON)

    def _resolve(self, notes: ChangeSet, captures: Iterable[BatchCapture]) -> None:
        urls = {one.url for one in captures}
        urls |= {one.canonical_url for one in notes.unanswered.values()}
        self.resolve(urls)

    def resolve(self, urls: Iterable[str]) -> None:
        """Set ``failures.resolved_by`` of the failures of some canonical URLs."""
        if self._bulk:
            return
        query = "SELECT DISTINCT canonical_url FROM failures WHERE canonical_url IN ({})"
        failed = select_in(self._connection, query, urls)
        self._connection.executemany(f"{_RESOLVE} WHERE canonical_url = ?", list(failed))

    # -- questions: what is to be written ----------------------------------------------

    def _questions_of(
        self, pages: Mapping[str, PageText], captures: Iterable[BatchCapture]
    ) -> dict[Key, Question]:
        """The questions of pages and of new revisits, with all that is stored about them."""
        captures = list(captures)
        sources = {one.id: one.source for one in captures if one.resourced}
        found: dict[Key, Question] = {}
        next_id = self._next_id("questions")
        keys = {(text.page.site, text.page.source_id): None for text in pages.values()}
        keys |= self._revisited(captures)
        query = (
            "SELECT q.site, q.source_id, q.id, q.url, q.gone_at FROM (VALUES {}) k "
            "CROSS JOIN questions q ON q.site = k.column1 AND q.source_id = k.column2"
        )
        stored = {
            (site, source_id): tuple(row)
            for site, source_id, *row in select_in(self._connection, query, keys)
        }
        for key in keys:
            row = stored.get(key)
            if row is None:
                found[key] = Question(next_id, key)
                next_id += 1
            else:
                found[key] = self._stored_question(key, row, sources)
        return found

    def _revisited(self, captures: Iterable[BatchCapture]) -> dict[Key, None]:
        """The questions whose stored texts revisits are about to have again, or other sources."""
        versions = set()
        for one in captures:
            if one.resourced:
                versions.add(one.version_id)
            if one.original is not None and one.version_id is None:
                versions.add(one.original.version_id)
        versions.discard(None)
        query = (
            "SELECT q.site, q.source_id FROM versions v JOIN questions q ON q.id = v.question_id "
            "WHERE v.id IN ({})"
        )
        rows = select_in(self._connection, query, versions)
        return dict.fromkeys((site, source_id) for site, source_id in rows)

    def _stored_question(
        self, key: Key, row: tuple[Any, ...], sources: Mapping[int, str]
    ) -> Question:
        """A question with its sightings.

        :param sources: of captures that have another from this batch on, by id
        """
        id_, url, gone = row
        question = Question(id_, key, url=url, gone_at=gone)
        query = (
            "SELECT v.id, v.digest, v.words, c.id, c.source, c.content_type, c.captured_at, "
            "c.record_id, o.id, o.content_type, o.captured_at, o.record_id "
            "FROM versions v JOIN captures c ON c.version_id = v.id "
            "LEFT JOIN captures o ON o.record_id = c.revisit_of WHERE v.question_id = ?"
        )
        for (
            version, digest, words, capture, source, kind, at, record_id, *original
        ) in self._connection.execute(query, (id_,)):  # fmt: skip
            question.versions[digest] = version
            question.words[version] = words
            source = sources.get(capture, source)
            holder = capture if original[0] is None else original[0]
            held = (kind, at, record_id) if original[0] is None else original[1:]
            html = is_html(held[0])
            rank, evidence = EvidenceRank(html, at, record_id), EvidenceRank(html, *held[1:])
            question.sightings.append(Sighting(rank, capture, version, holder, evidence, source))
        question.stored = current_of(question.sightings)
        return question

    def _attach(
        self,
        pages: Mapping[str, PageText],
        captures: Mapping[str, BatchCapture],
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
                question.words[version] = text.words
                question.new_versions[version] = text
            capture.version_id, capture.said_more = version, True
            capture.reading = (page.parser, page.confidence, to_json(page.warnings))
            question.add(capture.sighting())
            question.pages[capture.id] = page

    def _settle(self, captures: Iterable[BatchCapture], questions: Iterable[Question]) -> None:
        """Bring text renderings to the versions of the pages that they say the same as."""
        of_batch = {one.id: one for one in captures}
        others = []
        for question in questions:
            for capture_id, version in question.settle():
                capture = of_batch.get(capture_id)
                if capture is None:
                    others.append((version, capture_id))
                else:
                    capture.version_id, capture.said_more = version, True
        self._connection.executemany("UPDATE captures SET version_id = ? WHERE id = ?", others)

    def _add_gone_neighbours(
        self, captures: Iterable[BatchCapture], questions: dict[Key, Question]
    ) -> None:
        """Bring in the stored questions that the batch has the end of."""
        ids = [one.id for one in captures if one.gone and one.said_more]
        query = (
            "SELECT DISTINCT q.site, q.source_id, q.id, q.url, q.gone_at "
            "FROM captures c JOIN questions q ON q.url = c.canonical_url WHERE c.id IN ({})"
        )
        for site, source_id, *row in list(select_in(self._connection, query, ids)):
            if (site, source_id) not in questions:
                key = (site, source_id)
                questions[key] = self._stored_question(key, tuple(row), {})


def _attach_revisits(heirs: Iterable[BatchCapture], questions: Mapping[Key, Question]) -> None:
    """Give the questions their new sightings in revisits."""
    heirs = list(heirs)
    if heirs:
        by_version = {id_: one for one in questions.values() for id_ in one.versions.values()}
        for capture in heirs:
            assert capture.version_id is not None
            by_version[capture.version_id].add(capture.sighting())


def _counts(failure: Failure, capture: BatchCapture) -> bool:
    """Whether a failure is this capture's; of a revisit, only its original can be unreadable."""
    if failure.stage == "fetch":
        return True
    return capture.revisit_of is None and (failure.stage != "parse" or capture.holds_page())
