"""The only post of a page: on a page that is declared to be a question, it is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parsers import read_declaration
from parsers.page.line_reader import LabelTests
from parsers.page.opened import OpenPage
from parsers.readers.candidate import Candidate
from parsers.readers.thread import read_thread
from parsers.records import Capture
from parsers.sites.site import EXPERTS, Site
from tests.parsers.readers import other_pages
from tests.parsers.readers.thread_pages import ENTRIES, KINDS, TITLE

URL = "https://forum.example/topic/tingling-77"
NO_LABELS = LabelTests(lambda image: False, lambda cell: False)
SITE = read_declaration(
    'name = "spokes"\nhosts = ["forum.example"]\nlanguage = "en"\nkeep_names = true\n'
    'questions = ["/topic/{slug}-{id:digits}"]\n',
    "spokes.toml",
)
ONE = ENTRIES[:1]
#: Kinds whose markup says of no element what it is, and those that need three posts to be made.
OTHERS = {"definition_list", "flat", "tables", "nested", "wordpress"}
KNOWN = [kind for kind in KINDS if kind not in OTHERS]


def candidates(page: str, site: Site | None = SITE, url: str = URL) -> tuple[Candidate, ...]:
    captured = datetime(2020, 6, 30, 12, tzinfo=UTC)
    capture = Capture(url, captured, page.encode(), "text/html; charset=utf-8", 200, "file", "x")
    return read_thread(OpenPage(capture, NO_LABELS), site)


@pytest.mark.parametrize("kind", KNOWN)
def test_a_post_that_stands_alone_is_a_question_without_answers(kind: str) -> None:
    (candidate,) = candidates(KINDS[kind](ONE))
    assert (candidate.title, candidate.question) == (TITLE, ONE[0].text)
    assert (candidate.asker, candidate.asked_on) == (ONE[0].author, ONE[0].day)
    assert (candidate.answers, candidate.unanswered) == ((), True)


@pytest.mark.parametrize("kind", KNOWN)
def test_on_a_further_page_it_is_an_answer(kind: str) -> None:
    (candidate,) = candidates(KINDS[kind](ONE), url=URL + "?page=2")
    assert (candidate.question, candidate.part, candidate.unanswered) == ("", 2, False)
    assert [answer.text for answer in candidate.answers] == [ONE[0].text]


@pytest.mark.parametrize(
    "site", [None, replace(SITE, questions=()), replace(SITE, answers=EXPERTS)]
)
def test_on_pages_that_nobody_declares_it_is_no_thread(site: Site | None) -> None:
    assert candidates(KINDS["phpbb3"](ONE), site) == ()


@pytest.mark.parametrize("kind", other_pages.KINDS)
def test_other_pages_of_a_declared_site_have_no_such_post(kind: str) -> None:
    assert candidates(other_pages.KINDS[kind]()) == ()
