"""Fields that a declaration selects, over what another reader reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from parsers.css import compiled
from parsers.readers.candidate import Candidate
from parsers.readers.selectors import overlay
from parsers.records import Answer, Link, Responder, TopicLink
from parsers.sites.declaration import DeclarationError, read_declaration
from tests.parsers.readers.pages import URL, open_page, site_of

PAGE = """
<html lang=en><body><h1>Forum</h1><h2 class=subject>Clicking <i>knee</i></h2>
<div class=post id=p1><b class=who>walker</b> <time datetime="2020-03-01T10:00">long ago</time>
  <div class=body><p>My knee clicks.</p><p>Should I rest?</p></div></div>
<div class=post id=p2><b class=who>Jane Roe, MD</b> <i>2 March 2020</i> <s class=best>+</s>
  <div class=body>No need.<ul><li>Walk<li>Swim</ul></div> <u>7 points</u> <a href="#p2">link</a>
  <div class=post id=p3><b class=who>runner</b> <i>3 March 2020</i>
    <div class=body>Mine clicked, too.</div> <u>-1</u></div></div>
<p class=tags><a href="/tag/knee">Knee</a> <a href="/tag/gait">Gait</a></p>
"""
WHOLE = {
    "title": "h2.subject",
    "post": "div.post",
    "text": ".body",
    "author": ".who::text",
    "answered_on": "time::attr(datetime), i",
    "accepted": ".best",
    "score": "u",
    "url": "a::attr(href)",
    "topics": ".tags a",
}
BASE = Candidate(
    "thread@1", "Forum", "Another text", (Answer("All of it"),), 0.6, warnings=("unsure",),
    origins=(("title", "h1"), ("question", "first post")), links=(Link("a", "b"),), language="en",
)  # fmt: skip


def over(
    selectors: dict[str, str], *candidates: Candidate, markup: str = PAGE, url: str = URL
) -> tuple[Candidate, ...]:
    site = replace(site_of(), selectors=selectors, language="en")
    return overlay(candidates, open_page(markup, url), site)


def only(selectors: dict[str, str], *candidates: Candidate, markup: str = PAGE) -> Candidate:
    (candidate,) = over(selectors, *candidates, markup=markup)
    return candidate


def test_a_thread_by_its_selectors_alone() -> None:
    page = only(WHOLE)
    assert page.title == "Clicking knee"
    assert page.question == "My knee clicks.\n\nShould I rest?"
    assert (page.asker, page.asked_on) == ("walker", date(2020, 3, 1))
    first, second = page.answers
    assert first == Answer(
        "No need.\n\n- Walk\n- Swim", "Jane Roe, MD", answered_on=date(2020, 3, 2), accepted=True,
        score=7, url=f"{URL}#p2",
    )  # fmt: skip
    assert second == Answer("Mine clicked, too.", "runner", answered_on=date(2020, 3, 3), score=-1)
    assert page.topics == (
        TopicLink("Knee", "https://clinic.example/tag/knee"),
        TopicLink("Gait", "https://clinic.example/tag/gait"),
    )
    assert (page.reader, page.warnings) == ("selectors@1", ())
    assert page.confidence > 0.95
    assert ("title", "selector") in page.origins


def test_a_field_alone_lies_over_the_other_reading() -> None:
    page = only({"title": "h2.subject"}, BASE)
    assert page.title == "Clicking knee"
    origins = (("title", "selector"), ("question", "first post"))
    assert page == replace(BASE, title="Clicking knee", origins=origins)


def test_a_question_of_its_own_and_every_post_an_answer() -> None:
    page = only({"question": "h2", "post": ".post"})
    assert (page.question, len(page.answers)) == ("Clicking knee", 3)


def test_the_question_within_the_first_post_is_no_answer() -> None:
    page = only({**WHOLE, "question": "#p1 .body"})
    assert page.question == "My knee clicks.\n\nShould I rest?"
    assert (page.asker, len(page.answers)) == ("walker", 2)


def test_another_reader_knows_the_question_beside_the_posts() -> None:
    page = only({"post": "#p2, #p3", "text": ".body"}, BASE)
    assert (page.question, len(page.answers)) == ("Another text", 2)


def test_posts_are_texts_where_there_is_no_post() -> None:
    page = only({"text": ".body"})
    assert page.question == "My knee clicks.\n\nShould I rest?"
    assert [answer.text for answer in page.answers] == [
        "No need.\n\n- Walk\n- Swim", "Mine clicked, too.",
    ]  # fmt: skip


def test_responders_are_people() -> None:
    page = only({"question": "#p1 .body", "post": ".post", "text": ".body", "responders": ".who"})
    assert page.answers[0].responders == (Responder("Jane Roe", ("MD",)),)


def test_a_selector_that_matches_nothing_is_a_warning() -> None:
    page = only({**WHOLE, "title": "h1.none", "author": ".nobody", "score": ".none"}, BASE)
    assert page.title == "Forum"
    assert page.warnings == (
        "the selector for title, 'h1.none', matches nothing",
        "the selector for author, '.nobody', matches nothing",
    )
    assert page.confidence < 0.8


def test_no_posts_matched_leaves_the_other_reading() -> None:
    page = only({"post": ".none"}, BASE)
    assert page.answers == BASE.answers
    assert page.warnings == ("unsure", "the selector for post, '.none', matches nothing")


def test_a_page_without_any_of_it_is_no_question_page() -> None:
    assert over({"title": "h1", "post": ".none"}) == ()


def test_a_page_of_several_questions_stays_as_it_is() -> None:
    assert over(WHOLE, BASE, BASE) == (BASE, BASE)


def test_a_page_that_is_no_html_stays_as_it_is() -> None:
    assert over(WHOLE, BASE, markup="") == (BASE,)


DECLARATION = """\
name = "clinic"
title = "The clinic"
hosts = ["clinic.example"]
questions = ["/ask/{id}/"]

[selectors]
post = "div.post"
title = "h1["
"""


def test_a_selector_that_is_no_css_is_an_error_of_the_declaration() -> None:
    with pytest.raises(DeclarationError, match=r"c\.toml, line 8: selectors\.title is no CSS: Exp"):
        read_declaration(DECLARATION, "c.toml")


def test_selectors_in_a_table_in_line() -> None:
    inline = DECLARATION.partition("[selectors]")[0] + "selectors = { title = 'a:nonsense' }\n"
    with pytest.raises(DeclarationError, match=r"line 6: selectors\.title is no CSS: The pseudo"):
        read_declaration(inline, "c.toml")


@pytest.mark.parametrize("css", ["h1[", "", ">", "a::first-line", "a:nonsense", "(" * 5000])
def test_what_is_no_css(css: str) -> None:
    with pytest.raises(ValueError, match="is no CSS"):
        compiled(css)
