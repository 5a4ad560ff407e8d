"""Records every exchange of a crawl: first as WARC, then its rows, then the frontier.

An exchange is written to its WARC file as soon as it is complete, so that a killed process
loses only what was on the wire. In batches, the WARC is made durable, the rows that point
into it are committed, and the URLs are acknowledged. Whatever was not, when a process
died, is found again when the same crawl is started: see :mod:`crawler.session.open`.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from crawler.frontier.frontier import Frontier, FrontierError
from crawler.frontier.revisit import Visit
from crawler.paths import ArchivePaths
from crawler.redaction import without_credentials, without_secrets
from crawler.session.budget import Budget
from crawler.session.outcomes import ArchiveStopped, NoRoom, outcome_of
from crawler.session.recorded_captures import RecordedCaptures
from parsers.records import Capture
from pipelines.capture.collect import collect, collect_exchange
from pipelines.capture.interpret import interpret
from pipelines.db.connection import ArchiveError
from pipelines.db.models import Crawl, CrawlEnd, Failure, Fetched
from pipelines.db.validators import RevisitLookup
from pipelines.files.locks import Lock
from pipelines.items import ReadCapture
from pipelines.reports.run_figures import RunReport
from pipelines.reports.run_report import run_report
from pipelines.store.store import Store, close_crawl
from pipelines.warc.exchange import Exchange
from pipelines.warc.reader import read_at, record_in
from pipelines.warc.record import CapturePurpose
from pipelines.warc.writer import WarcWriter

logger = logging.getLogger(__name__)

SLOW_COMMIT = 10.0
"""Seconds beyond which a commit is worth a line in the log."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended, or was left open.

    ``outcome`` is one word; ``counts`` as in ``crawls.counts``; ``report`` has the figures
    of all sessions of the run (None: archive.db could not be read), ``file`` its path.
    ``waiting`` counts the URLs that the run still wants.
    """

    outcome: str
    counts: dict[str, int]
    report: RunReport | None
    file: Path | None
    waiting: int


class CaptureRecorder:
    """The WARC writer, store and frontier of one run, which commit in this order.

    Made by :func:`crawler.session.open.open_session`. ``on_stop`` is called once, with the
    reason, when nothing more can be recorded. ``run_end`` is None until the spider is closed.
    """

    def __init__(
        self,
        paths: ArchivePaths,
        settings: BaseSettings,
        crawl: Crawl,
        store: Store,
        writer: WarcWriter,
        frontier: Frontier,
        locks: tuple[Lock, ...],
    ) -> None:
        self.paths = paths
        self.crawl = crawl
        self.store = store
        self.writer = writer
        self.frontier = frontier
        self.captures = RecordedCaptures(store, paths.warcs, crawl)
        self.revisit_lookup = RevisitLookup(store.db.conn)
        self.statuses: Counter[int] = Counter()
        self.failures = 0
        #: what this session may take, what it has received (bytes), and since when it runs
        self.budget = Budget()
        self.received = 0
        self.began = time.monotonic()
        self.stopped: str | None = None
        self.run_end: RunEnd | None = None
        self.on_stop: Callable[[str], object] = lambda reason: None
        self._commit_every = settings.getint("COMMIT_EVERY")
        self._commit_seconds = settings.getfloat("COMMIT_SECONDS")
        self._min_free = settings.getint("MIN_FREE_BYTES")
        self._locks = locks
        self._committed_at = time.monotonic()

    # -- recording -------------------------------------------------------------------------

    def record(self, exchange: Exchange) -> Capture:
        """Record an exchange; return what a parser may read of it.

        :raises ArchiveStopped: it cannot be recorded, and the crawl is being stopped for that
        """
        capture = self._write(exchange)
        if exchange.response:
            self.statuses[exchange.status] += 1
            self.received += len(exchange.response)
        self.failures += bool(exchange.error or exchange.truncated)
        self.commit_if_due()
        return capture

    def record_member(self, member: bytes, exchange: Exchange) -> Capture | None:
        """Record a record of another archive as it is, and where it was fetched.

        :param member: one gzip member with one whole record in it
        :param exchange: in which it came; its URL has "#offset-length" behind that of the file
        :returns: what a parser may read; None if the record holds no page
        :raises ArchiveStopped: see :meth:`record`
        """
        with self._writing():
            record = record_in(member)
            moment, place = exchange.started_at, exchange.url
            location = self.writer.write_member(member, record.record_id, moment, place)
            record = replace(record, offset=location.offset)
            capture = collect(self.store.pending, interpret(record, location.warc_file, self.crawl))
            self.store.pending.add_fetched(Fetched(record.record_id, moment, place))
            self.writer.flush()
        self.statuses[capture.status if capture else 0] += 1
        self.received += len(member)
        self.commit_if_due()
        return capture

    def record_index(self, url: str, body: bytes, purpose: CapturePurpose) -> None:
        """Record what an index that is a file, and no server, lists.

        :raises ArchiveStopped: see :meth:`record`
        """
        with self._writing():
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

    def record_refusal(self, url: str, reason: str) -> None:
        """Record that a URL was not fetched, and why: a failure like any other.

        :raises ArchiveStopped: see :meth:`record`
        """
        url, reason = without_credentials(url), without_secrets(reason)
        self._write(Exchange(url, "GET", datetime.now(UTC), error=reason))

    def record_misreading(self, capture: Capture, reason: str) -> None:
        """Record that a capture could not be read, for a reason of ours."""
        failure = Failure(capture.record_id, "read", without_secrets(" ".join(reason.split())))
        self.store.pending.add_failure(failure)

    def robots_of(self, record_id: str) -> str:
        """What a capture asks of robots, as ``captures.robots`` has it."""
        row = self.store.pending.rows.get(record_id)
        if row is not None:
            return row.robots
        query = "SELECT robots FROM captures WHERE record_id = ?"
        stored = self.store.db.conn.execute(query, (record_id,)).fetchone()
        return str(stored[0]) if stored else ""

    def acknowledge(self, item: ReadCapture) -> None:
        """Acknowledge the URL of a capture whose records are all with the store."""
        if item.url:
            assert item.visit is None or isinstance(item.visit, Visit)
            self.frontier.acknowledge(item.url, item.visit)

    def commit_if_due(self) -> None:
        """Commit if enough waits, or has waited long enough.

        :raises ArchiveStopped: see :meth:`record`
        """
        waited = time.monotonic() - self._committed_at
        if self.store.pending.size >= self._commit_every or waited >= self._commit_seconds:
            self.commit()

    def commit(self) -> None:
        """Put first the evidence onto the disk, then the rows, then the acknowledgements.

        What came before an error in this order is safe, and the rest still waits.

        :raises ArchiveStopped: see :meth:`record`
        """
        self._refuse_if_stopped()
        with self.stopping_on_errors():
            self._commit()

    @contextmanager
    def stopping_on_errors(self) -> Iterator[None]:
        """A context in which what cannot be written, or read back, ends the crawl.

        :raises ArchiveStopped: see :meth:`record`
        """
        try:
            yield
        except (OSError, ArchiveError, FrontierError, sqlite3.Error) as error:
            logger.error("stopping: %s", error)
            if self.stopped is None:
                self.stopped = outcome_of(error)
                self.on_stop(self.stopped)
            raise ArchiveStopped(str(error)) from error

    # -- the end ---------------------------------------------------------------------------

    def report(self) -> RunReport:
        """Return the figures of the run so far, in all its sessions.

        :raises ArchiveError: what waits cannot be committed
        """
        self._write_all()
        return run_report(self.store.db.conn, self.crawl.uid, self.paths.warcs)

    def finish(self, end: CrawlEnd) -> None:
        """Close the run: how it ended goes into the WARC too, so that a rebuild knows it.

        :raises OSError, ArchiveError, FrontierError: it cannot be written; the run stays open
        """
        self._write_all()
        close_crawl(self.store, self.writer, self.crawl.uid, end)
        self.frontier.finish()

    def suspend(self) -> None:
        """Leave the run open, with all that it has safe on the disk.

        :raises OSError, ArchiveError, FrontierError: not all of it could be; what could not
            is fetched again when the crawl is resumed
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

    # -- writing -----------------------------------------------------------------------------

    def _write(self, exchange: Exchange) -> Capture:
        with self._writing():
            location = self.writer.write_exchange(exchange)
            capture = collect_exchange(self.store.pending, exchange, location, self.crawl)
            # To the system, not the disk: it is safe from our own death, at little cost.
            self.writer.flush()
        return capture

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A context in which a record may be written to the WARC."""
        self._refuse_if_stopped()
        with self.stopping_on_errors():
            if self.writer.is_full:
                # Only files that still end in .open are looked through after a kill.
                self._commit()
            yield

    def _commit(self) -> None:
        self._write_all()
        for place in (self.paths.warcs, self.paths.database.parent, self.paths.state):
            free = shutil.disk_usage(place).free
            if free < self._min_free:
                raise NoRoom(
                    f"only {free / 1e6:.0f} MB are left on the disk of {place} "
                    f"(MIN_FREE_BYTES is {self._min_free})"
                )

    def _write_all(self) -> None:
        started = time.monotonic()
        self.writer.flush(sync=True)
        self.store.commit()
        self.frontier.commit()
        self._committed_at = time.monotonic()
        seconds = self._committed_at - started
        if seconds > SLOW_COMMIT:
            logger.warning("a commit took %.0f s: the disk is slow, or busy", seconds)

    def _refuse_if_stopped(self) -> None:
        if self.stopped is not None:
            raise ArchiveStopped(self.stopped)


def recorder_of(crawler: Crawler) -> CaptureRecorder:
    """Return the recorder that :func:`crawler.session.open.open_session` gave a crawler.

    It hangs on Scrapy's crawler object as ``housecall``, for every part to find.

    :raises AttributeError: it gave none
    """
    recorder = cast("Any", crawler).housecall
    assert isinstance(recorder, CaptureRecorder)
    return recorder
