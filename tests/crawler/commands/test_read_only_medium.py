"""An archive on a read-only medium: every command that only reads works."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Crawled, settings_for

ROOT = Path(__file__).parents[3]
MOUNT = 'mount -o bind,ro "$0" "$0" || exit 77; exec "$@"'
#: Runs commands one after another in one process, which saves the start of each.
RUNNER = """
import json, sys
from scrapy.cmdline import execute
for words in json.loads(sys.argv[1]):
    try:
        execute(["scrapy", *words])
    except SystemExit as ended:
        print("status", words[0], ended.code, file=sys.stderr)
"""


def on_read_only_medium(folder: Path, commands: list[list[str]]) -> dict[str, tuple[int, str]]:
    """The exit status of each command, and what it complained of, in a namespace of mounts."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare(1) to make a mount with")
    words = [sys.executable, "-c", RUNNER, json.dumps(commands)]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", MOUNT, str(folder), *words],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip(f"no mount can be made here: {done.stderr.strip()}")
    ends: dict[str, tuple[int, str]] = {}
    said: list[str] = []
    for line in done.stderr.splitlines():
        if line.startswith("status "):
            _, name, status = line.split()
            ends[name] = (int(status), "\n".join(said))
            said = []
        else:
            said.append(line)
    return ends


@pytest.fixture
def archive(crawled: Crawled, tmp_path: Path) -> Path:
    shutil.copytree(crawled.folder, tmp_path / "archive")
    return tmp_path / "archive"


def test_every_command_that_only_reads_works(archive: Path, tmp_path: Path) -> None:
    settings = settings_for(archive)
    database = next(word.partition("=")[2] for word in settings if "ARCHIVE_DB=" in word)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (number,) = connection.execute("SELECT source_id FROM questions").fetchone()
    page = next(iter((archive / "warcs").iterdir()))
    commands = [
        ["status", "--check", *settings],
        ["verify", "--workers", "1", *settings],
        ["why", number, *settings],
        ["diff", database, database, *settings],
        ["report", *settings],
        ["show", str(page), *settings],
        ["publish", "--to", str(tmp_path / "public"), *settings],
    ]
    ends = on_read_only_medium(archive, commands)
    assert {name: status for name, (status, _) in ends.items()} == dict.fromkeys(
        (words[0] for words in commands), 0
    ), ends
    assert (tmp_path / "public").is_dir()


def test_what_was_written_last_and_cannot_be_read_is_said(archive: Path) -> None:
    settings = settings_for(archive)
    database = next(word.partition("=")[2] for word in settings if "ARCHIVE_DB=" in word)
    Path(f"{database}-wal").write_bytes(os.urandom(4096))
    ends = on_read_only_medium(archive, [["report", *settings], ["withhold", *settings]])
    status, said = ends["report"]
    assert status == 1
    assert "-wal" in said
    assert "Traceback" not in said


def test_an_archive_of_an_earlier_version_is_to_be_copied(archive: Path) -> None:
    with closing(sqlite3.connect(archive / "archive.db")) as connection:
        connection.execute(
            "DELETE FROM _sqlite_migrations WHERE name = (SELECT max(name) FROM _sqlite_migrations)"
        )
        connection.commit()
        connection.execute("PRAGMA journal_mode=DELETE")
    words = settings_for(archive)
    ends = on_read_only_medium(archive, [["serve", "--port", "0", *words], ["why", "1", *words]])
    assert ends.keys() == {"serve", "why"}
    for name, (status, told) in ends.items():
        assert status in (1, 2), name
        assert "copy it to where you may write" in told, (name, told)
