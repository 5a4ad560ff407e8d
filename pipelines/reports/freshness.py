"""How fresh and how whole an archive is: figures that ``scrapy status`` shows.

Reads archive.db only; nothing is written, and a crawl may go on meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sqlite_utils import Database

from parsers.urls import site_named
from pipelines.db.connection import named_errors, open_archive
from pipelines.db.declarations import redeclared_sites
from pipelines.db.models import INTERRUPTED
from pipelines.files.timestamps import CLOCK_SKEW, parse_stamp, stamp
from pipelines.reports.floors import of_run, texts_in, unread_in
from pipelines.reports.run_figures import FailureGroup, TextSample, group_failures
from pipelines.reports.unread import unread_pages

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
    """A row of ``crawls``. ``outcome`` is None while it is not known.

    A file of other software says nothing of its end: it was imported, and not interrupted.
    ``stands`` is false where a later run of the same crawl came to its end: its alarms count.
    """

    spider: str
    started: datetime | None
    finished: datetime | None
    outcome: str | None
    counts: dict[str, int]
    alarms: tuple[str, ...]
    stands: bool = True


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a crawl, that is of a spider with its arguments.

    ``alarms`` counts what the monitors found wrong with the last one that came to its end, which
    ``uid`` names where there are any. ``has_nothing`` says that no question was read in the
    last, though it met pages that should have one, or its site has none at all. An import was
    judged by nobody whose words are kept: ``texts`` are those of one.
    """

    uid: str
    spider: str
    arguments: dict[str, str]
    alarms: int
    has_nothing: bool
    texts: TextSample


@dataclass(frozen=True, slots=True)
class Freshness:
    """An archive: sites, groups of open failures, the last runs.

    ``future`` counts captures that are dated in the future, by which nothing is judged.
    ``unreadable`` counts pages that are known to be questions, or were to be read, and
    could not be; ``unread`` are pages at question addresses in which no question is read.
    ``redeclared`` are the sites whose declaration has changed since their pages were read.
    ``last_runs`` are those with which something is wrong.
    """

    sites: tuple[SiteFreshness, ...]
    newest_capture: datetime | None
    captures: int
    future: int
    failures: int
    unreadable: int
    unread: tuple[str, ...]
    redeclared: tuple[str, ...]
    last_runs: tuple[LastRun, ...]
    causes: tuple[FailureGroup, ...]
    crawls: tuple[CrawlLine, ...]


def freshness(archive: Path, now: datetime) -> Freshness:
    """Read the figures of an archive.

    :param now: ages are counted from here (aware)
    :raises ArchiveError: it is missing, damaged, or wants migrations
    """
    with closing(open_archive(archive, readonly=True)) as db, named_errors(archive):
        db.execute("BEGIN")  # all figures from one state of it
        newest, captures, future, failures, unreadable = db.execute(
            "SELECT max(captured_at) FILTER (WHERE captured_at <= ?1), count(*), "
            "count(*) FILTER (WHERE captured_at > ?1), "
            "(SELECT count(DISTINCT canonical_url) FROM failures WHERE resolved_by IS NULL), "
            "(SELECT count(DISTINCT canonical_url) FROM failures "
            "WHERE resolved_by IS NULL AND stage IN ('parse', 'read')) FROM captures",
            [stamp(now + CLOCK_SKEW)],
        ).fetchone()
        return Freshness(
            _sites(db, now), _moment(newest), captures, future, failures, unreadable,
            unread_pages(db.conn), redeclared_sites(db.conn), _last_runs(db), _causes(db),
            _crawls(db),
        )  # fmt: skip


def _sites(db: Database, now: datetime) -> tuple[SiteFreshness, ...]:
    within = ", ".join("sum(gone_at IS NULL AND last >= ?)" for _ in AGES)
    rows = db.execute(
        "SELECT site, count(*), sum(gone_at IS NOT NULL), nullif(max(last), ''), "
        f"{within} FROM (SELECT site, gone_at, CASE WHEN last_captured_at <= ? "
        "THEN last_captured_at ELSE (SELECT coalesce(max(captured_at), '') FROM captures "
        "WHERE canonical_url = q.url AND captured_at <= ?) END AS last FROM questions q) "
        "GROUP BY site ORDER BY site",
        [stamp(now - timedelta(days=days)) for days in AGES] + [stamp(now + CLOCK_SKEW)] * 2,
    ).fetchall()
    sites = []
    for site, questions, gone, newest, *younger in rows:
        bounds = [0, *younger, questions - gone]
        ages = tuple(upper - lower for lower, upper in pairwise(bounds))
        sites.append(SiteFreshness(site, questions, gone, _moment(newest), ages))
    return tuple(sites)


