"""Posts of blogs: the text alone, who wrote it and when, the comments of the public."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.readers.best import read_page, undeclared
from parsers.readers.labelled import read_labelled
from parsers.records import Answer, QAPage, Responder
from parsers.sites.address import QuestionAddress
from parsers.sites.site import EXPERTS, Site
from tests.parsers.readers import blog_pages as blogs
from tests.parsers.readers.pages import open_page, site_of

URL = "https://clinic.example/thumb/"
KERN = Responder("Ida Kern", ("Dr.", "MD"), url="https://clinic.example/author/ida/")
DAY = date(2019, 4, 1)


def read(markup: str, url: str = URL, site: Site | None = None) -> tuple[QAPage, ...]:
    site = site or undeclared(url)[0]
    return read_page(open_page(markup, url), site, QuestionAddress("thumb")).pages


def only(markup: str, url: str = URL, site: Site | None = None) -> QAPage:
    (page,) = read(markup, url, site)
    return page


def answers(page: QAPage) -> list[tuple[str, str | None, date | None]]:
    """Text, name and day of each answer; of experts their first name's words."""
    return [
        (each.text, each.author or (each.responders[0].name if each.responders else None),
         each.answered_on)
        for each in page.answers
    ]  # fmt: skip


# The post ---------------------------------------------------------------------------------


def test_a_post_is_read_without_what_is_around_it() -> None:
    page = only(blogs.wordpress())
    assert (page.title, page.question) == ("Clicking thumbs", blogs.QUESTION)
    assert page.answers == (Answer(blogs.ANSWER, None, (KERN,), DAY),)
    assert (page.confidence, page.warnings, page.parser) == (1.0, (), "labelled@1")


def test_what_is_shared_related_or_filed_is_no_answer() -> None:
    beside = (
        "<div class='sharedaddy'><h3>Share this:</h3><a href='?share=x'>Elsewhere</a></div>"
        "<div id='jp-relatedposts'><h3>Related</h3><p>Wrists in winter</p></div>"
        "<p>Filed under: <a href='/hands/'>hands</a></p><p>Tags: wool, thumbs</p>"
    )
    assert only(blogs.wordpress(blogs.TEXT + beside)).answers[0].text == blogs.ANSWER


@pytest.mark.parametrize(
    ("markup", "title", "wanted"),
    [
        (blogs.DRUPAL, "Itching knees",
         [("Wool is rough.", "Tom Alder", date(2017, 1, 6)),
          ("Silk is smooth.", "heath", date(2017, 1, 7))]),
        (blogs.BLOGGER, "Dry hands",
         [("A cream at night.\n\nGloves as well.", "Fay Hollis", date(2012, 4, 3)),
          ("Gloves it is.", "moss", date(2012, 4, 4))]),
        (blogs.STATIC, "Schnupfen",
         [("Ohne Fieber ja.", "Ute Brandt", date(2016, 7, 4)),
          ("Danke.", "Nico", date(2016, 7, 5))]),
        (blogs.OLD_THEME, "Cold toes",
         [("Socks.", None, None), ("Two pairs.", "wren", date(2019, 4, 2))]),
    ],
    ids=["drupal", "blogger", "static", "old theme"],
)  # fmt: skip
def test_other_software(
    markup: str, title: str, wanted: list[tuple[str, str | None, date | None]]
) -> None:
    page = only(markup)
    assert page.title == title
    assert answers(page) == wanted
    assert not page.answers[0].author


def test_each_question_of_a_post_has_its_day_and_doctor() -> None:
    pairs = "".join(f"<p><b>Q:</b> Why is it {n}?</p><p><b>A:</b> So it is.</p>" for n in "abc")
    pages = read(blogs.wordpress(pairs))
    assert [page.question for page in pages] == [f"Why is it {n}?" for n in "abc"]
    assert [page.answers[0].responders for page in pages] == [(KERN,)] * 3
    assert {page.answered_on for page in pages} == {DAY}


def test_the_day_of_a_review_is_not_that_of_the_answer() -> None:
    markup = blogs.wordpress().replace("Published <time class='entry-date published updated'",
                                       "Last reviewed: <time")  # fmt: skip
    assert only(markup).answered_on is None


def test_a_doctor_named_by_half_is_the_one_who_wrote_the_post() -> None:
    text = blogs.TEXT.replace(
        "<strong>Answer:</strong> ", "<strong>Dr. Kern answers:</strong></p><p>"
    )
    assert only(blogs.wordpress(text)).answers[0].responders == (KERN,)


def test_a_name_without_a_title_is_an_experts_where_experts_answer() -> None:
    markup = blogs.wordpress(comments=blogs.comment(2, "wren", "So do I."), author="Ida Kern")
    assert only(markup).answers[0].responders == ()
    first, second = only(markup, site=replace(site_of(URL), answers=EXPERTS)).answers
    assert [each.name for each in first.responders] == ["Ida Kern"]
    assert (second.author, second.responders) == ("wren", ())


_THANKS = "".join(blogs.comment(n, f"wren {n}", f"Thanks, {n}.") for n in range(1, 5))

# Questions without labels -------------------------------------------------------------------

_REPLY = "<p>You may, but rest it between the rows of the pattern.</p>"


