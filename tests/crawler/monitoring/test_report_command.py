"""``scrapy report``, and the files that a crawl leaves."""

from __future__ import annotations

import dataclasses
import json
import os
import sqlite3
from pathlib import Path

import pytest

from crawler.monitoring.monitor_report import file_stem, json_text, markdown, write_reports
from pipelines.reports.run_figures import RunReport
from pipelines.reports.run_report import find_crawl, run_report
from tests.conftest import Crawled, Scrapy, settings_for


def first_report(crawled: Crawled) -> RunReport:
    with sqlite3.connect(f"file:{crawled.database}?mode=ro", uri=True) as connection:
        (uid,) = connection.execute("SELECT uid FROM crawls ORDER BY started").fetchone()
        return run_report(connection, uid, crawled.warcs)


def test_the_last_crawl_is_reported(crawled: Crawled, scrapy: Scrapy) -> None:
    run = scrapy("report", "--json", *crawled.settings)
    assert run.returncode == 0, run.stderr
    with sqlite3.connect(f"file:{crawled.database}?mode=ro", uri=True) as connection:
        uid = find_crawl(connection)
        assert run.stdout == json_text(run_report(connection, uid, crawled.warcs))
    report = json.loads(run.stdout)
    assert report["uid"] == uid
    assert report["questions"]["counts"]["new"] == 0


def test_a_crawl_can_be_named(crawled: Crawled, scrapy: Scrapy) -> None:
    first = first_report(crawled)
    run = scrapy("report", first.uid[:10], *crawled.settings)
    assert (run.returncode, run.stdout) == (0, markdown(first)), run.stderr
    assert "\nNo alarm.\n" in run.stdout
    assert f"| new       | {crawled.site.pages} " in run.stdout


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["zzzz"], 1, "no crawl is zzzz"),
        (["one", "two"], 2, "name one crawl"),
        (["--nonsense"], 2, "unknown option: --nonsense"),
    ],
)
def test_wrong_use(
    crawled: Crawled, scrapy: Scrapy, words: list[str], status: int, said: str
) -> None:
    run = scrapy("report", *words, *crawled.settings)
    assert run.returncode == status
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_no_archive(scrapy: Scrapy, tmp_path: Path) -> None:
    run = scrapy("report", *settings_for(tmp_path))
    assert run.returncode == 1
    assert "archive.db" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_files_are_whole_and_sort_by_time(crawled: Crawled, tmp_path: Path) -> None:
    report = first_report(crawled)
    folder = tmp_path / "state" / "reports"
    written = write_reports(report, folder)
    assert write_reports(report, folder) == written
    assert report.started is not None
    day = report.started[:10].replace("-", "")
    assert [path.name for path in written] == [
        f"{file_stem(report)}.md",
        f"{file_stem(report)}.json",
    ]
    assert written[0].name.startswith(f"{day}T")
    assert written[0].name.endswith(f"-netwellness-{report.uid[:8]}.md")
    assert sorted(folder.iterdir()) == sorted(written)
    assert written[0].read_text("utf-8") == markdown(report)
    assert json.loads(written[1].read_text("utf-8")) == json.loads(json_text(report))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(crawled: Crawled, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="ermission"):
        write_reports(first_report(crawled), tmp_path / "reports")


def test_nothing_is_left_where_a_file_cannot_be_put(crawled: Crawled, tmp_path: Path) -> None:
    report = first_report(crawled)
    (tmp_path / f"{file_stem(report)}.md" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match="irectory"):
        write_reports(report, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"{file_stem(report)}.md"]


def test_alarms_come_first_and_hostile_text_stays_text(crawled: Crawled) -> None:
    report = dataclasses.replace(
        first_report(crawled),
        spider="../<b>|evil",
        alarms=("one: \x1b[2J<script>|x`y`", "two: \n# heading"),
        started="../../x",
    )
    text = markdown(report)
    assert "- **one: \\[2J\\<script\\>\\|x\\`y\\`**\n- **two: # heading**\n" in text
    assert text.index("## 2 alarms") < text.index("## Questions")
    assert "\x1b" not in text
    assert "<script>" not in text
    assert "/" not in file_stem(report)
    assert ".." not in file_stem(report)


def test_every_table_has_as_many_cells_in_each_row(crawled: Crawled) -> None:
    rows = 0
    for block in markdown(first_report(crawled)).split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        assert len({line.replace("\\|", "").count("|") for line in lines}) <= 1, block
        rows += len(lines)
    assert rows > 30


def test_a_run_that_goes_on_is_not_called_sound(crawled: Crawled) -> None:
    running = dataclasses.replace(
        first_report(crawled), finished=None, seconds=None, outcome="interrupted"
    )
    text = markdown(running)
    assert "Not judged: the run has not ended." in text
    assert "| Ended   | interrupted |" in text
