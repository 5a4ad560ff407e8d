"""What a list says of each thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.frontier.list_entries import entries, unchanged
from parsers import declare, read_declaration
from parsers.page.lines import Anchor, Line

HOST = "http://forum.example"


@pytest.fixture(autouse=True)
def forum() -> Iterator[None]:
    text = 'name = "forum"\nhosts = ["forum.example"]\norigin = "http://forum.example"\n'
    declare([read_declaration(f'{text}questions = ["/t/{{id}}[?page={{page}}]"]', "forum.toml")])
    yield
    declare(())


def line(text: str, *paths: str) -> Line:
    return Line(text, links=tuple(Anchor(text, path) for path in paths))


def resolve(href: str) -> str | None:
    return None if href.startswith("/login") else HOST + href.partition("&sid")[0]


def read(*lines: Line) -> dict[str, tuple[str, ...]]:
    return entries(lines, resolve)


def test_an_entry_goes_from_the_one_before_to_the_next() -> None:
    said = read(
        line("12:01"), line("Talk"), line("pinned"), line("Itch", "/t/5"), line("3 replies"),
        line("Last page", "/t/5?page=2"),
        line("May 2", "/post/77"), line("Rash", "/t/9"), line("by fern"), line("May 3"),
        line("Page 1 of 2"), line("12:01:17"),
    )  # fmt: skip
    assert said["5"] == (
        "Talk", "pinned", "Itch", f"{HOST}/t/5", "3 replies", "Last page", f"{HOST}/t/5?page=2",
        "May 2", f"{HOST}/post/77",
    )  # fmt: skip
    assert said["9"] == ("May 2", f"{HOST}/post/77", "Rash", f"{HOST}/t/9", "by fern", "May 3")
    assert read(line("no thread at all", "/about")) == {}


def test_tokens_in_links_say_nothing_and_a_link_to_a_new_post_does() -> None:
    assert read(line("12:01"), line("Itch", "/t/5"))["5"] == ("12:01", "Itch", f"{HOST}/t/5")
    before = read(line("Itch", "/t/5", "/post/7&sid=1"), line("Rash", "/t/9", "/login?next=1"))
    assert unchanged(
        before, read(line("Itch", "/t/5", "/post/7&sid=2"), line("Rash", "/t/9", "/login?next=2"))
    ) == {"5", "9"}
    assert unchanged(before, read(line("Itch", "/t/5", "/post/8"), line("Rash", "/t/9"))) == {"9"}
    assert unchanged(before, read(line("Rash", "/t/9"), line("New", "/t/11"))) == {"9"}


def test_a_date_above_a_title_counts_as_well() -> None:
    before = read(line("May 2"), line("Itch", "/t/5"), line("May 3"), line("Rash", "/t/9"))
    now = read(line("May 2"), line("Itch", "/t/5"), line("May 8"), line("Rash", "/t/9"))
    assert unchanged(before, now) == frozenset()


def test_threads_in_one_line_share_it() -> None:
    assert read(line("Itch, Rash", "/t/5", "/t/9")).keys() == {"5", "9"}
