"""The search page with what is near in meaning."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from publish.semantic.build import update_vectors
from publish.serve import application
from tests.publish.archives import DIABETES, Archive, page

Search = Any

PAGES = (
    page(
        1,
        title="Hard stools",
        question="I have not been to the toilet for days.",
        answer="Eat prunes.",
    ),
    page(2, title="Red cheeks", question="My baby has a rash.", answer="Use grease."),
    page(3, title="Sugar", question="Too much glucose?", answer="Walk.", topics=(DIABETES,)),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = Archive(tmp_path / "archive.db")
    made.add(*PAGES)
    made.close()
    return made.path


@pytest.fixture
def search(path: Path) -> Iterator[Search]:
    """``search("words", filter="value")`` gives the JSON; with ``ending=""`` the HTML."""
    loop = asyncio.new_event_loop()
    site = application(path)

    def fetch(text: str, ending: str = ".json", **more: str) -> Any:
        arguments = "&".join(f"{name}={value}" for name, value in {"q": text, **more}.items())
        response = loop.run_until_complete(site.client.get(f"/search{ending}?{arguments}"))
        assert response.status_code == 200
        return response.json() if ending else response.text

    yield fetch
    loop.close()


def ids(body: Any) -> list[str]:
    return [row["source_id"] for row in body["results"]]


@pytest.fixture
def embedded(path: Path) -> None:
    update_vectors(path)


@pytest.mark.usefixtures("embedded")
def test_what_has_none_of_the_words_is_found_and_marked(search: Search) -> None:
    body = search("constipation")
    assert (body["mode"], body["with_all_words"], ids(body)[0]) == ("any", 0, "1")
    assert body["results"][0]["by_meaning"]
    page = search("constipation", ending="")
    assert "none has all of the words" in page
    assert "Near in meaning: it has none of the words" in page


@pytest.mark.usefixtures("embedded")
def test_who_asks_for_words_gets_words(search: Search) -> None:
    assert ids(search('"constipation"')) == []
    assert ids(search("title:constipation")) == []
    body = search("rash")
    assert (ids(body)[0], body["with_all_words"]) == ("2", 1)
    assert not body["results"][0]["by_meaning"]


@pytest.mark.usefixtures("embedded")
def test_filters_minus_and_order_hold(search: Search) -> None:
    assert ids(search("constipation", topic="diabetes")) == []
    assert "1" not in ids(search("constipation+-prunes"))
    whole = ids(search("diabetes+rash"))
    assert sorted(whole) == sorted(ids(search("diabetes+rash", sort="oldest")))


def test_vectors_are_taken_up_by_a_running_server(search: Search, path: Path) -> None:
    assert ids(search("constipation")) == []
    update_vectors(path)
    assert ids(search("constipation")) == ["1"]
