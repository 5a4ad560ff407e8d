"""``scrapy newsite``, end to end against a small forum on loopback, and with local files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.newsite.cases import differences
from crawler.newsite.writing import default_name
from parsers import read_declaration
from tests.conftest import Scrapy, settings_for
from tests.crawler.small_forum import SmallForum, serving

QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "PARSE_WORKERS=0")
PAGE = (
    "<html lang='en'><head><title>{0} - Ask Dr Alder</title></head><body><h1>{0}</h1>"
    "<h2>Question</h2><p>Why does this happen to me of all people?</p><h2>Answer</h2>"
    "<p>It happens to many, and passes within days.</p></body></html>"
)


@pytest.fixture(scope="module")
def forum() -> Iterator[SmallForum]:
    forum = SmallForum()
    for number in range(9):
        forum.ask(f"Restless nights {number}", replies=2 + number % 3)
    forum.reply(3, 9)
    with serving(forum):
        yield forum


def test_a_forum_is_declared_checked_and_crawled(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    words = (*QUICK, *settings_for(tmp_path))
    run = scrapy("newsite", f"{forum.address}/board/", "--name", "kitchen", *words)
    assert run.returncode == 0, run.stdout + run.stderr
    path = tmp_path / "sites/kitchen.toml"
    site = read_declaration(path.read_text(), str(path))
    assert [each.text for each in site.questions] == ["/topic/{slug}-{id:digits}/[?page={page}]"]
    assert site.title == "Kitchen Table"
    assert site.start == (f"{forum.address}/board/",)
    assert site.feeds == (f"{forum.address}/feed.xml",)
    assert "*/login*" in site.skip
    assert "scrapy newsite --check kitchen" in run.stdout
    assert len(forum.requests) < 20
    assert not [request for request in forum.requests if "sid=" in request]

    cases = sorted((tmp_path / "sites/kitchen").glob("*.json"))
    assert len(cases) == len(sorted((tmp_path / "sites/kitchen").glob("*.html"))) >= 2
    check = scrapy("newsite", "--check", "kitchen", *words)
    assert (check.returncode, check.stdout.count("ok ")) == (0, len(cases)), check.stdout

    assert scrapy("crawl", "site", "-a", "site=kitchen", *words).returncode == 0
    with sqlite3.connect(tmp_path / "archive.db") as db:
        ids = {source_id for (source_id,) in db.execute("SELECT source_id FROM questions")}
    assert ids == set(map(str, forum.threads))


def test_from_a_question_page_alone(scrapy: Scrapy, forum: SmallForum, tmp_path: Path) -> None:
    run = scrapy(
        "newsite", f"{forum.address}{forum.topic(3)}", *QUICK, *settings_for(tmp_path), "--json"
    )
    assert run.returncode == 0, run.stdout + run.stderr
    document = json.loads(run.stdout)
    assert document["questions"] == ["/topic/{slug}-{id:digits}/[?page={page}]"]
    assert document["declaration"].endswith(f"127-0-0-1-{forum.address.rpartition(':')[2]}.toml")


def test_a_case_that_is_read_otherwise_differs(scrapy: Scrapy, tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    files = []
    for title in ("Sore thumb", "Itchy scalp"):
        file = tmp_path / f"{title.split()[0]}.html"
        address = f"http://www.alder.example/letters/{title.lower().replace(' ', '-')}/"
        file.write_text(f"<!-- saved from url=(0040){address} -->" + PAGE.format(title))
        files.append(str(file))
    run = scrapy("newsite", *files, *settings)
    assert run.returncode == 0, run.stdout + run.stderr
    path = tmp_path / "sites/alder.toml"
    text = path.read_text()
    assert 'questions = ["/letters/{id}/"]' in text
    assert 'title = "Ask Dr Alder"' in text
    (case, _) = sorted((tmp_path / "sites/alder").glob("*.json"))
    expected = json.loads(case.read_text())
    assert expected["pages"][0]["source_id"] == "sore-thumb"
    expected["pages"][0]["title"] = "Sore thumbs"
    expected["pages"][0]["answers"][0]["text"] = "Rest it."
    case.write_text(json.dumps(expected))
    check = scrapy("newsite", "--check", "alder", *settings)
    assert check.returncode == 1
    assert "title: expected 'Sore thumbs', read 'Sore thumb'" in check.stdout
    assert "answer 1, text: expected 'Rest it.'" in check.stdout

    again = scrapy("newsite", *files, *settings)
    assert again.returncode == 1
    assert "--force" in again.stderr
    assert path.read_text() == text
    assert scrapy("newsite", *files, "--force", *settings).returncode == 0
    assert scrapy("newsite", "--check", "alder", *settings).returncode == 0

    other = scrapy("newsite", *files, "--name", "other", *settings)
    assert other.returncode == 1
    assert "is declared already, as the site 'alder'" in other.stderr


def test_what_is_no_question_page_is_shown_and_nothing_written(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    file.write_text("<html><title>Thumbs</title><p>Thumbs are fingers.</p></html>")
    run = scrapy(
        "newsite", str(file), "--url", "http://thumbs.example/about", *settings_for(tmp_path)
    )
    assert run.returncode == 1
    assert "none of these pages is read as a question page" in run.stderr
    assert not (tmp_path / "sites").exists()


def test_wrong_use_is_explained(scrapy: Scrapy, tmp_path: Path) -> None:
    for words, message in (
        ([], "name some pages"),
        (["--check", "kitchen", "x"], "takes no addresses"),
        (["--check", "kitchen"], "has no cases"),
        (["http://clinic.example/ask"], "CONTACT is not set"),
    ):
        run = scrapy("newsite", *words, *settings_for(tmp_path))
        assert run.returncode != 0
        assert message in run.stderr + run.stdout


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.clinic.example/ask", "clinic"),
        ("https://forum.clinic.example/", "forum-clinic"),
        ("http://127.0.0.1:8000/", "127-0-0-1-8000"),
        ("http://localhost/", "localhost"),
    ],
)
def test_a_site_is_named_by_its_host(url: str, name: str) -> None:
    assert default_name(url) == name


def test_differences_name_question_and_answer() -> None:
    one = {"title": "a", "answers": [{"text": "x"}, {"text": "y"}]}
    other = {"title": "a", "answers": [{"text": "x"}, {"text": "z"}, {"text": "w"}]}
    fields = [each.field for each in differences([one, one], [other, one])]
    assert fields == ["question 1, answers", "question 1, answer 2, text"]
    assert [each.field for each in differences([one], [])] == ["questions"]
