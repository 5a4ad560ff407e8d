"""Every page answers, says what it must, and shows archived text as text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from datasette.app import Datasette

from publish.data.dictionary import QUERIES, TABLES, CannedQuery
from tests.publish.archives import DOCTOR, HOSTILE
from tests.publish.conftest import Get

SHOWN = [table.name for table in TABLES.values() if not table.hidden]
# Structured data is a script element that no browser runs; what is in it cannot end it.
DATA_BLOCK = re.compile(r'<script type="application/ld\+json">[^<]*</script>')


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", ["7</strong> questions", 'action="/search"', "Sleep Disorders", "3</strong> health"]),
        ("/search", ["Search the archive"]),
        ("/charts", ["By year of answer", "2004", "University of Cincinnati"]),
        ("/archive", ["A word through the years", "Questions", "coverage"]),
        ("/archive/questions", ["7 questions", "Waking before dawn", "/q/netwellness/101"]),
        ("/archive/questions?_columns=all", ["What was asked, verbatim", "source_id"]),
        ("/archive/questions/1", ["Read this question", "/q/netwellness/101"]),
        ("/archive?sql=select+7*6+as+n", ["42"]),
    ],
)
def test_page_says(get: Get, path: str, words: list[str]) -> None:
    response = get(path)
    assert response.status_code == 200
    for word in words:
        assert word in response.text


@pytest.mark.parametrize("name", SHOWN)
def test_every_table_and_view_answers_and_describes_its_columns(get: Get, name: str) -> None:
    response = get(f"/archive/{name}")
    assert response.status_code == 200
    for column in TABLES[name].columns:
        assert f"<dt><code>{column}</code></dt>" in response.text
    assert get(f"/archive/{name}.json?_shape=objects").json()["rows"] is not None
    assert get(f"/archive/{name}.csv").status_code == 200


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.name)
def test_every_canned_query_runs_with_and_without_parameters(get: Get, query: CannedQuery) -> None:
    name = query.name
    empty = get(f"/archive/{name}.json?_shape=objects").json()
    assert empty["error"] is None if "error" in empty else empty["ok"]
    arguments = "&".join(f"{parameter}=e" for parameter in query.params)
    assert get(f"/archive/{name}.json?{arguments}").status_code == 200
    page = get(f"/archive/{name}?{arguments}")
    assert page.status_code == 200
    assert query.title.replace("'", "&#39;") in page.text


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("questions_by_topic_and_year?topic=sleep", {"year": 2004, "questions": 4}),
        ("most_active_responders", {"name": DOCTOR.name, "answers": 5}),
        ("answered_by_several", {"responders": "Owen Tate; Maria Lindqvist", "people": 2}),
        ("changed_texts", {"title": "Changed", "versions": 2}),
        ("gone_from_the_site", {"title": "Taken away"}),
        ("unanswered_questions", {"title": "Insulin on a journey"}),
        ("low_confidence", {"title": "Snoring", "confidence": 0.4}),
        ("low_confidence?below=0.5", {"title": "Snoring"}),
        ("word_by_year?word=sweating", {"year": 2004, "with_the_word": 0}),
        ("word_by_year?word=insulin%22+OR+(", {"year": 2004, "with_the_word": 0}),
        ("coverage_by_site", {"site": "netwellness", "questions": 7, "gone": 1}),
        ("what_failed_and_why", {"stage": "parse", "field": "answer", "pages": 1}),
        ("links_recommended?address=sleep.example", {"questions": 4}),
        ("captures_by_month", {"month": "2026-03", "status": 200, "captures": 9}),
    ],
)
def test_canned_queries_find_what_is_there(get: Get, name: str, wanted: dict[str, object]) -> None:
    name, _, arguments = name.partition("?")
    rows = get(f"/archive/{name}.json?_shape=array&{arguments}").json()
    assert wanted.items() <= rows[0].items()


def test_the_question_page_has_everything(get: Get) -> None:
    text = get("/q/netwellness/101").text
    for part in (
        "<h1>Waking before dawn</h1>",
        "<p>I`ve been waking at four every night.</p>",
        "<p>Is that a sleep disorder?</p>",
        "<p>Try these:<br>keep one bedtime<br>avoid late coffee</p>",
        "Maria Lindqvist</a>, MD",
        "Associate Professor of Family Medicine",
        "College of Medicine",
        "University of Cincinnati",
        'href="/topic/sleep-disorders"',
        "17 May 2004",
        "http://www.netwellness.org/question.cfm/101.htm",
        "netwellness-0001.warc.gz",
        "urn:uuid:00000000-0000-4000-8000-000000000001",
        "sha1:AAAAAAAA",
        "labelled@1",
        "2 March 2026, 09:30 UTC",
        'href="http://sleep.example.org/guide?a=1&amp;b=2"',
    ):
        assert part in text, part
    assert "not sure" not in text


def test_doubt_and_loss_are_said_plainly(get: Get) -> None:
    unsure = get("/q/netwellness/104").text
    assert "no label stands between question and answer" in unsure
    assert "0.40 of 1" in unsure
    assert "The site has withdrawn this page" in get("/q/netwellness/107").text
    assert "The page shows no answer" in get("/q/netwellness/103").text
    assert "2 different texts" in get("/q/netwellness/106").text


def test_topic_and_responder_pages(get: Get) -> None:
    topic = get("/topic/sleep-disorders").text
    assert "5 questions" in topic
    assert "Maria Lindqvist" in topic
    found = get("/responder/maria-lindqvist")
    assert found.status_code == 302
    person = get(found.headers["location"]).text
    assert "5 answers" in person
    assert "Sugar and night sweats" in person


@pytest.mark.parametrize(
    "path",
    ["/q/netwellness/999", "/q/no/101", "/topic/none", "/responder/0", "/responder/no-one", "/x"],
)
def test_what_is_not_there_is_a_404_in_our_dress(get: Get, path: str) -> None:
    response = get(path)
    assert response.status_code == 404
    assert "<h1>Not found</h1>" in response.text


def test_foreign_keys_and_facets_show_names(get: Get) -> None:
    page = get("/archive/questions?_columns=all").text
    assert re.search(r'<a href="/archive/topics/\d+">Sleep Disorders</a>', page)
    assert re.search(r'<a href="/archive/responders/\d+">Maria Lindqvist</a>', page)
    facets = get("/archive/questions.json").json()["facet_results"]
    assert list(facets) == ["topic_id", "responder_id", "institution", "year", "status"]
    labels = {one["label"]: one["count"] for one in facets["topic_id"]["results"]}
    assert labels["Sleep Disorders"] == 4
    assert labels["Diabetes"] == 2


def test_full_text_search_filters_the_table_and_its_facets(get: Get) -> None:
    found = get("/archive/questions.json?_search=insulin&_shape=objects").json()
    assert [row["title"] for row in found["rows"]] == ["Insulin on a journey"]
    assert found["filtered_table_rows_count"] == 1
    status = found["facet_results"]["status"]["results"]
    assert [(one["value"], one["count"]) for one in status] == [("unanswered", 1)]


def _every_path(site: Datasette) -> list[str]:
    paths = [f"/archive/{name}" for name in SHOWN]
    paths += [f"/archive/{name}?_size=max" for name in ("versions", "links", "failures")]
    paths += [f"/archive/{name}" for name in QUERIES]
    paths += [f"/archive/questions/{number}" for number in range(1, 8)]
    facets = "&".join(f"_facet={column}" for column in ("title", "question", "answer", "warnings"))
    paths += [f"/archive/questions?_columns=all&{facets}", "/archive/versions/5"]
    paths += ["/archive/questions?_search=alert", "/search?q=alert", "/q/netwellness/105"]
    paths += ["/", "/charts", "/topic/script-alert-1-script-img-src-x-onerror-alert-2-7-7"]
    return paths


def test_hostile_text_is_text_on_every_page(get: Get, site: Datasette) -> None:
    shown = 0
    for path in _every_path(site):
        text = DATA_BLOCK.sub("", get(path).text)
        assert "<script" not in text, path
        assert "<img" not in text, path
        assert not re.search(r'href="\s*(javascript|data):', text, re.I), path
        # What stands between quotation marks is a value: a label may quote a title.
        assert not re.search(r"<[^>]*\son\w+=", re.sub(r'"[^"]*"', '""', text)), path
        shown += "&lt;script&gt;" in text
    assert shown >= 15


def test_hostile_text_on_its_own_pages(get: Get) -> None:
    table = get("/archive/topics.json?_shape=array").json()
    slug = next(row["slug"] for row in table if row["name"] == HOSTILE)
    assert "&lt;script&gt;" in get(f"/topic/{slug}").text
    people = get("/archive/responders.json?_shape=array").json()
    number = next(row["id"] for row in people if row["name"] == HOSTILE)
    assert "&lt;img" in get(f"/responder/{number}").text


def test_a_typed_query_is_text_too(get: Get) -> None:
    for path in ("/search?q=", "/archive/questions?_search=", "/archive/word_by_year?word="):
        text = get(path + "%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text
        assert "<script" not in text, path


def test_headers_on_every_kind_of_response(get: Get) -> None:
    for path in ("/", "/archive/questions", "/archive/questions.csv", "/nope", "/search?q=x"):
        headers = get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "script" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert get("/").headers["cache-control"] == "no-cache"


def test_pages_have_nothing_that_the_policy_blocks(get: Get, site: Datasette) -> None:
    for path in _every_path(site):
        text = DATA_BLOCK.sub("", get(path).text)
        assert "<style" not in text, path
        assert " style=" not in text, path
        assert not re.search(r'<link rel="(stylesheet|icon)" href="(?!/static/)', text), path
        assert not re.search(r"<(script|iframe|object|embed|base)\b", text), path


def test_pages_can_be_used_by_ear_and_by_keyboard(get: Get, site: Datasette) -> None:
    for path in _every_path(site):
        text = get(path).text
        assert '<html lang="en">' in text
        assert text.count("<main") == 1, path
        assert len(re.findall(r"<h1[ >]", text)) == 1, path
        assert 'href="#content"' in text
        named = set(re.findall(r'<label[^>]* for="([^"]+)"', text))
        for field in re.findall(r"<(?:input|select|textarea)[^>]*>", text):
            if 'type="hidden"' in field or 'type="checkbox"' in field:
                continue
            found = re.search(r' id="([^"]+)"', field)
            assert found, field
            assert found[1] in named, field
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(ids) == len(set(ids)), path


def test_static_files_are_kept_by_their_digest(get: Get) -> None:
    sheet = re.search(r'href="(/static/housecall\.css\?v=\w+)"', get("/").text)
    assert sheet
    response = get(sheet[1])
    assert response.headers["content-type"].startswith("text/css")
    assert "immutable" in response.headers["cache-control"]
    assert "url(" not in response.text
    assert "@import" not in response.text


def test_csv_streams_all_rows(get: Get) -> None:
    lines = get("/archive/questions.csv?_stream=on&_size=max&_col=source_id").text.split()
    assert lines[0] == "id,source_id"
    assert len(lines) == 8


def test_the_front_page_is_light(get: Get) -> None:
    assert len(get("/").content) + Path("publish/static/housecall.css").stat().st_size < 60_000
