"""A crawl of a site that is declared wrongly, or cannot be had, does not pass for a sound one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Scrapy, settings_for
from tests.crawler.small_forum import SmallForum, declare, serving

QUICK = (
    "-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "PARSE_WORKERS=0",
    "-s", "RETRY_TIMES=0",
)  # fmt: skip
CRAWL = ("crawl", "site", "-a", "site=kitchen")


class Notices(SmallForum):
    """Some of its threads hold nothing but a notice, and its robots.txt may fail."""

    notices: frozenset[int] = frozenset()
    broken = False

    def answer(self, path: str) -> tuple[int, str, str]:
        """See there."""
        if self.broken:
            return 503, "text/plain", ""
        if any(path.split("?")[0] == self.topic(number) for number in self.notices):
            return 200, "text/html", "<title>Moved</title><p>See the other board.</p>"
        return super().answer(path)


@pytest.fixture
def forum() -> Iterator[Notices]:
    forum = Notices()
    for number in range(8):
        forum.ask(f"Restless nights {number}", replies=2)
    with serving(forum):
        yield forum


class Place:
    """Commands on an archive in a folder."""

    def __init__(self, scrapy: Scrapy, folder: Path) -> None:
        self._scrapy = scrapy
        self.settings = (*settings_for(folder), "-s", f"SCHEDULE={folder / 'schedule.toml'}")

    def run(self, *words: str, status: int = 0) -> str:
        done = self._scrapy(*words, *(QUICK if words[0] == "crawl" else ()), *self.settings)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def json(self, *words: str, status: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", status=status))


@pytest.fixture
def place(scrapy: Scrapy, tmp_path: Path) -> Place:
    return Place(scrapy, tmp_path)


def test_pages_that_hold_no_question_are_said_everywhere(
    place: Place, forum: Notices, tmp_path: Path
) -> None:
    forum.notices = frozenset({3, 5})
    declare(tmp_path, forum.address)
    sentence = (
        "2 pages at question addresses hold no question that is read: e.g. "
        f"{forum.address}{forum.topic(3)}"
    )
    summary = place.run(*CRAWL)
    assert f"not read     {sentence}\n" in summary
    assert f"\n\n{sentence}.\n\n" in place.run("report")
    status = place.run("status")
    assert sentence in " ".join(status.split())
    assert "nothing to worry about" in status.splitlines()[0]
    assert place.json("status")["archive"]["unread"]["pages"] == 2
    assert place.json("report")["unread"]["share"] == {"having": 2, "of": 8}


def test_a_site_whose_questions_are_declared_wrongly(
    place: Place, forum: Notices, tmp_path: Path
) -> None:
    declare(tmp_path, forum.address)
    declaration = tmp_path / "sites/kitchen.toml"
    right = declaration.read_text()
    declaration.write_text(right.replace("/topic/", "/thread/"))
    summary = place.json(*CRAWL, status=1)
    (alarm,) = summary["alarms"]
    assert "no address fits `questions` of the declaration" in alarm
    problems = place.json("status")["problems"]
    assert [problem.partition(" (")[0] for problem in problems] == [
        "scrapy crawl site site=kitchen: its last run raised 1 alarm",
        "scrapy crawl site site=kitchen: its last run read no question",
    ]
    declaration.write_text(right)
    changed = (
        "the declaration of kitchen has changed since its pages were read: scrapy rebuild reads "
        "them again"
    )
    assert changed in place.run("status")
    assert f"declaration  {changed}" in place.run(*CRAWL)
    assert changed in place.run("status", "--check", status=1).splitlines()
    place.run("rebuild")
    assert place.run("status", "--check") == "healthy\n"


def test_a_crawl_that_was_left_for_want_of_robots_txt(
    place: Place, forum: Notices, tmp_path: Path
) -> None:
    forum.broken = True
    declare(tmp_path, forum.address)
    place.run(*CRAWL, status=1)
    status = place.run("status")
    assert status.splitlines()[1:2] == [
        "  ! scrapy crawl site site=kitchen: its last run was left (robots_unreachable): "
        "robots.txt cannot be fetched, so that nothing may be"
    ]
    assert "site: stopped (robots_unreachable), begun" in status
    forum.broken = False
    place.run(*CRAWL)
    assert "nothing to worry about" in place.run("status").splitlines()[0]
