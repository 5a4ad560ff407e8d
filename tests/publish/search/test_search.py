"""The search page and its JSON: what they show, and that nothing typed can break them."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from datasette.app import Datasette
from hypothesis import given
from hypothesis import strategies as st

from publish.search.request import LONGEST_WORDS
from tests.publish.conftest import Get

_SYNTAX = (
    "sleep insulin \" AND OR NOT NEAR( ) * ^ - : title: by: topic: -title:x + { } \\ ' ; -- % ß İ ٣"
)
SYNTAX = _SYNTAX.split()
ODD = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(codec=None), max_size=40),
    st.lists(st.sampled_from([*SYNTAX, "\0", "\x02", "\U0001f600", "\ud800"]), max_size=30).map(
        " ".join
    ),
    st.lists(st.sampled_from([*SYNTAX, '"', "-"]), max_size=30).map("".join),
    st.binary(max_size=30).map(lambda raw: raw.decode("latin-1")),
    st.builds(lambda part, times: part * times, st.sampled_from(SYNTAX), st.integers(1, 20_000)),
)


Ask = Callable[[str, str], int]


@pytest.fixture(scope="module")
def ask(site: Datasette, loop: asyncio.AbstractEventLoop) -> Ask:
    """The status of an answer to a path and a query of any length: httpx refuses 64 KB."""
    app = site.app()

    async def status(path: str, query: str) -> int:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode("ascii"),
            "headers": [(b"host", b"localhost")],
        }
        await app(scope, receive, send)
        return int(sent[0]["status"])

    return lambda path, query: loop.run_until_complete(status(path, query))


def _titles(text: str) -> list[str]:
    titles = re.findall(r"<h3><a [^>]*>(.*?)</a></h3>", text)
    return [re.sub(r"</?mark>", "", title) for title in titles]


def _links(text: str, part: str) -> list[str]:
    return [html.unescape(href) for href in re.findall(r'href="([^"]*)"', text) if part in href]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("insulin", "Insulin on a journey"),
        ("sweating night", "Sugar and night sweats"),
        ('"blood sugar"', "Sugar and night sweats"),
        ("SUGAR, sweats?", "Sugar and night sweats"),
        ("what is the insulin zebra for", "Insulin on a journey"),
        ("I`ve been waking", "Waking before dawn"),
        ("by:tate", "Sugar and night sweats"),
        ("title:snoring", "Snoring"),
        ("topic:diabetes -sweat", "Insulin on a journey"),
    ],
)
def test_finds(get: Get, query: str, title: str) -> None:
    assert _titles(get(f"/search?q={quote(query)}").text)[0] == title


def test_any_word_will_do_where_none_has_all_and_the_page_says_so(get: Get) -> None:
    page = get("/search?q=insulin+zebra").text
    assert "none has all of the words" in page
    assert _titles(page) == ["Insulin on a journey"]
    assert "No question has any" in get("/search?q=zebra+giraffe").text


def test_matches_are_marked_in_title_and_snippet(get: Get) -> None:
    page = get("/search?q=insulin").text
    assert "<mark>Insulin</mark> on a journey" in page
    assert "keep <mark>insulin</mark> cool" in page


def test_an_unknown_word_is_replaced_and_the_reader_can_insist(get: Get) -> None:
    page = get("/search?q=insullin+journey&status=unanswered").text
    assert "Showing results for <strong>insulin journey</strong>" in page
    assert _titles(page) == ["Insulin on a journey"]
    insist = next(link for link in _links(page, "/search?q=") if "%22insullin%22" in link)
    assert "status=unanswered" in insist
    assert "Showing results" not in get(insist).text


def test_pages_past_the_end_are_empty_and_lead_back(get: Get) -> None:
    page = get("/search?q=sleep&page=9")
    assert page.status_code == 200
    assert _titles(page.text) == []
    assert 'rel="prev" href="/search?q=sleep"' in page.text or "Page 9" not in page.text
    for odd in ("0", "-1", "x", "99999999999", "²"):
        assert get(f"/search?q=sleep&page={quote(odd)}").status_code == 200


def test_without_words_everything_is_there_to_browse(get: Get) -> None:
    page = get("/search").text
    assert "<strong>7 questions</strong> in the archive" in page
    assert len(_titles(page)) == 7
    assert not _links(page, "at=")
    assert "?at=" not in page
    assert _links(page, "/search?topic=diabetes")


def test_filters_combine_and_each_can_be_removed(get: Get) -> None:
    page = get("/search?topic=diabetes&status=unanswered").text
    assert _titles(page) == ["Insulin on a journey"]
    removing = re.findall(r'<li><a href="([^"]*)"><span class="unseen">Remove the filter', page)
    assert [html.unescape(label) for label in removing] == [
        "/search?status=unanswered",
        "/search?topic=diabetes",
    ]
    assert '<a class="all" href="/search">' in page
    # The values of a filter are alternatives: their counts go by the other filters alone.
    assert "/search?topic=diabetes&status=unanswered&status=answered" in _links(page, "answered")


def test_counts_beside_the_results_hold_when_clicked(get: Get) -> None:
    for start in ("/search", "/search?q=sleep", "/search?q=night&topic=sleep-disorders"):
        page = get(start).text
        choices = re.findall(r'<li><a href="([^"]*)">[^<]*</a> <span class="n">(\d+)</span>', page)
        assert choices
        for href, number in choices:
            address = html.unescape(href)
            if len(parse_qs(urlsplit(address).query).get("topic", ())) > 1:
                continue  # alternatives: the sum of both
            count = re.search(r"<strong>(\d+) question", get(address).text)
            assert count, address
            assert count[1] == number, address


def test_questions_are_linked_with_the_search_they_stand_in(get: Get) -> None:
    page = get("/search?q=night&year=2007").text
    assert _links(page, "/q/") == ["/q/netwellness/102?q=night&year=2007&at=0"]
    assert get("/q/netwellness/102?q=night&year=2007&at=0").status_code == 200


def test_what_is_found_can_be_taken_along(get: Get) -> None:
    page = get("/search?q=night&year=2007").text
    for ending in ("csv", "jsonl", "parquet", "bib", "ris", "csl.json"):
        assert f"/export/questions.{ending}?q=night&year=2007" in _links(page, "/export/")
    assert "/export/" not in get("/search?q=zebra").text


def test_order_can_be_chosen(get: Get) -> None:
    page = get("/search?sort=oldest&q=waking").text
    assert '<span aria-current="true">Oldest</span>' in page
    newest = get("/search.json?sort=newest").json()
    oldest = get("/search.json?sort=oldest").json()
    assert newest["results"][0]["source_id"] == "102"
    assert oldest["results"][0]["source_id"] == "101"
    assert newest["results"][-1]["source_id"] == oldest["results"][-1]["source_id"] == "103"


def test_json(get: Get) -> None:
    response = get("/search.json?q=insullin+journey&status=unanswered")
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    body = response.json()
    assert {key: body[key] for key in ("query", "mode", "corrected", "count", "page", "pages")} == {
        "query": "insulin journey",
        "mode": "all",
        "corrected": True,
        "count": 1,
        "page": 1,
        "pages": 1,
    }
    assert body["filters"] == {"status": ["unanswered"]}
    assert body["results"] == [
        {
            "site": "netwellness",
            "source_id": "103",
            "title": "Insulin on a journey",
            "snippet": "How do I keep insulin cool?",
            "path": "/q/netwellness/103",
            "url": "http://www.netwellness.org/question.cfm/103.htm",
            "topic": "Diabetes",
            "responder": None,
            "institution": None,
            "year": None,
            "status": "unanswered",
            "answers": 0,
            "by_meaning": False,
        }
    ]
    assert body["facets"]["topic"] == [
        {"value": "diabetes", "label": "Diabetes", "count": 1, "chosen": False}
    ]
    assert body["facets"]["status"] == [
        {"value": "unanswered", "label": "unanswered", "count": 1, "chosen": True}
    ]


@given(ODD, ODD)
def test_no_query_is_an_error_or_slow(get: Get, ask: Ask, query: str, value: str) -> None:
    typed, filtered = (quote(part, errors="surrogatepass") for part in (query, value[:200]))
    for path, asked in (
        ("/search", f"q={typed}"),
        ("/search.json", f"q={typed}&topic={filtered}&year={filtered}"),
    ):
        begun = time.process_time()  # of this process: others may be busy
        refusable = len(typed) > LONGEST_WORDS or ("topic" in asked and value)
        assert ask(path, asked) in ((200, 400) if refusable else (200,))
        assert time.process_time() - begun < 1
    if len(typed) < 2000:
        assert get(f"/archive/word_by_year.json?word={typed}").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "%00",
        "%FF%FE",
        "%ED%A0%80",
        "a" * 100_000,
        "%22" * 30_000,
        "x%20" * 25_000,
        "-" * 100_000,
        "title:" * 15_000,
        "+OR+" * 150,
        "ab*+OR+" * 100,
        "by:a+" * 150,
    ],
)
def test_extreme_queries(ask: Ask, query: str) -> None:
    for path in ("/search", "/search.json"):
        begun = time.process_time()  # of this process: others may be busy
        assert ask(path, f"q={query}") == (400 if len(query) > 10_000 else 200)
        assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    "query",
    ["instituton=x", "topic=slep", "responder=1x", "year=2oo4", "status=anwsered", "sort=x",
     "site=nowhere", "language=english", "confidence=9", "answers=all", "q=a&q=b"],
)  # fmt: skip
@pytest.mark.parametrize(
    "path",
    ["/search", "/search.json", "/export", "/export/questions.csv", "/export/answers.jsonl",
     "/export/questions.bib", "/export/questions.csl.json", "/charts",
     "/q/netwellness/102?at=0&"],
)  # fmt: skip
def test_what_is_unknown_is_refused_everywhere(get: Get, path: str, query: str) -> None:
    response = get(f"{path}{'' if path.endswith('&') else '?'}{query}")
    assert response.status_code == 400
    name = query.partition("=")[0]
    text = response.json()["error"] if path.endswith(".json") else response.text
    assert name in text


def test_a_question_has_no_need_of_a_search_that_is_none(get: Get) -> None:
    for query in ("ref=mail", "utm_source=x", "_x=1"):
        assert get(f"/q/netwellness/102?{query}").status_code == 200


def test_a_filter_without_a_question_is_a_filter(get: Get) -> None:
    for query in ("year=1066", "year=-1066"):
        assert get(f"/search.json?{query}").json()["count"] == 0
        assert get(f"/search?{query}").status_code == 200
    assert get("/search.json?year=2007-").json()["count"] == 1
    assert get("/search.json?year=none").json()["facets"]["year"][0]["label"] == "No date"


def test_what_is_not_understood_is_told_beside_the_results(get: Get) -> None:
    for query, told in (
        ("insulin foo:bar", "“foo:” is taken as a word"),
        ("by:nobody insulin", "knows no person “nobody”"),
        ("topic:nothing OR topic:sleep", "knows no topic “nothing”"),
        ("site:nowhere", "knows no site “nowhere”"),
    ):
        assert told in html.unescape(get(f"/search?q={quote(query)}").text)
        assert told in " ".join(get(f"/search.json?q={quote(query)}").json()["not_understood"])
    assert "not_understood" in get("/search.json?q=insulin").json()


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("102", ["Question 102 /q/netwellness/102"]),
        ("#0102", ["Question 102 /q/netwellness/102"]),
        ("question 102", ["Question 102 /q/netwellness/102"]),
        ("http://www.netwellness.org/question.cfm/102.htm",
         ["Question 102 /q/netwellness/102"]),
        ("netwellness.org/question.cfm/102.htm", ["Question 102 /q/netwellness/102"]),
        ("https://web.archive.org/web/2005/http://netwellness.org/question.cfm/102.htm",
         ["Question 102 /q/netwellness/102"]),
        ("http://archive.example/q/netwellness/102?q=x", ["Question 102 /q/netwellness/102"]),
        ("sleep disorder", ["Topic Sleep Disorders /topic/sleep-disorders"]),
        ("dr. Tate", ["Person Owen Tate"]),
        ("maria lindqvist, MD", ["Person Maria Lindqvist"]),
        ("the ohio state university", ["Institution The Ohio State University"]),
        ("maria", []),
        ("-diabetes", []),
        ("999999", []),
        ("http://nowhere.example/x", []),
    ],
)  # fmt: skip
def test_a_name_alone_leads_to_its_page(get: Get, query: str, named: list[str]) -> None:
    found = get(f"/search.json?q={quote(query, safe='')}").json()["named"]
    shown = [f"{each['kind']} {each['label']} {each['path']}" for each in found]
    assert len(shown) == len(named), shown
    page = get(f"/search?q={quote(query, safe='')}").text
    for each, expected, line in zip(found, named, shown, strict=True):
        assert line.startswith(expected)
        assert f'href="{each["path"]}"' in page
        assert get(each["path"]).status_code == 200
        if each["count"] is not None:
            assert f"<strong>{each['count']} question" in page or f"({each['count']})" in page


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("insulin OR snoring", {"103", "104"}),
        ("insulin OR zebra", {"103"}),
        ("insul*", {"103"}),
        ("title:insul* OR title:snor*", {"103", "104"}),
        ("topic:diabetes -insul*", {"102"}),
        ("by:tate OR by:nobody", {"102"}),
        ("by:tat*", {"102"}),
        ("topic:diabetes year:none", {"103"}),
        ("site:www.netwellness.org insulin", {"103"}),
    ],
)
def test_operators(get: Get, query: str, numbers: set[str]) -> None:
    results = get(f"/search.json?q={quote(query)}").json()["results"]
    assert {row["source_id"] for row in results} == numbers
