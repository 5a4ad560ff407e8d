"""``/charts``: each figure is that of its query, and what is drawn is what is counted."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup
from datasette.app import Datasette

from parsers.records import Responder, TopicLink
from pipelines.db.models import Failure
from publish.charts.chart_urls import links
from publish.pages import charts_page
from publish.search.request import SearchRequest
from publish.serve import application
from tests.publish.archives import DOCTOR, PHARMACIST, Archive, changed, page
from tests.publish.conftest import Get

Loop = asyncio.AbstractEventLoop
Fetch = Callable[[str], Any]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty questions over twelve years, topics and people of several kinds, two runs."""
    path = tmp_path_factory.mktemp("charts") / "many.db"
    made = Archive(path)
    nobody = Responder("Nobody Known", (), None, None, None)
    pages = []
    for number in range(40):
        topics = [TopicLink(f"Topic {n}", f"http://t.example/t{n}/") for n in range(number % 4)]
        pages.append(
            page(
                500 + number,
                topics=tuple(topics),
                responders=((DOCTOR,), (PHARMACIST, DOCTOR), (nobody,), ())[number % 4],
                answered_on=date(1998 + number % 12, 3, 1) if number % 5 else None,
                answer="word " * (number * 7 % 400),
                status="answered" if number % 9 else "unanswered",
                confidence=0.5 if number % 13 == 0 else 1.0,
            )
        )
    made.add(*pages)
    made.commit()
    made.add(changed(pages[0], answer="Another answer altogether.", status="answered"))
    broken = made.capture("http://www.netwellness.org/question.cfm/900.htm", status=503)
    made.store.pending.add_failure(
        Failure(broken, "fetch", "503 </svg><script>alert(1)</script>", None)
    )
    made.close()
    return path


@pytest.fixture(scope="module")
def served(many: Path, loop: Loop) -> Datasette:
    return application(many, "public")


@pytest.fixture
def fetch(served: Datasette, loop: Loop, monkeypatch: pytest.MonkeyPatch) -> Fetch:
    """``fetch(path)`` in the public profile, with ranges that hold a few rows each."""
    monkeypatch.setattr(charts_page, "RANGE", 7)

    def get(path: str) -> Any:
        response = loop.run_until_complete(served.client.get(path))
        assert response.status_code == 200, path
        return response.json() if ".json" in path else BeautifulSoup(response.text, "html.parser")

    return get


def rows(fetch: Fetch, query: str) -> list[dict[str, Any]]:
    """The rows of a canned query, asked for as any reader may."""
    found: list[dict[str, Any]] = fetch(f"/archive/{query}.json?_shape=array")
    return found


def table(soup: Any, caption: str) -> list[list[str]]:
    """The body of the table with this caption, as texts."""
    for one in soup.find_all("table"):
        if one.caption and one.caption.get_text() == caption:
            lines = one.tbody.find_all("tr")
            return [[c.get_text().strip() for c in line.find_all(["th", "td"])] for line in lines]
    raise AssertionError(f"no table {caption!r}")


def numbers(lines: list[list[str]]) -> dict[str, int]:
    return {line[0]: int(line[1].split()[0].replace(",", "")) for line in lines}


def test_years_are_those_of_their_query(fetch: Fetch) -> None:
    soup = fetch("/charts")
    wanted = rows(fetch, "questions_by_year")
    dated = {str(row["year"]): row["questions"] for row in wanted if row["year"]}
    assert numbers(table(soup, "Questions by year of answer")) == dated
    undated = next(row["questions"] for row in wanted if row["year"] is None)
    assert undated == 11
    assert f"{undated} questions without a date are not drawn" in " ".join(soup.get_text().split())


def test_topics_and_their_years_are_those_of_their_queries(fetch: Fetch) -> None:
    soup = fetch("/charts")
    wanted = {row["topic"]: row["questions"] for row in rows(fetch, "questions_by_topic")}
    shown = numbers(table(soup, "Questions by health topic"))
    assert shown == wanted == {"Topic 0": 30, "Topic 1": 20, "Topic 2": 10}
    assert list(shown) == list(wanted)  # the same order
    cells = {
        (row["topic"], str(row["year"])): row["questions"]
        for row in rows(fetch, "questions_by_topic_and_year")
    }
    assert grid(soup, "Questions by topic and year of answer") == cells


