"""Which reading of a page is taken, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from parsers import declare, read, read_declaration
from parsers.records import Capture, Reading

HOST = "https://forum.elbows.example"
DECLARATION = """
name = "elbows"
hosts = ["forum.elbows.example"]
language = "en"
questions = ["/thread/{id:digits}[/page-{page}]", "/faq/{id}", "/ask/{id}"]
"""


@pytest.fixture(autouse=True)
def _declared() -> Iterator[None]:
    declare([read_declaration(DECLARATION, "elbows.toml")])
    yield
    declare([])


def reading(html: str, path: str, host: str = HOST, **options: bool) -> Reading:
    capture = Capture(
        host + path, datetime(2024, 5, 1, tzinfo=UTC), html.encode(), "text/html; charset=utf-8",
        200, "live", "urn:uuid:1",
    )  # fmt: skip
    return read(capture, **options)


def thread(posts: int, head: str = "") -> str:
    """A page of a hand-made forum."""
    names = ("willow", "old_oak", "marlene", "pip", "teacup")
    items = "".join(
        f'<div class="entry" id="p{n}"><p class="by"><a href="/user/{names[n % 5]}">'
        f'{names[n % 5]}</a></p><p class="when">{n + 1} March 2019, 10:0{n % 10}</p>'
        f'<div class="said"><p>This is what member number {n} has to say of the elbow, and it '
        f"takes more than a line to say it.</p><p>The end of entry {n}.</p></div></div>"
        for n in range(posts)
    )
    return (
        f"<!doctype html><html lang=en><head><title>My elbow clicks</title>{head}</head><body>"
        f"<h1>My elbow clicks</h1>{items}</body></html>"
    )


FIRST_POST_ONLY = """<script type="application/ld+json">
{"@context": "https://schema.org", "@type": "DiscussionForumPosting",
 "headline": "My elbow clicks", "datePublished": "2019-03-01",
 "author": {"@type": "Person", "name": "willow"},
 "text": "This is what member number 0 has to say of the elbow, and it takes more",
 "commentCount": 4}</script>"""


def test_a_thread_whose_markup_has_the_first_post_only_is_read_from_the_page() -> None:
    (page,) = reading(thread(5, FIRST_POST_ONLY), "/thread/7").pages
    assert page.parser.startswith("thread@")
    assert len(page.answers) == 4
    assert page.question.endswith("The end of entry 0.")
    assert (page.url, page.source_id, page.part) == (f"{HOST}/thread/7", "7", 1)


def test_on_a_further_page_the_first_post_is_an_answer_too() -> None:
    (page,) = reading(thread(5), "/thread/7/page-2").pages
    assert (page.part, page.question, page.asker) == (2, "", None)
    assert len(page.answers) == 5
    assert page.answers[0].author == "willow"
    assert page.url == f"{HOST}/thread/7/page-2"


def test_a_page_of_several_questions_gives_each_an_address_of_its_own() -> None:
    items = "".join(
        f'<h3 id="{name}">May I {name} with a sore elbow?</h3><p>Yes, you may {name}. Stop when '
        "it hurts, and wait a day before you try again.</p>"
        for name in ("swim", "row", "knit", "climb")
    )
    html = f"<html lang=en><title>FAQ</title><h1>Frequently asked questions</h1>{items}</html>"
    pages = reading(html, "/faq/sports").pages
    assert [page.source_id for page in pages] == [
        f"sports#{name}" for name in ("swim", "row", "knit", "climb")
    ]
    assert pages[2].url == f"{HOST}/faq/sports#knit"
    assert pages[2].answer.startswith("Yes, you may knit.")


def test_where_experts_answer_who_writes_an_answer_signs_it() -> None:
    declare([read_declaration('answers = "experts"\n' + DECLARATION, "elbows.toml")])
    (page,) = reading(thread(3), "/thread/7").pages
    assert [answer.author for answer in page.answers] == [None, None]
    assert [person.name for person in page.responders] == ["old_oak", "marlene"]


def experts_answer(html: str, path: str = "/thread/7") -> list[tuple[str | None, list[str]]]:
    """The author and the responders of each answer, where experts answer."""
    declare([read_declaration('answers = "experts"\n' + DECLARATION, "elbows.toml")])
    (page,) = reading(html, path).pages
    return [(each.author, [who.name for who in each.responders]) for each in page.answers]


def test_who_asks_is_no_expert_though_experts_answer() -> None:
    html = thread(5).replace("marlene", " Willow")
    assert experts_answer(html) == [
        (None, ["old_oak"]), ("Willow", []), (None, ["pip"]), (None, ["teacup"]),
    ]  # fmt: skip


def test_where_the_page_marks_experts_others_are_none() -> None:
    html = thread(5).replace("marlene", "Dr. Marlene Moss")
    assert experts_answer(html) == [
        ("old_oak", []), (None, ["Marlene Moss"]), ("pip", []), ("teacup", []),
    ]  # fmt: skip


def test_selectors_alone_where_they_are_the_reader() -> None:
    selected = DECLARATION + '[selectors]\npost = ".entry"\ntext = ".said"\n'
    for first, author in (("", "old_oak"), ('reader = "selectors"\n', None)):
        declare([read_declaration(first + selected, "elbows.toml")])
        (page,) = reading(thread(3), "/thread/7").pages
        assert (page.parser.partition("@")[0], page.answers[0].author) == ("selectors", author)


def test_a_page_that_a_script_would_fill_is_a_failure_of_its_own_kind() -> None:
    html = (
        "<!doctype html><html><head><title>Elbows</title><script src=/app.js></script></head>"
        "<body><noscript>Please switch scripts on.</noscript><div id=root></div></body></html>"
    )
    result = reading(html, "/ask/elbow")
    assert not result.pages
    assert result.error is not None
    assert result.error.field == "page"
    assert "script shell" in result.error.why


def test_an_article_is_no_question_page() -> None:
    text = "<p>An elbow is a joint between the upper arm and the forearm.</p>" * 12
    result = reading(f"<title>Elbows</title><h1>Elbows</h1>{text}", "/ask/elbow")
    assert (result.pages, result.error) == ((), None)


def test_hosts_that_nobody_declares_are_read_only_if_asked_for() -> None:
    assert reading(thread(5), "/x/7?y=1", "https://other.example") == Reading()
    (page,) = reading(thread(5), "/x/7?y=1", "https://other.example", anywhere=True).pages
    assert (page.site, page.source_id) == ("other.example", "x/7?y=1")


def test_other_pages_of_a_declared_site_give_their_links_only() -> None:
    result = reading(thread(5), "/members/7", outlinks=True)
    assert result.pages == ()
    assert result.outlinks[:2] == ("/user/willow", "/user/old_oak")
