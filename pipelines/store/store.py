"""Writes the rows of an archive; nothing else does.

Changes wait in ``Store.pending`` until :meth:`Store.commit` writes all of them in one
transaction, or none. The rows are a function of the set of captures, not of the order in
which they came, and writing the same changes twice changes nothing.

Questions that the table ``withheld`` names get no rows: their captures are stored, and what
was read in them is not. The table is read at every commit, so that a question which is
withheld while a crawl runs stays so.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from sqlite_utils import Database

from parsers.records import QAPage
from pipelines.capture.crawl_records import crawl_end_record
from pipelines.capture.warc_extract import BATCH, Batch, FileStats, WarcSource, batches_of
from pipelines.db.changeset import ChangeSet, PageText
from pipelines.db.connection import (
    ArchiveReplaced,
    check_fts,
    drop_fts_triggers,
    named_errors,
    open_archive,
    restore_fts,
)
from pipelines.db.erasure import erase, mark_for_erasure
from pipelines.db.models import INTERRUPTED, CaptureRow, CrawlEnd
from pipelines.db.rules import Key, is_withheld, to_json
from pipelines.files.timestamps import stamp
from pipelines.store.batch import BatchWriter
from pipelines.store.blanking import mark_blanked
from pipelines.warc.writer import WarcWriter

logger = logging.getLogger(__name__)


class Store:
    """Writes to an open archive. One thread at a time; other processes may read and write.

    :param bulk: for loading a fresh file: facet indices and the full-text index are made
        once, by :meth:`close`, instead of row by row
    """

    def __init__(self, db: Database, *, bulk: bool = False) -> None:
        self.db = db
        #: what the next commit writes; a commit that fails leaves it as it was
        self.pending = ChangeSet()
        self._path = Path(_file_of(db))
        self._identity = _identity(self._path) if _file_of(db) else None
        self._bulk = bulk
        self._writer = BatchWriter(db.conn, bulk=bulk)
        self._outcomes: dict[Key, str] = {}
        self._gone: set[Key] = set()
        self._back: set[Key] = set()
        self._passed: set[Key] = set()
        self._seen_version: int | None = None
        self._blanked = False  # so that the file is to be written anew
        #: of a bulk load, the statements that make the indices at its end
        self.deferred_indexes = self._drop_indices() if bulk else []

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Store:
        """Open archive.db (made if need be) and a store on it.

        :raises ArchiveError: see :func:`pipelines.db.connection.open_archive`
        """
        return cls(open_archive(path))

    def has_capture(self, record_id: str) -> bool:
        """Whether a capture is stored or pending."""
        stored = "captures WHERE record_id = ?"
        return record_id in self.pending.rows or self._has_row(stored, record_id)

    def clashes(self, row: CaptureRow) -> bool:
        """Whether another file has stored another capture under the same record id."""
        query = (
            "SELECT 1 FROM captures WHERE record_id = ? AND warc_file != ? "
            "AND (url, captured_at, digest) != (?, ?, ?)"
        )
        capture = (row.url, stamp(row.captured_at), row.digest)
        found = self.db.execute(query, (row.record_id, row.warc_file, *capture)).fetchone()
        return found is not None

    def has_crawl(self, uid: str) -> bool:
        """Whether a run is stored or pending."""
        return uid in self.pending.crawls or self._has_row("crawls WHERE uid = ?", uid)

    def withholds(self, site: str, source_id: str) -> bool:
        """Whether a question is withheld, so that what is read of it is not kept."""
        return is_withheld(self._writer.blanking.blanks.keys, (site, source_id))

    def text_of(self, page: QAPage) -> PageText:
        """A page that was read, as its text is stored: what is withheld is left out of it."""
        return PageText.of(page).blanked(self._writer.blanking.blanks)

    def has_question(self, site: str, source_id: str) -> bool:
        """Whether a question is stored or pending; or is withheld, and never will be."""
        if self.withholds(site, source_id):
            return True
        stored = "questions WHERE site = ? AND source_id = ?"
        waiting = ((text.page.site, text.page.source_id) for text in self.pending.pages.values())
        return (site, source_id) in waiting or self._has_row(stored, site, source_id)

    def _has_row(self, condition: str, *values: str) -> bool:
        query = f"SELECT 1 FROM {condition}"
        return self.db.conn.execute(query, values).fetchone() is not None

    # -- writing -------------------------------------------------------------------------

    def commit(self) -> None:
        """Write all pending changes in one transaction, and start afresh.

        :raises ArchiveError: they cannot be written (locked, full, replaced, read-only);
            all of them are still pending, and commit can be called again
        :raises UnknownCapture: if a page came without its capture
        """
        connection = self.db.conn
        self._check_place()
        with named_errors(self._path):
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._notice_others()
                self._write_crawls()
                changes = self._writer.write(self.pending)
                if not self._bulk and self._writer.blank_earlier():
                    mark_for_erasure(connection)
                    self._blanked = True
                self._write_ends()
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._writer.forget()
                self._seen_version = None
                logger.info("%s: a commit failed; all changes are still pending", self._path)
                raise
        read = {(text.page.site, text.page.source_id) for text in self.pending.pages.values()}
        self._passed |= {key for key in read if is_withheld(self._writer.blanking.blanks.keys, key)}
        self.pending = ChangeSet()
        if not self._bulk:  # to a fresh file all are new: they need not be remembered
            for key, outcome in changes.outcome.items():
                self._note(key, outcome)
        # What went and came back within this run is neither.
        gone, back = changes.gone - self._back, changes.back - self._gone
        self._gone = (self._gone - changes.back) | gone
        self._back = (self._back - changes.gone) | back

    def finish(self) -> None:
        """Write pending changes; make the indexes of a bulk load, and check them.

        Where text was taken out that is withheld, the file is written anew.
        """
        if self.pending:
            self.commit()
        if self._bulk:
            self._finish_bulk()
        elif self._blanked and (left := erase(self.db.conn, self._path)):
            logger.warning("%s", left)

    def close(self) -> None:
        """Write pending changes, and close the file."""
        self.finish()
        self.tidy()
        self.db.close()

    def tidy(self) -> None:
        """Update statistics and shorten the log, for readers, unless that takes a wait."""
        with suppress(sqlite3.OperationalError):
            self.db.conn.execute("PRAGMA busy_timeout = 0")
            self.db.conn.execute("PRAGMA analysis_limit = 1000")
            self.db.conn.execute("ANALYZE")
            self.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @property
    def counts(self) -> dict[str, int]:
        """Questions by what this store did to them: each is counted once, however often seen.

        Keys: new, changed, unchanged, gone (news of it), back (it was gone before).
        """
        counter = Counter(self._outcomes.values())
        if self._bulk:
            (counter["new"],) = self.db.conn.execute("SELECT count(*) FROM questions").fetchone()
        kinds = {kind: counter[kind] for kind in ("new", "changed", "unchanged")}
        return {**kinds, "gone": len(self._gone), "back": len(self._back)}

    @property
    def passed_over(self) -> int:
        """Questions that were read and, being withheld, not kept."""
        return len(self._passed)

    def _note(self, key: Key, outcome: str) -> None:
        before = self._outcomes.get(key)
        if before is None or (before == "unchanged" and outcome == "changed"):
            self._outcomes[key] = outcome

    def _check_place(self) -> None:
        """SQLite would go on writing into a file that no longer has a name."""
        if self._identity is not None and _identity(self._path) != self._identity:
            raise ArchiveReplaced(
                f"{self._path} was replaced or removed while it was open; open it again"
            )

    def _notice_others(self) -> None:
        """Empty the caches if another process has written since."""
        version = self.db.conn.execute("PRAGMA data_version").fetchone()[0]
        if version != self._seen_version:
            self._writer.forget()
            self._writer.blanking.reload()
            self._seen_version = version

    def _write_crawls(self) -> None:
        self.db.conn.executemany(
            "INSERT INTO crawls (uid, spider, arguments, started, software, outcome) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO NOTHING",
            [
                (
                    crawl.uid,
                    crawl.spider,
                    to_json(dict(crawl.arguments)),
                    stamp(crawl.started) if crawl.started else None,
                    to_json(dict(crawl.software)),
                    INTERRUPTED,
                )
                for crawl in self.pending.crawls.values()
            ],
        )

    def _write_ends(self) -> None:
        self.db.conn.executemany(
            "UPDATE crawls SET finished = ?1, outcome = ?2, counts = ?3, alarms = ?4 "
            "WHERE uid = ?5 AND (finished IS NULL OR finished < ?1)",
            [
                (
                    stamp(end.finished),
                    end.outcome,
                    to_json(dict(end.counts)),
                    to_json(end.alarms),
                    uid,
                )
                for uid, end in self.pending.ends.items()
            ],
        )

    # -- bulk loads ------------------------------------------------------------------------

    def _drop_indices(self) -> list[str]:
        """Drop what only readers need; returns the statements that make it again."""
        drop_fts_triggers(self.db)
        # These the writer itself looks things up by.
        needed = (
            "sightings_version", "captures_gone", "captures_revisit_of", "failures_canonical_url",
            "questions_url", "captures_fetched_from",
        )  # fmt: skip
        indices = self.db.conn.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
            "AND tbl_name NOT LIKE '\\_%' ESCAPE '\\'"
        ).fetchall()
        statements = []
        for name, sql in indices:
            if name not in needed:
                self.db.conn.execute(f"DROP INDEX {name}")
                statements.append(sql)
        return statements

    def _finish_bulk(self) -> None:
        logger.info("making %d indexes of %s", len(self.deferred_indexes), self._path)
        with named_errors(self._path):
            for statement in self.deferred_indexes:
                self.db.conn.execute(statement)
            if self._writer.blank_earlier():
                self.db.conn.execute("VACUUM")  # what was blanked is in free pages
            mark_blanked(self.db.conn)
            self._writer.resolve_all()
            restore_fts(self.db)
            check_fts(self.db)
            self.db.conn.execute("ANALYZE")


def _file_of(db: Database) -> str:
    return str(db.conn.execute("PRAGMA database_list").fetchone()[2])


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def intake(
    store: Store,
    sources: Sequence[WarcSource],
    *,
    observe: Callable[[Batch], object] = lambda batch: None,
) -> list[FileStats]:
    """Read every capture of some WARC files into the store, and commit.

    :param observe: called with each batch before it is stored
    :returns: what was found, file by file, in the order given
    :raises OSError: if a file cannot be read
    :raises ArchiveError: if rows cannot be written
    """
    stats = {source.name: FileStats(source.name) for source in sources}
    for batch in batches_of(sources):
        stats[batch.stats.file].add(batch.stats)
        observe(batch)
        store.pending.merge(batch.changes)
        if store.pending.size >= BATCH:
            store.commit()
    store.commit()
    return list(stats.values())


def close_crawl(store: Store, writer: WarcWriter, uid: str, end: CrawlEnd) -> None:
    """End a run, in its WARC and in the archive; the WARC is durable first.

    :raises OSError: the WARC cannot be written
    :raises pipelines.db.connection.ArchiveError: the rows cannot be written
    """
    writer.write_metadata(crawl_end_record(uid, end), end.finished)
    writer.close()
    store.pending.finish_crawl(uid, end)
    store.commit()