def test_people_and_institutions_are_those_of_their_queries(fetch: Fetch) -> None:
    soup = fetch("/charts")
    shown = numbers(table(soup, "Answers by responder"))
    assert {name.partition(",")[0]: n for name, n in shown.items()} == {
        row["name"]: row["answers"] for row in rows(fetch, "most_active_responders")
    }
    assert numbers(table(soup, "Answers by institution")) == {
        row["institution"]: row["answers"] for row in rows(fetch, "answers_by_institution")
    }
    assert grid(soup, "Answers by institution and year") == {
        (row["institution"], str(row["year"])): row["answers"]
        for row in rows(fetch, "institutions_by_year")
    }


def grid(soup: Any, caption: str) -> dict[tuple[str, str], int]:
    """The cells of a table by year that are not 0."""
    one = next(t for t in soup.find_all("table") if t.caption and t.caption.get_text() == caption)
    years = [th.get_text() for th in one.thead.find_all("th")][1:-1]
    return {
        (line[0], year): int(cell)
        for line in table(soup, caption)
        for year, cell in zip(years, line[1:-1], strict=True)
        if cell != "0"
    }


def test_lengths_and_the_median_are_those_of_their_query(fetch: Fetch) -> None:
    soup = fetch("/charts")
    wanted = rows(fetch, "answer_lengths")
    shown = {
        line[0].replace(",", ""): int(line[2])
        for line in table(soup, "Answers by length in characters")
    }
    assert {low: n for low, n in shown.items() if n} == {
        str(row["from_characters"]): row["answers"] for row in wanted if row["answers"]
    }
    (median,) = (row["median"] for row in wanted if row["median"] is not None)
    assert f"at most {median:,} characters" in " ".join(soup.get_text().split())
    binned = next(row for row in wanted if row["median"] is not None)
    low = binned["from_characters"]
    listed = fetch(f"/archive/answers_of_length.json?from={low}&below=&_shape=array")
    assert len(listed) == sum(r["answers"] for r in wanted if r["from_characters"] >= low) > 0
    assert all(row["characters"] >= low for row in listed)


def test_the_archive_itself_is_that_of_its_queries(fetch: Fetch) -> None:
    soup = fetch("/charts")
    (site,) = rows(fetch, "coverage_by_site")
    shown = numbers(table(soup, "Coverage of netwellness"))
    names = ("answered", "dated", "with_responder", "with_topic", "changed", "gone")
    assert list(shown.values()) == [site[name] for name in (*names, "low_confidence")]
    assert site["changed"] == 1
    assert site["low_confidence"] == 4
    ages = rows(fetch, "age_of_last_look")
    looked = table(soup, "Questions by the age of their last capture")
    assert [int(line[1].split()[0]) for line in looked] == [row["questions"] for row in ages]
    assert sum(row["questions"] for row in ages) == site["questions"] == 40
    months = table(soup, "Questions by the month of their first capture")
    assert months == [
        [row["month"], str(row["new_questions"]), str(row["held"])]
        for row in rows(fetch, "growth_by_month")
    ]
    assert len(months) == 2


def test_crawls_are_those_of_their_queries(fetch: Fetch) -> None:
    soup = fetch("/charts")
    (run,) = rows(fetch, "latest_runs")
    (line,) = table(soup, "The last runs")
    assert [line[1], line[2], line[4], line[5]] == ["netwellness", "finished", "42", "1"]
    assert (run["captures"], run["failures"]) == (42, 1)
    statuses: dict[str, int] = {}
    for row in rows(fetch, "captures_by_month"):
        statuses[row["month"]] = statuses.get(row["month"], 0) + row["captures"]
    servers = table(soup, "Captures by month and class of status")
    assert numbers(servers) == statuses
    assert sum(int(line[5]) for line in servers) == 1  # the 503
    (cause,) = rows(fetch, "what_failed_and_why")
    ((name, pages, _),) = table(soup, "Open failures by stage and reason")
    assert (name, int(pages)) == (f"fetch: {cause['reason']}", cause["pages"])
    assert not soup.find_all("script", type=None)


def test_a_selection_counts_what_its_search_finds(fetch: Fetch) -> None:
    whole = fetch("/charts")
    for asked in (
        "year=2003",
        "status=unanswered",
        "topic=topic-1&year=2000",
        "q=word&topic=topic-2",
    ):
        soup = fetch(f"/charts?{asked}")
        found = fetch(f"/search?{asked}")
        assert soup.h1.get_text().startswith("In figures: ")
        (count,) = re.findall(r"([\d,]+) questions?", soup.find(class_="lede").get_text())
        assert count != "0", asked
        assert f"{count} question" in found.get_text(), asked
    soup = fetch("/charts?year=2003")
    assert numbers(table(soup, "Questions by year of answer")) == {
        "2003": numbers(table(whole, "Questions by year of answer"))["2003"]
    }
    assert "json_each(:ids)" in soup.find("details", class_="source").get_text()


