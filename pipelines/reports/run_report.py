"""The figures of one crawl, from archive.db alone: a rebuilt archive gives the same.

A run is described as of its own end: what a later run did to the same pages does not change
the figures of an earlier one; what a later import adds to the time before it does.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from parsers import canonical_url
from pipelines.db.rules import is_no_loss
from pipelines.files.timestamps import parse_stamp
from pipelines.reports.floors import of_run, texts_in, unread_in
from pipelines.reports.run_figures import (
    Captures,
    FieldCoverage,
    Lost,
    Questions,
    Readings,
    RunFigures,
    RunReport,
    Share,
    group_failures,
)
from pipelines.reports.run_sightings import FIELDS, VisitedQuestion, read_visited, sorted_counts

#: Confidence below this counts as low: the same border as in the view ``coverage``.
LOW = 0.8
MOST_EXAMPLES = 10
#: Arguments that choose what a run asks for, and not which site it is a run of.
_NOT_THE_SITE = frozenset({"revisit"})
_MISSING = (404, 410)
# A page that was tried several times has failed once, for the last of its reasons.
_FAILURES = """
SELECT stage, field, reason, url, stands FROM (
    SELECT stage, field, reason, url, resolved_by IS NULL AS stands, max(occurred_at || id)
    FROM failures WHERE crawl_id = ? GROUP BY canonical_url) ORDER BY url"""
# The questions of some sites that were captured before a time, less those that were gone then.
_KNOWN = """
WITH known AS (
    SELECT id, substr(url, 1, instr(url || '#', '#') - 1) AS url FROM questions
    WHERE site IN (SELECT value FROM json_each(:sites)) AND first_captured_at < :start)
SELECT (SELECT count(*) FROM known) - (
    SELECT count(*) FROM (
        SELECT k.id, max(g.captured_at) AS at
        FROM captures g JOIN known k ON k.url = g.canonical_url
        WHERE g.gone = 1 AND g.captured_at < :start GROUP BY k.id) x
    WHERE NOT EXISTS (
        SELECT 1 FROM versions v JOIN sightings s ON s.version_id = v.id
        JOIN captures c ON c.id = s.capture_id
        WHERE v.question_id = x.id AND c.captured_at > x.at AND c.captured_at < :start))
