"""Citations over HTTP: on the page, as downloads, of a whole search."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import rispy
from markupsafe import Markup
from pybtex.database import parse_string

from publish.datasette.publisher import Publisher
from publish.serve import application
from tests.publish.archives import HOSTILE
from tests.publish.conftest import Get

TYPES = {
    "bib": "application/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "json": "application/vnd.citationstyles.csl+json",
}


def test_the_page_has_references_to_copy(get: Get) -> None:
    text = get("/q/netwellness/101").text
    part = text[text.index("Cite this question") :]
    shown = Markup(part).striptags()
    assert "Lindqvist, M. (2004, May 17). Waking before dawn [Question and answer]." in shown
    assert "Lindqvist, Maria. “Waking before dawn.” NetWellness." in shown
    assert "http://localhost/q/netwellness/101" in shown
    assert "sha1:AAAAAAAA" in shown
    assert "<i>Waking before dawn</i>" in part
    for path in re.findall(r'href="(/q/netwellness/101/cite\.\w+)"', part):
        assert get(path).status_code == 200
    assert "<link" in text[: text.index("</head>")]
    assert "/static/cite.css?v=" in text[: text.index("</head>")]


def test_the_page_tells_machines(get: Get) -> None:
    response = get("/q/netwellness/101")
    (block,) = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', response.text, re.S
    )
    read = json.loads(block)
    assert read["mainEntity"]["acceptedAnswer"]["author"][0]["name"] == "Maria Lindqvist"
    assert read["mainEntity"]["text"].startswith("I`ve been waking")
    assert '<http://localhost/q/netwellness/101>; rel="cite-as"' in response.headers["link"]
    for link in re.findall(r"<http://localhost(/[^>#]*)", response.headers["link"]):
        assert get(link).status_code == 200, link
    assert "accept" in response.headers["vary"].lower()


def test_hostile_text_stays_text(get: Get) -> None:
    text = get("/q/netwellness/105").text
    assert text.count("<script") == text.count("</script>") == 1
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)
    assert json.loads(block)["name"] == HOSTILE
    assert "<img" not in text
    read = parse_string(get("/q/netwellness/105/cite.bib").text, "bibtex")
    assert list(read.entries) == ["netwellness:105"]


@pytest.mark.parametrize("end", TYPES)
def test_a_citation_is_a_file(get: Get, end: str) -> None:
    response = get(f"/q/netwellness/101/cite.{end}")
    assert response.status_code == 200
    assert response.headers["content-type"] == TYPES[end]
    name = f'attachment; filename="netwellness-101.{end}"'
    assert response.headers["content-disposition"] == name
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "http://localhost/q/netwellness/101" in response.text


def test_a_citation_of_nothing_is_not_found(get: Get) -> None:
    assert get("/q/netwellness/999999/cite.bib").status_code == 404
    assert get("/q/netwellness/101/cite.exe").status_code == 404


def test_who_accepts_a_format_is_led_to_it(get: Get) -> None:
    headers = {"accept": "application/x-bibtex"}
    response = get("/q/netwellness/101?q=sleep", headers=headers)
    assert response.status_code == 303
    assert response.headers["location"] == "/q/netwellness/101/cite.bib"
    assert get("/q/netwellness/999999", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("query", "count"), [("", 7), ("q=insulin", 1), ("topic=diabetes", 2), ("q=zzzzz", 0)]
)
def test_a_whole_search_is_cited(get: Get, query: str, count: int) -> None:
    bib = get(f"/export/questions.bib?{query}")
    assert bib.headers["content-type"] == TYPES["bib"]
    assert bib.headers["x-row-count"] == str(count)
    assert f'{count}-questions.bib"' in bib.headers["content-disposition"]
    assert len(parse_string(bib.text, "bibtex").entries) == count
    assert bib.text.endswith(f"@comment{{{count} records, complete}}\n")
    assert len(rispy.loads(get(f"/export/questions.ris?{query}").text)) == count
    csl = get(f"/export/questions.csl.json?{query}")
    assert csl.headers["content-type"] == TYPES["json"]
    assert len(csl.json()) == count


def test_the_page_of_exports_leads_to_bibliographies(get: Get) -> None:
    links = re.findall(r'href="(/export/questions\.(?:bib|ris|csl\.json)\?[^"]*)"',
                       get("/export?topic=diabetes").text)  # fmt: skip
    assert len(links) == 3
    for path in links:
        assert get(path).headers["x-row-count"] == "2"


def test_another_spelling_of_the_address_leads_to_the_citation(get: Get) -> None:
    response = get("/q/netwellness/101.htm/cite.ris")
    assert response.status_code == 301
    assert response.headers["location"] == "/q/netwellness/101/cite.ris"


def test_in_a_list_a_question_is_cited_as_on_its_page(get: Get) -> None:
    alone = get("/q/netwellness/102/cite.bib").text
    assert alone in get("/export/questions.bib").text
    assert get("/q/netwellness/102/cite.json").json()[0] in get("/export/questions.csl.json").json()


def test_addresses_are_those_that_are_configured(archive: Path) -> None:
    async def check() -> None:
        site = application(archive, "public", Publisher("https://archive.example.org"))
        stable = "https://archive.example.org/q/netwellness/101"
        evil = {"host": "evil.example"}
        assert (await site.client.get("/q/netwellness/101", headers=evil)).status_code == 421
        evil = {"host": "127.0.0.66"}
        for path in ("/q/netwellness/101", "/q/netwellness/101/cite.ris", "/export/questions.bib"):
            response = await site.client.get(path, headers=evil)
            assert stable in response.text, path
            assert "127.0.0.66" not in response.text + response.headers.get("link", "")

    asyncio.run(check())


def test_every_question_has_a_key_of_its_own(get: Get, archive: Path) -> None:
    keys = re.findall(r"^@misc\{(.*),$", get("/export/questions.bib").text, re.M)
    with closing(sqlite3.connect(archive)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM questions").fetchone()
    assert len(keys) == len(set(keys)) == count
