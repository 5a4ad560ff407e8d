"""``scrapy status``: of a real archive, of nothing at all, and as a health check."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.cli.output import print_json
from crawler.cli.status_text import as_json, lines
from crawler.jobs.due_times import ALARMED, FAILED, FINISHED, STOPPED, Slot
from crawler.jobs.history import RunHistory
from crawler.jobs.job_status import Status, gather, problems
from crawler.jobs.runner import Options, due_lock, utc_now
from crawler.jobs.schedule import Job
from crawler.paths import ArchivePaths
from crawler.text_format import counted, size, span, table, when
from pipelines.files.locks import Lock
from pipelines.reports.freshness import freshness
from tests.conftest import Crawled, Scrapy, settings_for

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOURLY = '[[crawl]]\nname = "x"\nspider = "netwellness"\nevery = "1h"\n'
JOB = Job("x", "netwellness", every=timedelta(hours=1))


@pytest.fixture
def archive(crawled: Crawled, tmp_path: Path) -> ArchivePaths:
    """A copy of a crawled archive, with a schedule of one hourly crawl beside it."""
    with (
        sqlite3.connect(crawled.database) as source,
        sqlite3.connect(tmp_path / "archive.db") as to,
    ):
        source.backup(to)
    shutil.copytree(crawled.warcs, tmp_path / "warcs")
    (tmp_path / "schedule.toml").write_text(HOURLY, "utf-8")
    return ArchivePaths(tmp_path / "archive.db", tmp_path / "warcs", tmp_path / "state")


def look(paths: ArchivePaths, now: datetime | None = None) -> Status:
    schedule = paths.database.with_name("schedule.toml")
    return gather(paths, schedule, Options(paths.state), now or utc_now())


def wrong(status: Status, min_free: int = 0, max_age: timedelta | None = None) -> list[str]:
    return list(problems(status, min_free, max_age))


def ran(paths: ArchivePaths, outcome: str, ago: timedelta = timedelta(minutes=9)) -> None:
    begun = utc_now() - ago
    with RunHistory(paths.state) as history:
        history.note_timing([JOB], begun)
        run_id = history.begin(JOB, Slot(begun, True), begun, paths.state / "logs/x.log")
        history.end(run_id, begun + timedelta(minutes=5), outcome, 0)


def test_nothing_at_all(tmp_path: Path, scrapy: Scrapy) -> None:
    site = [*settings_for(tmp_path), "-s", f"SCHEDULE={tmp_path / 'schedule.toml'}"]
    run = scrapy("status", *site)
    assert run.returncode == 0, run.stderr
    assert "there is none" in run.stdout
    assert "there is no archive at" in run.stdout
    check = scrapy("status", "--check", *site)
    assert check.returncode == 1
    assert check.stdout.startswith("there is no archive at")
    assert list(tmp_path.iterdir()) == []


def test_a_crawled_archive(archive: ArchivePaths, crawled: Crawled, scrapy: Scrapy) -> None:
    folder = archive.database.parent
    site = [*settings_for(folder), "-s", f"SCHEDULE={folder / 'schedule.toml'}"]
    found: dict[str, Any] = json.loads(scrapy("status", "--json", *site).stdout)
    (one,) = found["archive"]["sites"]
    assert (one["site"], one["questions"]) == ("netwellness", crawled.site.pages)
    assert one["ages"]["within_7_days"] == crawled.site.pages - one["gone"]
    assert [crawl["outcome"] for crawl in found["archive"]["crawls"]] == ["finished"] * 2
    assert found["disk"]["warc_bytes"] == sum(p.stat().st_size for p in archive.warcs.iterdir())
    assert (found["healthy"], found["schedule"]["jobs"][0]["last"]) == (True, None)
    text = scrapy("status", *site).stdout
    assert "nothing to worry about" in text.splitlines()[0]
    assert "never run" in text
    for wrong_use in (["--max-age", "soon"], ["x"]):
        assert scrapy("status", *wrong_use, *site).returncode == 2


def test_lines_fit(archive: ArchivePaths) -> None:
    ran(archive, FAILED)
    status = look(archive)
    short = replace(status, disk=replace(status.disk, free={"warcs": 1, "archive.db": None}))
    said = list(lines(short, []))
    assert max(map(len, said)) <= 100
    assert any(line.lstrip().startswith("x ") and "failed" in line for line in said)


def test_the_keys_of_the_json_stay(
    archive: ArchivePaths, capsys: pytest.CaptureFixture[str]
) -> None:
    """Monitoring reads them: a field that is renamed must not rename a key."""
    ran(archive, FAILED)
    (archive.warcs / "x-00000.warc.gz.open").touch()
    print_json(as_json(look(archive), ["x"]))
    document = json.loads(capsys.readouterr().out)
    tables = {name: list(table) for name, table in document.items() if isinstance(table, dict)}
    assert tables == {
        "schedule": ["path", "missing", "error", "jobs"],
        "archive": [
            "path", "error", "newest_capture", "captures", "captures_in_future",
            "unreadable", "unread",
            "redeclared", "open_failures",
            "sites", "causes", "crawls",
        ],
        "disk": ["warc_files", "warc_bytes", "archive_bytes", "free", "open_files"],
    }  # fmt: skip
    archived = document["archive"]
    (job,) = document["schedule"]["jobs"]
    assert list(document) == [
        "now", "healthy", "problems", "schedule", "unfinished", "archive", "disk",
    ]  # fmt: skip
    assert list(job) == ["job", "timing", "enabled", "last", "running", "due_at", "next"]
    assert list(job["last"]) == [
        "job", "spider", "due_at", "fresh", "started", "finished", "seconds", "exit_status",
        "outcome", "note", "pid", "log", "summary",
    ]  # fmt: skip
    assert job["last"]["started"].endswith("Z")
    assert list(archived["sites"][0]) == ["site", "questions", "gone", "newest_capture", "ages"]
    assert list(archived["causes"][0]) == ["stage", "reason", "count", "example"]
    assert list(archived["crawls"][0]) == [
        "spider", "started", "finished", "outcome", "counts", "alarms", "stands",
    ]  # fmt: skip
    assert list(document["disk"]["open_files"][0]) == ["path", "bytes", "written"]


def test_ages(archive: ArchivePaths) -> None:
    def ages(days: int) -> tuple[int, ...]:
        (site,) = freshness(archive.database, utc_now() + timedelta(days=days)).sites
        return tuple(int(bool(n)) for n in site.ages)

    assert [ages(days) for days in (0, 8, 31, 181)] == [
        (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1),
    ]  # fmt: skip


def test_freshness_is_not_judged_by_captures_of_the_future(archive: ArchivePaths) -> None:
    """Clocks of other crawlers are wrong, and years are mistyped."""
    before = freshness(archive.database, utc_now())
    with sqlite3.connect(archive.database) as db:
        db.execute("UPDATE questions SET last_captured_at = '2099-01-01T00:00:00.000000Z'")
    after = freshness(archive.database, utc_now())
    assert [site.ages[0] for site in after.sites] == [site.ages[0] for site in before.sites]
    assert after.newest_capture == before.newest_capture
    with sqlite3.connect(archive.database) as db:
        db.execute(
            "UPDATE captures SET captured_at = '2099-01-01T00:00:00.000000Z' WHERE id = "
            "(SELECT max(id) FROM captures)"
        )
    status = look(archive)
    assert status.freshness is not None
    assert status.freshness.future == 1
    assert any("1 capture dated in the future" in line for line in lines(status, []))


def test_failures_are_counted_by_cause(archive: ArchivePaths) -> None:
    found = freshness(archive.database, NOW)
    with sqlite3.connect(archive.database) as db:
        (expected,) = db.execute(
            "SELECT count(DISTINCT canonical_url) FROM failures WHERE resolved_by IS NULL"
        ).fetchone()
    assert found.failures == expected
    assert 0 < len(found.causes) <= 5
    counts = [one.count for one in found.causes]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) <= expected
    assert all(one.examples[0].startswith("http") for one in found.causes)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([FINISHED], None),
        ([FAILED], "its last run failed"),
        ([FAILED, FINISHED], None),
        ([ALARMED], "raised an alarm"),
        ([STOPPED], None),
        ([STOPPED] * 3, "its last 3 runs were stopped"),
    ],
)
def test_last_runs(archive: ArchivePaths, outcomes: list[str], expected: str | None) -> None:
    for outcome in outcomes:
        ran(archive, outcome)
    found = wrong(look(archive))
    assert len(found) == (expected is not None)
    assert (expected or "") in "".join(found)


def test_an_overdue_crawl(archive: ArchivePaths) -> None:
    ran(archive, FINISHED, timedelta(hours=2, minutes=59))
    assert wrong(look(archive)) == []
    assert "x: overdue by 2 h" in wrong(look(archive, utc_now() + timedelta(minutes=2)))[0]
    # While it runs it is not overdue.
    with RunHistory(archive.state) as history:
        history.begin(JOB, Slot(utc_now(), True), utc_now(), archive.state / "x.log")
    with Lock(due_lock(archive.state), "a crawl"):
        status = look(archive, utc_now() + timedelta(minutes=2))
        assert wrong(status) == []
        assert any(line.strip().startswith("running now: x for") for line in lines(status, []))


def test_freshness_and_room(archive: ArchivePaths) -> None:
    later = look(archive, utc_now() + timedelta(days=9))
    assert wrong(replace(later, jobs=()), max_age=timedelta(days=10)) == []
    assert wrong(replace(later, jobs=()), max_age=timedelta(days=8)) == [
        "the newest capture is 9 days old"
    ]
    full = wrong(look(archive), min_free=10**18)
    assert full
    assert all("are free at" in problem for problem in full)


def test_what_is_broken_is_said(archive: ArchivePaths) -> None:
    archive.database.with_name("schedule.toml").write_text("[[crawl]]\nname = 3\n", "utf-8")
    archive.database.write_bytes(b"damaged" * 1000)
    found = look(archive)
    assert len(wrong(found)) == 2
    assert as_json(found, [])["schedule"]["error"]
    assert any("is no name" in line for line in lines(found, []))


def test_unclosed_files_are_named(archive: ArchivePaths) -> None:
    left = archive.warcs / "x-00000.warc.gz.open"
    left.write_bytes(b"x" * 2000)
    os.utime(left, (NOW.timestamp(),) * 2)
    (found,) = look(archive).disk.open_files
    assert (found.bytes, found.written) == (2000, NOW)
    assert any("not closed: x-00000.warc.gz.open" in line for line in lines(look(archive), []))


def test_words() -> None:
    assert [span(n) for n in (0, 59, 90, 7200, 86400 * 3)] == [
        "0 s",
        "59 s",
        "2 min",
        "2 h",
        "3 days",
    ]
    assert when(NOW + timedelta(days=6), UTC, NOW) == "in 6 days, 8 Mar 12:00"
    assert when(NOW - timedelta(hours=3), UTC, NOW) == "3 h ago, 09:00"
    assert when(NOW, UTC, NOW) == "now"
    assert [size(n) for n in (0, 999, 1500, 2.5e9, 3e12)] == [
        "0 bytes", "999 bytes", "1.5 kB", "2.5 GB", "3.0 TB",
    ]  # fmt: skip
    assert [counted(n, "page") for n in (0, 1, 1200)] == ["0 pages", "1 page", "1,200 pages"]
    assert table([["a", "1"], ["bcd", "23"]], frozenset({1})) == ["a     1", "bcd  23"]