def _causes(db: Database) -> tuple[FailureGroup, ...]:
    rows = db.execute(
        "SELECT stage, field, reason, url, 1 FROM (SELECT *, max(id) AS last FROM failures "
        "WHERE resolved_by IS NULL GROUP BY canonical_url) ORDER BY last DESC"
    )
    return group_failures(rows, 1)[:_SHOWN]


def _crawls(db: Database) -> tuple[CrawlLine, ...]:
    rows = db.execute(
        "SELECT spider, started, finished, CASE WHEN spider = 'ingest' AND outcome = ? AND "
        "json_extract(arguments, '$.file') IS NOT NULL THEN 'imported' ELSE outcome END, "
        "counts, alarms, EXISTS (SELECT 1 FROM crawls l WHERE l.spider = c.spider "
        "AND l.outcome = 'finished' AND (l.started, l.id) > (c.started, c.id) AND "
        "json_remove(l.arguments, '$.revisit') = json_remove(c.arguments, '$.revisit')) "
        "FROM crawls c ORDER BY started DESC, id DESC LIMIT ?",
        [INTERRUPTED, _SHOWN],
    ).fetchall()
    return tuple(
        CrawlLine(
            spider,
            _moment(started),
            _moment(finished),
            outcome,
            {str(name): int(number) for name, number in json.loads(counts).items()},
            tuple(map(str, json.loads(alarms))),
            not later,
        )
        for spider, started, finished, outcome, counts, alarms, later in rows
    )


def _last_runs(db: Database) -> tuple[LastRun, ...]:
    """The last run of each crawl, where something is wrong with it, newest first."""
    last: dict[tuple[str, tuple[tuple[str, str], ...]], LastRun] = {}
    ended: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    for id_, uid, spider, text, alarms, outcome in db.execute(
        "SELECT id, uid, spider, arguments, json_array_length(alarms), outcome FROM crawls "
        "ORDER BY started DESC, id DESC"
    ).fetchall():
        arguments = {str(name): str(value) for name, value in json.loads(text).items()}
        key = (spider, tuple(sorted((k, v) for k, v in arguments.items() if k != "revisit")))
        if key not in last:
            has_nothing = _has_nothing(db, id_, spider, arguments, ended=outcome == "finished")
            imported = spider == "ingest" and not has_nothing
            texts = texts_in(db.conn, of_run(id_, spider, "~")) if imported else TextSample()
            last[key] = LastRun(uid, spider, arguments, alarms, has_nothing, texts)
        elif key not in ended and alarms:  # those after it never came to be judged
            last[key] = replace(last[key], uid=uid, alarms=alarms)
        if outcome == "finished":
            ended.add(key)
    return tuple(
        run
        for run in last.values()
        if run.alarms or run.has_nothing or run.texts.alike or run.texts.garbled
    )


def _has_nothing(
    db: Database, id_: int, spider: str, arguments: Mapping[str, str], *, ended: bool
) -> bool:
    captures = "SELECT 1 FROM captures c WHERE crawl_id = ?"
    is_read = "AND EXISTS (SELECT 1 FROM sightings s WHERE s.capture_id = c.id) LIMIT 1"
    if not db.execute(f"{captures} LIMIT 1", [id_]).fetchone():
        return False
    if db.execute(f"{captures} {is_read}", [id_]).fetchone():
        return False
    site = arguments.get("site", spider)
    unread = unread_in(db.conn, of_run(id_, site, "~"), None)
    if unread.share.having or unread.nothing:
        return True
    if site_named(site) is None or not ended:
        return ended and unread.no_address
    query = "SELECT 1 FROM questions WHERE site = ? LIMIT 1"
    return db.execute(query, [site]).fetchone() is None


def _moment(text: str | None) -> datetime | None:
    return parse_stamp(text) if text else None
