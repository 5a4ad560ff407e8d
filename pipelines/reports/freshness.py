"""How fresh and how whole an archive is: figures that ``scrapy status`` shows.

Reads archive.db only; nothing is written, and a crawl may go on meanwhile.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sqlite_utils import Database

from pipelines.db.connection import named_errors, open_archive
from pipelines.files.timestamps import parse_stamp, stamp
from pipelines.reports.run_figures import FailureGroup, group_failures

#: Days: how many questions were captured within each is counted.
AGES = (7, 30, 180)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SiteFreshness:
    """A site's questions. ``newest`` is when one was last captured.

    ``ages`` counts those that are not gone by their last capture: within 7, 30 and 180
    days (each without the ones before), and earlier.
    """

    site: str
    questions: int
    gone: int
    newest: datetime | None
    ages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CrawlLine:
    """A row of ``crawls``. ``outcome`` is None while it is not known."""

    spider: str
    started: datetime | None
    finished: datetime | None
    outcome: str | None
    counts: dict[str, int]
    alarms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Freshness:
    """An archive: sites, groups of open failures, the last runs.

    ``unreadable`` counts pages that are known to be questions, or were to be read, and
    could not be.
    """

    sites: tuple[SiteFreshness, ...]
    newest_capture: datetime | None
    captures: int
    failures: int
    unreadable: int
    causes: tuple[FailureGroup, ...]
    crawls: tuple[CrawlLine, ...]


def freshness(archive: Path, now: datetime) -> Freshness:
    """Read the figures of an archive.

    :param now: ages are counted from here (aware)
    :raises ArchiveError: it is missing, damaged, or wants migrations
    """
    with closing(open_archive(archive, readonly=True)) as db, named_errors(archive):
        db.execute("BEGIN")  # all figures from one state of it
        newest, captures, failures, unreadable = db.execute(
            "SELECT max(captured_at), count(*), "
            "(SELECT count(*) FROM failures WHERE resolved_by IS NULL), "
            "(SELECT count(DISTINCT canonical_url) FROM failures "
            "WHERE resolved_by IS NULL AND stage IN ('parse', 'read')) FROM captures"
        ).fetchone()
        return Freshness(
            _sites(db, now), _moment(newest), captures, failures, unreadable,
            _causes(db), _crawls(db),
        )  # fmt: skip


def _sites(db: Database, now: datetime) -> tuple[SiteFreshness, ...]:
    within = ", ".join("sum(gone_at IS NULL AND last_captured_at >= ?)" for _ in AGES)
    rows = db.execute(
        "SELECT site, count(*), sum(gone_at IS NOT NULL), max(last_captured_at), "
        f"{within} FROM questions GROUP BY site ORDER BY site",
        [stamp(now - timedelta(days=days)) for days in AGES],
    ).fetchall()
    sites = []
    for site, questions, gone, newest, *younger in rows:
        bounds = [0, *younger, questions - gone]
        ages = tuple(upper - lower for lower, upper in pairwise(bounds))
        sites.append(SiteFreshness(site, questions, gone, _moment(newest), ages))
    return tuple(sites)


def _causes(db: Database) -> tuple[FailureGroup, ...]:
    rows = db.execute(
        "SELECT stage, field, reason, url, 1 FROM failures WHERE resolved_by IS NULL "
        "ORDER BY id DESC"
    )
    return group_failures(rows, 1)[:_SHOWN]


def _crawls(db: Database) -> tuple[CrawlLine, ...]:
    rows = db.execute(
        "SELECT spider, started, finished, outcome, counts, alarms FROM crawls "
        "ORDER BY started DESC, id DESC LIMIT ?",
        [_SHOWN],
    ).fetchall()
    return tuple(
        CrawlLine(
            spider,
            _moment(started),
            _moment(finished),
            outcome,
            {str(name): int(number) for name, number in json.loads(counts).items()},
            tuple(map(str, json.loads(alarms))),
        )
        for spider, started, finished, outcome, counts, alarms in rows
    )


def _moment(text: str | None) -> datetime | None:
    return parse_stamp(text) if text else None