def test_too_many_questions_are_not_counted(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts_page, "MOST_SELECTED", 3)
    soup = fetch("/charts?q=word")
    assert "More than 3 questions are not counted" in soup.find(role="status").get_text()
    assert not soup.find_all("table")


def test_every_figure_leads_to_as_many_questions(fetch: Fetch) -> None:
    soup = fetch("/charts")
    for caption in ("Questions by year of answer", "Questions by topic and year of answer"):
        one = next(t for t in soup.find_all("table") if t.caption.get_text() == caption)
        links = one.tbody.find_all("a")[:6]
        assert links
        for link in links:
            cell = link.find_parent("td") or link.find_parent("th").find_next("td")
            assert f"{cell.get_text().strip()} question" in fetch(link["href"]).get_text()
    internal = {a["href"] for a in soup.find("main").find_all("a") if a["href"][0] == "/"}
    assert len(internal) > 40
    for href in internal:
        fetch(href)


def test_drawings_tell_their_finding_and_tables_their_headers(fetch: Fetch, get: Get) -> None:
    soup = fetch("/charts")
    drawings = soup.find_all("svg", role="img")
    assert len(drawings) >= 4
    assert all(one["aria-label"] for one in drawings)
    peak = max(rows(fetch, "questions_by_year"), key=lambda r: bool(r["year"]) and r["questions"])
    assert f"most in {peak['year']}: {peak['questions']}" in drawings[0]["aria-label"]
    for one in soup.find_all("svg"):
        assert one.get("role") == "img" or one.get("aria-hidden") == "true"
        assert not one.find("a")  # no link can be reached in an image
    for one in soup.find("main").find_all("table"):
        assert one.caption
        assert all(th.get("scope") for th in one.find_all("th"))
    assert not soup.find_all(style=True)
    assert not soup.find_all("style")


def test_a_drawing_is_as_high_as_its_figure(fetch: Fetch) -> None:
    soup = fetch("/charts")
    drawn = soup.find("svg", role="img")
    heights = [float(rect["height"]) for rect in drawn.find_all("rect", class_="mark")]
    counted = list(numbers(table(soup, "Questions by year of answer")).values())
    assert len(heights) == len(counted)
    for height, n in zip(heights, counted, strict=True):
        assert height == pytest.approx(n * max(heights) / max(counted), abs=0.2)


def test_an_archive_without_questions_has_a_page_of_charts(tmp_path: Path, loop: Loop) -> None:
    Archive(tmp_path / "empty.db").close()
    response = loop.run_until_complete(application(tmp_path / "empty.db").client.get("/charts"))
    assert response.status_code == 200
    assert "There is no question to count" in response.text


def test_hostile_names_are_text(get: Get) -> None:
    text = get("/charts").text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_where_figures_lead() -> None:
    to = links(SearchRequest(text="sleep", topic=("a",)))
    assert to["to_topic"]({"slug": "a", "name": "A"}) == "/search?q=sleep&topic=a"
    # Two topics at once cannot be asked for: values of one filter are alternatives.
    assert to["to_topic"]({"slug": "b", "name": "B"}) is None
    assert to["narrowed"]("year", 2004) == "/search?q=sleep&topic=a&year=2004"
    name = 'A & B "C"'
    assert (
        to["to_institution"]({"name": name}) == f"/search?q=sleep&topic=a&institution={quote(name)}"
    )
    assert to["to_institution"]({"name": None}) is None
    assert to["month_after"]("2026-12") == "2027-01"


def test_figures_are_counted_again_after_a_commit(tmp_path: Path, loop: Loop) -> None:
    made = Archive(tmp_path / "live.db")
    made.add(page(1))
    made.commit()
    site = application(tmp_path / "live.db")
    first = loop.run_until_complete(site.client.get("/charts")).text
    made.add(page(2, answered_on=date(2005, 1, 1)))
    made.commit()
    second = loop.run_until_complete(site.client.get("/charts")).text
    made.close()
    assert "1 question, counted" in first
    assert "2 questions, counted" in second
    shape = json.loads(
        loop.run_until_complete(
            site.client.get("/archive/questions_by_year.json?_shape=array")
        ).text
    )
    assert [row["questions"] for row in shape] == [1, 1]
