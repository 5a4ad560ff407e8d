"""A site that an archivist declared, recovered from an archive by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.web_archives.target import targets_of
from parsers import read_declaration
from tests.conftest import run_scrapy
from tests.crawler.small_forum import SmallForum
from tests.crawler.web_archives.cdx_server import STAMP, memento, row, serving, text
from tests.crawler.web_archives.runs import rescue, rows, sound, words_for

HOST = "http://www.kitchen.example"
DECLARATION = (
    'name = "kitchen"\nhosts = ["www.kitchen.example"]\norigin = "http://www.kitchen.example"\n'
    'questions = ["/topic/{slug}-{id:digits}/[?page={page}]"]\n'
)


@pytest.mark.parametrize(
    ("patterns", "targets"),
    [
        (["/ask/{id}/"], ["clinic.example/ask/*"]),
        (["/{id}"], ["clinic.example/*"]),
        (["/viewtopic.php?t={id:digits}[&start={offset}]"], ["clinic.example/viewtopic.php?*"]),
        (["/a/{id}", "/a/b/{id}", "/q[-{id}]"], ["clinic.example/a/*", "clinic.example/q*"]),
        (["/faq.html"], ["clinic.example/faq.html*"]),
    ],
)
def test_what_is_asked_for(patterns: list[str], targets: list[str]) -> None:
    text = f'name = "c"\nhosts = ["www.clinic.example"]\nquestions = {patterns}\n'
    assert list(targets_of(read_declaration(text, "c.toml"))) == targets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites/kitchen.toml").write_text(DECLARATION)
    return tmp_path


def test_all_pages_of_its_threads_are_recovered_and_nothing_else(folder: Path) -> None:
    forum = SmallForum(has_sessions=False)
    long, short = forum.ask("Cold feet", replies=7), forum.ask("Warm hands", replies=2)
    paths = [forum.topic(long), f"{forum.topic(long)}?page=2", forum.topic(short)]
    others = [f"{HOST}/topic/list.css", f"{HOST}/topic/"]
    captures = {
        f"{STAMP}id_/{HOST}{path}": [memento(HOST + path, forum.answer(path)[2].encode())]
        for path in paths
    }
    lines = [row(url, digest="-") for url in (*(HOST + path for path in paths), *others)]
    with serving(lambda query: text("\n".join(lines) + "\n"), captures) as archive:
        rescue(archive, folder, "site=kitchen")
        assert {(each["url"], each["matchType"]) for each in archive.index_queries()} == {
            ("kitchen.example/topic/", "prefix")
        }
        assert sorted(archive.pages()) == sorted(captures)
        assert rows(folder, "SELECT source_id, parts FROM questions ORDER BY id") == [
            (str(long), 2), (str(short), 1)
        ]  # fmt: skip
        again = rescue(archive, folder, "site=kitchen", "only=missing", "plan=1")
        assert again["plan"]["requests"] == 0
    sound(folder)


def test_of_a_thread_only_the_page_that_is_missing_is_fetched(folder: Path) -> None:
    forum = SmallForum(has_sessions=False)
    number = forum.ask("Cold feet", replies=7)
    first, second = forum.topic(number), f"{forum.topic(number)}?page=2"
    captures = {
        f"{STAMP}id_/{HOST}{path}": [memento(HOST + path, forum.answer(path)[2].encode())]
        for path in (first, second)
    }
    listed = [first]
    index = lambda query: text("".join(row(HOST + path, digest="-") + "\n" for path in listed))  # noqa: E731
    with serving(index, captures) as archive:
        rescue(archive, folder, "site=kitchen")
        listed.append(second)
        plan = rescue(archive, folder, "site=kitchen", "only=missing", "plan=1")
        assert [place.rpartition("/web/")[2] for place in plan["plan"]["fetch"]] == [
            f"{STAMP}id_/{HOST}{second}"
        ]


def test_an_archive_is_asked_for_a_declared_site_or_an_address(folder: Path) -> None:
    with serving(lambda query: text("")) as archive:
        for words, message in (
            (["site=nowhere"], "no such site is declared"),
            (["site=kitchen", "url=kitchen.example/*"], "give one of them"),
        ):
            run = run_scrapy(*words_for(archive, folder, *words))
            assert run.returncode == 2
            assert message in run.stderr
