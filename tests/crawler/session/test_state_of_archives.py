"""Each archive has its own state: two in one folder tree, crawled in turns, killed, restored."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from scrapy.settings import Settings

from crawler import settings as ours
from crawler.paths import ArchivePaths
from pipelines.db.connection import ArchiveError, open_archive
from pipelines.db.identity import beside, claim
from sample import Site, serving
from tests.conftest import ROOT, Scrapy

SITE = Site(pages=40, seed=3)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The sample site."""
    with serving(SITE) as address:
        yield address


def crawl(base: str, database: Path, *more: str) -> list[str]:
    """The words of a crawl of the site into an archive that only ARCHIVE_DB names."""
    words = ["crawl", "netwellness", "-a", f"base={base}", "-s", f"ARCHIVE_DB={database}"]
    return [*words, *more]


STOP = ("-s", "CLOSESPIDER_PAGECOUNT=12")


def questions(database: Path) -> int:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM questions").fetchone()[0])


def test_a_trial_beside_an_interrupted_crawl(base: str, scrapy: Scrapy, tmp_path: Path) -> None:
    first = tmp_path / "archive.db"
    run = scrapy(*crawl(base, first, *STOP))
    assert run.returncode == 3, run.stdout + run.stderr
    for database in (tmp_path / "other.db", Path(shutil.copy(first, tmp_path / "copy.db"))):
        run = scrapy(*crawl(base, database))
        assert run.returncode == 2
        assert f"belongs to another archive, {first}" in run.stderr
    assert not (tmp_path / "other.db").exists()
    trial = tmp_path / "trial/archive.db"
    trial.parent.mkdir()
    run = scrapy(*crawl(base, trial))
    assert run.returncode == 0, run.stdout + run.stderr
    assert questions(trial) == SITE.pages
    status = scrapy("status", "-s", f"ARCHIVE_DB={tmp_path / 'trial/elsewhere.db'}")
    assert "belongs to another archive" in status.stderr
    run = scrapy(*crawl(base, first))  # the interrupted one is whole all the same
    assert (run.returncode, questions(first)) == (0, SITE.pages), run.stdout + run.stderr


def test_other_arguments_drop_no_interrupted_crawl(
    base: str, scrapy: Scrapy, tmp_path: Path
) -> None:
    database = tmp_path / "archive.db"
    assert scrapy(*crawl(base, database, *STOP)).returncode == 3
    other = crawl(base, database, "-a", "revisit=full")
    run = scrapy(*other)
    assert run.returncode == 2
    assert f"scrapy crawl netwellness -a base={base}" in run.stderr
    assert "--drop-interrupted" in run.stderr
    run = scrapy(*other, "--drop-interrupted")
    assert (run.returncode, questions(database)) == (0, SITE.pages), run.stdout + run.stderr


def test_an_archive_restored_from_before_an_interruption(
    base: str, scrapy: Scrapy, tmp_path: Path
) -> None:
    database, backup = tmp_path / "archive.db", tmp_path / "backup.db"
    assert scrapy(*crawl(base, database, *STOP)).returncode == 3
    with sqlite3.connect(database) as connection:
        connection.execute("VACUUM INTO ?", [str(backup)])
    assert scrapy(*crawl(base, database, *STOP)).returncode == 3
    for file in tmp_path.glob("archive.db-*"):
        file.unlink()
    backup.replace(database)
    run = scrapy(*crawl(base, database))
    assert (run.returncode, questions(database)) == (0, SITE.pages), run.stdout + run.stderr
    for file in (database, *tmp_path.glob("archive.db-*")):
        file.unlink()
    assert scrapy("rebuild", "-s", f"ARCHIVE_DB={database}").returncode == 0
    assert scrapy(*crawl(base, database)).returncode == 0  # it is the same archive


def test_what_lay_in_the_present_folder_is_named(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings()
    settings.setmodule(ours)
    settings.set("ARCHIVE_DB", str(tmp_path / "data/archive.db"))
    (tmp_path / "data").mkdir()
    (tmp_path / "warcs").mkdir()
    monkeypatch.chdir(tmp_path)
    assert ArchivePaths.of(settings).warcs == tmp_path / "data/warcs"
    open_archive(tmp_path / "data/archive.db").close()
    with pytest.raises(ArchiveError, match=f"-s WARC_DIR={tmp_path / 'warcs'}"):
        ArchivePaths.of(settings)
    with closing(open_archive(tmp_path / "archive.db")) as here:
        claim(here.conn, 0, tmp_path / "archive.db", beside(tmp_path / "warcs"))
    assert ArchivePaths.of(settings).warcs == tmp_path / "data/warcs"  # what is here is another's


@pytest.mark.slow
def test_two_at_once_and_in_turns_killed_again_and_again(base: str, tmp_path: Path) -> None:
    """Both are crawled at once, killed several times, and each ends whole and sound."""
    databases = [tmp_path / "archive.db", tmp_path / "within/archive.db"]
    databases[1].parent.mkdir()

    def start(database: Path) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "scrapy", *crawl(base, database, "--json")]
        return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    for seconds in (1.5, 2.0, 2.5):
        running = [start(database) for database in databases]
        time.sleep(seconds)
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.communicate()
    for database in databases:  # in turns
        output, _ = start(database).communicate()
        assert json.loads(output)["outcome"] == "finished"
        assert questions(database) == SITE.pages
        words = [sys.executable, "-m", "scrapy", "verify", "-s", f"ARCHIVE_DB={database}"]
        assert subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL).returncode == 0
