"""Addresses as people write them; where copies are; names from A to Z. All pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.capture.memento import WAYBACK
from pipelines.db import rules
from publish.data import urls
from publish.data.lookup import canonical
from publish.pages import directory_page
from publish.pages.directory_page import DirectoryEntry
from publish.search import neighbours
from publish.search.request import SearchRequest

WANTED = "http://www.netwellness.org/question.cfm/29280.htm"


@pytest.mark.parametrize(
    "written",
    [
        WANTED,
        "www.netwellness.org/question.cfm/29280.htm",
        " https://NETWELLNESS.org//question.cfm/29280.html?print=1#top ",
        "http:/www.netwellness.org/question.cfm/29280.htm",
        "HTTPS:www.netwellness.org/question.cfm/29280.htm",
        f"https://web.archive.org/web/20040517093000/{WANTED}",
        "https://web.archive.org/web/2004id_/http:/www.netwellness.org:80/question.cfm/29280.htm",
        f"web.archive.org/web/*/{WANTED}",
        f"https://arquivo.pt/wayback/20040517093000/{WANTED}",
        f"https://web.archive.org/web/2005/https://web.archive.org/web/2004/{WANTED}",
    ],
)
def test_whatever_way_an_address_is_written_it_means_the_page(written: str) -> None:
    assert canonical(written) == WANTED


@given(st.text(max_size=300))
def test_no_text_is_an_error(text: str) -> None:
    found = canonical(text)
    assert isinstance(found, str)
    found.encode()


REPLAYED = f"http://replay.example/archive/20040517093000id_/{WANTED}"
CAPTURE = {"url": WANTED, "source": "wayback", "captured_at": "2004-05-17T09:30:00Z"}


@pytest.mark.parametrize(
    ("changes", "copy"),
    [
        ({}, f"https://web.archive.org/web/20040517093000/{WANTED}"),
        ({"source": "live"}, None),
        (
            {"captured_at": "2004-05-17T09:30:00.12Z"},
            f"{WAYBACK}20040517093000/{WANTED}",
        ),
        ({"captured_at": "soon"}, None),
        ({"url": "javascript:alert(1)"}, None),
        ({"url": "javascript:https://x/2004/http://y"}, None),
        (
            {"url": f"http://replay.example/web/20040517093000id_/{WANTED}", "source": "warc"},
            f"http://replay.example/web/20040517093000id_/{WANTED}",
        ),
        ({"fetched_from": REPLAYED}, REPLAYED),
        ({"fetched_from": "https://data.example/CC-MAIN-1.warc.gz#9-7", "source": "live"}, None),
    ],
)  # fmt: skip
def test_the_copy_that_a_capture_was_taken_from(changes: dict[str, str], copy: str | None) -> None:
    assert urls.archived_copy({**CAPTURE, **changes}) == copy


def test_there_may_be_no_copy() -> None:
    assert urls.archived_copy(None) is None
    assert urls.other_copies("javascript:alert(1)") is None
    assert urls.other_copies(WANTED) == f"https://web.archive.org/web/*/{WANTED}"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("The Ohio State University", "the-ohio-state-university"),
        ("Université de Genève", "universite-de-geneve"),
        ("  A & B  ", "a-b"),
    ],
)
def test_names_in_addresses(name: str, slug: str) -> None:
    assert rules.slug(name) == slug
    assert urls.own_page(urls.institution_path(name))


@given(st.text(min_size=1))
def test_every_name_has_an_address(name: str) -> None:
    slug = rules.slug(name)
    assert slug
    assert rules.slug(slug) == slug
    assert urls.quoted(slug) == slug


def test_people_stand_under_their_family_name() -> None:
    names = ["Isabel de la Cruz", "Robert L Hayes, Jr", "José R Villanueva", "Øle Ås", "", "李 明"]
    found = [DirectoryEntry(name, "/x", 1, directory_page.by_family(name)) for name in names]
    assert [entry.letter for entry in found] == ["D", "H", "V", "A", "other", "other"]
    assert directory_page.first_letters(found) == ["D", "H", "V", "A", "other"]
    assert [entry.name for entry in directory_page.filtered(found, "JOSE", "")] == [
        "José R Villanueva"
    ]
    assert directory_page.filtered(found, "jose", "D") == []


@pytest.mark.parametrize(
    ("value", "rank"),
    [("0", 0), ("17", 17), (None, None), ("", None), ("-1", None), ("1e3", None), ("²", None),
     ("100000", None), ("9" * 5000, None)],
)  # fmt: skip
def test_ranks_are_read_without_error(value: str | None, rank: int | None) -> None:
    assert neighbours.parse_rank(value) == rank


def test_the_way_back_leads_to_the_page_of_results() -> None:
    asked = SearchRequest(text="sleep apnea")
    assert neighbours.SearchPosition(asked).results == "q=sleep%20apnea"
    assert neighbours.SearchPosition(asked, at=19).results == "q=sleep%20apnea"
    assert neighbours.SearchPosition(asked, at=20).results == "q=sleep%20apnea&page=2"
