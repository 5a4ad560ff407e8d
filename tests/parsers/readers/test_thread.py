"""Threads in the markup of many kinds of software: every field of every kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import pytest

from parsers.page.line_reader import LabelTests
from parsers.page.opened import OpenPage
from parsers.readers.candidate import Candidate
from parsers.readers.thread import read_thread
from parsers.records import Capture, Responder
from tests.parsers.readers import other_pages
from tests.parsers.readers.thread_pages import ENTRIES, KINDS, TITLE, Entry, breaks, us

URL = "https://forum.example/topic/tingling-77"
NO_LABELS = LabelTests(lambda image: False, lambda cell: False)
FEW = ENTRIES[:3]
each_kind = pytest.mark.parametrize("kind", KINDS)
#: Kinds whose posts have neither an address nor an anchor.
WITHOUT_ADDRESS = {"discourse"}


def candidates(page: str, url: str = URL) -> tuple[Candidate, ...]:
    captured = datetime(2020, 6, 30, 12, tzinfo=UTC)
    capture = Capture(url, captured, page.encode(), "text/html; charset=utf-8", 200, "file", "x")
    return read_thread(OpenPage(capture, NO_LABELS), None)


def thread(page: str, url: str = URL) -> Candidate:
    (candidate,) = candidates(page, url)
    return candidate


@lru_cache(maxsize=64)
def of_kind(kind: str) -> Candidate:
    return thread(KINDS[kind](ENTRIES))


def unquoted(text: str) -> str:
    return "\n\n".join(part for part in text.split("\n\n") if not part.startswith(">"))


@each_kind
def test_title(kind: str) -> None:
    assert of_kind(kind).title == TITLE


@each_kind
def test_question(kind: str) -> None:
    assert of_kind(kind).question == ENTRIES[0].text


@each_kind
def test_who_asks(kind: str) -> None:
    assert of_kind(kind).asker == ENTRIES[0].author


@each_kind
def test_when_it_was_asked(kind: str) -> None:
    assert of_kind(kind).asked_on == ENTRIES[0].day


@each_kind
def test_answers(kind: str) -> None:
    texts = [unquoted(answer.text) for answer in of_kind(kind).answers]
    assert texts == [entry.text for entry in ENTRIES[1:]]


@each_kind
def test_authors(kind: str) -> None:
    assert [a.author for a in of_kind(kind).answers] == [entry.author for entry in ENTRIES[1:]]


@each_kind
def test_days(kind: str) -> None:
    assert [a.answered_on for a in of_kind(kind).answers] == [entry.day for entry in ENTRIES[1:]]


@each_kind
def test_addresses(kind: str) -> None:
    for answer, entry in zip(of_kind(kind).answers, ENTRIES[1:], strict=True):
        if kind in WITHOUT_ADDRESS:
            assert answer.url is None
        else:
            assert answer.url is not None
            assert answer.url.startswith("https://forum.example/")
            assert str(entry.number) in answer.url


@each_kind
def test_three_posts_are_enough(kind: str) -> None:
    candidate = thread(KINDS[kind](FEW))
    assert candidate.question == FEW[0].text
    assert [unquoted(answer.text) for answer in candidate.answers] == [e.text for e in FEW[1:]]
    assert [answer.author for answer in candidate.answers] == [e.author for e in FEW[1:]]


@each_kind
def test_part_and_evidence(kind: str) -> None:
    assert of_kind(kind).part == 1
    assert 0.6 < of_kind(kind).confidence <= 1


@pytest.mark.parametrize("kind", ["phpbb3", "xenforo2"])
def test_a_quote_is_told_from_what_is_answered(kind: str) -> None:
    whom, what = ENTRIES[2].quotes or ("", "")
    quoted = [line for line in of_kind(kind).answers[1].text.split("\n") if line.startswith("> ")]
    assert whom in quoted[0]
    assert any(what in line for line in quoted)


def test_signatures_are_no_text() -> None:
    assert "Life is a climb" not in " ".join(a.text for a in of_kind("vbulletin3").answers)
    assert "Ride on" not in " ".join(answer.text for answer in of_kind("phpbb3").answers)


def test_accepted_and_scores() -> None:
    answers = of_kind("stackexchange").answers
    assert [answer.accepted for answer in answers] == [False, True, False, False]
    assert [answer.score for answer in answers] == [6, 5, 4, 3]


def test_remarks_on_an_answer_are_no_part_of_it() -> None:
    assert "standing up" not in " ".join(a.text for a in of_kind("stackexchange").answers)


@pytest.mark.parametrize("kind", other_pages.KINDS)
def test_other_pages_are_no_threads(kind: str) -> None:
    assert candidates(other_pages.KINDS[kind]()) == ()


@pytest.mark.parametrize("url", [f"{URL}?page=2", f"{URL}/page-2", f"{URL}/page/2/"])
def test_a_further_page_answers_only(url: str) -> None:
    candidate = thread(KINDS["xenforo2"](ENTRIES), url)
    assert (candidate.part, candidate.question, candidate.asker) == (2, "", None)
    assert [unquoted(a.text) for a in candidate.answers] == [entry.text for entry in ENTRIES]


@pytest.mark.parametrize(
    "pager",
    [
        "<div class=pagination>Page 3 of 7</div>",
        "<div class=pagination>Seite 3 von 7</div>",
        '<ul class="pager"><li><a href="?p1">1</a><li><strong>3</strong></ul>',
        '<nav class="pageNav"><li class="page page--current"><a href="x">3</a></nav>',
    ],
)
def test_a_page_says_which_it_is(pager: str) -> None:
    page = KINDS["phpbb3"](ENTRIES).replace("<div class=footer>", f"{pager}<div class=footer>")
    assert thread(page).part == 3


def _column(*, by: Callable[[Entry], str]) -> str:
    posts = "".join(
        f'<div class="reply" id="r{e.number}"><p class="byline">{by(e)}</p>'
        f'<p class="when">{us(e)}</p><div class="what">{e.text}</div></div>'
        for e in ENTRIES
    )
    return f"<html><title>{TITLE}</title><body><h1>{TITLE}</h1>{posts}</body></html>"


def test_who_signs_with_a_degree_is_an_expert() -> None:
    page = _column(by=lambda e: "Jane Roe, MD" if e.author == "Marta_K" else e.author)
    answers = thread(page).answers
    assert answers[0].responders == (Responder("Jane Roe", ("MD",)),)
    assert answers[0].author is None
    assert answers[1].responders == ()


@pytest.mark.parametrize("role", ["Doctor", "Verified expert", "Facharzt", "Médecin", "副主任医师"])
def test_whom_the_page_calls_an_expert_is_one(role: str) -> None:
    def by(e: Entry) -> str:
        badge = f" <em>{role}</em>" if e.author == "Marta_K" else " <em>Member</em>"
        return f'<span class="name">{e.author}</span>{badge}'

    answers = thread(_column(by=by)).answers
    assert answers[0].responders == (Responder("Marta_K", title=role),)
    assert answers[1].author == "old.oak"


def test_a_heading_that_asks_is_the_question_where_all_posts_answer() -> None:
    posts = "".join(
        f'<div class="paragraph"><div class="text">{breaks(e)}</div><div class="item-profile">'
        f'<a href="/profile.asp?id={n}">{e.author}</a></div></div>'
        for n, e in enumerate(ENTRIES[1:])
    )
    page = (
        f"<html><title>{TITLE} | Ask</title><body><h1>{TITLE}</h1>"
        f'<div class="publish-date">12 April 2017, 18:30</div><div>4 answers</div>{posts}'
    )
    candidate = thread(page)
    assert candidate.question == TITLE
    assert candidate.asked_on == date(2017, 4, 12)
    assert [answer.text for answer in candidate.answers] == [entry.text for entry in ENTRIES[1:]]


def test_days_that_are_counted_are_said_to_be() -> None:
    page = KINDS["fluxbb"](ENTRIES)
    for entry in ENTRIES:
        page = page.replace(
            f"{entry.day} 10:46:47", f"{(date(2020, 6, 30) - entry.day).days} days ago"
        )
    candidate = thread(page)
    assert [answer.answered_on for answer in candidate.answers] == [e.day for e in ENTRIES[1:]]
    assert candidate.warnings


def test_the_page_says_the_language() -> None:
    assert of_kind("phpbb3").language == "en"


#: Kinds that need a hint: a score, a by-line or a count of posts would else be text.
NEEDS_CLASSES = {"stackexchange", "machina", "drupal"}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - NEEDS_CLASSES))
def test_without_classes_posts_are_known_by_what_repeats(kind: str) -> None:
    page = re.sub(r' (?:class|id|itemprop|itemtype|rel|title|data-\w+)="[^"]*"', "",
                  KINDS[kind](ENTRIES))  # fmt: skip
    candidate = thread(page)
    assert candidate.question == ENTRIES[0].text
    assert [unquoted(answer.text) for answer in candidate.answers] == [e.text for e in ENTRIES[1:]]
    assert [answer.author for answer in candidate.answers] == [e.author for e in ENTRIES[1:]]
    assert [answer.answered_on for answer in candidate.answers] == [e.day for e in ENTRIES[1:]]


def test_comments_below_an_article_are_no_thread() -> None:
    page = KINDS["wordpress"](ENTRIES).replace(TITLE, "What the nerve of the elbow does")
    first = f"<p>{ENTRIES[0].paragraphs[0]}</p>"
    assert candidates(page) != ()
    assert candidates(page.replace(first, first * 40)) == ()


def test_a_letter_that_stands_for_a_picture_is_no_name() -> None:
    page = KINDS["xenforo2"](ENTRIES)
    page = re.sub(r'class="avatar"><img alt="(\w)[^"]*">', r'class="avatar"><span>\1</span>', page)
    assert [a.author for a in thread(page).answers] == [entry.author for entry in ENTRIES[1:]]


def test_a_feed_is_no_thread() -> None:
    items = "".join(
        f"<item><title>{TITLE}</title><author>{e.author}</author><pubDate>{us(e)}</pubDate>"
        f"<description>{e.text}</description></item>"
        for e in ENTRIES
    )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'
    assert candidates(feed) == ()


def test_a_line_of_who_and_when_may_be_one_text() -> None:
    page = "".join(
        f'<div class="comment"><h3>Re: {TITLE}</h3><div class="submitted">Submitted by {e.author} '
        f"(not verified) on Tue, {e.day:%d/%m/%Y} - 11:01.</div><p>{e.text}</p>"
        "</div>"
        for e in ENTRIES
    )
    candidate = thread(f"<title>{TITLE}</title><h1>{TITLE}</h1>{page}")
    assert (candidate.asker, candidate.asked_on) == (ENTRIES[0].author, ENTRIES[0].day)
    assert [a.author for a in candidate.answers] == [entry.author for entry in ENTRIES[1:]]
    assert [a.answered_on for a in candidate.answers] == [entry.day for entry in ENTRIES[1:]]


def test_the_title_is_that_of_the_posts_and_not_that_of_the_site() -> None:
    banner = '<div class="headerbar" role="banner"><h1>Spokes forum of the whole valley</h1></div>'
    page = KINDS["phpbb3"](ENTRIES).replace("Spokes forum", "Spokes forum of the whole valley")
    assert thread(page.replace("<div id=wrap>", f"<div id=wrap>{banner}")).title == TITLE


@pytest.mark.parametrize("label", [
    '<div class="box"><p>Code: <a href="#">Select all</a></p><pre><code>{}</code></pre></div>',
    '<div class="codeheader">Code: <a href="#">[Select]</a></div><code class="block"><pre>{}</pre>'
    "</code>",
    '<div class="box"><div>Quellcode:</div><pre>{}</pre></div>',
])  # fmt: skip
def test_what_says_that_code_follows_is_no_text(label: str) -> None:
    page = KINDS["phpbb3"](ENTRIES)
    after = ENTRIES[1].paragraphs[0]
    code = label.format("7 am 91.9\nnoon 99.1")
    answer = thread(page.replace(after, f"{after}<br>{code}")).answers[0]
    assert answer.text == f"{after}\n\n    7 am 91.9\n    noon 99.1"


def test_what_many_say_is_still_what_they_say() -> None:
    often = "<ul><li>keep it warm</li><li>sleep enough</li></ul><p>I would give it a week.</p>"
    page = KINDS["machina"](ENTRIES)
    for entry in ENTRIES[1:4]:
        page = page.replace(
            f"<p>{entry.paragraphs[-1]}</p>", f"<p>{entry.paragraphs[-1]}</p>{often}"
        )
    for answer in thread(page).answers[:3]:
        assert answer.text.endswith("- keep it warm\n- sleep enough\n\nI would give it a week.")


def test_a_video_of_somebody_is_not_by_whom_the_post_is() -> None:
    link = '<a href="https://videos.example/user/bikes">https://videos.example/user/bikes</a>'
    page = KINDS["phpbb2"](ENTRIES)
    for entry in ENTRIES:
        page = page.replace(entry.paragraphs[0], f"{entry.paragraphs[0]}<br>{link}")
    assert [a.author for a in thread(page).answers] == [entry.author for entry in ENTRIES[1:]]


def test_the_newest_threads_below_the_posts_are_none() -> None:
    page = KINDS["vbulletin3"](ENTRIES)
    rows = "".join(
        f'<div class="latest"><a href="/other-{n}.html" itemprop="headline">{title}</a><div>'
        f'<span>Today 0{n}:10 AM</span> by <a href="member.php?u={n}">Asta</a></div></div>'
        for n, title in enumerate(("Which lamp to buy", "A rim that bends", "Mud guards for all"))
    )
    candidate = thread(page.replace("<div class=footer>", f"{rows}<div class=footer>"))
    assert [unquoted(answer.text) for answer in candidate.answers] == [e.text for e in ENTRIES[1:]]


def test_who_responded_is_named_before_it() -> None:
    page = "".join(
        f'<div id="r{e.number}"><div class="when">{us(e)}</div><div><a href="/story/{e.number}">'
        f'{e.author}</a> responded:</div><div class="post_fmt">{breaks(e)}</div></div>'
        for e in ENTRIES
    )
    candidate = thread(f"<title>{TITLE}</title><h1>{TITLE}</h1>{page}")
    assert [a.author for a in candidate.answers] == [entry.author for entry in ENTRIES[1:]]


def test_details_of_the_author_in_the_same_row_are_no_text() -> None:
    page = "".join(
        f'<table class="box"><tr class="row1"><td><b class="postauthor">{e.author}</b></td><td>'
        f"Posted: {us(e)}, 2:30 am</td></tr><tr class=row1><td>Joined: July 26th, 2012<br>"
        f'Bicycle: one of {e.number}</td><td><div class="postbody">{breaks(e)}</div></td></tr>'
        "</table>"
        for e in ENTRIES[:3]
    )
    candidate = thread(f"<title>{TITLE}</title><h1>{TITLE}</h1>{page}")
    assert candidate.question == ENTRIES[0].text
    assert [answer.text for answer in candidate.answers] == [e.text for e in ENTRIES[1:3]]


def test_the_name_of_a_picture_is_no_title() -> None:
    page = KINDS["phpbb3"](ENTRIES)
    logo = "<h1><a href='/'><svg><title>Made with a tool</title></svg>Spokes</a></h1>"
    assert thread(page.replace("<div id=wrap>", f"<div id=wrap>{logo}")).title == TITLE


def test_a_form_below_the_posts_is_none() -> None:
    form = (
        '<div class="post"><p class="author">by <strong class="username">Your name</strong></p>'
        '<div class="content"><form>Password: <input type="password"> Remember me, please</form>'
        "</div></div>"
    )
    page = KINDS["phpbb3"](ENTRIES).replace("<div class=footer>", f"{form}<div class=footer>")
    assert len(thread(page).answers) == len(ENTRIES) - 1


def test_the_day_is_that_which_the_page_shows() -> None:
    shown = ENTRIES[1].day
    page = KINDS["xenforo2"](ENTRIES).replace(
        f'datetime="{shown}T', f'datetime="{shown + timedelta(days=1)}T'
    )
    assert thread(page).answers[0].answered_on == shown


def test_a_nickname_with_a_degree_in_it_is_no_experts() -> None:
    page = KINDS["phpbb3"](ENTRIES).replace("Njuguna", "Dr.Pedal")
    assert (thread(page).answers[-1].author, thread(page).answers[-1].responders) == (
        "Dr.Pedal",
        (),
    )


def test_a_question_below_a_title_that_is_no_heading() -> None:
    first = ENTRIES[0]
    asked = (
        f'<div class="topic">{TITLE}</div><div class="op"><a class="author" href="/u/1">'
        f'{first.author}</a> <span class="date">{us(first)}</span></div>'
        f'<div class="op_content">{breaks(first)}</div>'
    )
    posts = "".join(
        f'<div class="reply_comment" id="c{e.number}"><a class="author" href="/u/{e.number}">'
        f'{e.author}</a> <span class="date">{us(e)}</span><div class="reply_text">{breaks(e)}</div>'
        "</div>"
        for e in ENTRIES[1:]
    )
    candidate = thread(f"<title>{TITLE} | Spokes</title><div>{asked}</div><div>{posts}</div>")
    assert (candidate.question, candidate.asker) == (first.text, first.author)


def test_the_day_of_a_change_where_all_others_have_theirs_is_the_posts() -> None:
    page = "".join(
        f'<div class="comment" id="c{e.number}"><div class="byline"><a href="/u/{e.author}">'
        f'{e.author}</a> {"edited" if e.number == 4107 else ""} <a href="/c/{e.number}">'
        f'<time datetime="{e.day} 08:30:10">1 year ago</time></a></div>'
        f'<div class="comment_text"><p>{e.text}</p></div></div>'
        for e in ENTRIES
    )
    candidate = thread(f"<title>{TITLE}</title><h1>{TITLE}</h1>{page}")
    assert [a.answered_on for a in candidate.answers] == [entry.day for entry in ENTRIES[1:]]