@pytest.mark.parametrize(
    ("lead", "question"),
    [
        (f"<blockquote><p>{blogs.QUESTION}</p></blockquote>", blogs.QUESTION),
        (f"<p><em>Dear Dr. Kern,<br>{blogs.QUESTION}<br>Knitting in Kiel</em></p>",
         f"Dear Dr. Kern,\n{blogs.QUESTION}\nKnitting in Kiel"),
        (f"<p><b>{blogs.QUESTION}</b></p>", blogs.QUESTION),
    ],
    ids=["quote", "letter", "bold"],
)  # fmt: skip
def test_a_question_that_stands_out_in_a_column(lead: str, question: str) -> None:
    page = only(blogs.wordpress(lead + _REPLY))
    assert page.question == question
    assert [each.responders for each in page.answers] == [(KERN,)]
    assert page.confidence < 1
    assert page.warnings


@pytest.mark.parametrize(
    "markup",
    [
        blogs.wordpress(f"<p><em>What is a thumb?</em></p>{_REPLY}", site="Wool & Co", author="jo"),
        blogs.wordpress(f"<p>{blogs.QUESTION}</p>{_REPLY}"),
        blogs.wordpress(f"<p><b>Why wool?</b></p>{_REPLY}"),
        blogs.wordpress(f"<p><b>{blogs.QUESTION}</b></p>{_REPLY}" * 2),
        blogs.wordpress("<h2>Thumbs</h2>" + _REPLY * 9),
        blogs.wordpress("<h2>Thumbs</h2>" + _REPLY * 9, _THANKS),
        blogs.index("Clicking thumbs", "Cold wrists", "Dry hands"),
    ],
    ids=["no column", "plain", "short", "interview", "article", "comments", "front page"],
)  # fmt: skip
def test_what_asks_nothing_is_none(markup: str) -> None:
    assert read(markup) == ()


# Comments -----------------------------------------------------------------------------------


def test_comments_are_answers_in_their_order() -> None:
    reply = blogs.comment(3, "Dr. Ida Kern, MD", "Both thumbs.")
    inside = f"<ol class='children'>{reply}</ol>"
    comments = blogs.comment(2, "wren", "The left one too?", inside)
    page = only(blogs.wordpress(comments=comments + blogs.comment(4, "old oak", "Mine hums.")))
    assert answers(page)[1:] == [
        ("The left one too?", "wren", date(2019, 4, 2)),
        ("Both thumbs.", "Ida Kern", date(2019, 4, 3)),
        ("Mine hums.", "old oak", date(2019, 4, 4)),
    ]
    assert [each.url for each in page.answers] == [None, *(f"{URL}#comment-{n}" for n in (2, 3, 4))]
    assert page.answers[2].author is None


def test_further_pages_of_comments_have_comments_alone() -> None:
    markup = blogs.wordpress(comments=blogs.comment(5, "wren", "Still here."))
    page = only(markup, f"{URL}comment-page-2/")
    assert (page.part, page.question) == (2, "")
    assert answers(page) == [("Still here.", "wren", date(2019, 4, 5))]


def test_a_trackback_is_no_comment() -> None:
    ping = blogs.comment(2, "Elsewhere", "[...] thumbs [...]").replace("even", "pingback")
    assert len(only(blogs.wordpress(comments=ping)).answers) == 1


# Any page -----------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    ("<article>", "</article>", "<div class='entry-content'>", "<div class=post>", "</div>",
     "<div id=comments>", "<li id=comment-1 class=comment>", "<li class=comment>", "</li>",
     "<b class=fn>wren</b>", "<time datetime=2019-04-02>", "<span class=author>Dr. Kern, MD</span>",
     "<h1>Thumbs</h1>", "<h2><a href=/x/>Two words</a></h2>", "<p>Question: why?</p>",
     "<p>Answer: so.</p>", "<blockquote>Why so?</blockquote>", "<footer class=meta>", "</footer>",
     "<p>By Jane Roe, MD on May 4, 2019</p>", "<aside>", "</aside>", "So it is, and so it stays.",
     "<title>Ask Dr. Kern</title>", "Tags: wool", "<ol class=comment-list>", "</ol>")
)  # fmt: skip


@given(st.lists(_PIECES, max_size=30))
def test_no_page_is_too_odd(pieces: list[str]) -> None:
    markup = "".join(pieces)
    read(markup)
    for candidate in read_labelled(open_page(markup, f"{URL}comment-page-2/"), site_of(URL)):
        assert candidate.question or candidate.part > 1
        assert all(answer.text for answer in candidate.answers)


_MANY = (
    "<article><h2><a href=/x/>Two words</a></h2>", "<li id=comment-1 class=comment>x",
    "<div class='entry-content'>", "<div class=comment id=comments>", "<div class=meta>",
    "<footer class=meta>By Jane Roe, MD", "<span class=author>wren</span>", "<blockquote>Why?",
    "<time datetime=2019-04-02>", "<p>Tags: wool</p>", "<p>By Jane Roe on May 4, 2019</p>",
    "<ol class=comment-list><li><b class=author>wren</b>x", "<aside>",
)  # fmt: skip


@pytest.mark.slow
def test_time_grows_with_the_size_of_a_page_alone() -> None:
    """Each of these would take many minutes otherwise; a process of its own can be ended."""
    code = (
        "from tests.parsers.readers import blog_pages as blogs\n"
        "from tests.parsers.readers.test_labelled_post import _MANY, read\n"
        "for piece in _MANY:\n"
        "    print(repr(piece), flush=True)\n"
        "    many = piece * (60_000 // len(piece))\n"
        "    for body in (many, blogs.wordpress(many), blogs.wordpress(comments=many)):\n"
        "        read(body)\n"
        "    numbered = ''.join(f'<li id=comment-{n}><b class=fn>a</b>b' for n in range(3000))\n"
        "    read(blogs.wordpress(comments=numbered))\n"
    )
    subprocess.run([sys.executable, "-c", code], timeout=240, check=True)
