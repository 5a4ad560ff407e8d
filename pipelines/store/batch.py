"""Writes one batch of changes, within a transaction that is open.

The order of the steps is that of the foreign keys: captures (:mod:`pipelines.store.captures`),
failures and mentions, questions and what hangs on them (:mod:`pipelines.store.questions`),
then what web archives list and when captures were fetched from them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping

from parsers.urls import canonical_url, question_id, site_of
from pipelines.db.changeset import ChangeSet, PageText
from pipelines.db.connection import insert_many, select_in
from pipelines.db.declarations import write_declarations
from pipelines.db.models import Failure, Fetched, Listing, Mention
from pipelines.db.rules import FAILURE_REASON, Key, key_of, page_of, to_json
from pipelines.db.site_rows import SiteRow, site_row
from pipelines.files.timestamps import stamp
from pipelines.store.blanking import Blanking
from pipelines.store.captures import BatchCapture, inherit_readings, load_captures, write_captures
from pipelines.store.loading import load_questions
from pipelines.store.question import Question
from pipelines.store.questions import QuestionChanges, QuestionWriter

_RESOLVE = """
UPDATE failures SET resolved_by = (
    SELECT c.id FROM captures c
    WHERE c.canonical_url = failures.canonical_url
        AND (coalesce(c.fetched_at, c.captured_at) > failures.occurred_at
            AND c.status BETWEEN 200 AND 399 AND c.truncated IS NULL AND c.gone = 0
            AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.record_id = c.record_id)
            AND NOT EXISTS (SELECT 1 FROM failures f
                WHERE f.record_id = c.revisit_of AND f.canonical_url = c.canonical_url)
        -- That a page is gone which the archive has is news of it, and settles what was before.
        OR coalesce(c.fetched_at, c.captured_at) >= failures.occurred_at
            AND c.gone = 1 AND EXISTS (SELECT 1 FROM captures b
                WHERE b.canonical_url = c.canonical_url AND b.captured_at < c.captured_at
                AND b.status IN (200, 304) AND b.truncated IS NULL AND b.gone = 0))
    ORDER BY c.captured_at, c.record_id LIMIT 1)
