"""Fields that a declaration selects, over what another reader reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from parsers.css import compiled, select
from parsers.readers.candidate import Candidate
from parsers.readers.selection import element_of
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
    site = replace(site_of(), selectors=selectors, language="en", keep_names=False)
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
        "No need.\n\n- Walk\n- Swim", None, (Responder("Jane Roe", ("MD",)),), date(2020, 3, 2),
        accepted=True, score=7, url=f"{URL}#p2",
    )  # fmt: skip
    assert second == Answer("Mine clicked, too.", "runner", answered_on=date(2020, 3, 3), score=-1)
    assert page.topics == (
        TopicLink("Knee", "https://clinic.example/tag/knee"),
        TopicLink("Gait", "https://clinic.example/tag/gait"),
    )
    assert (page.reader, page.warnings) == ("selectors@2", ())
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


def test_the_first_post_asks_whatever_another_reader_takes_for_the_question() -> None:
    for selectors in ({"post": ".post"}, {"post": ".post", "text": ".body"}, WHOLE):
        page = only(selectors, BASE)
        assert page.question.endswith("My knee clicks.\n\nShould I rest?")
        assert len(page.answers) == 2


def test_on_a_further_page_of_a_thread_all_posts_answer() -> None:
    (page,) = over({**WHOLE, "question": "#p0"}, replace(BASE, part=2))
    assert (page.question, page.asker, page.asked_on) == ("", None, None)
    assert [answer.author for answer in page.answers] == ["walker", None, "runner"]
    assert page.warnings == ()


def test_posts_are_texts_where_there_is_no_post() -> None:
    page = only({"text": ".body"})
    assert page.question == "My knee clicks.\n\nShould I rest?"
    assert [answer.text for answer in page.answers] == [
        "No need.\n\n- Walk\n- Swim", "Mine clicked, too.",
    ]  # fmt: skip


def test_responders_are_people() -> None:
    page = only({"question": "#p1 .body", "post": ".post", "text": ".body", "responders": ".who"})
    assert page.answers[0].responders == (Responder("Jane Roe", ("MD",)),)


THREAD = """<title>Stairs - The clinic's forum</title><h1>Stairs</h1>
<div class=entry><p class=by><b>walker</b> <i>1 March 2020</i> <em>guest</em></p>
  <p>May I climb stairs with a sore knee?</p></div>
<div class=entry><p class=by><b>Dr. Jane Roe</b> <i>2 March 2020</i> <em>staff</em></p>
  <blockquote>with a sore knee</blockquote><p>Slowly, and with a hand on the rail.</p></div>
<div class=entry><p class=by><b>Pat Doe</b> <i>3 March 2020</i> <em>staff</em></p>
  <p>Come and see us when it swells.</p><u>many</u></div>
