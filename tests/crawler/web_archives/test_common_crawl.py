"""``scrapy crawl commoncrawl``, against a Common Crawl on loopback."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.db.connection import open_archive
from pipelines.db.content_digest import content_digest, table_digests
from sample import Site
from tests.conftest import ROOT, Scrapy, settings_for
from tests.crawler.web_archives.common_crawl import EMPTY, lay_out, serving

SITE = Site(pages=60, seed=3, slow=0.0, big=0.5)
#: One page is cut short whenever the site is crawled, and whole in these crawls.
QUESTIONS = 61
KILLS = 20


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commoncrawl")
    assert lay_out(folder, SITE) > 100
    return folder


def words(address: str, folder: Path, *more: str) -> list[str]:
    arguments = [
        "-a", "url=netwellness.org/question.cfm/*", "-a", f"index={address}",
        "-a", f"data={address}", "-a", "pick=all",
    ]  # fmt: skip
    return ["crawl", "commoncrawl", *arguments, *settings_for(folder), "--json", *more]


def digest(folder: Path) -> str:
    db = open_archive(folder / "archive.db", readonly=True)
    with closing(db):
        return content_digest(db)


def digests(folder: Path) -> dict[str, str]:
    db = open_archive(folder / "archive.db", readonly=True)
    with closing(db):
        return table_digests(db, content=True)


def fetched(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        query = "SELECT captured_at || canonical_url FROM captures WHERE fetched_from IS NOT NULL"
        return {one for (one,) in connection.execute(query)}


def versions(folder: Path) -> str:
    with closing(open_archive(folder / "archive.db", readonly=True)) as db:
        return table_digests(db, content=True)["versions"]


def questions(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM questions").fetchone()[0])


def test_every_question_is_recovered(laid_out: Path, tmp_path: Path, scrapy: Scrapy) -> None:
    with serving(laid_out) as (address, log):
        done = scrapy(*words(address, tmp_path))
        assert done.returncode == 0, done.stdout + done.stderr
        asked = len(log)
        again = scrapy(*words(address, tmp_path))
    assert again.returncode == 0, again.stdout + again.stderr
    # What holds nothing is remembered, and what is here is not fetched again.
    assert not [one for one in log[asked:] if EMPTY in one or "crawl-data" in one]
    check = [sys.executable, "-m", "sample", "check", "--pages", "60", "--seed", "3"]
    archive = str(tmp_path / "archive.db")
    told = subprocess.run([*check, "--archive", archive], cwd=ROOT, capture_output=True, text=True)
    assert "all                          1020     1020  100 %" in told.stdout, told.stdout
    assert "missing" not in told.stdout, told.stdout
    verified = scrapy("verify", *settings_for(tmp_path))
    assert verified.returncode == 0, verified.stdout
    rebuilt = scrapy(
        "rebuild", "--json", *settings_for(tmp_path), "-s", f"ARCHIVE_DB={tmp_path}/b.db"
    )
    assert json.loads(rebuilt.stdout)["content_digest"] == digest(tmp_path)
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        rows = connection.execute(
            "SELECT DISTINCT substr(captured_at, 1, 4), source, fetched_at IS NOT NULL, "
            "fetched_from LIKE '%.warc.gz#%' FROM captures WHERE source <> 'index' ORDER BY 1"
        ).fetchall()
    assert rows == [("2012", "commoncrawl", 1, 1), ("2016", "commoncrawl", 1, 1)]


def test_a_plan_asks_the_index_only(laid_out: Path, tmp_path: Path, scrapy: Scrapy) -> None:
    with serving(laid_out) as (address, log):
        done = scrapy(*words(address, tmp_path, "-a", "plan=1"))
        assert done.returncode == 0, done.stdout + done.stderr
        assert not [one for one in log if "crawl-data" in one]
        plan = json.loads(done.stdout)["plan"]
        assert plan["requests"] == plan["captures_listed"] > 100
        asked = len(log)
        assert scrapy(*words(address, tmp_path)).returncode == 0
    assert all("crawl-data" in one for one in log[asked:])
    assert questions(tmp_path) == QUESTIONS


def test_trouble_on_the_way_loses_nothing(laid_out: Path, tmp_path: Path, scrapy: Scrapy) -> None:
    sound = tmp_path / "sound"
    with serving(laid_out) as (address, _):
        assert scrapy(*words(address, sound)).returncode == 0
    with serving(laid_out, trouble=0.1) as (address, _):
        for _ in range(8):
            # Each try that fails is told; what cannot be had in one run is asked for in the next.
            done = scrapy(*words(address, tmp_path, "-s", "ARCHIVE_PATIENCE=0"), timeout=300)
            assert "Traceback" not in done.stderr, done.stderr
            if fetched(tmp_path) == fetched(sound):
                break
    assert questions(tmp_path) == QUESTIONS
    assert scrapy("verify", *settings_for(tmp_path)).returncode == 0
    assert versions(tmp_path) == versions(sound)
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        tried, waiting = connection.execute(
            "SELECT count(*), coalesce(sum(resolved_by IS NULL), 0) FROM failures "
            "WHERE canonical_url LIKE '%/question.cfm/%' AND NOT EXISTS (SELECT 1 FROM captures c "
            "WHERE c.canonical_url = failures.canonical_url AND c.gone = 1)"
        ).fetchone()
    assert tried > 10
    assert waiting == 0  # what was had in the end is no open failure
    aside = ["-s", f"ARCHIVE_DB={tmp_path}/b.db"]
    rebuilt = scrapy("rebuild", "--json", *settings_for(tmp_path), *aside)
    assert json.loads(rebuilt.stdout)["content_digest"] == digest(tmp_path)


@pytest.mark.slow
def test_twenty_kills_change_nothing(laid_out: Path, tmp_path: Path, scrapy: Scrapy) -> None:
    dice = random.Random(20)
    killed, calm = tmp_path / "killed", tmp_path / "calm"
    kills = 0
    with serving(laid_out) as (address, _):
        assert scrapy(*words(address, calm)).returncode == 0
        while kills < KILLS:
            command = [sys.executable, "-m", "scrapy", *words(address, killed)]
            with subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as process:
                try:
                    process.wait(dice.uniform(0.6, 1.6))
                    # Came to its end before: begin anew, so that every kill is on the way.
                    shutil.rmtree(killed)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
        done = scrapy(*words(address, killed))
        assert done.returncode == 0, done.stdout + done.stderr
    assert digests(killed) == digests(calm)  # table by table, to say where they differ
    assert digest(killed) == digest(calm)
    assert scrapy("verify", *settings_for(killed)).returncode == 0