"""
_LISTING_COLUMNS = (
    "archive", "url", "captured_at", "canonical_url", "site", "source_id", "status",
    "content_type", "digest", "place", "record_id",
)  # fmt: skip


class BatchWriter:
    """Writes batches through one connection; caches what does not change between them.

    :param bulk: leave ``failures.resolved_by`` to :meth:`resolve_all`
    """

    def __init__(self, connection: sqlite3.Connection, *, bulk: bool = False) -> None:
        self._connection = connection
        self._bulk = bulk
        self._questions = QuestionWriter(connection)
        self._crawl_ids: dict[str, int] = {}
        #: of withheld questions nothing but the captures is written
        self.blanking = Blanking(connection)

    def forget(self) -> None:
        """Drop all that is remembered about the file."""
        self._questions.forget()
        self._crawl_ids.clear()

    def resolve_all(self) -> None:
        """Set ``failures.resolved_by`` of every failure."""
        self._connection.execute(_RESOLVE)

    def write(self, changes: ChangeSet) -> QuestionChanges:
        """Write changes, apart from the rows of runs.

        :raises UnknownCapture: see there
        :raises KeyError: if a capture's crawl has no row
        """
        captures = load_captures(self._connection, changes, self._next_id("captures"))
        texts = self.blanking.admit(
            {
                key: text
                for key, text in changes.pages.items()
                if not captures[key[0]].readings and captures[key[0]].holds_page()
            }
        )
        questions = self._load_questions(texts, captures.values())
        self._attach_texts(texts, captures, questions)
        _attach_revisits(inherit_readings(captures.values()), questions.values())
        self._match_text_versions(captures.values(), questions.values())
        write_captures(self._connection, captures.values(), self._crawl_id)
        self._write_failures(changes, captures)
        _write_mentions(self._connection, changes.mentions, captures)
        question_changes = self._questions.write(list(questions.values()))
        _write_sites(self._connection, {site for site, _ in questions})
        write_declarations(self._connection, (row.canonical_url for row in changes.rows.values()))
        _write_listings(self._connection, changes.listings.values())
        _write_fetched(self._connection, changes.fetched.values())
        if not self._bulk:
            self._resolve(changes, captures.values())
        return question_changes

    def _crawl_id(self, uid: str) -> int:
        if uid not in self._crawl_ids:
            query = "SELECT id FROM crawls WHERE uid = ?"
            row = self._connection.execute(query, (uid,)).fetchone()
            if row is None:
                raise KeyError(f"no crawl {uid}: add_crawl comes first")
            self._crawl_ids[uid] = int(row[0])
        return self._crawl_ids[uid]

    def _next_id(self, table: str) -> int:
        query = f"SELECT coalesce(max(id), 0) + 1 FROM {table}"
        return int(self._connection.execute(query).fetchone()[0])

    def blank_earlier(self) -> bool:
        """Blank what came before a withheld text that it repeats; whether there is any."""
        blanked = self.blanking.blank_earlier()
        if blanked:
            self._questions.forget()
        return blanked

    # -- failures --------------------------------------------------------------------

    def _write_failures(self, changes: ChangeSet, captures: Mapping[str, BatchCapture]) -> None:
        failures = (
            self._redact_if_withheld(failure, captures[failure.record_id])
            for failure in changes.failures.values()
            if _counts(failure, captures[failure.record_id])
        )
        self._connection.executemany(
            "INSERT INTO failures (url, canonical_url, occurred_at, stage, field, reason, "
            "record_id, capture_id, crawl_id) SELECT url, canonical_url, captured_at, ?, ?, ?, "
            "record_id, id, crawl_id FROM captures WHERE record_id = ? "
            "ON CONFLICT (record_id, stage) DO NOTHING",
            [(each.stage, each.field, each.reason, each.record_id) for each in failures],
        )
        self._connection.executemany(
            "INSERT INTO failures (url, canonical_url, occurred_at, stage, reason, record_id, "
            "crawl_id) VALUES (?, ?, ?, 'fetch', ?, ?, ?) "
            "ON CONFLICT (record_id, stage) DO NOTHING",
            [
                (
                    request.url, request.canonical_url, stamp(request.occurred_at),
                    request.reason, request.record_id, self._crawl_id(request.crawl),
                )
                for request in changes.unanswered.values()
            ],
        )  # fmt: skip

    def _redact_if_withheld(self, failure: Failure, capture: BatchCapture) -> Failure:
        """Take out the words of a parser, which may quote a page, if that is withheld."""
        if failure.stage == "fetch" or key_of(capture.url) not in map(
            page_of, self.blanking.blanks.keys
        ):
            return failure
        return Failure(failure.record_id, failure.stage, FAILURE_REASON)

    def _resolve(self, changes: ChangeSet, captures: Iterable[BatchCapture]) -> None:
        """Set ``failures.resolved_by`` of the failures that the batch may resolve."""
        urls = {capture.url for capture in captures}
        urls |= {request.canonical_url for request in changes.unanswered.values()}
        query = "SELECT canonical_url FROM captures WHERE record_id IN ({})"
        urls |= {url for (url,) in select_in(self._connection, query, changes.fetched)}
        query = "SELECT DISTINCT canonical_url FROM failures WHERE canonical_url IN ({})"
        failed = select_in(self._connection, query, urls)
        self._connection.executemany(f"{_RESOLVE} WHERE canonical_url = ?", list(failed))

    # -- questions: what is to be written ----------------------------------------------

    def _load_questions(
        self, texts: Mapping[tuple[str, str], PageText], captures: Collection[BatchCapture]
    ) -> dict[Key, Question]:
        """The questions of pages, of new revisits and of pages that are gone, with all others
        that have ever been on these pages, and with all that is stored about them."""
        runs = {
            capture.id: (capture.source, capture.crawl)
            for capture in captures
            if capture.source_changed
        }
        keys = {(text.page.site, text.page.source_id): None for text in texts.values()}
        keys |= self._revisited(captures)
        urls = {capture.url for capture in captures if capture.gone and capture.changed}
        stored = load_questions(self._connection, keys, urls, runs)
        questions: dict[Key, Question] = {}
        next_id = self._next_id("questions")
        for key in keys:
            if key in stored:
                questions[key] = stored.pop(key)
            else:
                questions[key] = Question(next_id, key)
                next_id += 1
        return questions | stored

    def _revisited(self, captures: Iterable[BatchCapture]) -> dict[Key, None]:
        """The questions whose stored texts get a revisit, or a capture from another run."""
        versions: set[int] = set()
        for capture in captures:
            if capture.source_changed:
                versions.update(capture.readings)
            if capture.original is not None and not capture.readings:
                versions.update(capture.original.readings)
        query = (
            "SELECT q.site, q.source_id FROM versions v JOIN questions q ON q.id = v.question_id "
            "WHERE v.id IN ({})"
        )
        rows = select_in(self._connection, query, versions)
        return dict.fromkeys((site, source_id) for site, source_id in rows)

    def _attach_texts(
        self,
        texts: Mapping[tuple[str, str], PageText],
        captures: Mapping[str, BatchCapture],
        questions: Mapping[Key, Question],
    ) -> None:
        """Give each page its version, each question its new sightings."""
        next_id = self._next_id("versions")
        for (record_id, _), text in texts.items():
            page = text.page
            capture, question = captures[record_id], questions[page.site, page.source_id]
            version = question.add_text(text, next_id)
            next_id = max(next_id, version + 1)
            reading = (page.parser, page.confidence, to_json(page.warnings))
            question.add(capture.attach_version(version, page.part, reading))
            question.pages[capture.id] = text

    def _match_text_versions(
        self, captures: Iterable[BatchCapture], questions: Iterable[Question]
    ) -> None:
        """Move text renderings to the versions of the pages that say the same."""
        by_id = {capture.id: capture for capture in captures}
        others = []
        for question in questions:
            for capture_id, old, new in question.match_text_versions():
                if capture_id not in by_id or not by_id[capture_id].replace_version(old, new):
                    others.append((new, capture_id, old))
        self._connection.executemany(
            "UPDATE sightings SET version_id = ? WHERE capture_id = ? AND version_id = ?", others
        )


def _attach_revisits(heirs: Iterable[BatchCapture], questions: Iterable[Question]) -> None:
    """Give revisits the texts of their originals, the questions their new sightings in them."""
    by_version = {
        id_: (question, part)
        for question in questions
        for (part, _), id_ in question.versions.items()
    }
    for capture in heirs:
        assert capture.original is not None
        for version, reading in capture.original.readings.items():
            question, part = by_version[version]
            question.add(capture.attach_version(version, part, reading))


def _counts(failure: Failure, capture: BatchCapture) -> bool:
    """Whether a failure is this capture's; of a revisit, only its original can be unreadable."""
    if failure.stage == "fetch":
        return True
    return capture.revisit_of is None and (failure.stage != "parse" or capture.holds_page())


