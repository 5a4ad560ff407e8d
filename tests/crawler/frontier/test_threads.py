"""Which page of a thread is watched, and how long the others are left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from crawler.frontier.revisit import Bounds
from crawler.frontier.threads import Threads, bounds_of
from parsers import declare, read_declaration

HOST = "http://forum.example"
ONE, TWO, OTHER = f"{HOST}/t/5", f"{HOST}/t/5?page=2", f"{HOST}/t/9"
LIST = f"{HOST}/list"
DAY = timedelta(days=1)
BOUNDS = Bounds(7 * DAY, DAY, 180 * DAY)


@pytest.fixture(autouse=True)
def forum() -> Iterator[None]:
    text = 'name = "forum"\nhosts = ["forum.example"]\norigin = "http://forum.example"\n'
    declare([read_declaration(f'{text}questions = ["/t/{{id}}[?page={{page}}]"]', "forum.toml")])
    yield
    declare(())


def test_the_newest_page_stands_for_its_thread() -> None:
    threads = Threads([LIST, TWO, ONE, OTHER])
    assert [threads.newest(url) for url in (ONE, TWO, OTHER, LIST)] == [TWO, TWO, OTHER, LIST]
    assert [threads.is_full(url) for url in (ONE, TWO, OTHER, LIST)] == [True, False, False, False]
    assert ONE in threads
    assert LIST not in threads


def test_what_is_said_of_a_thread_is_said_of_its_newest_page() -> None:
    threads = Threads([ONE, TWO])
    assert threads.of_newest({ONE: "May", OTHER: None}) == {TWO: "May", OTHER: None}
    assert threads.of_newest({TWO: "June", ONE: "May"}) == {TWO: "June"}


def test_a_known_thread_is_asked_for_again_only_from_a_list_that_changed() -> None:
    threads = Threads([ONE, TWO])
    links = [LIST, ONE, OTHER]
    assert list(threads.wanted(links, from_changed_list=False)) == [LIST, OTHER]
    assert list(threads.wanted(links, from_changed_list=True)) == [LIST, TWO, OTHER]
    assert list(threads.wanted(links, from_changed_list=True, unchanged={"5"})) == [LIST, OTHER]
    assert list(threads.wanted(links, from_changed_list=True, unchanged={"9"})) == [
        LIST,
        TWO,
        OTHER,
    ]
    assert list(Threads().wanted(links, from_changed_list=False)) == links


def test_the_newest_page_is_due_at_once_and_a_full_one_is_left_alone() -> None:
    assert bounds_of(TWO, [LIST, ONE, OTHER], BOUNDS).first == timedelta()
    full = bounds_of(ONE, [LIST, TWO], BOUNDS)
    assert (full.first, full.shortest) == (7 * DAY, 7 * DAY)
    assert bounds_of(LIST, [TWO], BOUNDS) == BOUNDS
