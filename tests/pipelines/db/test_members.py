"""Members of the public have pseudonyms, and nothing that is stored has their names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import declare, read_declaration
from parsers.records import Answer, QAPage, Responder
from pipelines.db.changeset import ChangeSet, PageText
from pipelines.db.members import merged_members, pseudonymous
from tests.pipelines.archive_makers import capture_row, empty_store, qa_page

NURSE = Responder("Nina Vale", ("RN",))
DECLARATION = """
name = "{name}"
hosts = ["{name}.example"]
questions = ["/t/{{id}}"]
keep_names = {keep}
"""


@pytest.fixture(autouse=True)
def sites() -> Iterator[None]:
    names = (("forum", "false"), ("open", "true"))
    declare(
        read_declaration(DECLARATION.format(name=name, keep=keep), name) for name, keep in names
    )
    yield
    declare([])


def page(asker: str | None, *authors: str | None, site: str = "forum", part: int = 1) -> QAPage:
    answers = tuple(Answer(f"Text {at}", author) for at, author in enumerate(authors))
    return qa_page("urn:1", site=site, source_id="7", asker=asker, answers=answers, part=part)


def names(page: QAPage) -> list[str | None]:
    return [page.asker, *(answer.author for answer in page.answers)]


def test_members_are_numbered_in_the_order_of_the_page() -> None:
    stored, members = pseudonymous(page("Ada", "bob", None, "ADA", "Cleo"))
    assert names(stored) == ["member 1", "member 2", None, "member 1", "member 3"]
    assert len(set(members)) == 3
    assert all(re.fullmatch("[0-9a-f]{8}", each) for each in members)


@pytest.mark.parametrize("site", ["forum", "open"])
@pytest.mark.parametrize(
    "name",
    ["Anonymous", "guest", "Gast", "Anonyme", "ANÓNIMO", "Anonymous (not verified)", "[deleted]"],
)
def test_what_stands_for_no_name_is_nobody(name: str, site: str) -> None:
    stored, members = pseudonymous(page(name, "bob", name, site=site))
    assert names(stored) == [None, "bob" if site == "open" else "member 1", None]
    assert len(members) == (site == "forum")


@pytest.mark.parametrize(
    "name", ["Gastón", "Anonymouse", "guest1958", "Anna Guest", "Unregistered2"]
)
def test_names_that_are_like_such_words_are_names(name: str) -> None:
    assert names(pseudonymous(page(name, name))[0]) == ["member 1", "member 1"]


def test_experts_are_named_and_pages_without_members_are_as_they_were() -> None:
    plain = qa_page("urn:1", answers=(Answer("Rest.", responders=(NURSE,)),))
    assert pseudonymous(plain) == (plain, ())


def test_hashes_hold_for_one_question_only() -> None:
    one, other = page("Ada"), replace(page("Ada"), source_id="8")
    assert pseudonymous(one)[1] == pseudonymous(page("ada"))[1]
    assert pseudonymous(one)[1] != pseudonymous(other)[1]


@pytest.mark.parametrize("name", ["ada@mail.example", "Ada (ada@mail.example)", "ada [at] mail"])
def test_a_site_that_keeps_names_keeps_no_address(name: str) -> None:
    stored, members = pseudonymous(page("Bob", name, "member 1", site="open"))
    assert names(stored) == ["Bob", "member 1", "member 2"]
    assert len(members) == 2


@pytest.mark.parametrize("site", ["forum", "open"])
def test_a_name_that_is_an_address_is_in_no_text(site: str) -> None:
    address = "zeb@mail.example"
    told = page(address, "kim", site=site)
    first = replace(told.answers[0], text=f"> {address} wrote this\nWrite to {address}.")
    told = replace(told, title=f"A question of {address}", answers=(first,))
    plain, _ = pseudonymous(told)
    assert plain.title == "A question of member 1"
    assert plain.answers[0].text == "> member 1 wrote this\nWrite to member 1."


def test_who_signs_by_an_address_is_a_member() -> None:
    signed = Answer("Rest.", responders=(Responder("dr@clinic.example", ("MD",)),))
    both = replace(signed, responders=(*signed.responders, NURSE))
    stored, _ = pseudonymous(qa_page("urn:1", answers=(signed, both)))
    assert [(each.author, each.responders) for each in stored.answers] == [
        ("member 1", ()), (None, (NURSE,)),
    ]  # fmt: skip


def test_members_of_a_thread_are_the_same_on_all_its_pages() -> None:
    parts = [pseudonymous(page("Ada", "bob")), pseudonymous(page(None, "Cleo", "ada", part=2))]
    assert [names(each) for each in merged_members(parts)] == [
        ["member 1", "member 2"], [None, "member 3", "member 1"],
    ]  # fmt: skip


def test_what_the_public_snapshot_leaves_out_is_not_mixed_up() -> None:
    parts = [(pseudonymous(page("Ada", "bob"))[0], ()), (pseudonymous(page("Cleo"))[0], ())]
    first, second = merged_members(parts)
    assert names(first) == ["member 1", "member 2"]
    assert names(second)[0] in ("member 1", "member 3")


WORDS = st.text("abcXYZ @.", min_size=1, max_size=8)


@given(st.one_of(st.none(), WORDS), st.lists(st.one_of(st.none(), WORDS), max_size=6))
def test_doing_it_twice_changes_no_name(asker: str | None, authors: list[str | None]) -> None:
    stored, members = pseudonymous(page(asker, *authors))
    assert names(pseudonymous(stored)[0]) == names(stored)
    assert len(members) == len({" ".join(n.casefold().split()) for n in [asker, *authors] if n})


def test_no_name_is_in_the_file(tmp_path: Path) -> None:
    store = empty_store(tmp_path / "a.db")
    store.pending.add_capture(capture_row("urn:1"))
    store.pending.add_page(page("Zebulon Quagmire", "xanthippe@mail.example"))
    store.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"member 1" in stored
    assert not re.search(rb"zebulon|quagmire|xanthippe|mail\.example", stored, re.I)


def test_changes_have_no_names_either() -> None:
    changes = ChangeSet()
    changes.add_page(page("Zebulon"))
    (text,) = changes.pages.values()
    assert isinstance(text, PageText)
    assert "Zebulon" not in repr(changes)
    assert json.loads(text.record)["asker"] == "member 1"
