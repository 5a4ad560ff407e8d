"""django-machina, as it is on PyPI, through ``newsite``, ``crawl site`` and into the rows.

Nothing of the project knows this software. The forum's own database says what is right.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, run_scrapy, settings_for

PYTHON = ROOT / ".venv-forum/bin/python"
SCRIPT = Path(__file__).with_name("machina_forum.py")

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="no .venv-forum, the environment of django-machina: make forum"
)


@dataclass(frozen=True)
class Forum:
    """A forum in a folder, and where it is served."""

    folder: Path
    address: str
    log: Path

    def command(self, *words: str) -> Any:
        """What one of the forum's own commands prints, from JSON."""
        done = subprocess.run(
            [PYTHON, SCRIPT, self.folder, *words], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout) if done.stdout else None

    def requests(self) -> list[str]:
        """The paths that were asked for so far, in order."""
        return [line.split(" ", 1)[1] for line in self.log.read_text("utf-8").splitlines()]


@contextmanager
def serving(folder: Path) -> Iterator[Forum]:
    """Serve the forum of a folder until the block ends."""
    log = folder / "requests.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [PYTHON, SCRIPT, folder, "serve"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
        ) as server,
    ):  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield Forum(folder, server.stdout.readline().strip(), log)
        finally:
            server.stdin.close()
            server.wait(60)


@pytest.fixture(scope="module")
def forum(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Forum]:
    """A forum of 40 threads, of 200 with ``--all``."""
    folder = tmp_path_factory.mktemp("machina")
    threads = "200" if request.config.getoption("--all") else "40"
    subprocess.run([PYTHON, SCRIPT, folder, "populate", "--threads", threads], check=True)
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="module")
def archive(forum: Forum, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an archive into which the forum was crawled, with its declaration."""
    folder = tmp_path_factory.mktemp("archive")
    scrapy(folder, "newsite", forum.address, "--name", "machina")
    declaration = folder / "sites" / "machina.toml"
    text = declaration.read_text("utf-8")
    # The one thing that newsite cannot know, and that the comparison below needs.
    text = re.sub(r"(?m)^#?\s*keep_names.*\n?", "", text)
    head, _, tables = text.partition("\n[")
    declaration.write_text(f"{head}\nkeep_names = true\n" + (f"\n[{tables}" if tables else ""))
    scrapy(folder, "newsite", "--check", "machina")
    scrapy(folder, "crawl", "site", "-a", "site=machina")
    return folder


def scrapy(folder: Path, *words: str) -> str:
    """Run a command on an archive in a folder, which must succeed."""
    done = run_scrapy(*words, *settings_for(folder), "-s", f"SITES_DIR={folder / 'sites'}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def threads_of(database: Path) -> dict[str, dict[str, Any]]:
    """The threads of an archive by their ids, in the form of the forum's truth."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    threads = {}
    for question in connection.execute("SELECT * FROM questions WHERE site = 'machina'"):
        answers = connection.execute(
            "SELECT * FROM answers WHERE question_id = ? ORDER BY position", (question["id"],)
        )
        first = (question["asker"], question["asked_on"], question["question"])
        others = [(row["author"], row["answered_on"], row["text"]) for row in answers]
        threads[question["source_id"]] = {
            "title": question["title"], "posts": [first, *others],
        }  # fmt: skip
    connection.close()
    return threads


def words(text: str) -> list[str]:
    """The words of a text, without the marks of lists."""
    return re.findall(r"\w+", text)


def assert_as_the_forum(archive: Path, forum: Forum) -> None:
    """Every thread, post, author and day is as in the forum's own database."""
    truth = {str(thread["id"]): thread for thread in forum.command("truth")}
    read = threads_of(archive / "archive.db")
    assert read.keys() == truth.keys()
    for thread_id, thread in truth.items():
        assert read[thread_id]["title"] == thread["title"]
        posts = [(author, day, words(text)) for author, day, text in read[thread_id]["posts"]]
        assert posts == [
            (post["author"], post["day"], words(post["text"])) for post in thread["posts"]
        ], f"thread {thread_id}"


def test_every_thread_post_author_and_day_is_as_in_the_forum(archive: Path, forum: Forum) -> None:
    assert_as_the_forum(archive, forum)


def test_a_recrawl_brings_just_what_is_new(archive: Path, forum: Forum) -> None:
    before = threads_of(archive / "archive.db")
    changed = set(map(str, forum.command("reply", "--threads", "5")))
    asked = len(forum.requests())
    scrapy(archive, "crawl", "site", "-a", "site=machina")
    assert_as_the_forum(archive, forum)
    after = threads_of(archive / "archive.db")
    assert {name for name in after if after[name] != before.get(name)} == changed
    topics = {
        match[1]
        for path in forum.requests()[asked:]
        if (match := re.search(r"/topic/[^/]*-(\d+)/", path))
    }
    assert topics >= changed
    scrapy(archive, "verify")