"""


class UnknownCrawl(Exception):
    """No run, or more than one, has this uid."""


def find_crawl(connection: sqlite3.Connection, prefix: str = "") -> str:
    """The uid of the run whose uid begins so; of the last one if ``prefix`` is empty.

    :raises UnknownCrawl: there is none, or the prefix fits several
    """
    if not prefix:
        row = connection.execute(
            "SELECT uid FROM crawls ORDER BY coalesce(started, '') DESC, id DESC LIMIT 1"
        ).fetchone()
        if row is None:
            raise UnknownCrawl("the archive holds no crawl yet")
        return str(row[0])
    query = "SELECT uid FROM crawls WHERE substr(uid, 1, ?) = ? ORDER BY uid LIMIT 2"
    uids = [str(uid) for (uid,) in connection.execute(query, (len(prefix), prefix.lower()))]
    if len(uids) != 1:
        problem = f"several crawls begin with {prefix}" if uids else f"no crawl is {prefix}"
        raise UnknownCrawl(f"{problem}; the table crawls has their uids")
    return uids[0]


def run_report(connection: sqlite3.Connection, uid: str, warcs: Path | None = None) -> RunReport:
    """Compute all figures of one run.

    :param warcs: the WARC directory, where it is looked up whither redirects lead
    :raises UnknownCrawl: the archive has no run with this uid
    """
    id_, run = _run(connection, uid)
    visited = read_visited(connection, id_, {})
    bad, bad_examples, fetched = _addresses(connection, id_)
    scope = of_run(id_, run["arguments"].get("site", run["spider"]), run["finished"] or "~")
    return RunReport(
        **run,
        seconds=_seconds(run["started"], run["finished"]),
        captures=_captures(connection, id_),
        questions=_questions(connection, visited),
        readings=_readings(connection, id_, visited),
        unread=unread_in(connection, scope, warcs),
        texts=texts_in(connection, scope),
        fetched=fetched,
        bad=bad,
        bad_examples=bad_examples,
        causes=group_failures(connection.execute(_FAILURES, (id_,)), MOST_EXAMPLES),
    )


def history(connection: sqlite3.Connection, uid: str, most: int) -> list[RunFigures]:
    """Compute the figures of the site's last finished runs before this one, newest first.

    They are runs of the same spider with the same arguments, apart from ``revisit``; addresses
    among the arguments are compared in their canonical form.

    :raises UnknownCrawl: the archive has no run with this uid
    """
    id_, run = _run(connection, uid)
    rows = connection.execute(
        "SELECT uid, id, arguments FROM crawls WHERE spider = ? AND outcome = 'finished' "
        "AND id <> ? AND started < ? ORDER BY started DESC, id DESC",
        (run["spider"], id_, run["started"] or ""),
    )
    site = _site(run["arguments"])
    earlier = [(uid, id_) for uid, id_, arguments in rows if _site(_object(arguments)) == site]
    known: dict[int, frozenset[str]] = {}
    return [_figures(connection, uid, id_, known) for uid, id_ in earlier[:most]]


def _figures(
    connection: sqlite3.Connection, uid: str, id_: int, known: dict[int, frozenset[str]]
) -> RunFigures:
    readings = _readings(connection, id_, read_visited(connection, id_, known))
    return RunFigures(
        uid=uid,
        coverage={coverage.field: coverage.seen for coverage in readings.coverage},
        errors=readings.errors,
        low=readings.low,
        bad=_addresses(connection, id_)[0],
    )


def _run(connection: sqlite3.Connection, uid: str) -> tuple[int, dict[str, Any]]:
    """The id of a run, and what its row says, by the fields of :class:`RunReport`."""
    row = connection.execute(
        "SELECT id, spider, arguments, started, finished, outcome, alarms, counts FROM crawls "
        "WHERE uid = ?",
        (uid,),
    ).fetchone()
    if row is None:
        raise UnknownCrawl(f"no crawl is {uid}; the table crawls has their uids")
    id_, spider, arguments, started, finished, outcome, alarms, counts = row
    listed = json.loads(counts).get("listed", 0)
    return id_, {
        "uid": uid,
        "spider": spider,
        "arguments": _object(arguments),
        "started": started,
        "finished": finished,
        "outcome": outcome or "",
        "alarms": tuple(map(str, json.loads(alarms))),
        "listed": listed if isinstance(listed, int) else 0,
    }


def _object(text: str) -> dict[str, str]:
    return {str(name): str(value) for name, value in json.loads(text).items()}


def _site(arguments: Mapping[str, str]) -> dict[str, str]:
    return {
        name: canonical_url(value) if "://" in value else value
        for name, value in arguments.items()
        if name not in _NOT_THE_SITE
    }


def _seconds(started: str | None, finished: str | None) -> float | None:
    begin, end = parse_stamp(started or ""), parse_stamp(finished or "")
    return (end - begin).total_seconds() if begin and end else None


def _captures(connection: sqlite3.Connection, id_: int) -> Captures:
    statuses: Counter[str] = Counter()
    types: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    stored = 0
    query = (
        "SELECT c.status, coalesce(nullif(c.content_type, ''), o.content_type, '') AS type, "
        "CASE WHEN c.truncated IS NOT NULL THEN 'truncated' WHEN c.revisit_of IS NULL THEN 'full' "
        "WHEN c.status = 304 THEN 'not modified' ELSE 'identical' END AS kind, count(*), "
        "sum(c.length) FROM captures c LEFT JOIN captures o ON o.record_id = c.revisit_of "
        "WHERE c.crawl_id = ? GROUP BY c.status, type, kind"
    )
    for status, content_type, kind, count, length in connection.execute(query, (id_,)):
        statuses[str(status)] += count
        types[content_type.partition(";")[0].strip().lower() or "none"] += count
        kinds[kind] += count
        stored += length
    hosts = Counter(
        urlsplit(url).netloc.rpartition("@")[2].lower()
        for (url,) in connection.execute("SELECT url FROM captures WHERE crawl_id = ?", (id_,))
    )
    robots: Counter[str] = Counter()
    asking = "SELECT robots, count(*) FROM captures WHERE crawl_id = ? AND robots <> '' GROUP BY 1"
    for directives, count in connection.execute(asking, (id_,)):
        robots.update(dict.fromkeys(directives.split(", "), count))
    return Captures(
        statuses.total(), sorted_counts(statuses), sorted_counts(types), sorted_counts(hosts),
        sorted_counts(kinds), sorted_counts(robots), stored,
    )  # fmt: skip


def _addresses(connection: sqlite3.Connection, id_: int) -> tuple[Share, tuple[str, ...], int]:
    """The addresses asked for whose last answer was bad, and how many gave something good."""
    # Of the columns beside max(), SQLite takes the row that has the greatest value.
    last = connection.execute(
        "SELECT canonical_url, status, truncated, max(captured_at || record_id), "
        "min(captured_at) FROM captures WHERE crawl_id = ? GROUP BY canonical_url",
        (id_,),
    ).fetchall()
    answered = {row[0] for row in last}
    unanswered = {
        url
        for (url,) in connection.execute(
            "SELECT canonical_url FROM failures WHERE crawl_id = ? AND capture_id IS NULL", (id_,)
        )
        if url not in answered
    }
    good = 0
    bad = list(unanswered)
    for url, status, truncated, _, first_at in last:
        if 200 <= status < 400 and not truncated:
            good += not url.endswith("/robots.txt")
        elif is_no_loss(url, status):
            continue
        elif status not in _MISSING or not _was_missing_or_known(connection, url, first_at):
            bad.append(url)
    share = Share(len(bad), len(answered) + len(unanswered))
    return share, tuple(sorted(bad)[:MOST_EXAMPLES]), good


def _was_missing_or_known(connection: sqlite3.Connection, url: str, before: str) -> bool:
    query = (
        "SELECT 1 FROM captures WHERE canonical_url = ? AND captured_at < ? "
        "AND (status IN (404, 410) OR EXISTS (SELECT 1 FROM sightings WHERE capture_id = id)) "
        "LIMIT 1"
    )
    return connection.execute(query, (url, before)).fetchone() is not None


def _questions(connection: sqlite3.Connection, visited: Sequence[VisitedQuestion]) -> Questions:
    outcomes = {
        name: [page for page in visited if page.outcome == name]
        for name in ("new", "changed", "unchanged")
    }
    outcomes["gone"] = [page for page in visited if page.is_newly_gone]
    outcomes["back"] = [page for page in visited if page.is_back]
    known = [page for page in visited if page.previous and not page.was_gone]
    missing = [page.url for page in known if not page.sightings]
    return Questions(
        counts={name: len(pages) for name, pages in outcomes.items()},
        examples={
            name: _examples(page.url for page in pages)
            for name, pages in outcomes.items()
            if name != "unchanged" and pages
        },
        known=_known(connection, visited),
        asked=len(known),
        missing=len(missing),
        missing_examples=_examples(missing),
    )


def _known(connection: sqlite3.Connection, visited: Sequence[VisitedQuestion]) -> int:
    """How many questions of the sites were there, as far as known, when the run began."""
    if not visited:
        return 0
    sites = json.dumps([*{page.site for page in visited}])
    start = min(page.first_at for page in visited)
    return int(connection.execute(_KNOWN, {"sites": sites, "start": start}).fetchone()[0])


def _readings(
    connection: sqlite3.Connection, id_: int, visited: Sequence[VisitedQuestion]
) -> Readings:
    read = [page for page in visited if any(not s.is_revisit for s in page.sightings)]
    rated = [(page, value) for page in read if (value := page.confidence) is not None]
    low = [page.url for page, value in rated if value < LOW]
    failed = connection.execute(
        "SELECT DISTINCT canonical_url, iif(reason LIKE 'script shell%', 'script shell', "
        "coalesce(field, 'page')) FROM failures "
        "WHERE crawl_id = ? AND stage = 'parse' ORDER BY 1",
        (id_,),
    ).fetchall()
    unreadable = {url for url, _ in failed}
    altered = [page for page in visited if page.is_altered]
    return Readings(
        read=len(read),
        altered=len(altered),
        coverage=tuple(_coverage(field, visited) for field in FIELDS),
        lost=_lost(altered),
        confidence=round(sum(v for _, v in rated) / len(rated), 3) if rated else None,
        low=Share(len(low), len(rated)),
        low_examples=_examples(low),
        errors=Share(len(unreadable), len(unreadable | {page.url for page in read})),
        errors_by_field=sorted_counts(Counter(field for _, field in failed)),
        error_examples=_examples(unreadable),
        parsers=sorted_counts(Counter(page.parser for page in read if page.parser)),
    )


def _coverage(field: str, visited: Sequence[VisitedQuestion]) -> FieldCoverage:
    pages = [page for page in visited if page.sightings]
    known = [page for page in pages if page.previous]
    fresh = [page for page in pages if not page.previous]
    if field == "responder":
        fresh = [page for page in fresh if "answer" in page.fields]
    lacking = _examples(page.url for page in pages if field not in page.fields)
    return FieldCoverage(
        field, _share(field, pages), _share(field, known), _share(field, fresh), lacking
    )


def _share(field: str, pages: Sequence[VisitedQuestion]) -> Share:
    return Share(sum(field in page.fields for page in pages), len(pages))


def _lost(altered: Iterable[VisitedQuestion]) -> tuple[Lost, ...]:
    by_field: dict[str, list[VisitedQuestion]] = {}
    for page in altered:
        for field in page.lost:
            by_field.setdefault(field, []).append(page)
    lost = [
        Lost(
            field,
            len(pages),
            sorted_counts(Counter(page.place for page in pages)),
            _examples(page.url for page in pages),
        )
        for field, pages in by_field.items()
    ]
    return tuple(sorted(lost, key=lambda each: (-each.count, each.field)))


def _examples(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(urls))[:MOST_EXAMPLES])
