"""The figures of a run are those that the store counted, and those of a rebuilt archive."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.db.content_digest import content_digest
from pipelines.db.models import Unanswered
from pipelines.files.timestamps import stamp
from pipelines.rebuild.rebuild import rebuild
from pipelines.reports.run_figures import RunReport, Share, fold_reason
from pipelines.reports.run_report import UnknownCrawl, find_crawl, history, run_report
from pipelines.reports.run_sightings import shape
from pipelines.store.store import Store
from sample import Site
from tests.conftest import Crawled
from tests.pipelines.archive_makers import empty_store
from tests.site_crawls import HOST, crawl_site

FIRST = Site(pages=60, seed=6)
LATER = Site(pages=60, seed=6, changed=0.1, gone=0.1, added=0.1)


def report_of(folder: Path, uid: str) -> RunReport:
    with sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True) as connection:
        return run_report(connection, uid)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, dict[str, int]]]]:
    """Four runs: the first state, a conditional recrawl of a later one, the same, and back."""
    folder = tmp_path_factory.mktemp("runs")
    done = [
        crawl_site(folder, FIRST, 0),
        crawl_site(folder, LATER, 10, conditional=True),
        crawl_site(folder, LATER, 20),
        crawl_site(folder, FIRST, 30, conditional=True),
    ]
    return folder, done


Runs = tuple[Path, list[tuple[str, dict[str, int]]]]


@pytest.mark.parametrize("number", range(4))
def test_questions_are_counted_as_the_store_counted_them(runs: Runs, number: int) -> None:
    folder, done = runs
    uid, counted = done[number]
    assert report_of(folder, uid).questions.counts == counted


def test_the_counts_are_those_of_the_generator(runs: Runs) -> None:
    folder, done = runs
    truth = {page.source_id: page for page in FIRST.questions()}
    later = {page.source_id: page for page in LATER.questions()}
    counts = report_of(folder, done[1][0]).questions.counts
    assert counts["new"] == len(later.keys() - truth.keys()) > 0
    # One of our pages is cut short on the wire, which these runs do not imitate: it is read.
    assert counts["gone"] == len(truth.keys() - later.keys()) > 0
    both = truth.keys() & later.keys()
    assert counts["changed"] == sum(truth[one].answer != later[one].answer for one in both) > 0
    assert report_of(folder, done[3][0]).questions.counts["back"] == counts["gone"]


def test_a_later_run_does_not_change_an_earlier_report(tmp_path: Path) -> None:
    uid, _ = crawl_site(tmp_path, FIRST, 0)
    second, _ = crawl_site(tmp_path, LATER, 10)
    before = report_of(tmp_path, uid), report_of(tmp_path, second).questions
    crawl_site(tmp_path, FIRST, 20)
    after = report_of(tmp_path, uid), report_of(tmp_path, second).questions
    assert before == after


def test_a_rebuilt_archive_gives_the_same_reports(runs: Runs, tmp_path: Path) -> None:
    folder, done = runs
    rebuild(folder / "warcs", tmp_path / "archive.db")
    store, again = Store.open(folder / "archive.db"), Store.open(tmp_path / "archive.db")
    assert content_digest(store.db) == content_digest(again.db)
    for uid, _ in done:
        assert run_report(again.db.conn, uid) == run_report(store.db.conn, uid)
    store.db.close()
    again.db.close()


def test_captures_add_up(runs: Runs) -> None:
    folder, done = runs
    report = report_of(folder, done[1][0])
    captures = report.captures
    with sqlite3.connect(folder / "archive.db") as connection:
        rows = connection.execute(
            "SELECT status, length FROM captures JOIN crawls ON crawls.id = crawl_id WHERE uid = ?",
            (done[1][0],),
        ).fetchall()
    assert captures.total == len(rows)
    assert captures.stored == sum(length for _, length in rows) > 0
    assert captures.by_status == Counter(str(status) for status, _ in rows)
    for counts in (captures.by_type, captures.by_host, captures.by_kind):
        assert sum(counts.values()) == captures.total
    assert captures.by_kind["not modified"] == captures.by_status["304"] > 40
    assert set(captures.by_host) == {"www.netwellness.org"}
    # A 304 says nothing of its type; what it confirms does.
    assert captures.by_type["text/html"] >= captures.by_status["304"]
    assert report.seconds == 3600


def test_a_recrawl_reads_only_what_came(runs: Runs) -> None:
    folder, done = runs
    report = report_of(folder, done[1][0])
    counts = report.questions.counts
    assert report.readings.read == counts["new"] + counts["changed"]
    assert report.readings.altered == counts["changed"]
    answers = report.readings.coverage[0]
    assert answers.field == "answer"
    assert answers.seen.of == counts["new"] + counts["changed"] + counts["unchanged"]
    assert answers.fresh.of == counts["new"]
    assert report.questions.missing == counts["gone"]
    assert report.questions.known == report.questions.asked == done[0][1]["new"]


def test_questions_that_were_gone_are_not_known_to_be_there(runs: Runs) -> None:
    folder, done = runs
    new, gone = done[1][1]["new"], done[1][1]["gone"]
    third = report_of(folder, done[2][0])
    assert third.questions.known == done[0][1]["new"] + new - gone
    assert third.questions.missing == 0


def test_bad_answers_are_counted_once_and_known_ends_not_at_all(runs: Runs) -> None:
    folder, done = runs
    first, second = (report_of(folder, done[n][0]) for n in (0, 1))
    assert first.bad.having == sum(int(n) for s, n in first.captures.by_status.items() if s > "399")
    # The same dead links again, and pages that went: no trouble with the server.
    assert int(second.captures.by_status["404"]) > 0
    assert second.bad.having == 0


def test_history_is_of_the_same_site_and_finished(tmp_path: Path) -> None:
    site = Site(pages=5)
    first, _ = crawl_site(tmp_path, site, 0)
    crawl_site(tmp_path, site, 10, outcome="disk_full")
    last, _ = crawl_site(tmp_path, site, 20)
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        assert [one.uid for one in history(connection, last, 5)] == [first]
        assert history(connection, first, 5) == []
        arguments = json.dumps({"base": "http://127.0.0.1:8300/", "revisit": "full"})
        # A copy on this machine counts as the site, in whatever mode it was crawled.
        connection.execute("UPDATE crawls SET arguments = ? WHERE uid = ?", (arguments, first))
        assert [one.uid for one in history(connection, last, 5)] == [first]
        connection.execute('UPDATE crawls SET arguments = \'{"base":"http://a.example/"}\'')
        connection.execute("UPDATE crawls SET arguments = '{}' WHERE uid = ?", (first,))
        assert history(connection, last, 5) == []


def test_no_response_at_all_is_bad_and_has_a_cause(tmp_path: Path) -> None:
    store = empty_store(tmp_path / "archive.db")
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    uid = next(iter(store.pending.crawls))
    for number in range(3):
        url = f"{HOST}/question.cfm/{number}.htm"
        reason = f"timeout after {number}.5 s from 10.0.0.{number}:80"
        at = moment + timedelta(seconds=number)
        store.pending.add_unanswered(Unanswered(url, url, at, reason, f"urn:uuid:{number}", uid))
    store.commit()
    report = run_report(store.db.conn, uid)
    assert (report.bad, report.fetched, report.finished) == (Share(3, 3), 0, None)
    (cause,) = report.causes
    assert (cause.reason, cause.count, cause.unresolved) == ("timeout after # s from (host)", 3, 3)
    assert len(cause.examples) == 3
    assert stamp(moment)[:4] == "2020"
    store.db.close()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no route to http://a.example/x?y=1", "no route to https://b.example/2"),
        ("cut after 1,024 of 4096 bytes", "cut after 7 of 12 bytes"),
        ("took 30.5s", "took 61s"),
        ("no 'answer' at http://a/b", "no 'title' at http://c/d"),
        ("connect to www.a.example:80 failed", "connect to 192.0.2.7:8080 failed"),
    ],
)
def test_reasons_that_differ_in_detail_are_one_cause(one: str, other: str) -> None:
    assert fold_reason(one) == fold_reason(other)


def test_the_status_is_no_detail() -> None:
    assert fold_reason("HTTP 404 Not Found") == "HTTP 404 Not Found"
    assert fold_reason("HTTP 500 x") != fold_reason("HTTP 503 x")


def test_a_reason_with_apostrophes_and_digests_stays_readable() -> None:
    reason = (
        "the payload's sha1 is not sha1:3KRQHQ65T23NC6UFMVSKMUPRAHLIDHWC; "
        "WARC-Date is '20T05:1Z'; it is dated by the server's clock"
    )
    assert fold_reason(reason) == (
        "the payload's sha1 is not (digest); WARC-Date is (text); it is dated by the server's clock"
    )


def test_shapes() -> None:
    assert shape(f"{HOST}/question.cfm/29280.htm") == f"{HOST}/question.cfm/#.htm"


def test_a_crawl_is_found_by_the_beginning_of_its_uid(runs: Runs) -> None:
    folder, done = runs
    with sqlite3.connect(folder / "archive.db") as connection:
        assert find_crawl(connection) == done[-1][0]
        assert find_crawl(connection, done[0][0][:8].upper()) == done[0][0]
        with pytest.raises(UnknownCrawl, match="no crawl is xyz"):
            find_crawl(connection, "xyz")
        connection.execute("UPDATE crawls SET uid = 'same' || id")
        with pytest.raises(UnknownCrawl, match="several"):
            find_crawl(connection, "same")
        connection.execute("ROLLBACK")


def test_an_unknown_uid_is_named(runs: Runs) -> None:
    with pytest.raises(UnknownCrawl, match="nobody"):
        report_of(runs[0], "nobody")


def test_a_real_crawl(crawled: Crawled) -> None:
    summary = json.loads(crawled.again)
    with sqlite3.connect(f"file:{crawled.database}?mode=ro", uri=True) as connection:
        query = "SELECT uid, counts FROM crawls ORDER BY started"
        rows = connection.execute(query).fetchall()
        reports = [run_report(connection, uid) for uid, _ in rows]
    assert reports[0].questions.counts["new"] == crawled.site.pages
    # A question that the run left alone since a sitemap lists it counts as unchanged there.
    listed = json.loads(rows[1][1]).get("listed", 0)
    found = reports[1].questions.counts
    assert found["unchanged"] + listed == summary["pages"]["unchanged"]
    assert (found["new"], found["changed"], found["gone"]) == (0, 0, 0)
    for report, (_, counts) in zip(reports, rows, strict=True):
        kept = json.loads(counts)
        assert report.captures.total == kept["captures"]
        assert {name: report.questions.counts[name] for name in ("new", "changed", "gone")} == {
            name: kept[name] for name in ("new", "changed", "gone")
        }
        assert report.outcome == "finished"
        assert report.seconds is not None
        assert 0 < report.seconds < 600
