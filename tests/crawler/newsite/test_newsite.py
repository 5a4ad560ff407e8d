"""``scrapy newsite``, end to end against a small forum on loopback, and with local files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.newsite.cases import check_case, differences, read_cases, write_case
from crawler.newsite.looks import look_at
from crawler.newsite.writing import default_name, draft_of
from parsers import declare, read_declaration
from parsers.records import Capture
from tests.conftest import Scrapy, settings_for
from tests.crawler.small_forum import SmallForum, serving

QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "PARSE_WORKERS=0")
PAGE = (
    "<html lang='en'><head><title>{0} - Ask Dr Alder</title></head><body><h1>{0}</h1>"
    "<h2>Question</h2><p>Why does this happen to me of all people?</p><h2>Answer</h2>"
    "<p>It happens to many, and passes within days.</p></body></html>"
)

CLINIC = (
    'name = "clinic"\nhosts = ["clinic.example"]\nquestions = ["/letters/{id}.html"]\n'
    '[labels]\nmore = ["see also"]\n'
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
    text = path.read_text()
    site = read_declaration(text, str(path))
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

    known = json.loads(cases[0].read_text())["url"]
    there = {json.loads(case.read_text())["pages"][0]["source_id"] for case in cases}
    fresh = next(number for number in forum.threads if str(number) not in there)
    urls = (known, forum.address + forum.topic(fresh), f"{forum.address}/topic/none-77/")
    add = scrapy("newsite", "--add", "kitchen", *urls, *words)
    assert add.returncode == 1
    assert f"not added  {known}: it is the case {cases[0].stem} already" in add.stdout
    assert f"kitchen/{len(cases) + 1:02}-{fresh}.json" in add.stdout
    assert "/topic/none-77/: is no page (status 404" in add.stderr
    assert path.read_text() == text

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
    assert "scrapy newsite --add alder" in again.stderr
    assert path.read_text() == text
    path.write_text(text + '\n[selectors]\npost = ".post"\n')
    anew = scrapy("newsite", *files, "--force", *settings)
    assert anew.returncode == 0
    (kept,) = (tmp_path / "sites").glob("alder.replaced-*")
    assert f"what they replace is kept in {kept}/" in anew.stdout
    assert "[selectors]" in (kept / "alder.toml").read_text()
    assert json.loads((kept / "alder" / case.name).read_text()) == expected
    assert path.read_text() == text
    assert scrapy("newsite", "--check", "alder", *settings).returncode == 0

    other = scrapy("newsite", *files, "--name", "other", *settings)
    assert other.returncode == 1
    assert "is declared already, as the site 'alder'" in other.stderr


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """The cases of a site that is declared, by hand, with a case of one page."""
    sites = tmp_path / "sites"
    sites.mkdir()
    (sites / "clinic.toml").write_text(CLINIC)
    declare([read_declaration(CLINIC, "clinic.toml")])
    page = PAGE.format("Sore thumb").encode()
    url = "http://clinic.example/letters/sore-thumb.html"
    moment = datetime(2020, 1, 2, tzinfo=UTC)
    write_case(sites / "clinic", Capture(url, moment, page, "text/html", 200, "file", "urn:x"))
    declare([])
    return sites / "clinic"


def test_cases_are_added_to_a_site_that_is_declared(
    scrapy: Scrapy, clinic: Path, tmp_path: Path
) -> None:
    for name, title in (("sore-thumb", "Sore thumb"), ("itch", "Itchy scalp"), ("log", "")):
        text = PAGE.format(title) if title else "<p>Nobody asks here.</p>"
        (tmp_path / f"{name}.html").write_text(text)
    before = (clinic.parent / "clinic.toml").read_text()
    files = [str(tmp_path / f"{name}.html") for name in ("sore-thumb", "itch", "log")]
    settings = settings_for(tmp_path)

    run = scrapy("newsite", "--add", "clinic", *files, *settings)
    assert run.returncode == 1
    assert "does not say which page it is a copy of; say it with --url ADDRESS" in run.stderr
    base = ("--base", "http://www.clinic.example/letters/")
    run = scrapy("newsite", "--add", "clinic", *files, *base, *settings)
    assert run.returncode == 1
    assert "sore-thumb.html: it is the case 01-sore-thumb already" in run.stdout
    assert f"added      {clinic}/02-itch.json" in run.stdout
    assert "log.html: no reader takes the page for one that holds a question" in run.stdout
    assert (clinic.parent / "clinic.toml").read_text() == before
    assert json.loads((clinic / "02-itch.json").read_text())["pages"][0]["title"] == "Itchy scalp"
    assert scrapy("newsite", "--check", "clinic", *settings).returncode == 0

    run = scrapy("newsite", "--add", "ward", *files, *settings)
    assert "no such site is declared; there are clinic, netwellness" in run.stderr


def test_what_is_read_now_is_accepted_after_review(
    scrapy: Scrapy, clinic: Path, tmp_path: Path
) -> None:
    file = clinic / "01-sore-thumb.json"
    case = json.loads(file.read_text())
    right = file.read_text()
    case["pages"][0]["title"] = "Thumbs"
    file.write_text(json.dumps(case))
    settings = settings_for(tmp_path)
    run = scrapy("newsite", "--check", "clinic", "--accept", "02-itch", *settings)
    assert run.returncode == 1
    assert "02-itch is no case of clinic; there are 01-sore-thumb" in run.stderr
    run = scrapy("newsite", "--check", "clinic", "--accept", "01-sore-thumb", *settings)
    assert run.returncode == 0, run.stderr
    assert "accepted 01-sore-thumb" in run.stdout
    assert "title: expected 'Thumbs', read 'Sore thumb'" in run.stdout
    assert file.read_text() == right
    assert scrapy("newsite", "--accept", *settings).returncode == 2


def test_what_is_not_read_is_not_accepted(scrapy: Scrapy, clinic: Path, tmp_path: Path) -> None:
    (clinic.parent / "clinic.toml").write_text(CLINIC.replace("/letters/", "/letter/"))
    run = scrapy("newsite", "--check", "clinic", "--accept", *settings_for(tmp_path))
    assert run.returncode == 1
    assert "differs  01-sore-thumb" in run.stdout
    assert json.loads((clinic / "01-sore-thumb.json").read_text())["pages"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            "/letters/{id}.html", "/letter/{id}.html",
            "the address /letters/sore-thumb.html does not fit questions: /letter/{id}.html",
        ),
        (
            '"clinic.example"', '"ward.example"',
            "the host of http://clinic.example/letters/sore-thumb.html is not among hosts = "
            "['ward.example']",
        ),
        ("[labels]", 'reader = "structured"\n[labels]', "no reader takes the page for one that"),
        ('name = "clinic"', 'name = "ward"', "there is no declaration of the site 'clinic'"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("undeclared")
def test_a_case_that_gives_no_record_says_why(clinic: Path, old: str, new: str, why: str) -> None:
    assert old in CLINIC
    declare([read_declaration(CLINIC.replace(old, new), "c.toml")])
    (case,) = read_cases(clinic)
    (difference,) = check_case(case, "clinic")
    assert (difference.field, difference.expected, difference.read) == ("questions", 1, 0)
    assert difference.why.startswith(why)


@pytest.fixture
def undeclared() -> Iterator[None]:
    """What is declared in a test is not in the next."""
    yield
    declare([])


@pytest.mark.usefixtures("undeclared")
def test_what_a_person_reviews_is_compared_and_nothing_else(clinic: Path) -> None:
    declare([read_declaration(CLINIC, "clinic.toml")])
    (case,) = read_cases(clinic)
    (page,) = case.pages
    other = {
        **page, "confidence": 0.1, "warnings": ["?"], "parser": "x@1", "origins": {}, "links": [],
        "answers": [{**page["answers"][0], "score": 7, "url": "http://x.example/"}],
    }  # fmt: skip
    assert {"confidence", "warnings", "parser", "origins", "links"} <= page.keys()
    assert check_case(replace(case, pages=[other]), "clinic") == []
    for field, value in (
        ("url", "x"), ("title", "x"), ("question", "x"), ("asker", "x"), ("topics", [1]),
        ("asked_on", "2020-01-01"),
    ):  # fmt: skip
        (difference,) = check_case(replace(case, pages=[{**page, field: value}]), "clinic")
        assert difference.field == field
    for field in ("text", "author", "responders", "answered_on", "accepted"):
        answers = [{**page["answers"][0], field: "x"}]
        (difference,) = check_case(replace(case, pages=[{**page, "answers": answers}]), "clinic")
        assert difference.field == f"answer 1, {field}"


def test_that_no_thread_had_a_second_page_is_said(scrapy: Scrapy, tmp_path: Path) -> None:
    for number in (17, 23):
        (tmp_path / f"{number}.html").write_text(PAGE.format(f"Sore thumb {number}"))
    files = [str(tmp_path / "17.html"), str(tmp_path / "23.html")]
    words = (*files, "--base", "http://127.0.0.1:8123/letters/", *settings_for(tmp_path))
    run = scrapy("newsite", *words)
    assert run.returncode == 0, run.stderr
    assert "no further page of a thread was seen; if threads have several, add [" in run.stdout
    text = (tmp_path / "sites/127-0-0-1-8123.toml").read_text()
    assert 'title = "Ask Dr Alder"' in text
    assert 'questions = ["/letters/{id:digits}.html"]' in text


def test_a_question_page_that_nobody_could_read_is_no_start(scrapy: Scrapy, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        text = PAGE.format(f"Sore thumb {number}") if number < 3 else "<p>Mine too."
        (tmp_path / f"{number}.html").write_text(text)
    files = [str(tmp_path / f"{number}.html") for number in (1, 2, 3)]
    words = (*files, "--base", "http://alder.example/letters/", *settings_for(tmp_path))
    run = scrapy("newsite", *words)
    assert "its address is one: http://alder.example/letters/3.html" in run.stdout
    assert 'start = ["http://alder.example/"]' in (tmp_path / "sites/alder.toml").read_text()


@pytest.mark.parametrize(
    ("titles", "title"),
    [
        (("Itch - The clinic", "Ache - The clinic"), "The clinic"),
        (("The clinic | Itch", "The clinic | Ache"), "The clinic"),
        (("Itch", "Ache", "*The clinic answers"), "The clinic answers"),
        (("Itch - The clinic",), "The clinic"),
        (("Itch", "Ache"), "127.0.0.1"),
    ],
)  # fmt: skip
def test_a_site_is_called_as_its_pages_say(titles: tuple[str, ...], title: str) -> None:
    """A page with an asterisk has no question."""
    looks = []
    for number, text in enumerate(titles):
        body = PAGE.format("").replace(" - Ask Dr Alder", text.strip("*"))
        body = body.partition("<body>")[0] if text[0] == "*" else body
        url = "http://127.0.0.1:8000/" + ("" if text[0] == "*" else f"ask/{number}7.html")
        moment = datetime(2020, 1, 2, tzinfo=UTC)
        looks.append(look_at(Capture(url, moment, body.encode(), "text/html", 200, "file", "u")))
    assert draft_of("clinic", looks, {look.url for look in looks}).title == title


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
