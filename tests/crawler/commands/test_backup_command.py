"""``scrapy backup`` and ``scrapy restore``: an archive is lost and comes back as it was."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.backup.place import BackupPlace
from pipelines.backup.restore import backup_at, damage_of
from pipelines.db.connection import open_archive
from pipelines.db.content_digest import content_digest
from sample import Site, serving
from tests.conftest import ROOT, run_scrapy

SITE = Site(pages=40, seed=3)
#: The records that questions are shown from: the newest of each.
READ_FROM = "SELECT record_id FROM captures WHERE id IN (SELECT capture_id FROM questions)"


def at(folder: Path) -> list[str]:
    return ["-s", f"ARCHIVE_DB={folder / 'archive.db'}"]


def select(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        return [value for (value,) in db.execute(query)]


def digest_of(folder: Path) -> str:
    with closing(open_archive(folder / "archive.db", readonly=True)) as db:
        return content_digest(db)


def everything(folder: Path) -> bytes:
    """All bytes but those of WARC files, which keep what is withheld."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return b"".join(path.read_bytes() for path in files if "warcs" not in path.parts)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The sample site."""
    with serving(SITE) as address:
        yield address


@pytest.fixture(scope="module")
def interrupted(base: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of a crawl that was stopped, which withholds a question. Copy it."""
    folder = tmp_path_factory.mktemp("backup") / "archive"
    words = ["crawl", "netwellness", "-a", f"base={base}", *at(folder)]
    assert run_scrapy(*words, "-s", "CLOSESPIDER_PAGECOUNT=90").returncode == 3
    (first, *_) = select(folder, "SELECT source_id FROM questions ORDER BY 1")
    entry = f'[[withheld]]\nquestion = "netwellness/{first}"\nreason = "Asked."\non = 2026-11-22\n'
    (folder / "withheld.toml").write_text(entry)
    (folder / "schedule.toml").write_text(
        '[[crawl]]\nname = "n"\nspider = "netwellness"\nevery = "7d"\n'
    )
    (folder / "question").write_text(first)
    query = f"SELECT question FROM questions WHERE source_id = '{first}'"
    (folder / "words").write_text(select(folder, query)[0])
    assert run_scrapy("withhold", *at(folder)).returncode == 0
    return folder


@pytest.fixture
def archive(interrupted: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(interrupted, tmp_path / "archive"))


def test_backup_loss_and_restore(base: str, archive: Path, tmp_path: Path) -> None:
    question, text = (archive / "question").read_text(), (archive / "words").read_bytes()
    for file in ("question", "words"):
        (archive / file).unlink()
    place = str(tmp_path / "backup")
    run = run_scrapy("backup", place, "--json", *at(archive))
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["files"] == 6
    run = run_scrapy("backup", place, *at(archive))
    assert "new          0 files" in run.stdout
    assert run_scrapy("backup", place, "--check", *at(archive)).returncode == 0
    digest = digest_of(archive)
    captured = set(select(archive, "SELECT record_id FROM captures"))
    read = set(select(archive, READ_FROM))
    shutil.rmtree(archive)
    run = run_scrapy("restore", place, "--json", *at(archive))
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["content_digest"] == digest_of(archive) == digest
    assert question not in select(archive, "SELECT source_id FROM questions")
    assert text not in everything(archive)
    assert len(text) > 40
    run = run_scrapy("restore", place, *at(archive))
    assert run.returncode == 1
    assert "there already" in run.stderr
    run = run_scrapy("crawl", "netwellness", "-a", f"base={base}", "--json", *at(archive))
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)
    assert result["totals"]["questions"] == SITE.pages - 1
    records = set(select(archive, "SELECT record_id FROM captures"))
    assert captured < records
    shown = set(select(archive, READ_FROM))
    assert read < shown  # from the same records: none of them was asked for again
    assert run_scrapy("verify", *at(archive)).returncode == 0
    run = run_scrapy("backup", place, *at(archive))
    assert run.returncode == 0, run.stderr
    trial = tmp_path / "trial"
    assert run_scrapy("restore", place, *at(trial)).returncode == 0
    assert digest_of(trial) == digest_of(archive)


def test_what_was_withheld_comes_back_only_if_that_is_asked_for(
    base: str, archive: Path, tmp_path: Path
) -> None:
    question, entry = (archive / "question").read_text(), (archive / "withheld.toml").read_text()
    place = str(tmp_path / "backup")
    assert run_scrapy("backup", place, *at(archive)).returncode == 0

    def refused(*words: str) -> None:
        run = run_scrapy(*words, *at(archive))
        assert run.returncode in (1, 2), run.stdout
        assert f"netwellness/{question}" in run.stderr or "withholds 1 question" in run.stderr

    crawl = ("crawl", "netwellness", "-a", f"base={base}")
    refusing: tuple[tuple[str, ...], ...] = (("rebuild",), ("backup", place))
    for is_lost in (False, True):
        if is_lost:  # and the question is known to be withheld all the same
            for file in archive.glob("archive.db*"):
                file.unlink()
            refusing = (("rebuild",), crawl, ("ingest", str(archive / "warcs")))
        for text in (None, "", entry.replace(question, "1")):
            (archive / "withheld.toml").unlink(missing_ok=True)
            if text is not None:
                (archive / "withheld.toml").write_text(text)
            for words in refusing:
                refused(*words)
    assert not (archive / "archive.db").exists()
    (archive / "withheld.toml").write_text("")
    assert run_scrapy("rebuild", "--release", *at(archive)).returncode == 0
    assert question in select(archive, "SELECT source_id FROM questions")
    assert run_scrapy("rebuild", *at(archive)).returncode == 0  # it is released for good
    # A restore with a list of its own in the place:
    restored = tmp_path / "restored"
    restored.mkdir()
    (restored / "withheld.toml").write_text("")
    run = run_scrapy("restore", place, *at(restored))
    assert run.returncode == 1
    assert f"netwellness/{question}" in run.stderr
    assert not (restored / "warcs").exists()
    (restored / "withheld.toml").write_text(entry)
    (kept,) = [
        file for file in backup_at(BackupPlace(place)).files.values() if "withheld" in file.path
    ]
    Path(place, kept.stored).unlink()
    assert run_scrapy("restore", place, *at(restored)).returncode == 0
    assert question not in select(restored, "SELECT source_id FROM questions")
    run = run_scrapy("restore", place, *at(tmp_path / "another"))
    assert run.returncode == 1
    assert "(withheld.toml) is missing" in run.stderr
    assert not (tmp_path / "another/warcs").exists()


def test_a_restore_names_what_is_damaged_or_in_the_way(archive: Path, tmp_path: Path) -> None:
    place = tmp_path / "backup"
    assert run_scrapy("backup", str(place), *at(archive)).returncode == 0
    restored = tmp_path / "restored"
    (restored / "warcs").mkdir(parents=True)
    (restored / "warcs/other.warc.gz").write_bytes(b"")
    run = run_scrapy("restore", str(place), *at(restored))
    assert run.returncode == 1
    assert "other.warc.gz is there already" in run.stderr
    (restored / "warcs/other.warc.gz").unlink()
    (warc,) = (place / "warcs").iterdir()
    data = bytearray(warc.read_bytes())
    data[5000] ^= 4
    warc.write_bytes(data)
    run = run_scrapy("backup", str(place), "--check")
    assert run.returncode == 1
    assert warc.name in run.stdout
    for _ in range(2):  # what is in place by now is no hindrance
        run = run_scrapy("restore", str(place), *at(restored))
        assert run.returncode == 1
        assert f"{warc} (warcs/{warc.name}) is damaged" in run.stderr
        assert not (restored / "archive.db").exists()
    run = run_scrapy("restore", str(place), "--without-damaged", *at(restored))
    assert run.returncode == 1
    assert f"left out     {warc}" in run.stdout
    assert run_scrapy("restore", str(tmp_path / "none"), *at(tmp_path / "x")).returncode == 1


def start(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "scrapy", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_backups_beside_a_crawl_that_is_killed(tmp_path: Path) -> None:
    """Whatever moment a backup is of, all that its frontier calls done is in its WARC files."""
    folder, place, done = tmp_path / "archive", str(tmp_path / "backup"), 0
    with serving(Site(pages=1000, seed=5)) as base:
        crawl = ["crawl", "netwellness", "-a", f"base={base}", *at(folder)]
        crawl += ["-s", "COMMIT_EVERY=5"]
        for backups in (1, 2, 2):
            running = start(*crawl)
            while not list(folder.glob("warcs/*.open")):
                time.sleep(0.05)
            for _ in range(backups):
                run = run_scrapy("backup", place, *at(folder))
                assert run.returncode == 0, run.stderr
                restored = tmp_path / "restored"
                shutil.rmtree(restored, ignore_errors=True)
                run = run_scrapy("restore", place, *at(restored))
                assert run.returncode == 0, run.stderr
                captured = set(select(restored, "SELECT canonical_url FROM captures"))
                captured |= set(select(restored, "SELECT canonical_url FROM failures"))
                for file in restored.rglob("frontier.db"):
                    with closing(sqlite3.connect(file)) as db:
                        urls = {url for (url,) in db.execute("SELECT url FROM queue WHERE done")}
                    assert urls <= captured
                    done = max(done, len(urls))
            running.send_signal(signal.SIGKILL)
            running.communicate()
        assert done > 20
        assert run_scrapy(*crawl).returncode == 0
        assert run_scrapy("backup", place, *at(folder)).returncode == 0
        shutil.rmtree(restored)
        assert run_scrapy("restore", place, *at(restored)).returncode == 0
        assert digest_of(restored) == digest_of(folder)


@pytest.mark.slow
def test_backups_and_restores_that_are_killed(archive: Path, tmp_path: Path) -> None:
    """Each is killed again and again, and goes on; the backup before stays usable."""
    place, restored = tmp_path / "backup", tmp_path / "restored"
    for number in range(40):
        (archive / f"warcs/large-{number}.warc").write_bytes(os.urandom(2_000_000))
    killed = 0
    for attempt in range(60):
        running = start("backup", str(place), *at(archive))
        time.sleep(0.4 + attempt * 0.04)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        if (place / "manifest.json").exists():
            break
        killed += 1
    assert killed > 1
    for number in range(40, 60):
        (archive / f"warcs/large-{number}.warc").write_bytes(os.urandom(2_000_000))
    for attempt in range(6):
        running = start("backup", str(place), *at(archive))
        time.sleep(0.5 + attempt * 0.1)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        files = backup_at(BackupPlace(str(place))).files
        assert len(files) in (46, 66)
        assert list(damage_of(BackupPlace(str(place)), files.values())) == []
    for file in archive.glob("warcs/large-*"):
        file.unlink()
    assert run_scrapy("backup", str(place), *at(archive)).returncode == 1
    assert run_scrapy("backup", str(place), "--accept-loss", *at(archive)).returncode == 0
    for attempt in range(8):
        running = start("restore", str(place), *at(restored))
        time.sleep(0.4 + attempt * 0.1)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        if (restored / "archive.db").exists():
            break
    else:
        assert run_scrapy("restore", str(place), *at(restored)).returncode == 0
    assert digest_of(restored) == digest_of(archive)


@pytest.mark.slow
def test_an_object_store(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("s3fs", reason='the extra "cluster" is not installed')
    boto3 = pytest.importorskip("boto3", reason="moto is not installed")
    moto = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    server = moto.ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    values = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="bucket")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scrapy", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    for new in ("6 files", "0 files"):
        done = run("backup", "s3://bucket/folder", *at(archive))
        assert done.returncode == 0, done.stderr
        assert f"new          {new}" in done.stdout
    done = run("restore", "s3://bucket/folder", *at(tmp_path / "restored"))
    assert done.returncode == 0, done.stderr
    assert digest_of(tmp_path / "restored") == digest_of(archive)
    server.stop()
    done = run("backup", "s3://bucket/folder", *at(archive))
    assert done.returncode == 1
    assert done.stderr.startswith("backup: s3://bucket/folder/manifest.json cannot be read:")
    assert "Traceback" not in done.stderr
