"""What a researcher does, in a real browser, with JavaScript and without."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from playwright.sync_api import Page

from publish.data.urls import question_path
from tests.browser.conftest import PHONE, Opened
from tests.conftest import Crawled
from tests.publish import forum

WORD = "sleep"


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def visit(request: pytest.FixtureRequest, opened: Opened) -> Callable[..., Page]:
    """``visit(base, path)``: a page as a browser with, and one without, JavaScript shows it."""

    def go(base: str, path: str = "/", **options: object) -> Page:
        page = opened(base, java_script_enabled=request.param, **options)
        page.goto(path)
        return page

    return go


Visit = Callable[..., Page]


def counted(page: Page) -> int:
    """The number that a page of results says."""
    told = page.locator(".count strong").first.inner_text()
    return int(re.sub(r"\D", "", told))


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def searched(page: Page, words: str) -> None:
    """Type into the search box of the page, and press Enter."""
    page.get_by_role("search").get_by_role("searchbox").fill(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")


def downloaded(page: Page, link: str) -> bytes:
    """The file that a link of that name gives."""
    with page.expect_download() as waited:
        page.get_by_role("link", name=link, exact=True).first.click()
    path = waited.value.path()
    assert waited.value.failure() is None
    return path.read_bytes()


def test_search_filter_read_and_go_on(visit: Visit, site: str) -> None:
    page = visit(site)
    searched(page, WORD)
    every = counted(page)
    results = page.locator(".questions li")
    assert every > 2
    assert results.count() == min(every, 20)
    assert results.first.locator("mark").count() >= 1

    facet = page.locator(".facet").filter(has_text=re.compile("institution", re.I))
    choice = facet.get_by_role("listitem").first
    name, number = choice.get_by_role("link").inner_text(), choice.locator(".n").inner_text()
    choice.get_by_role("link").click()
    page.wait_for_url("**institution=**")
    assert counted(page) == int(number) < every

    page.get_by_role("list", name="Filters in use").get_by_role("link", name=name).click()
    page.wait_for_url(lambda url: "institution=" not in url)
    assert counted(page) == every

    titles = page.locator(".questions h3").all_inner_texts()
    results.first.get_by_role("link").first.click()
    page.wait_for_url("**/q/netwellness/**")
    assert heading(page) == titles[0]
    place = page.get_by_role("navigation", name="Within your search")
    assert f"Result 1 of {every}" in place.inner_text()
    place.get_by_role("link", name=re.compile("^Next")).click()
    page.wait_for_url("**at=1**")
    assert heading(page) == titles[1]
    place.get_by_role("link", name=re.compile("^Previous")).click()
    page.wait_for_url("**at=0**")
    assert heading(page) == titles[0]
    place.get_by_role("link", name="Back to the results").click()
    page.wait_for_url("**/search?**")
    assert counted(page) == every


def test_a_search_that_finds_nothing_says_so(visit: Visit, site: str) -> None:
    page = visit(site)
    searched(page, "qqqq fgxw")
    assert page.get_by_role("status").first.is_visible()
    assert page.locator(".questions li").count() == 0
    searched(page, '"unclosed AND ( NOT')
    assert page.get_by_role("searchbox").input_value() == '"unclosed AND ( NOT'


def test_compare_two_texts_of_a_page(visit: Visit, small_site: str) -> None:
    page = visit(small_site, "/q/netwellness/106")
    page.get_by_role("link", name="What changed last").click()
    page.wait_for_url("**/compare")
    assert page.locator("del").filter(has_text="Early waking is common.").count() == 1
    assert page.locator("ins").filter(has_text="The answer was revised.").count() == 1
    first, second = (page.get_by_label(label) for label in ("Compare", "with"))
    one, two = first.input_value(), second.input_value()
    first.select_option(two)
    second.select_option(one)
    page.get_by_role("button", name="Show what differs").click()
    page.wait_for_url(f"**from={two}**")
    assert page.locator("ins").filter(has_text="Early waking is common.").count() == 1
    page.get_by_role("link", name="text 2").click()
    assert "The answer was revised." in page.locator("main").inner_text()


def test_copy_a_citation_with_mouse_and_keyboard(visit: Visit, small_site: str) -> None:
    page = visit(small_site, "/q/netwellness/101")
    reference = page.locator(".reference").first
    text = reference.inner_text()
    assert "Lindqvist, M. (2004, May 17). Waking before dawn" in text
    assert "/q/netwellness/101" in text
    reference.click()
    page.keyboard.press("Control+C")
    box = page.get_by_role("searchbox")
    box.focus()
    page.keyboard.press("Control+V")
    assert " ".join(box.input_value().split()) == " ".join(text.split())


def test_references_download(visit: Visit, small_site: str) -> None:
    page = visit(small_site, "/q/netwellness/101")
    assert downloaded(page, "BibTeX").lstrip().startswith(b"@")
    assert downloaded(page, "RIS").startswith(b"TY  - ")
    csl = json.loads(downloaded(page, "CSL-JSON"))
    assert "Waking before dawn" in json.dumps(csl)


def test_a_search_downloads_whole_in_every_format(visit: Visit, site: str) -> None:
    page = visit(site, f"/search?q={WORD}")
    every = counted(page)
    rows = list(csv.DictReader(io.StringIO(downloaded(page, "CSV").decode("utf-8-sig"))))
    lines = [json.loads(line) for line in downloaded(page, "JSON Lines").splitlines()]
    table = parquet.read_table(io.BytesIO(downloaded(page, "Parquet")))
    assert [len(rows), len(lines), table.num_rows] == [every] * 3
    numbers = [{str(row["source_id"]) for row in made} for made in (rows, lines)]
    assert numbers[0] == numbers[1] == set(table.column("source_id").to_pylist())
    assert len(re.findall(rb"^@(?!comment)", downloaded(page, "BibTeX"), re.M)) == every
    assert downloaded(page, "RIS").count(b"TY  - ") == every
    assert len(json.loads(downloaded(page, "CSL-JSON"))) == every


def test_ways_in_without_words(visit: Visit, site: str) -> None:
    page = visit(site)
    main = page.get_by_role("navigation", name="Main")
    for link, title in (
        ("Topics", "Health topics"),
        ("People", None),
        ("Charts", "The archive in figures"),
        ("Data", "The archive as data"),
        ("About", "About the archive"),
        ("Search", "Search the archive"),
    ):
        main.get_by_role("link", name=link, exact=True).click()
        page.wait_for_load_state()
        assert main.locator("[aria-current=page]").inner_text() == link
        assert title in (None, heading(page))
    page.goto("/topics")
    page.get_by_role("main").get_by_role("link", name="Asthma").first.click()
    page.wait_for_url("**/topic/asthma")
    assert heading(page) == "Asthma"
    page.locator(".questions a").first.click()
    page.wait_for_url("**/q/netwellness/**")
    page.locator(".who a").first.click()
    page.wait_for_url("**/responder/**")
    assert page.locator(".questions li").count() >= 1


def test_every_chart_has_its_table_and_its_query(visit: Visit, site: str) -> None:
    page = visit(site, "/charts")
    assert page.locator("svg[role=img]").count() >= 1
    page.get_by_text("The figures as a table").first.click()
    assert page.locator("details[open] table").first.is_visible()
    page.locator(".source a").first.click()
    page.wait_for_url("**/archive/**")
    assert page.locator(".rows-and-columns tbody tr").count() >= 1


def test_a_table_is_filtered_sorted_and_downloaded(
    visit: Visit, site: str, crawled: Crawled
) -> None:
    page = visit(site, "/archive/questions?_columns=all")
    page.get_by_text("Add a filter").click()
    page.get_by_label("Column").last.select_option("status")
    page.get_by_label("Value").last.fill("unanswered")
    page.get_by_role("button", name="Apply").last.click()
    page.wait_for_url("**status__exact=unanswered**")
    with closing(sqlite3.connect(f"file:{crawled.database}?mode=ro", uri=True)) as archive:
        count = archive.execute("SELECT count(*) FROM questions WHERE status='unanswered'")
        (unanswered,) = count.fetchone()
    assert counted(page) == unanswered
    page.get_by_role("link", name="confidence", exact=True).first.click()
    page.wait_for_url("**_sort**confidence**")
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download CSV").click()
    text = Path(waited.value.path()).read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == unanswered
    assert {row["status"] for row in rows} == {"unanswered"}


def test_a_canned_query_takes_its_parameter(visit: Visit, site: str) -> None:
    page = visit(site, "/archive/word_by_year")
    page.get_by_label("Word").fill(WORD)
    page.get_by_role("button", name="Run").click()
    page.wait_for_url(f"**word={WORD}**")
    assert page.locator(".rows-and-columns tbody tr").count() >= 3
    page.get_by_text("The SQL").click()
    assert "SELECT" in page.locator("pre").inner_text().upper()


def test_what_is_not_there_and_what_is_withheld(visit: Visit, guarded_site: str) -> None:
    page = visit(guarded_site, "/q/netwellness/999999", expected="404")
    assert heading(page) == "Not found"
    page = visit(guarded_site, "/q/netwellness/102", expected="451")
    assert heading(page) == "This question is withheld"
    assert "at the wish of the person who asked" in page.locator("main").inner_text()
    assert "Sugar and night sweats" not in page.content()
    page = visit(guarded_site, "/search?q=sweats")
    assert "Sugar and night sweats" not in page.content()


def test_a_telephone_shows_all_of_it(visit: Visit, site: str) -> None:
    width, height = PHONE
    page = visit(site, "/", viewport={"width": width, "height": height}, has_touch=True)
    searched(page, WORD)
    page.locator(".facet a").first.tap()
    assert counted(page) >= 1
    page.locator(".questions h3 a").first.tap()
    page.wait_for_url("**/q/**")
    assert page.locator(".answered").is_visible()


def test_a_long_thread_is_gone_through_by_its_answers(visit: Visit, forum_site: str) -> None:
    page = visit(forum_site, question_path(forum.FORUM.name, forum.THREAD))
    page.get_by_role("navigation", name="Answers").get_by_role("link", name="23 Ines").click()
    page.wait_for_url("**#answer-23")
    answer = page.get_by_role("article", name="Answer 23")
    box = answer.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 200
    assert answer.get_by_text("expert", exact=True).is_visible()
    page.get_by_role("link", name="Why that is so").click()
    page.wait_for_url("**/about#names")
    assert page.get_by_role("heading", name="Names").is_visible()


def test_a_site_narrows_a_search(visit: Visit, forum_site: str) -> None:
    page = visit(forum_site, "/")
    page.get_by_role("link", name="The Sleep Forum").click()
    page.wait_for_url("**/site/sleep-forum")
    page.get_by_label("Search in The Sleep Forum").fill("patience")
    page.get_by_label("Search in The Sleep Forum").press("Enter")
    page.wait_for_url("**site=sleep-forum**")
    assert counted(page) == 1
    page.get_by_role("link", name="Remove the filter Site: The Sleep Forum").click()
    page.wait_for_url(lambda url: "site=" not in url)