def _write_mentions(
    connection: sqlite3.Connection,
    mentions: Mapping[str, tuple[Mention, ...]],
    captures: Mapping[str, BatchCapture],
) -> None:
    """Write which questions the pages of captures link to.

    A question that is withheld may be among them: its address is in ``withheld`` as well, and
    no word of its text is in a mention.
    """
    rows = [
        (mention.site, mention.source_id, record_id, mention.url)
        for record_id, on_page in mentions.items()
        if captures[record_id].holds_page()
        for mention in on_page
    ]
    columns = ("site", "source_id", "record_id", "url")
    tail = "ON CONFLICT (site, source_id, record_id) DO NOTHING"
    insert_many(connection, "mentions", columns, rows, tail)


def _write_listings(connection: sqlite3.Connection, listings: Iterable[Listing]) -> None:
    """Write which captures web archives list.

    Of two answers that list the same capture one is named, the same in whatever order they
    come.
    """
    rows = []
    for listing in listings:
        canonical = canonical_url(listing.url)
        rows.append((
            listing.archive, listing.url, stamp(listing.captured_at), canonical,
            site_of(canonical), question_id(canonical), listing.status, listing.content_type,
            listing.digest, listing.place, listing.record_id,
        ))  # fmt: skip
    updates = ", ".join(f"{name} = excluded.{name}" for name in _LISTING_COLUMNS[6:])
    tail = (
        f"ON CONFLICT (archive, url, captured_at) DO UPDATE SET {updates} "
        "WHERE excluded.record_id < record_id"
    )
    insert_many(connection, "listings", _LISTING_COLUMNS, rows, tail)


def _write_fetched(connection: sqlite3.Connection, fetched: Iterable[Fetched]) -> None:
    """Write when and from which archive captures were fetched: the earliest time counts."""
    connection.executemany(
        "UPDATE captures SET (fetched_at, fetched_from) = (?1, ?2) "
        "WHERE record_id = ?3 AND (fetched_at IS NULL OR (?1, ?2) < (fetched_at, fetched_from))",
        [(stamp(each.at), each.place, each.record_id) for each in fetched],
    )


def _write_sites(connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """Write the rows of sites that have a question, within a transaction that is open."""
    columns = SiteRow._fields
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    rows = [site_row(name) for name in sorted(names)]
    insert_many(connection, "sites", columns, rows, f"ON CONFLICT (name) DO UPDATE SET {updates}")