"""
READ = Candidate(
    "thread@1", "Stairs", "May I climb stairs with a sore knee?",
    (
        Answer("> with a sore knee\n\nSlowly, and with a hand on the rail.", None,
               (Responder("Jane Roe", ("Dr.",), "staff"),), date(2020, 3, 2), score=4),
        Answer("Come and see us when it swells.", "Pat Doe", (), date(2020, 3, 3), accepted=True,
               url="https://clinic.example/#3"),
    ),
    0.9, asker="walker", asked_on=date(2020, 3, 1),
)  # fmt: skip


def test_posts_without_selected_texts_are_those_that_another_reader_read() -> None:
    for selectors in (
        {"post": ".entry"},
        {"post": ".entry", "text": ".none", "author": "b"},
        {"post": ".entry", "text": "p:not(.by), blockquote", "answered_on": "i"},
        {"text": ".entry p:not(.by)"},
    ):
        page = only(selectors, READ, markup=THREAD)
        assert (page.question, page.asker) == (READ.question, "walker")
        assert page.asked_on == date(2020, 3, 1)
        if "post" in selectors:
            assert page.answers == READ.answers


def test_texts_that_nobody_read_have_no_names_in_them() -> None:
    for author in ({}, {"author": "b"}, {"author": "b::text", "answered_on": "i"}):
        page = only({"post": ".entry", **author}, markup=THREAD)
        assert page.question == "May I climb stairs with a sore knee?"
        assert page.answers[0].text == "> with a sore knee\n\nSlowly, and with a hand on the rail."


def test_texts_that_nobody_read_and_no_selector_selects_are_a_guess() -> None:
    page = only({"post": ".entry"}, markup=THREAD)
    assert page.warnings == ("the texts of posts are a guess: no selector selects them",)
    assert page.confidence < 0.8
    page = only({"post": ".entry"}, READ, markup=THREAD)
    assert (page.warnings, page.confidence) == ((), 0.97)


def test_the_first_post_asks_where_the_selected_question_is_not_there() -> None:
    page = only({"post": ".entry", "question": ".none"}, READ, markup=THREAD)
    assert (page.question, len(page.answers)) == (READ.question, 2)
    assert page.warnings == ("the selector for question, '.none', matches nothing",)


def test_a_name_in_a_line_of_its_own_is_no_text() -> None:
    markup = (
        "<div class=a>Rose Miller<p>It hurts.<p>What now?</div><div class=a>Bo<p>Rest it.</div>"
    )
    page = only({"post": ".a"}, markup=markup)
    assert page.question == "It hurts.\n\nWhat now?"
    assert [answer.text for answer in page.answers] == ["Rest it."]


@pytest.mark.parametrize(
    "post",
    ["<b>Bo</b><br>Rest it<br><i>3 March 2020</i>", "Rest it<p><b>Bo</b>, 3 March 2020",
     "<b>Bo</b>: Rest it", "<p><b>Bo</b><br>Guest<br>Posts: 3<br>3 March 2020<p>Rest it",
     "Rest it<p>3 March 2020"],
)  # fmt: skip
def test_short_posts_keep_their_text(post: str) -> None:
    for selectors in ({}, {"author": "b"}) if post.startswith("<") else ({"author": "b"},):
        page = only({"post": ".a", **selectors}, markup=f"<div class=a>{post}</div>")
        if post.count("<") > 2 or selectors:
            assert page.question.lstrip(": ") == "Rest it"


def test_a_short_name_is_no_part_of_a_word() -> None:
    page = only(
        {"post": ".a", "author": "b"}, markup="<p class=a><b>an</b><br>Any ankle<br>It aches."
    )
    assert page.question == "Any ankle\nIt aches."


def test_days_within_a_text_stay() -> None:
    text = "It began slowly.\n\n3 March 2020 it clicked\n\nThen it swelled.\n\nAnd so on."
    paragraphs = text.replace("\n\n", "<p>")
    page = only({"post": ".a"}, markup=f"<div class=a><b>Bo</b><p>{paragraphs}</div>")
    assert page.question == text


def test_a_selected_text_is_without_the_selected_name_and_day() -> None:
    page = only({"post": ".entry", "text": ".entry", "author": "b", "answered_on": "i"},
                markup=THREAD)  # fmt: skip
    assert page.question == "guest\n\nMay I climb stairs with a sore knee?"


def test_short_texts_are_no_others() -> None:
    base = replace(READ, answers=(Answer("Slowly.", "somebody"), *READ.answers))
    page = only({"post": ".entry", "text": "p:not(.by)", "answered_on": "i"}, base, markup=THREAD)
    assert page.answers[0].responders == READ.answers[0].responders
    base = replace(READ, answers=(Answer("Slowly,", "somebody"),))
    page = only({"post": ".entry", "text": "p:not(.by)"}, base, markup=THREAD)
    assert page.answers[0].author is None


def test_the_post_of_the_question_is_no_answer_on_any_page() -> None:
    selectors = {"post": ".entry", "text": "p:not(.by)", "author": "b"}
    for question in (".entry:has(blockquote)", "blockquote", "blockquote::text"):
        page = only({**selectors, "question": question}, markup=THREAD)
        assert [answer.author for answer in page.answers] == ["walker", "Pat Doe"]
        (page,) = over({**selectors, "question": question}, replace(READ, part=2), markup=THREAD)
        assert page.question == ""
        assert [answer.author for answer in page.answers] == ["walker", "Pat Doe"]


def test_who_asks_is_not_who_wrote_the_first_of_the_answers() -> None:
    page = only({"post": ".entry", "text": "p:not(.by)", "question": "h1"}, READ, markup=THREAD)
    assert (page.question, page.asker, len(page.answers)) == ("Stairs", None, 3)


def test_experts_among_the_authors() -> None:
    selectors = {"post": ".entry", "text": "p:not(.by)", "author": "b"}
    page = only(selectors, markup=THREAD)
    assert page.answers[0].responders == (Responder("Jane Roe", ("Dr.",)),)
    assert page.answers[1].author == "Pat Doe"
    known = replace(READ.answers[1], author=None, responders=(Responder("Pat Doe", title="Nurse"),))
    page = only(selectors, replace(READ, answers=(READ.answers[0], known)), markup=THREAD)
    assert [answer.author for answer in page.answers] == [None, None]
    assert page.answers[0].responders == READ.answers[0].responders
    assert page.answers[1].responders == known.responders


def test_another_author_is_not_the_expert_that_another_reader_saw() -> None:
    other = replace(READ.answers[1], author=None, responders=(Responder("Al", title="Nurse"),))
    page = only(
        {"post": ".entry", "text": "p:not(.by)", "author": "b"},
        replace(READ, answers=(other,)), markup=THREAD,
    )  # fmt: skip
    assert (page.answers[1].author, page.answers[1].responders) == ("Pat Doe", ())


def test_responders_where_staff_and_public_answer() -> None:
    selectors = {
        "post": ".entry", "text": "p:not(.by)", "author": "b",
        "responders": ".by:has(em:contains(staff)) b",
    }  # fmt: skip
    page = only(selectors, markup=THREAD)
    assert page.asker == "walker"
    assert [answer.responders for answer in page.answers] == [
        (Responder("Jane Roe", ("Dr.",)),), (Responder("Pat Doe"),),
    ]  # fmt: skip
    texts = only({**selectors, "responders": ".by b::text"}, markup=THREAD)
    assert texts.answers[0].responders == (Responder("Jane Roe", ("Dr.",)),)


def test_what_many_pages_do_not_have_is_not_missed() -> None:
    rare = ("responders", "accepted", "score", "answered_on", "topics", "url", "asker", "asked_on")
    page = only({"post": ".entry", **dict.fromkeys(rare, ".none")}, READ, markup=THREAD)
    assert (page.warnings, page.confidence) == ((), 0.97)


def test_a_field_of_some_posts_alone_is_not_missed() -> None:
    page = only({"post": ".entry", "text": "blockquote", "author": "b"}, READ, markup=THREAD)
    assert (page.warnings, page.confidence) == ((), 0.97)
    assert page.answers[0].text == "with a sore knee"
    assert page.answers[1] == READ.answers[1]


def test_the_title_that_is_not_selected() -> None:
    assert only({"post": ".entry"}, markup=THREAD).title == "Stairs"
    assert only({"post": ".entry"}, replace(READ, title="Up"), markup=THREAD).title == "Up"
    assert only({"post": ".entry"}, markup=THREAD.replace("h1", "h4")).title.startswith("Stairs -")


def test_a_score_that_is_no_number_is_a_warning() -> None:
    page = only({"post": ".entry", "score": "u, em"}, READ, markup=THREAD)
    assert page.warnings == ("the selector for score, 'u, em', matches no number",)
    assert ([answer.score for answer in page.answers], page.confidence) == ([4, None], 0.97)


def test_many_posts_within_each_other_and_alike() -> None:
    markup = "<div class=entry><b>a</b> yes " * 1500
    page = only({"post": ".entry", "author": "b"}, markup=markup)
    assert len(page.answers) < 1500
    many = tuple(Answer("yes it is", f"n{number}") for number in range(3000))
    markup = "".join(f"<div class=entry>n{number}<p>yes it is</div>" for number in range(3001))
    page = only(
        {"post": ".entry"}, replace(READ, question="yes it is", answers=many), markup=markup
    )
    assert [answer.author for answer in page.answers] == [answer.author for answer in many]


QUOTING = """<div class=a><b>walker</b><div class=t>It clicks.<br>Is that bad?</div></div>
<div class=a><b>runner</b><div class=t><div class=quote><cite>walker wrote:</cite> Is that
bad?</div>No.</div></div>"""


@pytest.mark.parametrize(
    "selectors", [{"post": ".a", "text": ".t"}, {"text": ".t"}, {"post": ".a"}]
)
def test_quotes_are_marked_and_do_not_say_who_is_quoted(selectors: dict[str, str]) -> None:
    page = only({**selectors, "author": "b"}, markup=QUOTING)
    assert page.question == "It clicks.\nIs that bad?"
    assert [answer.text for answer in page.answers] == ["> Is that bad?\n\nNo."]
    site = replace(site_of(), selectors=selectors, keep_names=True)
    (page,) = overlay((), open_page(QUOTING), site)
    assert page.answers[0].text.startswith("> walker wrote:")


def test_the_text_in_an_element_is_all_of_it() -> None:
    markup = QUOTING.replace("It clicks.", "")
    page = only({"post": ".a", "text": ".t::text"}, markup=markup)
    assert page.question == "Is that bad?"


def test_texts_know_in_which_element_they_are() -> None:
    tree = open_page("<p>one<br>two <b>three</b> four").tree
    assert tree is not None
    assert [(match, element_of(match).tag) for match in select("p::text", tree)] == [
        ("one", "p"), ("two ", "p"), (" four", "p"),
    ]  # fmt: skip


def test_days_are_read_in_one_order() -> None:
    markup = "".join(f"<p class=a><i>{day}</i> Yes, {day}.</p>" for day in
                     ("05/06/2013", "06/06/2013", "13/06/2013"))  # fmt: skip
    page = only({"post": ".a", "answered_on": "i"}, markup=markup)
    assert page.asked_on == date(2013, 6, 5)
    assert [answer.answered_on for answer in page.answers] == [
        date(2013, 6, 6), date(2013, 6, 13),
    ]  # fmt: skip


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
    assert (page.reader, page.confidence) == (BASE.reader, BASE.confidence)
    page = only({**WHOLE, "title": "h5", "post": ".none"}, BASE)
    assert page.confidence == BASE.confidence


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
