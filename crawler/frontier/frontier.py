"""The frontier: the URLs that a run still wants, on the disk, so that a kill loses none.

The order is always the same: the WARC is durable, then the rows, then the acknowledgement
here. A URL that was leased and not acknowledged when the process died is still wanted. One
process at a time has a frontier open (see :mod:`crawler.session.open`), so leases live in
memory; what is on the disk is as of the last :meth:`Frontier.commit`.
"""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Container, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.frontier.revisit import Visit
from pipelines.db.connection import open_read_only
from pipelines.db.models import Crawl
from pipelines.files.timestamps import parse_stamp, stamp

_TABLES = """
CREATE TABLE IF NOT EXISTS run (
    uid TEXT NOT NULL, spider TEXT NOT NULL, arguments TEXT NOT NULL, started TEXT NOT NULL,
    software TEXT NOT NULL, seeded INTEGER NOT NULL, listed INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS queue (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, late INTEGER NOT NULL,
    depth INTEGER NOT NULL, lastmod TEXT, done INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS visits (
    url TEXT PRIMARY KEY, checked_at TEXT NOT NULL, seconds REAL NOT NULL, lastmod TEXT
) WITHOUT ROWID;
"""


_VERSION = 1  # of the tables, in PRAGMA user_version
#: Spiders whose captures do not come from the site itself: their names are the source, too.
_ARCHIVE_SPIDERS = ("wayback", "commoncrawl")
_SKIPPED = 2  # in queue.done: not wanted in this run; 1: acknowledged


class FrontierError(Exception):
    """The frontier's file cannot be used; the message says what to do."""


class OtherRun(FrontierError):
    """An interrupted run with other arguments would be given up."""


class FrontierFull(FrontierError):
    """There is no room on the disk for the frontier."""


