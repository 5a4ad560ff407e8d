"""``scrapy crawl wayback``, against a real pywb."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.database import open_archive
from pipelines.digest import content_digest, table_digests
from sample import Site, serving
from tests.conftest import ROOT, Scrapy, settings_for
from tests.crawler.rescue.pywb import BIN, collect, record, replaying

pytestmark = pytest.mark.skipif(
    not (BIN / "wayback").exists(), reason="pywb is not installed: make pywb"
)
SITE = Site(pages=40, seed=11, slow=0.0, big=0.5)
CHANGED = Site(pages=40, seed=11, slow=0.0, big=0.5, changed=0.2)
DATES = {
    "2004-03-01T10:00:00Z": SITE,
    "2008-04-02T11:00:00Z": SITE,
    "2012-05-03T12:00:00Z": CHANGED,
}
KILLS = 20
RECORDS = {
    "questions": "SELECT source_id, title, question, answer, answered_on, status, url, confidence, "
    "warnings, parser, institution FROM questions ORDER BY source_id",
    "responders": "SELECT q.source_id, l.position, l.name, l.credentials, l.title, l.college, "
    "l.institution, l.url FROM question_responders l JOIN questions q ON q.id = l.question_id "
    "ORDER BY 1, 2",
    "topics": "SELECT q.source_id, l.position, l.name, l.url FROM question_topics l "
    "JOIN questions q ON q.id = l.question_id ORDER BY 1, 2",
    "links": "SELECT q.source_id, l.position, l.text, l.url FROM links l "
    "JOIN questions q ON q.id = l.question_id ORDER BY 1, 2",
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("pywb")
    warcs = []
    for date, site in DATES.items():
        warcs.append(folder / f"{date[:4]}.warc.gz")
        record(warcs[-1], site, date)
    collect(folder, warcs)
    with replaying(folder) as found:
        yield found


def words(address: str, folder: Path, *more: str) -> list[str]:
    arguments = ["-a", "url=netwellness.org/question.cfm/*", "-a", f"cdx={address}cdx"]
    replay = ["-a", f"replay={address}"]
    return ["crawl", "wayback", *arguments, *replay, *settings_for(folder), "--json", *more]


def rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        return connection.execute(query).fetchall()


def digest(folder: Path) -> str:
    with closing(open_archive(folder / "archive.db", readonly=True)) as db:
        return content_digest(db)


def digests(folder: Path) -> dict[str, str]:
    with closing(open_archive(folder / "archive.db", readonly=True)) as db:
        return table_digests(db, content=True)


def test_the_records_are_those_of_a_live_crawl(
    archive: tuple[str, Path], tmp_path: Path, scrapy: Scrapy
) -> None:
    address, log = archive
    done = scrapy(*words(address, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    live = tmp_path / "live"
    with serving(CHANGED) as base:
        crawled = scrapy("crawl", "netwellness", "-a", f"base={base}", *settings_for(live))
    assert crawled.returncode == 0, crawled.stdout + crawled.stderr
    for query in RECORDS.values():
        ours = dict.fromkeys(rows(tmp_path, query))
        # What is cut short on the wire, whenever it is crawled, is whole in the archive.
        assert [one for one in rows(live, query) if one not in ours] == []
    ids = {one[0] for one in rows(live, "SELECT source_id FROM questions")}
    extra = {one[0] for one in rows(tmp_path, "SELECT source_id FROM questions")} - ids
    assert len(extra) <= 1
    stamps = rows(
        tmp_path,
        "SELECT DISTINCT substr(captured_at, 1, 10), substr(fetched_at, 1, 2), source "
        f"FROM captures WHERE fetched_from LIKE '{address}%id_/http://www.netwellness.org/%'",
    )
    assert {one[0] for one in stamps} == {"2004-03-01", "2012-05-03"}
    assert {one[1:] for one in stamps} == {("20", "wayback")}
    order = rows(
        tmp_path,
        "SELECT v.question_id, c.captured_at FROM versions v JOIN captures c "
        "ON c.id = v.first_capture_id JOIN questions q ON q.id = v.question_id "
        "WHERE q.versions = 2 ORDER BY 1, 2",
    )
    assert order
    assert [at[:4] for _, at in order] == ["2004", "2012"] * (len(order) // 2)
    assert scrapy("verify", *settings_for(tmp_path)).returncode == 0
    before = log.read_text().count("id_/")
    assert scrapy(*words(address, tmp_path)).returncode == 0
    assert log.read_text().count("id_/") == before  # what is here is not fetched again
    aside = ["-s", f"ARCHIVE_DB={tmp_path}/again.db"]
    rebuilt = scrapy("rebuild", "--json", *settings_for(tmp_path), *aside)
    assert json.loads(rebuilt.stdout)["content_digest"] == digest(tmp_path)


def test_a_plan_asks_for_the_index_only_and_is_gone_on_with(
    archive: tuple[str, Path], tmp_path: Path, scrapy: Scrapy
) -> None:
    address, log = archive
    before = log.read_text().count("id_/")
    planned = scrapy(*words(address, tmp_path, "-a", "plan=1", "-a", "pick=newest"))
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert log.read_text().count("id_/") == before
    plan = json.loads(planned.stdout)["plan"]
    listed = log.read_text().count("/cdx?")
    done = scrapy(*words(address, tmp_path, "-a", "pick=newest"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert log.read_text().count("/cdx?") == listed
    fetched = rows(tmp_path, "SELECT count(*) FROM captures WHERE fetched_from IS NOT NULL")
    assert fetched[0][0] >= plan["requests"] > 40
    missing = scrapy(*words(address, tmp_path, "-a", "only=missing", "-a", "plan=1"))
    assert json.loads(missing.stdout)["plan"]["questions"] < 20


def test_twenty_kills_change_nothing(
    archive: tuple[str, Path], tmp_path: Path, scrapy: Scrapy
) -> None:
    address, _ = archive
    dice = random.Random(5)
    killed, calm = tmp_path / "killed", tmp_path / "calm"
    assert scrapy(*words(address, calm)).returncode == 0
    kills = 0
    while kills < KILLS:
        command = [sys.executable, "-m", "scrapy", *words(address, killed)]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                process.wait(dice.uniform(0.6, 1.8))
                shutil.rmtree(killed)  # it came to its end: begin anew, to be killed on the way
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
    done = scrapy(*words(address, killed))
    assert done.returncode == 0, done.stdout + done.stderr
    assert digests(killed) == digests(calm)  # table by table, to say where they differ
    assert digest(killed) == digest(calm)
    assert scrapy("verify", *settings_for(killed)).returncode == 0
