"""A real crawl of the sample site over loopback, and what it leaves behind."""

from __future__ import annotations

import itertools
import json
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.db.connection import check_fts, open_archive
from pipelines.db.content_digest import content_digest
from pipelines.warc.reader import read_warc
from pipelines.warc.record import Record
from sample import Site, serving
from tests.conftest import Crawled, Scrapy, settings_for


def rows(crawled: Crawled, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{crawled.database}?mode=ro", uri=True) as connection:
        return connection.execute(sql).fetchall()


def test_every_field_is_what_the_generator_knows(crawled: Crawled) -> None:
    command = [sys.executable, "-m", "sample", "check", "--archive", str(crawled.database)]
    options = ["--pages", str(crawled.site.pages), "--seed", str(crawled.site.seed)]
    check = subprocess.run([*command, *options], capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr


def test_the_second_run_says_that_nothing_changed(crawled: Crawled) -> None:
    summary = json.loads(crawled.again)
    assert summary["pages"]["new"] == summary["pages"]["changed"] == 0
    assert summary["pages"]["unchanged"] == crawled.site.pages
    assert f"{crawled.site.pages} new, 0 changed" in crawled.output


def test_rebuild_equals_crawl(crawled: Crawled, scrapy: Scrapy, tmp_path: Path) -> None:
    again = tmp_path / "archive.db"
    run = scrapy(
        "rebuild", "--json", "-s", f"ARCHIVE_DB={again}", "-s", f"WARC_DIR={crawled.warcs}"
    )
    assert run.returncode == 0, run.stderr
    db = open_archive(crawled.database, readonly=True)
    assert json.loads(run.stdout)["content_digest"] == content_digest(db)
    rebuilt = open_archive(again)
    check_fts(rebuilt)
    assert content_digest(rebuilt) == content_digest(db)


def test_warcio_finds_every_digest_right(crawled: Crawled) -> None:
    files = sorted(str(path) for path in crawled.warcs.iterdir())
    command = [str(Path(sys.executable).with_name("warcio")), "check", *files]
    check = subprocess.run(command, capture_output=True, text=True)
    assert (check.returncode, check.stdout) == (0, "")


def test_every_exchange_is_in_the_warc(crawled: Crawled) -> None:
    records: list[Record] = []
    for path in sorted(crawled.warcs.iterdir()):
        records += read_warc(path)
    responses = [record for record in records if record.record_type == "response"]
    requests = [record for record in records if record.record_type == "request"]
    assert records[0].record_type == "warcinfo"
    assert {record.record_id for record in responses} == {
        request.get("WARC-Concurrent-To").strip("<>")
        for request in requests
        if request.get("WARC-Concurrent-To").strip("<>")
        in {response.record_id for response in responses}
    }
    statuses = {record.http.status for record in responses if record.http}
    assert {200, 301, 404, 410, 500} <= statuses
    assert any(record.url.endswith("/robots.txt") for record in responses)
    assert any(
        record.http and record.http.get("content-encoding") == "gzip" for record in responses
    )
    assert all(record.get("WARC-IP-Address") == "127.0.0.1" for record in responses)
    assert [record for record in responses if record.get("WARC-Truncated") == "disconnect"]


def test_no_page_is_fetched_twice_in_a_run(crawled: Crawled) -> None:
    again = rows(
        crawled,
        "SELECT url FROM captures WHERE status = 200 AND truncated IS NULL "
        "GROUP BY crawl_id, url HAVING count(*) > 1",
    )
    assert again == []


def test_the_captures_point_to_their_evidence(crawled: Crawled) -> None:
    stored = rows(crawled, "SELECT record_id, warc_file, offset, length, status FROM captures")
    found = {
        (record.record_id, path.name, record.offset, record.length, record.http.status)
        for path in crawled.warcs.iterdir()
        for record in read_warc(path)
        if record.record_type in ("response", "revisit") and record.http
    }
    assert set(stored) == found


def test_failures_are_told_and_resolved(crawled: Crawled) -> None:
    reasons = {str(row[0]) for row in rows(crawled, "SELECT DISTINCT reason FROM failures")}
    assert any("not whole" in reason for reason in reasons)
    assert any(reason.startswith("HTTP 404") for reason in reasons)
    assert any("robots.txt" in reason for reason in reasons)
    assert rows(
        crawled, "SELECT 1 FROM failures WHERE reason LIKE 'HTTP 500%' AND resolved_by IS NOT NULL"
    )


def test_the_trap_is_cut(crawled: Crawled) -> None:
    assert rows(crawled, "SELECT count(*) FROM captures WHERE url LIKE '%/calendar/%'") == [(0,)]
    assert json.loads(crawled.again)["skipped"]["links into traps"] > 0


def test_runs_are_recorded(crawled: Crawled) -> None:
    found = rows(crawled, "SELECT spider, outcome, counts, software FROM crawls ORDER BY id")
    assert [row[:2] for row in found] == [("netwellness", "finished")] * 2
    assert json.loads(str(found[0][2]))["new"] == crawled.site.pages
    assert json.loads(str(found[0][3]))["scrapy"].startswith("2.19")


def test_crawl_delay_is_applied(scrapy: Scrapy, tmp_path: Path) -> None:
    with serving(Site(pages=1, crawl_delay=0.5, slow=0, big=0)) as base:
        run = scrapy(
            "crawl", "netwellness", "-a", f"base={base}", *settings_for(tmp_path),
            "-s", "CLOSESPIDER_PAGECOUNT=6",
        )  # fmt: skip
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        times = [
            row[0]
            for row in connection.execute(
                "SELECT julianday(captured_at) * 86400 FROM captures "
                "WHERE url NOT LIKE '%robots.txt' ORDER BY captured_at"
            )
        ]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(gaps) >= 3, run.stderr
    assert min(gaps) > 0.49


def test_a_site_elsewhere_needs_a_contact(scrapy: Scrapy, tmp_path: Path) -> None:
    run = scrapy("crawl", "netwellness", *settings_for(tmp_path))
    assert run.returncode == 2
    assert "CONTACT is not set" in run.stderr
    assert not (tmp_path / "archive.db").exists()


def test_a_server_that_is_down_is_a_failed_crawl(scrapy: Scrapy, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        run = scrapy("crawl", "netwellness", "-a", f"base={base}", *settings_for(tmp_path))
    assert run.returncode == 1
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        reasons = connection.execute("SELECT DISTINCT reason FROM failures").fetchall()
    assert any("refused" in reason for (reason,) in reasons)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["crawl", "nosuchspider"], "no spider is called"),
        (["crawl"], "name one spider"),
        (
            ["crawl", "netwellness", "-a", "base=nonsense", "-s", "CONTACT=a@example.org"],
            "no web address",
        ),
    ],
)
def test_wrong_use_is_told_without_a_traceback(
    scrapy: Scrapy, tmp_path: Path, words: list[str], told: str
) -> None:
    run = scrapy(*words, *settings_for(tmp_path))
    assert run.returncode == 2
    assert told in run.stderr
    assert "Traceback" not in run.stderr
