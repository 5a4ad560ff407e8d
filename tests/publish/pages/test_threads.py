"""Pages of threads, FAQ questions and sites: all answers, no name of a member of the public."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from publish.data.urls import question_path
from publish.serve import application
from tests.publish import forum
from tests.publish.texts import shown

Get = Callable[..., httpx.Response]

PATH = question_path(forum.FORUM.name, forum.THREAD)
FAQ = question_path(forum.AGENCY.name, f"{forum.FAQ}#frage-2")


@pytest.fixture(scope="module")
def get(tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop) -> Iterator[Get]:
    path: Path = tmp_path_factory.mktemp("threads") / "archive.db"
    forum.build(path).close()
    site = application(path)

    def fetch(path: str, **options: Any) -> httpx.Response:
        return cast(httpx.Response, loop.run_until_complete(site.client.get(path, **options)))

    with forum.declared():
        yield fetch


def test_a_thread_has_all_answers_in_order_over_its_pages(get: Get) -> None:
    html = get(PATH).text
    assert re.findall(r'<article class="answer[^"]*" id="answer-(\d+)"', html) == [
        str(number) for number in range(1, 31)
    ]
    assert re.findall(r"This is reply (\d+)\.", html[html.index("<main") :]) == [
        str(n) for n in range(1, 31)
    ]
    text = shown(html)
    assert "Asked by member 1 on 3 May 2019" in text
    assert "Answer 3 Ines Okafor , RN expert" in text
    assert "Answer 4 member 1, who asked" in text
    assert "✓ accepted as the answer" in text
    assert "7 accepted" in text
    assert 'href="https://forum.example.org/threads/waking#post-12"' in html
    assert "Page 2 of the thread" in text


def test_the_structure_of_a_text_is_shown_as_such(get: Get) -> None:
    html = get(PATH).text
    assert "<ul><li>I drink no coffee</li><li>I go to bed at eleven</li></ul>" in html
    assert "<blockquote><p>I have been waking at four every night." in html
    assert "<tr><td>Monday</td><td>23:10</td><td>04:05</td></tr>" in html
    assert "<pre><code>night,hours\n1,5.2\n\n2,6.1</code></pre>" in html
    hostile = get(question_path(forum.FORUM.name, forum.SHORT)).text
    assert "<img" not in hostile
    assert "<script>alert" not in hostile
    assert "javascript:" not in hostile


def test_one_answer_of_an_expert_looks_as_ever(get: Get) -> None:
    text = shown(get("/q/netwellness/101").text)
    assert "Question I`ve been waking" in text
    assert "Answer Early waking is common." in text
    assert "Answered by Maria Lindqvist , MD" in text
    assert "member" not in text
    assert "keep one bedtime" in text


@pytest.mark.parametrize(
    "path",
    [
        PATH, f"{PATH}/versions", f"{PATH}/versions/1", f"{PATH}/versions/3", f"{PATH}/compare",
        f"{PATH}/cite.json", "/search?q=reply", "/search.json?q=reply", "/site/sleep-forum",
        "/export/answers.csv", "/export/questions.jsonl", "/archive/answers.json?_size=1000",
        "/archive/versions.json", "/charts",
    ],
)  # fmt: skip
def test_no_name_of_a_member_is_anywhere(get: Get, path: str) -> None:
    answer = get(path, follow_redirects=True)
    assert answer.status_code == 200
    assert not [name for name in forum.MEMBERS if name in answer.text]


def test_the_ways_to_a_thread(get: Get) -> None:
    unescaped = PATH.replace("%2F", "/")
    assert get(unescaped).status_code == 200
    assert get(f"{unescaped}/versions").status_code == 200
    for address in (forum.THREAD_URL, f"{forum.THREAD_URL}/page-2"):
        found = get("/q", params={"url": address})
        assert (found.status_code, found.headers["location"]) == (302, PATH)


def test_a_page_with_several_questions_leads_to_each(get: Get) -> None:
    address = f"https://herz.example.de/fragen/{forum.FAQ}"
    found = get("/q", params={"url": address})
    assert found.status_code == 200
    assert "3 questions of that page" in found.text
    assert f'href="{FAQ}"' in found.text
    found = get("/q", params={"url": f"{address}#frage-2"})
    assert (found.status_code, found.headers["location"]) == (302, FAQ)
    html = get(FAQ).text
    assert '<section class="asked" aria-labelledby="question" lang="de">' in html
    assert '<h2 id="question" lang="en">' in html
    text = shown(html)
    assert "Karl Anders , Dr. med." in text
    assert "Zweimal am Tag:" in text


def test_each_page_of_a_thread_has_its_own_texts(get: Get) -> None:
    text = shown(get(f"{PATH}/versions").text)
    assert "3 texts of this thread" in text
    assert "Text 3 (page 2 of the thread)" in text
    assert "Changed: answers." in text
    change = shown(get(f"{PATH}/compare").text)
    assert "From text 2" in change
    assert "This is reply 30." in change
    later = get(f"{PATH}/versions/3", follow_redirects=True).text
    assert 'id="answer-10"' in later
    assert 'id="question"' not in later
    assert "page 2 of the thread" in later


def test_machines_get_the_same_answers(get: Get) -> None:
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', get(PATH).text, re.S)
    assert block is not None
    entity = json.loads(block[1])["mainEntity"]
    assert entity["answerCount"] == 30
    assert entity["acceptedAnswer"]["url"].endswith("#answer-7")
    assert len(entity["suggestedAnswer"]) == 29
    citation = get(f"{PATH}/cite.json").json()[0]
    assert citation["container-title"] == "The Sleep Forum"
    assert citation["genre"] == "Question and answers"
    assert [author["family"] for author in citation["author"]] == ["Okafor"]


def test_sites_have_pages_and_filters(get: Get) -> None:
    front = shown(get("/").text)
    assert "Sites The Sleep Forum 2" in front or "The Sleep Forum 2" in front
    text = shown(get("/site/sleep-forum").text)
    assert "2 questions with 31 answers" in text
    assert "Language English" in text
    assert get("/site/nowhere").status_code == 404
    found = get("/search.json?site=herzinstitut").json()
    assert found["count"] == 3
    assert {choice["label"] for choice in found["facets"]["site"]} == {
        "NetWellness", "The Sleep Forum", "Herzinstitut",
    }  # fmt: skip
    assert get("/search.json?language=de").json()["count"] == 3
    assert "German" in get("/search").text
    lines = get("/export/answers.jsonl?site=sleep-forum").text.splitlines()
    assert len(lines) == 31
    assert json.loads(lines[2])["responder"] == "Ines Okafor"


@pytest.mark.parametrize(
    ("statement", "phrase"),
    [
        (
            "INSERT INTO failures (url, canonical_url, occurred_at, stage, reason, record_id, "
            "crawl_id) VALUES ('', :url || '/page-3', '2020', 'fetch', 'HTTP 500', 'urn:no', 1)",
            "page 3 of the thread is missing (HTTP 500)",
        ),
        (
            "UPDATE answers SET part = 3 WHERE part = 2",
            "page 2 of the thread is missing.",
        ),
        (
            "INSERT INTO failures (url, canonical_url, occurred_at, stage, reason, record_id, "
            "crawl_id) SELECT url, canonical_url, '2020', 'read', 'the body ends early', "
            "record_id, 1 FROM captures WHERE canonical_url = :url",
            "page 1 of the thread was not captured whole (the body ends early)",
        ),
        ("SELECT :url", ""),
    ],
)
def test_a_question_that_was_captured_in_part_says_so(
    tmp_path: Path, loop: asyncio.AbstractEventLoop, statement: str, phrase: str
) -> None:
    archive = forum.build(tmp_path / "archive.db")
    archive.store.db.conn.execute(statement, {"url": forum.THREAD_URL})
    archive.store.db.conn.commit()
    archive.close()
    with forum.declared():
        site = application(tmp_path / "archive.db")
        text = shown(loop.run_until_complete(site.client.get(PATH)).text)
    assert ("captured only in part" in text) is bool(phrase)
    assert phrase in text
