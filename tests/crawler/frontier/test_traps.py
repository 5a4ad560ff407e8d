"""Endless calendars are cut, long lists are not."""

from __future__ import annotations

from crawler.frontier.traps import TrapGuard, shape

SITE = "http://www.netwellness.org"


def test_shape_forgets_numbers_only() -> None:
    assert shape(f"{SITE}/events/2004/06.htm?day=7") == "/events/0/0.htm?day=0"
    assert shape(f"{SITE}/events/june.htm") != shape(f"{SITE}/events/july.htm")


def test_a_chain_that_leads_to_its_own_kind_only_is_cut() -> None:
    guard = TrapGuard(patience=5, max_depth=500)
    followed = 0
    for month in range(1000):
        url = f"{SITE}/events/{month}.htm"
        if not guard.allows(url):
            break
        followed += 1
        guard.visited(url, [f"{SITE}/events/{month + 1}.htm"], has_questions=False)
    assert followed == 5
    assert guard.cut == {"/events/0.htm": 1}


def test_a_list_that_leads_to_questions_goes_on() -> None:
    guard = TrapGuard(patience=5, max_depth=500)
    for page in range(100):
        url = f"{SITE}/list/{page}.htm"
        assert guard.allows(url)
        # It has questions, though all of them were found by other ways.
        guard.visited(url, [f"{SITE}/list/{page + 1}.htm"], has_questions=True)


def test_known_traps_are_not_even_tried() -> None:
    guard = TrapGuard(patience=5, max_depth=500)
    assert not guard.allows(f"{SITE}/calendar/2004/06.htm")
    assert not guard.allows(f"{SITE}/list.cfm?sort=title")
    assert guard.cut.total() == 2
