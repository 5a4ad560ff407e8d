"""What a crawl keeps: every exchange as WARC, then its rows, then the frontier, in that order.

An exchange is written to its WARC file as soon as it is complete, so that a killed process
loses only what was on the wire. In batches, the WARC is made durable, the rows that point
into it are committed, and the URLs are acknowledged. Whatever was not, when a process
died, is found again when the same crawl is started: see :mod:`crawler.session.open`.
"""

from __future__ import annotations

import errno
import logging
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.parse import quote

from scrapy.exceptions import IgnoreRequest

from crawler.frontier.frontier import Frontier, FrontierEntry, FrontierError, FrontierFull
from crawler.frontier.revisit import Visit
from crawler.paths import ArchivePaths
from parsers.records import Capture, QAPage
from pipelines.capture.collect import collect, collect_exchange
from pipelines.capture.interpret import interpret
from pipelines.db.connection import ArchiveError, ArchiveFull
from pipelines.db.ids import version_digest, version_record
from pipelines.db.models import Crawl, CrawlEnd, Failure, Fetched
from pipelines.db.validators import RevisitLookup
from pipelines.files.locks import Lock
from pipelines.files.timestamps import parse_stamp
from pipelines.items import ReadCapture
from pipelines.reports.run_figures import RunReport
from pipelines.reports.run_report import run_report
from pipelines.store.close_crawl import close_crawl
from pipelines.store.store import Store
from pipelines.warc import DamagedWarc, Exchange, WarcWriter, read_at, record_in
from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.purpose import CapturePurpose

logger = logging.getLogger(__name__)

VERSION = "0.1.0"
_SOFTWARE = ("scrapy", "httptools", "beautifulsoup4", "lxml", "sqlite-utils", "isal")

DISK_FULL = "disk_full"
ARCHIVE_ERROR = "archive_error"


_FULL = ("SQLITE_FULL", "SQLITE_IOERR")


class ArchiveStopped(IgnoreRequest):
    """The archive takes nothing more in this process: the URL stays in the frontier."""


class NoRoom(OSError):
    """Less than MIN_FREE_BYTES are left on a disk."""


def outcome_of(error: Exception) -> str:
    """How a run is left that could not be kept for a reason."""
    full = isinstance(error, (NoRoom, ArchiveFull, FrontierFull)) or (
        isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    )
    # A full disk can stop a reader as well: SQLite keeps an index of its log beside the file.
    full |= (getattr(error, "sqlite_errorname", "") or "").startswith(_FULL)
    return DISK_FULL if full else ARCHIVE_ERROR


def software_versions() -> dict[str, str]:
    """Which software made a record: names and versions, ours first."""
    return {"housecall": VERSION, **{name: version(name) for name in _SOFTWARE}}


def software_line() -> str:
    """The same, as a warcinfo record says it."""
    return " ".join(f"{name}/{number}" for name, number in software_versions().items())


@dataclass(frozen=True, slots=True)
class RecorderLimits:
    """When a batch is made durable (captures, seconds), the room that must be left on the
    disks (bytes), and how large a WARC file becomes (bytes)."""

    commit_every: int
    commit_seconds: float
    min_free: int
    warc_bytes: int


@dataclass(frozen=True, slots=True)
class RecalledBody:
    """A capture of the run, from its WARC; of a revisit, with the body that it repeats."""

    entry: FrontierEntry
    capture: Capture
    repeats: bool
    location: str


