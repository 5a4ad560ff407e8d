"""``meaning=1``: the same pages with what is near in meaning, where that can be had."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from publish import semantic
from publish.serve import application
from tests.publish.archives import DIABETES, Archive, page

Search = Any

PAGES = (
    page(1, title="Hard stools", question="Nothing for days.", answer="Eat prunes."),
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
    if not semantic.available():
        pytest.skip(f"the extra 'meaning' is not installed: {semantic.INSTALL}")
    from publish.semantic.build import update_vectors

    update_vectors(path)


@pytest.mark.usefixtures("embedded")
def test_what_has_none_of_the_words_is_found_and_shown(search: Search) -> None:
    assert ids(search("constipation", meaning="1"))[0] == "1"
    body = search("diabetic", meaning="1")
    assert (body["mode"], body["count"], ids(body)[0]) == ("meaning", 3, "3")
    # The first has the word, the others have not: all are shown, and the word is marked.
    page = search("rash", ending="", meaning="1")
    assert page.count("<li>\n<h3>") == 3
    assert "<mark>rash</mark>" in page
    assert "nearest to this in words and meaning" in page


@pytest.mark.usefixtures("embedded")
def test_filters_minus_and_order_hold(search: Search) -> None:
    assert ids(search("constipation", meaning="1", topic="diabetes")) == ["3"]
    assert "2" not in ids(search("constipation+-rash", meaning="1"))
    assert sorted(ids(search("constipation", meaning="1", sort="oldest"))) == ["1", "2", "3"]
    counts = {
        choice["value"]: choice["count"]
        for choice in search("rash", meaning="1")["facets"]["topic"]
    }
    assert counts == {"sleep-disorders": 2, "diabetes": 1}


def test_it_is_offered_where_it_can_be_had(search: Search, path: Path) -> None:
    before = search("rash", ending="", meaning="1")
    assert 'type="checkbox" name="meaning"' not in before
    assert ids(search("rash", meaning="1")) == ["2"]
    if semantic.available():
        from publish.semantic.build import update_vectors

        update_vectors(path)
        assert 'name="meaning" value="1" checked' in search("rash", ending="", meaning="1")
        assert 'name="meaning" value="1">' in search("rash", ending="")
        assert len(ids(search("rash", meaning="1"))) == 3
        assert ids(search("rash")) == ["2"]
