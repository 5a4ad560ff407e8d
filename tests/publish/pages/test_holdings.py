"""Addresses that lead to a question, and what the archive holds of a topic or a person."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from parsers.records import Responder
from publish.serve import application
from tests.publish.archives import DOCTOR, HOST, SLEEP, Archive, page
from tests.publish.texts import Get, build, shown

ELSEWHERE = "/institution/elsewhere-medical-college"


@pytest.fixture(scope="module")
def read_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reading") / "archive.db"
    build(path)
    return path


@pytest.fixture(scope="module")
def get(read_archive: Path, loop: asyncio.AbstractEventLoop) -> Get:
    site = application(read_archive)

    def fetch(path: str, **options: Any) -> httpx.Response:
        return cast(httpx.Response, loop.run_until_complete(site.client.get(path, **options)))

    return fetch


@pytest.mark.parametrize(
    ("path", "status", "to"),
    [
        ("/q?url=http://www.netwellness.org/question.cfm/202.htm", 302, "/q/netwellness/202"),
        ("/q?url=https://netwellness.org//question.cfm/202.html?a=b", 302, "/q/netwellness/202"),
        ("/q?url=netwellness.org/question.cfm/202.htm", 302, "/q/netwellness/202"),
        ("/q/http://www.netwellness.org/question.cfm/202.htm", 302, "/q/netwellness/202"),
        ("/q/http:/www.netwellness.org/question.cfm/202.htm", 302, "/q/netwellness/202"),
        ("/q/HTTPS%3A%2F%2Fnetwellness.org%2Fquestion.cfm%2F202.htm", 302, "/q/netwellness/202"),
        (
            "/q/https://web.archive.org/web/20040517093000id_/"
            "http://www.netwellness.org:80/question.cfm/202.htm",
            302,
            "/q/netwellness/202",
        ),
        ("/q?url=http://mirror.example.org/old/250?x=1", 302, "/q/netwellness/250"),
        ("/q/http://mirror.example.org/old/250?x=1", 302, "/q/netwellness/250"),
        ("/q/NetWellness/00260", 301, "/q/netwellness/260"),
        ("/q/NetWellness/202", 301, "/q/netwellness/202"),
        ("/q/netwellness/000202.htm", 301, "/q/netwellness/202"),
        ("/q/www.netwellness.org/202?q=cough&at=1", 301, "/q/netwellness/202?q=cough&at=1"),
        ("/q/netwellness/202/", 301, "/q/netwellness/202"),
        ("/responder/ann-odd", 302, None),
        ("/institution/Elsewhere%20Medical%20College", 301, ELSEWHERE),
    ],
)  # fmt: skip
def test_other_addresses_lead_to_the_short_one(
    get: Get, path: str, status: int, to: str | None
) -> None:
    answer = get(path)
    assert answer.status_code == status
    assert to in (None, answer.headers["location"])
    there = get(answer.headers["location"])
    withheld = to == "/q/netwellness/260"
    assert there.status_code == (451 if withheld else 200)


def test_what_is_withheld_is_found_by_no_address(get: Get) -> None:
    for path in ("/q?url=www.netwellness.org/question.cfm/260.htm", "/q/netwellness/260/versions"):
        answer = get(path, follow_redirects=True)
        assert answer.status_code == 451
        assert "To be withheld" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/q?url=http://www.netwellness.org/question.cfm/9.htm",
        "/q?url=//evil.example.org/",
        "/q?url=javascript:alert(1)",
        "/q?url=%00",
        "/q?url=" + "a" * 20_000,
        "/q/http://",
        "/q/http://[::1",
        "/q/https://web.archive.org/web/2004/http://x.example/",
    ],
)
def test_an_unknown_address_offers_a_search(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status_code == 404
    assert 'href="/search"' in answer.text
    assert '<form class="finder large" action="/q"' in answer.text
    assert get("/q").status_code == 200


def test_where_copies_are_is_said(get: Get) -> None:
    moved = get("/q/netwellness/250").text
    assert (
        'href="https://web.archive.org/web/20260408093000/https://mirror.example.org/old/250?x=1"'
        in moved
    )
    assert "https://mirror.example.org/old/250?x=1</dd>" in moved
    live = get("/q/netwellness/202").text
    assert "the page as it was captured" not in live
    assert (
        f'href="https://web.archive.org/web/*/{HOST}/question.cfm/202.htm" '
        'rel="nofollow noopener external"' in live
    )


def test_an_institution_has_a_page_for_all_its_spellings(get: Get) -> None:
    html = get("/institution/elsewhere-medical-college").text
    assert "2 questions answered by somebody from here" in html
    assert "Also printed as: " in html
    assert "Ann Odd" in html
    assert "Cough" not in html
    assert get("/institution/none").status_code == 404
    assert get("/institution/%00", follow_redirects=True).status_code == 404
    assert 'href="/institution/university-of-cincinnati"' in get("/q/netwellness/202").text


def test_namesakes_are_told_apart(get: Get) -> None:
    html = get("/responder/maria-lindqvist")
    assert html.status_code == 200
    assert "2 people are called Maria Lindqvist" in html.text
    addresses = re.findall(r'href="(/responder/\d+)"', html.text)
    texts = [get(address).text for address in addresses]
    assert sorted("By a namesake" in text for text in texts) == [False, True]
    assert any("University of Cincinnati" in text for text in texts)


def test_responders_keep_their_address_in_every_archive(get: Get, tmp_path: Path) -> None:
    other = Archive(tmp_path / "other.db")
    other.add(page(900, responders=(Responder("Somebody Else"), DOCTOR)))
    other.close()
    with sqlite3.connect(tmp_path / "other.db") as connection:
        row = connection.execute("SELECT id FROM responders WHERE name = ?", (DOCTOR.name,))
        number = row.fetchone()[0]
    assert "Maria Lindqvist" in get(f"/responder/{number}").text


def test_a_topic_shows_years_and_people_that_lead_to_their_questions(get: Get) -> None:
    html = get("/topic/sleep-disorders").text
    assert "34 questions" in html
    found = re.search(
        r'href="(/search\?topic=sleep-disorders&amp;responder=\d+&[^"]+)">(\d+)<', html
    )
    assert found
    assert f"{found[2]}</strong>" in get(found[1].replace("&amp;", "&")).text.replace(
        " questions", ""
    )
    assert "/search?topic=sleep-disorders&amp;year=2000&amp;sort=newest" in html
    assert 'type="hidden" name="topic" value="sleep-disorders"' in html
    second = get("/topic/sleep-disorders?page=2").text
    assert len(re.findall("<h3>", second)) == 4
    assert "There is no question on this page" in get("/topic/sleep-disorders?page=99").text


@pytest.mark.parametrize(
    ("path", "words", "absent"),
    [
        ("/topics", ["2 topics", ">Sleep Disorders</a>", ">Ünïque</a>", 'id="letter-U"'], []),
        ("/topics?q=unique", [">Ünïque</a>", "1</strong> of 2 topics"], ["Sleep Disorders"]),
        ("/responders", ["3 responders", "Elsewhere Medical College", 'id="letter-L"'], []),
        ("/responders?letter=O", ["Ann Odd"], ["Lindqvist"]),
        ("/responders?letter=zz&q=lindq", ["Lindqvist"], ["Ann Odd"]),
        ("/institutions", ["2 institutions", "/institution/elsewhere-medical-college"], []),
        ("/institutions?q=%00%FF", ["Nothing here has that in its name"], ["Cincinnati"]),
        ("/topics?page=5", ["Nothing here"], []),
    ],
)
def test_lists_go_from_a_to_z(get: Get, path: str, words: list[str], absent: list[str]) -> None:
    html = get(path)
    assert html.status_code == 200
    main = html.text[html.text.index("<main") :]
    for word in words:
        assert word in main, word
    for word in absent:
        assert word not in main, word


def test_counts_of_lists_are_those_of_the_pages(get: Get) -> None:
    for kind in ("topics", "responders", "institutions"):
        html = get(f"/{kind}").text
        entries = re.findall(r'<li><a href="([^"]+)">[^<]*</a>[^<]*<span class="n">(\d+)<', html)
        assert entries
        for path, count in entries:
            lede = shown(get(path).text)
            assert re.search(rf"\b{count} (question|answer)s?\b", lede), path


def test_the_question_page_links_what_it_has(get: Get) -> None:
    html = get("/q/netwellness/201").text
    assert 'href="/q/netwellness/201/versions">3 different texts' in html
    assert 'href="/q/netwellness/201/compare">What changed last' in html
    for anchor in ("question", "answer", "who", "evidence"):
        assert f'id="{anchor}"' in get("/q/netwellness/202").text
    assert [SLEEP.name] == re.findall(
        r'<a href="/topic/sleep-disorders">([^<]+)</a>', get("/q/netwellness/202").text
    )


def test_the_evidence_names_the_page_and_the_reading(get: Get) -> None:
    one = page(202)
    html = get("/q/netwellness/202").text
    assert one.url in html
    assert "confidence 1.00, without warnings" in html