@dataclass(frozen=True, slots=True)
class FrontierEntry:
    """A URL that a run wants.

    ``late`` ones come after all others, ``depth`` counts the links from the seed, and
    ``lastmod`` is what the sitemap says of it.
    """

    url: str
    late: bool = False
    depth: int = 0
    lastmod: str | None = None


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that has not come to its end, as :func:`peek` finds it. ``path`` is its file."""

    path: Path
    crawl: Crawl
    done: int
    waiting: int


class Frontier:
    """The frontier of one site, in a SQLite file of its own.

    :param path: the file; made if it is not there
    :raises FrontierError: it is damaged, or no frontier
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._named():
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            # Losing the last commits to a power cut costs nothing: what the archive has of
            # the run is noticed when it goes on.
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_TABLES)
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version not in (0, _VERSION):
                raise FrontierError(
                    f"{path} was made by another version of Housecall; use that one, or remove "
                    "the file: the next crawl then asks for all pages that the archive knows"
                )
            self._db.execute(f"PRAGMA user_version={_VERSION}")
        self.crawl: Crawl | None = None
        self.seeded = False
        #: known questions that were not asked for because the sitemap says they are unchanged
        self.listed = 0
        self._reset()

    def _reset(self) -> None:
        self._early: deque[FrontierEntry] = deque()
        self._late: deque[FrontierEntry] = deque()
        self._known: set[str] = set()
        self._leased: dict[str, FrontierEntry] = {}
        self._added: list[tuple[FrontierEntry, bool]] = []
        self._done: list[str] = []
        self._visits: dict[str, Visit] = {}

    # -- runs ----------------------------------------------------------------------------

    def open_run(self) -> Crawl | None:
        """Return the run that has not ended; None if there is none."""
        with self._named():
            return _run_of(self._db)

    def pages(self) -> tuple[int, int]:
        """How many pages of the open run are done, and how many wait."""
        query = "SELECT coalesce(sum(done = 1), 0), coalesce(sum(done = 0), 0) FROM queue"
        with self._named():
            done, waiting = self._db.execute(query).fetchone()
        return int(done), int(waiting)

    def want_again(self, captured: Container[str]) -> int:
        """Want those pages of the run once more that are done and of which there is no capture: the
        archive was restored from before them.

        :param captured: canonical URLs
        :returns: how many there are
        """
        query = "SELECT url, late, depth, lastmod FROM queue WHERE done = 1 ORDER BY id"
        with self._named():
            done = self._db.execute(query).fetchall()
        lost = [row for row in done if row[0] not in captured]
        with self._transaction():
            self._db.executemany(
                "UPDATE queue SET done = 0 WHERE url = ?", [(url,) for url, *_ in lost]
            )
        for url, late, depth, lastmod in lost:
            self._push(FrontierEntry(url, bool(late), depth, lastmod))
        return len(lost)

    def begin(self, crawl: Crawl) -> None:
        """Begin a run. It also wants the URLs that an earlier run left."""
        with self._transaction():
            self._db.execute("DELETE FROM run")
            self._db.execute("DELETE FROM queue WHERE done != 0")
            values = (
                crawl.uid, crawl.spider, json.dumps(dict(crawl.arguments), sort_keys=True),
                stamp(crawl.started or datetime.now(UTC)), json.dumps(dict(crawl.software)), 0, 0,
            )  # fmt: skip
            self._db.execute("INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        self.resume()

    def resume(self) -> Crawl:
        """Resume the open run: all that is not acknowledged is wanted again.

        :raises FrontierError: there is none
        """
        crawl = self.open_run()
        if crawl is None:
            raise FrontierError(f"{self.path} has no run to go on with")
        self._reset()
        with self._named():
            seeded, listed = self._db.execute("SELECT seeded, listed FROM run").fetchone()
            query = "SELECT url, late, depth, lastmod, done FROM queue ORDER BY id"
            for url, late, depth, lastmod, done in self._db.execute(query):
                self._known.add(url)
                if not done:
                    self._push(FrontierEntry(url, bool(late), depth, lastmod))
        self.crawl, self.seeded, self.listed = crawl, bool(seeded), int(listed)
        return crawl

    def finish(self) -> None:
        """End the run; the visits stay."""
        self.commit()
        with self._transaction():
            self._db.execute("DELETE FROM run")
            self._db.execute("DELETE FROM queue")
        self._reset()
        self.crawl = None

    # -- URLs ----------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many URLs wait, leased ones not counted."""
        return len(self._early) + len(self._late)

    def __contains__(self, url: str) -> bool:
        """Return whether the run wants a URL, or wanted it."""
        return url in self._known

    def unknown(self, urls: Iterable[str]) -> list[str]:
        """Those that the run neither wants nor wanted, each once."""
        known = self._known
        return list(dict.fromkeys([url for url in urls if url not in known]))

    def add(self, entries: Iterable[FrontierEntry], *, skip: bool = False) -> int:
        """Add URLs; those that the run knows are passed over.

        :param skip: do not want them in this run, whatever leads to them
        :returns: how many were new
        """
        before = len(self._known)
        for entry in entries:
            if entry.url not in self._known:
                self._known.add(entry.url)
                self._added.append((entry, skip))
                if not skip:
                    self._push(entry)
        return len(self._known) - before

    def waiting(self) -> Iterator[str]:
        """The URLs that wait."""
        for entry in (*self._early, *self._late):
            yield entry.url

    def lease(self) -> FrontierEntry | None:
        """Lease the next URL; None if none waits."""
        queue = self._early or self._late
        if not queue:
            return None
        entry = queue.popleft()
        self._leased[entry.url] = entry
        return entry

    def lease_these(self, urls: Container[str]) -> list[FrontierEntry]:
        """Lease those of some URLs that wait."""
        leased = [entry for entry in (*self._early, *self._late) if entry.url in urls]
        self._early = deque(entry for entry in self._early if entry.url not in urls)
        self._late = deque(entry for entry in self._late if entry.url not in urls)
        self._leased.update((entry.url, entry) for entry in leased)
        return leased

    @property
    def in_flight(self) -> int:
        """How many URLs are leased."""
        return len(self._leased)

    def acknowledge(self, url: str, visit: Visit | None = None) -> None:
        """Mark a leased URL as done: what came of it is with the archive.

        :param visit: to remember for later runs; without it, a later run asks for the page
        """
        self._leased.pop(url, None)
        self._done.append(url)
        if visit is not None:
            self._visits[url] = visit

    def release(self, url: str) -> None:
        """Return a leased URL that was not fetched: it waits again, before all others."""
        entry = self._leased.pop(url, None)
        if entry is not None:
            (self._late if entry.late else self._early).appendleft(entry)

    def visit(self, url: str) -> Visit | None:
        """Return the last visit of a page, in any run; None if there was none."""
        if url in self._visits:
            return self._visits[url]
        query = "SELECT checked_at, seconds, lastmod FROM visits WHERE url = ?"
        with self._named():
            row = self._db.execute(query, (url,)).fetchone()
        return _visit(*row) if row else None

    def commit(self) -> None:
        """Make all changes durable, in one transaction.

        :raises FrontierError: if it cannot be written; nothing is forgotten
        """
        if not (self._added or self._done or self._visits) and self.crawl is None:
            return
        with self._transaction():
            self._db.executemany(
                "INSERT INTO queue (url, late, depth, lastmod, done) VALUES (?, ?, ?, ?, ?)",
                [
                    (entry.url, entry.late, entry.depth, entry.lastmod, _SKIPPED if skip else 0)
                    for entry, skip in self._added
                ],
            )
            self._db.executemany(
                "UPDATE queue SET done = 1 WHERE url = ?", [(url,) for url in self._done]
            )
            self._db.executemany(
                "INSERT INTO visits VALUES (?, ?, ?, ?) ON CONFLICT (url) DO UPDATE SET "
                "checked_at = excluded.checked_at, seconds = excluded.seconds, "
                "lastmod = excluded.lastmod",
                [
                    (url, stamp(visit.checked_at), visit.interval.total_seconds(), visit.lastmod)
                    for url, visit in self._visits.items()
                ],
            )
            self._db.execute("UPDATE run SET seeded = ?, listed = ?", (self.seeded, self.listed))
        self._added.clear()
        self._done.clear()
        self._visits.clear()

    def close(self) -> None:
        """Close the file, without a commit."""
        self._db.close()

    def _push(self, entry: FrontierEntry) -> None:
        (self._late if entry.late else self._early).append(entry)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._named():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            name = getattr(error, "sqlite_errorname", "") or ""
            if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
                raise FrontierFull(f"{self.path} cannot be written ({error})") from error
            raise FrontierError(
                f"{self.path} cannot be used ({error}). If it is damaged, remove it: the next "
                "crawl then asks for all pages that the archive knows, and loses nothing"
            ) from error


def peek(state: Path) -> list[OpenRun]:
    """Return the open runs below a STATE_DIR, running ones included."""
    runs = []
    for path in sorted(state.glob("sites/*/*.db")):
        try:
            with closing(open_read_only(path)) as db:
                crawl = _run_of(db)
                query = "SELECT coalesce(sum(done = 1), 0), coalesce(sum(done = 0), 0) FROM queue"
                done, waiting = db.execute(query).fetchone()
        except sqlite3.DatabaseError:
            continue  # being made, or damaged: the next crawl says so
        if crawl is not None:
            runs.append(OpenRun(path, crawl, int(done), int(waiting)))
    return runs


def _run_of(db: sqlite3.Connection) -> Crawl | None:
    row = db.execute("SELECT uid, spider, arguments, started, software FROM run").fetchone()
    if row is None:
        return None
    uid, spider, arguments, started, software = row
    source = spider if spider in _ARCHIVE_SPIDERS else "live"
    run = (uid, spider, json.loads(arguments), parse_stamp(started), json.loads(software))
    return Crawl(*run, source)


def _visit(checked_at: str, seconds: float, lastmod: str | None) -> Visit:
    moment = parse_stamp(checked_at)
    assert moment is not None
    return Visit(moment, timedelta(seconds=seconds), lastmod)