class CaptureRecorder:
    """One run's WARC writer, store and frontier, as one thing that commits in order.

    Made by :func:`crawler.session.open.open_archive_of`. ``on_stop`` is called once, with the
    reason, when nothing more can be kept.
    """

    def __init__(
        self,
        paths: ArchivePaths,
        crawl: Crawl,
        store: Store,
        writer: WarcWriter,
        frontier: Frontier,
        limits: RecorderLimits,
        locks: tuple[Lock, ...] = (),
    ) -> None:
        self.paths = paths
        self.crawl = crawl
        self.store = store
        self.writer = writer
        self.frontier = frontier
        self.memory = RevisitLookup(store.db.conn)
        self.statuses: Counter[int] = Counter()
        self.failures = 0
        self.stopped: str | None = None
        self.on_stop: Callable[[str], object] = lambda reason: None
        self._limits = limits
        self._locks = locks
        self._committed_at = time.monotonic()

    # -- keeping -------------------------------------------------------------------------

    def record(self, exchange: Exchange) -> Capture:
        """Keep an exchange; returns what a parser may read of it.

        :raises ArchiveStopped: it cannot be kept, and the crawl is being stopped for that
        """
        self._refuse_if_stopped()
        capture = self._keep(exchange)
        if exchange.response:
            self.statuses[exchange.status] += 1
        self.failures += bool(exchange.error or exchange.truncated)
        self.commit_if_due()
        return capture

    def record_member(self, member: bytes, exchange: Exchange) -> Capture | None:
        """Keep a record that another archive made as it is, and where it was had.

        :param member: one gzip member with one whole record in it
        :param exchange: in which it came; its URL has "#offset-length" behind that of the file
        :returns: what a parser may read; None if the record holds no page
        :raises ArchiveStopped: see :meth:`record`
        """
        self._refuse_if_stopped()
        with self.stopping_on_errors():
            if self.writer.is_full:
                self.commit()
            found = record_in(member)
            at, place = exchange.started_at, exchange.url
            location = self.writer.write_member(member, found.record_id, at, place)
            record = replace(found, offset=location.offset)
            capture = collect(self.store.pending, interpret(record, location.warc_file, self.crawl))
            self.store.pending.add_fetched(Fetched(found.record_id, at, place))
            self.writer.flush()
        self.statuses[capture.status if capture else 0] += 1
        self.commit_if_due()
        return capture

    def record_index(self, url: str, body: bytes, purpose: CapturePurpose) -> None:
        """Keep what an index that is a file, and no server, lists.

        :raises ArchiveStopped: see :meth:`record`
        """
        self._refuse_if_stopped()
        with self.stopping_on_errors():
            address = url if "://" in url else f"http://localhost/{url.lstrip('/')}"
            location = self.writer.write_resource(
                quote(address, safe="/:*?=&#"), datetime.now(UTC), "application/x-ndjson", body,
                extra=purpose.fields(),
            )  # fmt: skip
            self.writer.flush()
            record = read_at(
                self.writer.directory / location.warc_file, location.offset, location.length
            )
            collect(self.store.pending, interpret(record, location.warc_file, self.crawl))

    def refuse(self, url: str, why: str) -> None:
        """Keep that a URL was not asked for, and why: a failure like any other.

        :raises ArchiveStopped: see :meth:`record`
        """
        self._refuse_if_stopped()
        exchange = Exchange(url, "GET", datetime.now(UTC), error=why)
        self._keep(exchange)

    def acknowledge(self, item: ReadCapture) -> None:
        """All that a capture says is kept: its URL is done."""
        if item.url:
            assert item.visit is None or isinstance(item.visit, Visit)
            self.frontier.acknowledge(item.url, item.visit)

    def cannot_read(self, capture: Capture, why: str) -> None:
        """Keep that a capture could not be read, for a reason of ours."""
        self.store.pending.add_failure(Failure(capture.record_id, "read", " ".join(why.split())))

    def commit_if_due(self) -> None:
        """Commit if enough waits, or has waited long enough.

        :raises ArchiveStopped: see :meth:`record`
        """
        waited = time.monotonic() - self._committed_at
        if (
            self.store.pending.size >= self._limits.commit_every
            or waited >= self._limits.commit_seconds
        ):
            self.commit_now()

    def commit_now(self) -> None:
        """Commit, whatever waits.

        :raises ArchiveStopped: see :meth:`record`
        """
        self._refuse_if_stopped()
        with self.stopping_on_errors():
            self.commit()

    def commit(self) -> None:
        """First the evidence onto the disk, then the rows, then the acknowledgements.

        :raises OSError, ArchiveError, FrontierError: something could not be written; what
            came before it in this order is safe, and the rest still waits
        """
        self._write_all()
        self._check_room()

    def stop(self, reason: str) -> None:
        """Take nothing more, and say so to whoever drives the crawl."""
        if self.stopped is None:
            self.stopped = reason
            self.on_stop(reason)

    def _write_all(self) -> None:
        self.writer.flush(sync=True)
        self.store.commit()
        self.frontier.commit()
        self._committed_at = time.monotonic()

    def _keep(self, exchange: Exchange) -> Capture:
        with self.stopping_on_errors():
            if self.writer.is_full:
                # Only files that still end in .open are looked through after a kill.
                self.commit()
            location = self.writer.write_exchange(exchange)
            capture = collect_exchange(self.store.pending, exchange, location, self.crawl)
            # To the system, not the disk: it is safe from our own death, at little cost.
            self.writer.flush()
        return capture

    # -- what is there already -------------------------------------------------------------

    def recall(self, record_id: str) -> tuple[Capture, str] | None:
        """What a parser may read of a capture that is stored, and its Location header; None
        if it cannot be had."""
        query = 'SELECT warc_file, "offset", length, source FROM captures WHERE record_id = ?'
        row = self.store.db.conn.execute(query, (record_id,)).fetchone()
        if row is None:
            return None
        file, offset, length, source = row
        try:
            record = read_at(self.paths.warcs / file, offset, length)
            capture = interpret(record, file, replace(self.crawl, source=source)).capture()
        except (OSError, DamagedWarc, UndecodableBody) as error:
            logger.warning("cannot read %s again: %s", record_id, error)
            return None
        location = record.http.get("Location") if record.http else ""
        return (capture, location) if capture is not None else None

    def has_text(self, page: QAPage) -> bool:
        """Whether a question has had this very text before; of what is withheld, nobody knows."""
        if self.store.withholds(page.site, page.source_id):
            return True
        query = (
            "SELECT 1 FROM versions v JOIN questions q ON q.id = v.question_id "
            "WHERE q.site = ? AND q.source_id = ? AND v.digest = ?"
        )
        digest = version_digest(version_record(page))
        key = (page.site, page.source_id, digest)
        return self.store.db.conn.execute(query, key).fetchone() is not None

    def unacknowledged(
        self, entry_of: Callable[[str], FrontierEntry | None]
    ) -> Iterator[RecalledBody]:
        """What this run has captured and not acknowledged, leased: a process was killed between
        the two, and the pages need not be asked for again.

        :param entry_of: the entry for a URL that the frontier has lost; None for what never
            was in it, such as robots.txt
        """
        kept = self._kept_in_this_run()
        lost = (entry_of(url) for url in kept if url not in self.frontier)
        self.frontier.add(entry for entry in lost if entry is not None)
        for entry in self.frontier.lease_these(kept.keys()):
            record_id, original, captured_at = kept[entry.url]
            found = self.recall(original or record_id)
            if found is None:
                self.frontier.release(entry.url)
                continue
            capture = replace(found[0], record_id=record_id, captured_at=captured_at)
            yield RecalledBody(entry, capture, original is not None, found[1])

    def _kept_in_this_run(self) -> dict[str, tuple[str, str | None, datetime]]:
        """The newest good capture of each URL that this run has, by canonical URL: its record
        id, that of the capture that it repeats (if it is a revisit), and when it was made.

        Failures that a further try may mend are left out.
        """
        query = (
            "SELECT coalesce(fetched_from, canonical_url), record_id, revisit_of, captured_at "
            "FROM captures "
            "WHERE truncated IS NULL AND status BETWEEN 200 AND 499 AND status NOT IN (408, 429) "
            "AND crawl_id = (SELECT id FROM crawls WHERE uid = ?) ORDER BY id"
        )
        rows = self.store.db.conn.execute(query, (self.crawl.uid,))
        return {
            url: (record_id, revisit_of, moment)
            for url, record_id, revisit_of, at in rows
            if (moment := parse_stamp(at)) is not None
        }

    # -- the end ---------------------------------------------------------------------------

    def report(self) -> RunReport:
        """The figures of the run so far, in all its sessions.

        :raises ArchiveError: what waits cannot be committed
        """
        self._write_all()
        return run_report(self.store.db.conn, self.crawl.uid)

    def finish(self, end: CrawlEnd) -> None:
        """Close the run: how it ended goes into the WARC too, so that a rebuild knows it.

        :raises OSError, ArchiveError, FrontierError: it cannot be kept; it stays open
        """
        self._write_all()
        close_crawl(self.store, self.writer, self.crawl.uid, end)
        self.frontier.finish()

    def suspend(self) -> None:
        """Leave the run open, with all that it has safe on the disk.

        :raises OSError, ArchiveError, FrontierError: not all of it could be; what could not
            is fetched again when the crawl goes on
        """
        self._write_all()
        self.writer.close()

    def close(self) -> None:
        """Let go of everything, as it is."""
        self.writer.abandon()
        self.frontier.close()
        self.store.db.close()
        for lock in self._locks:
            lock.release()

    # -- errors ----------------------------------------------------------------------------

    def _refuse_if_stopped(self) -> None:
        if self.stopped is not None:
            raise ArchiveStopped(self.stopped)

    def stopping_on_errors(self) -> _Stopping:
        """A context in which what cannot be kept, or read back, ends the crawl.

        :raises ArchiveStopped: see :meth:`record`
        """
        return _Stopping(self)

    def _check_room(self) -> None:
        for place in (self.paths.warcs, self.paths.database.parent, self.paths.state):
            free = shutil.disk_usage(place).free
            if free < self._limits.min_free:
                raise NoRoom(
                    f"only {free / 1e6:.0f} MB are left on the disk of {place} "
                    f"(MIN_FREE_BYTES is {self._limits.min_free})"
                )


class _Stopping:
    """Turns what cannot be written into the end of the crawl."""

    def __init__(self, archive: CaptureRecorder) -> None:
        self._archive = archive

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if isinstance(error, (OSError, ArchiveError, FrontierError, sqlite3.Error)):
            logger.error("stopping: %s", error)
            self._archive.stop(outcome_of(error))
            raise ArchiveStopped(str(error)) from error
