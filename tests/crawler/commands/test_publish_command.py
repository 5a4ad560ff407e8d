"""``scrapy publish`` and ``scrapy serve --snapshot``, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

from pipelines.files.locks import Lock
from publish.datasette.snapshot_mark import is_snapshot
from publish.snapshot.snapshot_folder import LOCK
from tests.conftest import Crawled, Scrapy


def test_a_crawled_archive_is_published(crawled: Crawled, scrapy: Scrapy, tmp_path: Path) -> None:
    to = tmp_path / "to"
    run = scrapy("publish", "--to", str(to), "--json", *crawled.settings)
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)
    assert result["rows"]["questions"] == len(list(crawled.site.questions()))
    assert is_snapshot(to / "current/archive.db")
    assert {Path(file["name"]).suffix for file in result["files"]} == {
        ".db", ".npz", ".csv", ".jsonl", ".parquet",
    }  # fmt: skip
    again = scrapy("publish", "-s", f"PUBLISH_DIR={to}", *crawled.settings)
    assert again.returncode == 0
    assert "is current already" in again.stdout


def test_wrong_use_and_trouble(crawled: Crawled, scrapy: Scrapy, tmp_path: Path) -> None:
    settings = crawled.settings
    assert scrapy("publish", "here", *settings).returncode == 2
    assert scrapy("publish", "--keep", "0", *settings).returncode == 2
    none = scrapy("publish", "--to", str(tmp_path), "-s", f"ARCHIVE_DB={tmp_path / 'none.db'}")
    assert none.returncode == 1
    assert "there is no archive at" in none.stderr
    assert "Traceback" not in none.stderr
    with Lock(tmp_path / LOCK, "a publication"):
        busy = scrapy("publish", "--to", str(tmp_path), *settings)
    assert busy.returncode == 1
    assert "not begun: a publication" in busy.stderr


def test_a_folder_without_a_snapshot_is_not_served(scrapy: Scrapy, tmp_path: Path) -> None:
    run = scrapy("serve", "--snapshot", str(tmp_path), "--port", "0")
    assert run.returncode == 1
    assert f"no archive at {tmp_path / 'current/archive.db'}" in run.stderr
