"""Who confirms a text: on its page, in exports, in the tables, and as a query."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from publish.data.texts import sources_in_words
from publish.serve import application
from tests.publish.archives import HOST, START, Archive, page
from tests.publish.texts import other_capture, shown

Get = Callable[..., httpx.Response]
REPLAYED = f"https://replay.example/all/20040517093000id_/{HOST}/question.cfm/303.htm"


def build(path: Path) -> None:
    """Question 301 from three sources, the first of them a text; 302 and 303 from one."""
    made = Archive(path)
    url = f"{HOST}/question.cfm/301.htm"
    place = {"url": url, "canonical_url": url}
    text = other_capture(
        made, 301, **place, source="wet", content_type="text/plain", captured_at=START
    )
    bare = page(301, links=(), topics=(), question="I`ve been waking at four every night. "
        "Is that a sleep disorder?")  # fmt: skip
    made.store.pending.add_page(replace(bare, record_id=text))
    old = other_capture(made, 301, **place, source="wayback")
    made.store.pending.add_page(page(301, record_id=old))
    made.add(page(301), page(302))
    place = {"url": REPLAYED.partition("id_/")[2], "canonical_url": f"{HOST}/question.cfm/303.htm"}
    fetched = {"fetched_at": "2026-03-02T08:15:00.000000Z", "fetched_from": REPLAYED}
    only = other_capture(made, 303, **place, **fetched, source="wayback")
    made.store.pending.add_page(page(303, record_id=only))
    made.close()


@pytest.fixture(scope="module")
def get(tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop) -> Get:
    path = tmp_path_factory.mktemp("confirmed") / "archive.db"
    build(path)
    site = application(path)

    def fetch(path: str, **options: Any) -> httpx.Response:
        return cast(httpx.Response, loop.run_until_complete(site.client.get(path, **options)))

    return fetch


def test_the_page_says_who_captured_the_same_text(get: Get) -> None:
    text = shown(get("/q/netwellness/301").text)
    assert (
        "Confirmed by The same text was captured by: live crawl, Wayback Machine, "
        "text rendering of a crawl (WET)" in text
    )
    assert "unchanged since it was first captured" in text
    alone = shown(get("/q/netwellness/302").text)
    assert "One source This text was captured by: live crawl" in alone
    assert "Confirmed by" not in alone


def test_a_version_is_shown_with_the_capture_of_the_page_that_it_was_read_from(get: Get) -> None:
    every = get("/q/netwellness/301/versions").text
    assert "3 captures" in shown(every)
    (place,) = set(re.findall(r"/q/netwellness/301/versions/[0-9a-f]+", every))
    html = get(place).text
    assert "urn:uuid:00000000-0000-4000-8000-000000000002" in html
    assert "urn:uuid:00000000-0000-4000-8000-000000000001" not in html


def test_the_page_says_when_and_from_where_an_archives_capture_was_had(get: Get) -> None:
    html = get("/q/netwellness/303").text
    assert f"Fetched at 2 March 2026, 08:15 UTC , from {REPLAYED}" in shown(html)
    assert f'<a href="{REPLAYED}" rel="nofollow noopener external">the page as it was' in html
    (place,) = set(re.findall(r"/q/netwellness/303/versions/[0-9a-f]+", get(
        "/q/netwellness/303/versions").text))  # fmt: skip
    assert f"from {REPLAYED}" in shown(get(place).text)
    assert "Fetched at" not in shown(get("/q/netwellness/302").text)


def test_exports_and_tables_have_it(get: Get) -> None:
    found = [json.loads(line) for line in get("/export/questions.jsonl").text.splitlines()]
    assert [one["sources"] for one in found] == [["live", "wayback", "wet"], ["live"], ["wayback"]]
    rows = get("/archive/questions.json?_shape=array&_col=sources&_sort=id").json()
    assert json.loads(rows[0]["sources"]) == ["live", "wayback", "wet"]


@pytest.mark.parametrize(("source", "count"), [("", 1), ("wayback", 1), ("commoncrawl", 0)])
def test_the_query_lists_what_several_sources_confirm(get: Get, source: str, count: int) -> None:
    path = f"/archive/confirmed_by_several_sources.json?_shape=array&source={source}"
    assert len(get(path).json()) == count


def test_sources_in_words() -> None:
    assert sources_in_words(["commoncrawl", "warc", "file", "other"]) == (
        "Common Crawl, imported web archive file, imported file, other"
    )
